package dev.cairndb.tsdb.internal.exemplar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.index.Matcher;
import dev.cairndb.tsdb.Exemplar;
import dev.cairndb.tsdb.ExemplarSeries;
import dev.cairndb.tsdb.TimeRange;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.jspecify.annotations.Nullable;

/** The ring beside a list of objects that follows Prometheus' rules word for word. */
class ExemplarRingPropertyTest {
    private static final Matcher EVERYTHING = Matcher.regex("s", ".*");

    private record Entry(Labels series, Exemplar exemplar) {}

    private final ArrayDeque<Entry> model = new ArrayDeque<>();
    private int max;

    @Property(tries = 100)
    void holdsAndFindsWhatThePlainListDoes(@ForAll long seed, @ForAll @IntRange(min = 1, max = 700) int exemplarsMax) {
        Random random = new Random(seed);
        model.clear();
        max = exemplarsMax;
        ExemplarRing ring = new ExemplarRing(exemplarsMax);
        int seriesCount = 1 + random.nextInt(random.nextBoolean() ? 4 : 300);
        long t = 0;
        int steps = random.nextInt(2_000);
        for (int i = 0; i < steps; i++) {
            t += random.nextInt(3);
            Labels series = Labels.of("s", "series-" + random.nextInt(seriesCount), "parity", "" + random.nextInt(2));
            Exemplar exemplar = new Exemplar(
                    labels(random),
                    t - (random.nextInt(10) == 0 ? random.nextInt(5) : 0),
                    random.nextInt(20) == 0 ? Double.NaN : random.nextInt(3));
            assertEquals(addToModel(series, exemplar), add(ring, series, exemplar), () -> series + " " + exemplar);
            if (random.nextInt(200) == 0) {
                compare(ring, random, t);
            }
        }
        compare(ring, random, t);
        assertEquals(model.size(), ring.size());
        List<Entry> inOrder = new ArrayList<>();
        ring.forEach((series, time, bits, labels, offset, length) -> inOrder.add(new Entry(
                Labels.ofPacked(series, 0, series.length),
                new Exemplar(Labels.ofPacked(labels, offset, length), time, Double.longBitsToDouble(bits)))));
        assertEquals(new ArrayList<>(model), inOrder);
        assertTrue(ring.bytesReserved() <= ExemplarRing.BYTES_BASE_MAX + 512L * exemplarsMax);
    }

    private static Labels labels(Random random) {
        return switch (random.nextInt(12)) {
            case 0 -> Labels.empty();
            case 1 -> Labels.of("trace_id", "x".repeat(119 + random.nextInt(3)));
            // Characters of two and four bytes count as one.
            case 2 -> Labels.of("trace_id", "ü".repeat(119 + random.nextInt(3)));
            case 3 -> Labels.of("trace_id", "\uD83D\uDE00".repeat(119 + random.nextInt(3)));
            default -> Labels.of("trace_id", "" + random.nextInt(4), "span_id", "1");
        };
    }

    private static ExemplarRing.Outcome add(ExemplarRing ring, Labels series, Exemplar exemplar) {
        byte[] packed = series.packed();
        // A weak hash on purpose: chains of cells get long, and are torn up when series leave.
        long hash = series.hash() & 0x1F;
        byte[] labels = exemplar.labels().packed();
        return ring.add(
                packed,
                0,
                packed.length,
                hash,
                exemplar.timestampMillis(),
                Double.doubleToRawLongBits(exemplar.value()),
                labels,
                0,
                labels.length);
    }

    private ExemplarRing.Outcome addToModel(Labels series, Exemplar exemplar) {
        int[] chars = {0};
        exemplar.labels().forEach((name, value) -> {
            chars[0] += name.codePointCount(0, name.length()) + value.codePointCount(0, value.length());
        });
        if (chars[0] > 128) {
            return ExemplarRing.Outcome.LABELS_TOO_LONG;
        }
        Exemplar newest = newestOf(series);
        if (newest != null) {
            // Also for NaN, which equals nothing in Prometheus: a retry would be stored again and again.
            if (newest.equals(exemplar)) {
                return ExemplarRing.Outcome.DUPLICATE;
            }
            boolean sameTime = exemplar.timestampMillis() == newest.timestampMillis();
            boolean sameValue = Double.compare(exemplar.value(), newest.value()) == 0;
            if (exemplar.timestampMillis() < newest.timestampMillis()
                    || sameTime && exemplar.value() < newest.value()
                    || sameTime
                            && sameValue
                            && Long.compareUnsigned(
                                            exemplar.labels().hash(),
                                            newest.labels().hash())
                                    < 0) {
                return ExemplarRing.Outcome.OUT_OF_ORDER;
            }
        }
        model.addLast(new Entry(series, exemplar));
        if (model.size() > max) {
            model.removeFirst();
        }
        return ExemplarRing.Outcome.APPENDED;
    }

    private @Nullable Exemplar newestOf(Labels series) {
        Exemplar newest = null;
        for (Entry entry : model) {
            newest = entry.series.equals(series) ? entry.exemplar : newest;
        }
        return newest;
    }

    private void compare(ExemplarRing ring, Random random, long now) {
        long from = random.nextLong(now + 2) - 1;
        TimeRange range = TimeRange.ofMillis(from, from + random.nextLong(now + 2));
        Matcher[] even = {Matcher.equal("parity", "0"), EVERYTHING};
        Matcher[] some = {Matcher.regex("s", "series-.*1")};
        assertEquals(fromModel(range, even, some), ring.select(range, even, some));
        Matcher[] all = {EVERYTHING};
        assertEquals(fromModel(TimeRange.all(), all), ring.select(TimeRange.all(), all));
        assertEquals(List.of(), ring.select(TimeRange.all()), "no set selects nothing");
    }

    private List<ExemplarSeries> fromModel(TimeRange range, Matcher[]... sets) {
        TreeMap<Labels, List<Exemplar>> found = new TreeMap<>();
        for (Entry entry : model) {
            byte[] packed = entry.series.packed();
            boolean matches = false;
            for (Matcher[] set : sets) {
                boolean all = true;
                for (Matcher matcher : set) {
                    all &= matcher.matchesSeries(packed, 0, packed.length);
                }
                matches |= all;
            }
            long t = entry.exemplar.timestampMillis();
            if (matches && t >= range.minTimestampMillis() && t <= range.maxTimestampMillis()) {
                found.computeIfAbsent(entry.series, key -> new ArrayList<>()).add(entry.exemplar);
            }
        }
        List<ExemplarSeries> list = new ArrayList<>();
        found.forEach((series, exemplars) -> list.add(new ExemplarSeries(series, exemplars)));
        return list;
    }
}

package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestStores.HOUR;
import static dev.cairndb.tsdb.TestStores.MINUTE;
import static dev.cairndb.tsdb.TestStores.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.chunks.CounterResetHint;
import dev.cairndb.chunks.HistogramBuffer;
import dev.cairndb.chunks.HistogramSample;
import dev.cairndb.chunks.SampleCursor;
import dev.cairndb.chunks.SampleKind;
import dev.cairndb.index.Labels;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.ManualClock;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/**
 * Samples in any order beside a naive model: per series a map of times and what was taken for them. A time may have
 * several values, because the store knows the late ones of the open chunk only; then it has to give one of them.
 */
class LateModelPropertyTest {
    private static final long WINDOW = 6 * HOUR;
    private static final long RANGE = 2 * HOUR;
    private static final long STALE_NAN = HistogramSample.STALE_NAN_BITS;

    private enum Kind {
        FLOAT,
        HISTOGRAM,
        FLOAT_HISTOGRAM,
        MIXED
    }

    private static final class Series {
        final Labels labels;
        final Kind kind;
        final TreeMap<Long, Set<String>> taken = new TreeMap<>();
        /** What was taken late, to know what may be a duplicate. */
        final TreeMap<Long, Set<String>> late = new TreeMap<>();

        long lastMillis = Long.MIN_VALUE;
        String last = "";

        Series(int number) {
            labels = Labels.of("__name__", "m" + number, "n", String.valueOf(number));
            kind = Kind.values()[number % Kind.values().length];
        }
    }

    private final ManualClock clock = new ManualClock(START + 100 * HOUR);
    private CrashingStorage storage;
    private TsdbRuntime runtime;
    private Tsdb db;
    private Random random;
    private FloatEncoding encoding;
    private final List<Series> all = new ArrayList<>();
    private long newestMillis = Long.MIN_VALUE;
    private long lateCount;

    @Property(tries = 12, shrinking = ShrinkingMode.OFF)
    void holdsWhatWasTakenAndJudgesAsTheModel(@ForAll long seed) throws IOException {
        run(seed);
    }

    @Example
    void theSameWithAGivenSeed() throws IOException {
        run(Long.getLong("cairn.seed", 7));
    }

    private void run(long seed) throws IOException {
        random = new Random(seed);
        storage = TestStores.storage(seed);
        runtime = TsdbRuntime.create();
        encoding = random.nextInt(4) == 0 ? FloatEncoding.XOR2 : FloatEncoding.XOR;
        all.clear();
        newestMillis = Long.MIN_VALUE;
        lateCount = 0;
        for (int i = 0; i < 8; i++) {
            all.add(new Series(i));
        }
        open();
        try {
            for (int step = 0; step < 40; step++) {
                appendSome();
                int dice = random.nextInt(20);
                if (dice < 2) {
                    db.admin().runMaintenance();
                } else if (dice == 2) {
                    db.admin().cutBlocks();
                } else if (dice < 5) {
                    db.close();
                    open();
                }
                if (dice < 8) {
                    check("seed " + seed + ", step " + step + ", dice " + dice);
                }
            }
            check("seed " + seed + " at the end");
            assertTrue(lateCount > 30, "late samples: " + lateCount);
        } finally {
            db.close();
            runtime.close();
        }
    }

    private void open() throws IOException {
        db = TestStores.builder(storage, clock, runtime)
                .options(TestStores.OPTIONS
                        .withDurability(Durability.OS)
                        .withFloatEncoding(encoding)
                        .withOutOfOrderWindow(Duration.ofMillis(WINDOW)))
                .open();
    }

    private void appendSome() throws IOException {
        long base = newestMillis == Long.MIN_VALUE ? START : newestMillis;
        for (int n = random.nextInt(60); n >= 0; n--) {
            Series series = all.get(random.nextInt(all.size()));
            switch (random.nextInt(6)) {
                case 0 -> append(series, base + random.nextInt(20) * MINUTE / 4);
                case 1 -> append(series, base - random.nextInt((int) (RANGE / 2)));
                case 2 -> append(series, base - random.nextInt((int) (WINDOW + RANGE)) / MINUTE * MINUTE);
                case 3 -> appendRun(series, base - random.nextInt((int) WINDOW), 15_000);
                case 4 -> appendRun(series, base - random.nextInt((int) WINDOW), -15_000);
                default -> append(series, base - random.nextInt(30) * MINUTE);
            }
        }
    }

    /** A backlog in order, or one backwards. */
    private void appendRun(Series series, long from, long stepMillis) throws IOException {
        if (random.nextInt(3) == 0) {
            for (int i = random.nextInt(160); i >= 0; i--) {
                append(series, from + i % 80 * stepMillis);
            }
        }
    }

    private void append(Series series, long t) throws IOException {
        AppendBatch batch = db.newBatch();
        boolean asFloat = series.kind == Kind.FLOAT || series.kind == Kind.MIXED && random.nextBoolean();
        boolean stale = series.kind != Kind.MIXED && !series.last.isEmpty() && random.nextInt(20) == 0;
        String text;
        if (asFloat || stale) {
            long bits = stale ? STALE_NAN : Double.doubleToRawLongBits(random.nextInt(5));
            batch.add(db.series(series.labels), t, Double.longBitsToDouble(bits));
            text = asFloat ? "FLOAT " + bits : staleText(series.kind);
        } else {
            HistogramBuffer histogram = histogram(series.kind == Kind.FLOAT_HISTOGRAM, t);
            batch.add(db.series(series.labels), t, histogram);
            text = text(histogram.hasFloatCounts() ? SampleKind.FLOAT_HISTOGRAM : SampleKind.HISTOGRAM, histogram);
        }
        AppendResult result = batch.commit();
        judge(series, t, text, result);
    }

    private static String staleText(Kind kind) {
        return kind + " stale";
    }

    /** Mostly a counter that grows, so that histograms fit between others. */
    private HistogramBuffer histogram(boolean floatCounts, long t) {
        long growth = (t - START) / MINUTE + WINDOW + (random.nextInt(8) == 0 ? random.nextInt(1000) : 0);
        HistogramBuffer histogram = new HistogramBuffer();
        histogram.clear(floatCounts);
        if (random.nextInt(30) == 0) {
            histogram.setResetHint(CounterResetHint.GAUGE);
        }
        histogram.setCount(floatCounts ? Double.doubleToRawLongBits(growth) : growth);
        histogram.setSumBits(Double.doubleToRawLongBits(random.nextInt(3)));
        histogram.addPositiveSpan(growth % 7 == 0 ? 1 : 0, 1);
        histogram.addPositiveBucket(floatCounts ? Double.doubleToRawLongBits(growth) : growth);
        return histogram;
    }

    /** The rules, as plainly as they can be said. */
    private void judge(Series series, long t, String text, AppendResult result) {
        int appended = result.samplesAppended() + result.histogramsAppended();
        int late = result.samplesLate() + result.histogramsLate();
        int duplicates = result.samplesDuplicate() + result.histogramsDuplicate();
        String where = series.labels + " at " + t + " " + text + ": " + result;
        assertEquals(1, appended + duplicates + result.rejectedTotal(), where);
        long minValid = newestMillis == Long.MIN_VALUE ? Long.MIN_VALUE : newestMillis - RANGE / 2;
        if (t >= minValid && t > series.lastMillis) {
            assertEquals(1, appended - late, where);
            take(series, t, text);
            series.lastMillis = t;
            series.last = text;
            newestMillis = Math.max(newestMillis, t);
        } else if (t >= minValid && t == series.lastMillis) {
            boolean same = numbers(text).equals(numbers(series.last));
            assertEquals(same ? 1 : 0, duplicates, where);
            assertEquals(same ? 0 : 1, result.rejected(Rejection.DUPLICATE_TIMESTAMP), where);
        } else if (t < newestMillis - WINDOW) {
            assertEquals(1, result.rejected(Rejection.TOO_OLD), where);
        } else {
            Set<String> there = series.late.getOrDefault(t, Set.of());
            // One that came in order counts too, if its chunk is open yet.
            Set<String> taken = series.taken.getOrDefault(t, Set.of());
            assertTrue(late + duplicates == 1 || !there.isEmpty(), where);
            assertTrue(
                    duplicates == 0
                            || taken.stream().anyMatch(other -> numbers(other).equals(numbers(text))),
                    where);
            assertEquals(1, late + duplicates + result.rejected(Rejection.DUPLICATE_TIMESTAMP), where);
            if (late == 1) {
                lateCount++;
                take(series, t, text);
                series.late.computeIfAbsent(t, key -> new TreeSet<>()).add(text);
            }
        }
    }

    /** Reset hints make no difference to Prometheus' comparison of histograms. */
    private static String numbers(String text) {
        return text.replace(" gauge", "").replace(" counter", "");
    }

    private static void take(Series series, long t, String text) {
        series.taken.computeIfAbsent(t, key -> new TreeSet<>()).add(text);
    }

    private void check(String where) throws IOException {
        Map<Labels, TreeMap<Long, String>> found = Dump.texts(db, LateModelPropertyTest::text);
        for (Series series : all) {
            TreeMap<Long, String> samples = found.getOrDefault(series.labels, new TreeMap<>());
            assertEquals(series.taken.keySet(), samples.keySet(), where + ": times of " + series.labels);
            samples.forEach((t, text) -> assertTrue(
                    series.taken.get(t).contains(text),
                    () -> where + ": " + series.labels + " at " + t + " has " + text + ", not one of "
                            + series.taken.get(t)));
        }
        assertEquals(0, db.stats().backgroundFailures(), where);
    }

    private static String text(SampleCursor sample) {
        return sample.kind() == SampleKind.FLOAT
                ? "FLOAT " + sample.valueBits()
                : text(sample.kind(), sample.histogram());
    }

    private static String text(SampleKind kind, HistogramSample histogram) {
        if (histogram.isStale()) {
            return kind + " stale";
        }
        return kind + " " + histogram.count() + " " + histogram.sumBits() + " "
                + (histogram.resetHint() == CounterResetHint.GAUGE ? "gauge" : "counter");
    }
}

package dev.cairndb.tsdb.internal.exemplar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.index.Matcher;
import dev.cairndb.tsdb.Exemplar;
import dev.cairndb.tsdb.ExemplarSeries;
import dev.cairndb.tsdb.Threads;
import dev.cairndb.tsdb.TimeRange;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class ExemplarRingTest {
    private static final Matcher[] ALL = {Matcher.regex("__name__", ".*")};

    private static ExemplarRing.Outcome add(ExemplarRing ring, String name, String trace, long t, double value) {
        byte[] series = Labels.of("__name__", name).packed();
        byte[] labels = Labels.of("trace_id", trace).packed();
        long bits = Double.doubleToRawLongBits(value);
        return ring.add(
                series, 0, series.length, name.hashCode() * 0x9E3779B97F4A7C15L, t, bits, labels, 0, labels.length);
    }

    @Test
    void anEmptyRingIsSmall() {
        ExemplarRing ring = new ExemplarRing(100_000);
        assertTrue(ring.isOn());
        assertTrue(ring.bytesReserved() < 2_000, ring.bytesReserved() + " bytes");
        assertFalse(new ExemplarRing(0).isOn());
        assertEquals(List.of(), new ExemplarRing(0).select(TimeRange.all(), ALL));
    }

    @Test
    void memoryIsBoundedByNumberWithUsualLabels() {
        ExemplarRing ring = new ExemplarRing(10_000);
        long largest = 0;
        for (int i = 0; i < 60_000; i++) {
            ExemplarRing.Outcome outcome = add(ring, "series_" + i % 3_000, "%032x".formatted(i), i, i);
            assertEquals(ExemplarRing.Outcome.APPENDED, outcome);
            largest = Math.max(largest, ring.bytesReserved());
        }
        assertEquals(10_000, ring.size());
        // 32 bytes of columns, 42 of labels, and a third of a series.
        assertTrue(largest < 10_000 * 150, largest + " bytes");
        List<ExemplarSeries> all = ring.select(TimeRange.all(), ALL);
        assertEquals(3_000, all.size());
        assertEquals(10_000, all.stream().mapToInt(s -> s.exemplars().size()).sum());
        assertEquals(
                59_999,
                all.stream()
                        .mapToLong(
                                s -> s.exemplars().get(s.exemplars().size() - 1).timestampMillis())
                        .max()
                        .orElse(0));
    }

    @Test
    void memoryIsBoundedInBytesWhereLabelsAreLong() {
        int max = 2_000;
        ExemplarRing ring = new ExemplarRing(max);
        String longName = "n".repeat(5_000);
        for (int i = 0; i < 3 * max; i++) {
            add(ring, longName + i, "t", i, i);
            assertTrue(ring.bytesReserved() <= ExemplarRing.BYTES_BASE_MAX + 512L * max);
        }
        assertTrue(ring.size() > 300 && ring.size() < max, ring.size() + " exemplars");
        List<ExemplarSeries> left = ring.select(TimeRange.all(), ALL);
        assertEquals(ring.size(), left.size());
        // The newest ones are those that stayed.
        int size = ring.size();
        for (ExemplarSeries series : left) {
            assertTrue(series.exemplars().get(0).timestampMillis() >= 3L * max - size);
        }
    }

    @Test
    void queriesBesideAppendsSeeEachSeriesWholeAndInOrder() throws Exception {
        ExemplarRing ring = new ExemplarRing(500);
        AtomicBoolean stop = new AtomicBoolean();
        Threads readers = new Threads();
        for (int i = 0; i < 2; i++) {
            readers.start(() -> {
                while (!stop.get()) {
                    for (ExemplarSeries series : ring.select(TimeRange.all(), ALL)) {
                        check(series);
                    }
                }
            });
        }
        for (int i = 0; i < 100_000; i++) {
            // The series change all the time, so that places are given to others under the readers.
            int series = i % 37 + i / 1_000;
            add(ring, "series_" + series, series + "/" + i, i, series);
        }
        stop.set(true);
        readers.join();
    }

    private static void check(ExemplarSeries series) {
        String name = series.labels().get("__name__");
        long last = -1;
        for (Exemplar exemplar : series.exemplars()) {
            String[] trace = exemplar.labels().get("trace_id").split("/");
            assertEquals(name, "series_" + trace[0]);
            assertEquals(exemplar.timestampMillis(), Long.parseLong(trace[1]));
            assertTrue(exemplar.timestampMillis() > last);
            last = exemplar.timestampMillis();
        }
    }
}

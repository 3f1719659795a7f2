package dev.cairndb.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.chunks.HistogramBuffer;
import dev.cairndb.index.Labels;
import dev.cairndb.index.Matcher;
import dev.cairndb.testkit.Peers;
import dev.cairndb.tsdb.AppendBatch;
import dev.cairndb.tsdb.AppendResult;
import dev.cairndb.tsdb.TimeRange;
import dev.cairndb.tsdb.Tsdb;
import dev.cairndb.tsdb.TsdbOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Native histograms that were merged here, late ones among them, read by a real Prometheus. */
@Tag("interop")
class MergedHistogramsInPrometheusTest {
    private static final long HOUR = Duration.ofHours(1).toMillis();
    private static final long STEP = Duration.ofMinutes(5).toMillis();
    /** A multiple of 54 hours. */
    private static final long START = 8_745L * 54 * HOUR;

    @TempDir
    Path scratch;

    private final Map<Labels, TreeMap<Long, String>> expected = new TreeMap<>();

    /** What a series has; the number of the step decides about the values. */
    private enum Kind {
        COUNTER,
        COUNTER_THAT_STARTS_AGAIN,
        BUCKETS_THAT_CHANGE,
        FLOAT_COUNTS,
        CUSTOM_BOUNDS,
        IN_TURN_WITH_FLOATS;

        Labels labels() {
            return Labels.of("__name__", "h", "kind", name());
        }
    }

    private static HistogramBuffer histogram(Kind kind, int step) {
        HistogramBuffer histogram = new HistogramBuffer();
        boolean floats = kind == Kind.FLOAT_COUNTS;
        histogram.clear(floats);
        int age = kind == Kind.COUNTER_THAT_STARTS_AGAIN ? step % 37 : step;
        boolean more = kind == Kind.BUCKETS_THAT_CHANGE && step % 50 > 24;
        if (kind == Kind.CUSTOM_BOUNDS) {
            histogram.setSchema(-53);
            histogram.addCustomBound(bits(0.5));
            histogram.addCustomBound(bits(2));
            histogram.addPositiveSpan(0, 2);
        } else {
            histogram.setSchema(2);
            histogram.setZeroThresholdBits(bits(0.001));
            histogram.addPositiveSpan(more ? -3 : 1, 2);
            histogram.addNegativeSpan(4, 1);
        }
        long first = 3L * age + 1;
        long second = 5L * age + 2;
        long zero = kind == Kind.CUSTOM_BOUNDS ? 0 : age;
        long negative = kind == Kind.CUSTOM_BOUNDS ? 0 : 2L * age;
        histogram.addPositiveBucket(floats ? bits(first) : first);
        histogram.addPositiveBucket(floats ? bits(second) : second - first);
        if (kind != Kind.CUSTOM_BOUNDS) {
            histogram.addNegativeBucket(floats ? bits(negative) : negative);
            histogram.setZeroCount(floats ? bits(zero) : zero);
        }
        long count = first + second + zero + negative;
        histogram.setCount(floats ? bits(count) : count);
        histogram.setSumBits(bits(1.5 * age));
        return histogram;
    }

    private static long bits(double value) {
        return Double.doubleToRawLongBits(value);
    }

    /** @param shift how far behind each step */
    private void append(Tsdb db, int fromStep, int toStep, int by, long shift) throws IOException {
        AppendBatch batch = db.newBatch();
        int count = 0;
        for (int step = fromStep; step < toStep; step += by) {
            long t = START + step * STEP + shift;
            for (Kind kind : Kind.values()) {
                String text;
                if (kind == Kind.IN_TURN_WITH_FLOATS && step / 30 % 2 == 0) {
                    batch.add(db.series(kind.labels()), t, step);
                    text = Long.toHexString(bits(step));
                } else {
                    HistogramBuffer histogram = histogram(kind, step);
                    batch.add(db.series(kind.labels()), t, histogram);
                    text = HistogramText.of(histogram);
                }
                expected.computeIfAbsent(kind.labels(), key -> new TreeMap<>()).put(t, text);
                count++;
            }
        }
        AppendResult result = batch.commit();
        assertEquals(count, result.samplesAppended() + result.histogramsAppended());
    }

    private static TsdbOptions options() {
        return StoreSamples.manual().withBlockRangeMax(Duration.ZERO).withOutOfOrderWindow(Duration.ofHours(24));
    }

    @Test
    void aPrometheusReadsHistogramsThatWereMerged() throws IOException {
        Path data = scratch.resolve("data");
        int stepsOfAnHour = (int) (HOUR / STEP);
        int merged;
        try (Tsdb db = Tsdb.builder(data).options(options()).open()) {
            append(db, 0, 13 * stepsOfAnHour, 1, 0);
            append(db, stepsOfAnHour, 9 * stepsOfAnHour, 3, 1000);
            db.admin().cutBlocks();
            append(db, 13 * stepsOfAnHour, 58 * stepsOfAnHour, 1, 0);
            db.admin().cutBlocks();
            long from = START + 20 * HOUR;
            db.admin().delete(TimeRange.ofMillis(from, from + HOUR), Matcher.equal("kind", Kind.COUNTER.name()));
            expected.get(Kind.COUNTER.labels())
                    .subMap(from, true, from + HOUR, true)
                    .clear();
            merged = db.admin().compactBlocks();
            assertTrue(merged >= 3, "merges: " + merged);
            assertTrue(db.admin().blocks().stream()
                    .anyMatch(block -> block.maxTimestampMillis() - block.minTimestampMillis() >= 18 * HOUR));
        }
        for (String block : Directories.blocks(data)) {
            String analyzed = Peers.run(scratch, "promtool", "tsdb", "analyze", data.toString(), block);
            assertTrue(analyzed.contains("Total Series: " + Kind.values().length), analyzed);
        }
        try (Prometheus prometheus = Prometheus.open(scratch, data)) {
            assertEquals(expected, RemoteRead.texts(prometheus.port()));
            prometheus.stop();
        }
        System.out.println("MergedHistogramsInPrometheusTest: "
                + expected.values().stream().mapToInt(TreeMap::size).sum() + " samples of " + expected.size()
                + " series after " + merged + " merges");
    }
}

package dev.cairndb.interop;

import static org.junit.jupiter.api.Assertions.fail;

import dev.cairndb.index.Labels;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongUnaryOperator;
import java.util.function.UnaryOperator;

/** Samples by series and time; values as bits. Not thread-safe. */
final class SampleSet {
    static final long STALE = 0x7ff0000000000002L;
    private static final int DIFFERENCES_MAX = 10;

    private final TreeMap<Labels, TreeMap<Long, Long>> series = new TreeMap<>();

    /** A sample that is there already is a failure. */
    void add(Labels labels, long timestampMillis, long valueBits) {
        Long before = series.computeIfAbsent(labels, absent -> new TreeMap<>()).put(timestampMillis, valueBits);
        if (before != null) {
            fail(labels + ": two samples at " + timestampMillis);
        }
    }

    void addAll(SampleSet other) {
        other.series.forEach((labels, samples) -> samples.forEach((t, bits) -> add(labels, t, bits)));
    }

    /** Those of one series, both ends included. */
    void delete(Labels labels, long fromMillis, long toMillis) {
        TreeMap<Long, Long> samples = series.getOrDefault(labels, new TreeMap<>());
        samples.subMap(fromMillis, true, toMillis, true).clear();
        if (samples.isEmpty()) {
            series.remove(labels);
        }
    }

    Map<Labels, TreeMap<Long, Long>> series() {
        return series;
    }

    int seriesCount() {
        return series.size();
    }

    long sampleCount() {
        return series.values().stream().mapToLong(Map::size).sum();
    }

    long minMillis() {
        return series.values().stream().mapToLong(TreeMap::firstKey).min().orElseThrow();
    }

    long maxMillis() {
        return series.values().stream().mapToLong(TreeMap::lastKey).max().orElseThrow();
    }

    /** Those from a time on. */
    SampleSet between(long fromMillis, long toMillis) {
        SampleSet result = new SampleSet();
        series.forEach((labels, samples) ->
                samples.subMap(fromMillis, true, toMillis, true).forEach((t, bits) -> result.add(labels, t, bits)));
        return result;
    }

    /** As text shows them: every NaN is the same. */
    SampleSet withOneNan() {
        return withValues(bits -> Double.doubleToLongBits(Double.longBitsToDouble(bits)));
    }

    SampleSet withValues(LongUnaryOperator mapping) {
        SampleSet result = new SampleSet();
        series.forEach(
                (labels, samples) -> samples.forEach((t, bits) -> result.add(labels, t, mapping.applyAsLong(bits))));
        return result;
    }

    /** As PromQL shows them. */
    SampleSet withoutStaleMarkers() {
        SampleSet result = new SampleSet();
        series.forEach((labels, samples) -> samples.forEach((t, bits) -> {
            if (bits != STALE) {
                result.add(labels, t, bits);
            }
        }));
        return result;
    }

    SampleSet withLabels(UnaryOperator<Labels> mapping) {
        SampleSet result = new SampleSet();
        series.forEach((labels, samples) -> samples.forEach((t, bits) -> result.add(mapping.apply(labels), t, bits)));
        return result;
    }

    void assertEqualTo(SampleSet expected, String where) {
        assertContains(expected, where);
        expected.assertContains(this, where + ", the other way round");
    }

    void assertContains(SampleSet expected, String where) {
        List<String> missing = new ArrayList<>();
        long[] count = {0};
        expected.series.forEach((labels, samples) -> {
            TreeMap<Long, Long> found = series.getOrDefault(labels, new TreeMap<>());
            samples.forEach((t, bits) -> {
                Long there = found.get(t);
                if (!bits.equals(there) && count[0]++ < DIFFERENCES_MAX) {
                    missing.add(labels + " at " + t + ": " + text(bits) + ", found " + text(there));
                }
            });
        });
        if (count[0] > 0) {
            fail(where + ": " + count[0] + " of " + expected.sampleCount() + " samples are missing or differ: "
                    + String.join("\n", missing));
        }
    }

    private static String text(Long bits) {
        return bits == null ? "nothing" : Long.toHexString(bits) + " (" + Double.longBitsToDouble(bits) + ")";
    }

    @Override
    public String toString() {
        return sampleCount() + " samples of " + seriesCount() + " series";
    }
}

package dev.cairndb.chunks;

import java.util.Arrays;

/** The histograms of the examples in the format pages. */
final class HistogramExamples {
    static final long[] TIMESTAMPS_MILLIS = {1_700_000_000_000L, 1_700_000_015_000L, 1_700_000_030_002L};

    private HistogramExamples() {}

    /** Observations of 1.5, 3 and 5; then 3 again and 0; then one of 1.5, 3 each. With float counts half of that. */
    static HistogramBuffer histogram(int number, boolean floats) {
        long[][] buckets = {{1, 1, 1}, {1, 2, 1}, {2, 3, 1}};
        long[] zeroCounts = {0, 1, 1};
        double[] sums = {9.5, 12.5, 17};
        HistogramBuffer histogram = new HistogramBuffer();
        histogram.clear(floats);
        histogram.setZeroThresholdBits(Double.doubleToRawLongBits(Math.scalb(1.0, -128)));
        histogram.setZeroCount(number(zeroCounts[number], floats));
        histogram.setCount(
                number(zeroCounts[number] + Arrays.stream(buckets[number]).sum(), floats));
        histogram.setSumBits(Double.doubleToRawLongBits(sums[number]));
        histogram.addPositiveSpan(1, 3);
        long last = 0;
        for (long bucket : buckets[number]) {
            histogram.addPositiveBucket(floats ? number(bucket, true) : bucket - last);
            last = bucket;
        }
        return histogram;
    }

    private static long number(long count, boolean floats) {
        return floats ? Double.doubleToRawLongBits(count / 2.0) : count;
    }

    static byte[] chunk(boolean floats) {
        HistogramAppender appender = new HistogramAppender();
        appender.start(floats ? ChunkEncoding.FLOAT_HISTOGRAM : ChunkEncoding.HISTOGRAM);
        for (int i = 0; i < TIMESTAMPS_MILLIS.length; i++) {
            if (!appender.append(TIMESTAMPS_MILLIS[i], histogram(i, floats))) {
                throw new AssertionError("the examples are of one chunk");
            }
        }
        return Arrays.copyOf(appender.array(), appender.byteLength());
    }
}

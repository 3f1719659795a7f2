package dev.cairndb.chunks;

import java.util.Arrays;

/** What both ends of a chunk of histograms know behind a sample: the layout, and what the next sample differs from. */
final class HistogramState {
    private static final long[] NO_DELTAS = {};
    private static final short[] NO_WINDOWS = {};

    /** The last sample, in the chunk's layout. */
    final HistogramBuffer sample = new HistogramBuffer();

    long timestampMillis;
    long deltaMillis;

    /** {@link XorWindow} of the sum. */
    int sumWindow;

    /** Only for integer counts: differences of the last two samples. Positive buckets come first. */
    long countDelta;

    long zeroCountDelta;
    long[] bucketDeltas = NO_DELTAS;

    /** Only for float counts: their {@link XorWindow}s. Positive buckets come first. */
    int countWindow;

    int zeroCountWindow;
    short[] bucketWindows = NO_WINDOWS;

    /** Forgets differences: {@link #sample} is the first one of a chunk. */
    void startDifferences() {
        int buckets = sample.positive.buckets.size + sample.negative.buckets.size;
        deltaMillis = 0;
        countDelta = 0;
        zeroCountDelta = 0;
        sumWindow = XorWindow.NONE;
        countWindow = XorWindow.NONE;
        zeroCountWindow = XorWindow.NONE;
        if (sample.hasFloatCounts()) {
            bucketWindows = buckets > bucketWindows.length ? new short[buckets] : bucketWindows;
            Arrays.fill(bucketWindows, 0, buckets, (short) XorWindow.NONE);
        } else {
            bucketDeltas = buckets > bucketDeltas.length ? new long[buckets] : bucketDeltas;
            Arrays.fill(bucketDeltas, 0, buckets, 0);
        }
    }

    long memoryBytes() {
        return 104
                + sample.memoryBytes()
                + Long.BYTES * (long) bucketDeltas.length
                + Short.BYTES * (long) bucketWindows.length;
    }
}

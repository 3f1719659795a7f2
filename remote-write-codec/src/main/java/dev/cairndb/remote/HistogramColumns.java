package dev.cairndb.remote;

import java.util.Arrays;

/**
 * Where the histograms of a request lie in its bytes, with their times. What they hold was checked and is read again by
 * who wants it: kept here it could take eight times the room of the message. Not thread-safe.
 */
final class HistogramColumns {
    private static final int STRIDE = 2;
    private static final int START = 0;

    /** The end of the message, negative if its counts are floats. */
    private static final int END = 1;

    private int[] cells = {};
    private long[] timestampsMillis = {};
    private long[] startTimestampsMillis = {};
    private int count;

    int count() {
        return count;
    }

    void clear() {
        count = 0;
    }

    void add(int start, int end, boolean floatCounts, long timestampMillis, long startTimestampMillis) {
        if (count == timestampsMillis.length) {
            int capacity = Math.max(16, count * 2);
            cells = Arrays.copyOf(cells, capacity * STRIDE);
            timestampsMillis = Arrays.copyOf(timestampsMillis, capacity);
            startTimestampsMillis = Arrays.copyOf(startTimestampsMillis, capacity);
        }
        cells[count * STRIDE + START] = start;
        cells[count * STRIDE + END] = floatCounts ? -end : end;
        timestampsMillis[count] = timestampMillis;
        startTimestampsMillis[count++] = startTimestampMillis;
    }

    int start(int histogram) {
        return cells[histogram * STRIDE + START];
    }

    int end(int histogram) {
        return Math.abs(cells[histogram * STRIDE + END]);
    }

    boolean hasFloatCounts(int histogram) {
        return cells[histogram * STRIDE + END] < 0;
    }

    long timestampMillis(int histogram) {
        return timestampsMillis[histogram];
    }

    long startTimestampMillis(int histogram) {
        return startTimestampsMillis[histogram];
    }

    long retainedBytes() {
        return 4L * cells.length + 8L * (timestampsMillis.length + startTimestampsMillis.length);
    }
}

package dev.cairndb.chunks;

import java.util.Arrays;
import java.util.Objects;

/** The positive or the negative buckets of a native histogram: spans, and what is in the buckets they name. */
final class HistogramSide {
    private static final int[] NO_SPANS = {};

    /** Offset and length of each span, one behind the other. */
    int[] spans = NO_SPANS;

    /** Numbers used of {@link #spans}: two for each span. */
    int spansSize;

    /** For integer counts differences to the bucket before, else the bits of the counts. */
    final LongList buckets = new LongList();

    void clear() {
        spansSize = 0;
        buckets.size = 0;
    }

    void addSpan(int offset, int length) {
        if (spansSize == spans.length) {
            spans = Arrays.copyOf(spans, spansSize == 0 ? 4 : spansSize * 2);
        }
        spans[spansSize] = offset;
        spans[spansSize + 1] = length;
        spansSize += 2;
    }

    int spanCount() {
        return spansSize / 2;
    }

    int spanOffset(int span) {
        return spans[2 * Objects.checkIndex(span, spansSize / 2)];
    }

    int spanLength(int span) {
        return spans[2 * Objects.checkIndex(span, spansSize / 2) + 1];
    }

    void set(HistogramSide source) {
        setSpans(source);
        buckets.set(source.buckets);
    }

    void setSpans(HistogramSide source) {
        if (source.spansSize > spans.length) {
            spans = new int[source.spansSize];
        }
        spansSize = source.spansSize;
        System.arraycopy(source.spans, 0, spans, 0, spansSize);
    }

    /** How many buckets the spans name. */
    long spannedBuckets() {
        long sum = 0;
        for (int i = 1; i < spansSize; i += 2) {
            sum += Integer.toUnsignedLong(spans[i]);
        }
        return sum;
    }

    boolean hasSameSpans(HistogramSide other) {
        return Arrays.equals(spans, 0, spansSize, other.spans, 0, other.spansSize);
    }

    boolean hasSameBits(HistogramSide other) {
        return hasSameSpans(other) && buckets.hasSame(other.buckets);
    }

    /** About how much memory this takes with its arrays. */
    long memoryBytes() {
        return 96 + Integer.BYTES * (long) spans.length + Long.BYTES * (long) buckets.values.length;
    }
}

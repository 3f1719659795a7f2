package dev.cairndb.chunks;

import java.util.Arrays;
import java.util.Objects;

/**
 * A native histogram that is filled field by field and used again for the next one. It checks nothing: readers of
 * untrusted input check what they put in. Not thread-safe.
 */
public final class HistogramBuffer implements HistogramSample {
    private boolean floatCounts;
    private CounterResetHint resetHint = CounterResetHint.UNKNOWN;
    private int schema;
    private long zeroThresholdBits;
    private long count;
    private long zeroCount;
    private long sumBits;
    private final Ints positiveSpans = new Ints();
    private final Ints negativeSpans = new Ints();
    private final Longs positiveBuckets = new Longs();
    private final Longs negativeBuckets = new Longs();
    private final Longs customBounds = new Longs();

    /** Numbers with room for more. */
    private static final class Ints {
        private int[] values = new int[4];
        private int size;

        void add(int value) {
            if (size == values.length) {
                values = Arrays.copyOf(values, size * 2);
            }
            values[size++] = value;
        }

        int get(int index) {
            return values[Objects.checkIndex(index, size)];
        }
    }

    /** Numbers with room for more. */
    private static final class Longs {
        private long[] values = new long[8];
        private int size;

        void add(long value) {
            if (size == values.length) {
                values = Arrays.copyOf(values, size * 2);
            }
            values[size++] = value;
        }

        long get(int index) {
            return values[Objects.checkIndex(index, size)];
        }

        boolean isSame(Longs other) {
            return Arrays.equals(values, 0, size, other.values, 0, other.size);
        }
    }

    /** Becomes an empty histogram with integer or with float counts, everything else zero. */
    public void clear(boolean withFloatCounts) {
        floatCounts = withFloatCounts;
        resetHint = CounterResetHint.UNKNOWN;
        schema = 0;
        zeroThresholdBits = 0;
        count = 0;
        zeroCount = 0;
        sumBits = 0;
        clearBuckets();
        customBounds.size = 0;
    }

    /** Forgets spans and buckets of both sides; everything else stays. */
    public void clearBuckets() {
        positiveSpans.size = 0;
        negativeSpans.size = 0;
        positiveBuckets.size = 0;
        negativeBuckets.size = 0;
    }

    /** Becomes a copy of another histogram. */
    public void set(HistogramSample source) {
        clear(source.hasFloatCounts());
        resetHint = source.resetHint();
        schema = source.schema();
        zeroThresholdBits = source.zeroThresholdBits();
        count = source.count();
        zeroCount = source.zeroCount();
        sumBits = source.sumBits();
        for (int i = 0; i < source.positiveSpanCount(); i++) {
            addPositiveSpan(source.positiveSpanOffset(i), source.positiveSpanLength(i));
        }
        for (int i = 0; i < source.negativeSpanCount(); i++) {
            addNegativeSpan(source.negativeSpanOffset(i), source.negativeSpanLength(i));
        }
        for (int i = 0; i < source.positiveBucketCount(); i++) {
            addPositiveBucket(source.positiveBucket(i));
        }
        for (int i = 0; i < source.negativeBucketCount(); i++) {
            addNegativeBucket(source.negativeBucket(i));
        }
        for (int i = 0; i < source.customBoundCount(); i++) {
            addCustomBound(source.customBoundBits(i));
        }
    }

    public void setResetHint(CounterResetHint value) {
        resetHint = value;
    }

    public void setSchema(int value) {
        schema = value;
    }

    public void setZeroThresholdBits(long value) {
        zeroThresholdBits = value;
    }

    public void setCount(long value) {
        count = value;
    }

    public void setZeroCount(long value) {
        zeroCount = value;
    }

    public void setSumBits(long value) {
        sumBits = value;
    }

    public void addPositiveSpan(int offset, int length) {
        positiveSpans.add(offset);
        positiveSpans.add(length);
    }

    public void addNegativeSpan(int offset, int length) {
        negativeSpans.add(offset);
        negativeSpans.add(length);
    }

    public void addPositiveBucket(long value) {
        positiveBuckets.add(value);
    }

    public void addNegativeBucket(long value) {
        negativeBuckets.add(value);
    }

    public void addCustomBound(long bits) {
        customBounds.add(bits);
    }

    @Override
    public boolean hasFloatCounts() {
        return floatCounts;
    }

    @Override
    public CounterResetHint resetHint() {
        return resetHint;
    }

    @Override
    public int schema() {
        return schema;
    }

    @Override
    public long zeroThresholdBits() {
        return zeroThresholdBits;
    }

    @Override
    public long count() {
        return count;
    }

    @Override
    public long zeroCount() {
        return zeroCount;
    }

    @Override
    public long sumBits() {
        return sumBits;
    }

    @Override
    public int positiveSpanCount() {
        return positiveSpans.size / 2;
    }

    @Override
    public int positiveSpanOffset(int span) {
        return positiveSpans.get(2 * span);
    }

    @Override
    public int positiveSpanLength(int span) {
        return positiveSpans.get(2 * span + 1);
    }

    @Override
    public int negativeSpanCount() {
        return negativeSpans.size / 2;
    }

    @Override
    public int negativeSpanOffset(int span) {
        return negativeSpans.get(2 * span);
    }

    @Override
    public int negativeSpanLength(int span) {
        return negativeSpans.get(2 * span + 1);
    }

    @Override
    public int positiveBucketCount() {
        return positiveBuckets.size;
    }

    @Override
    public long positiveBucket(int bucket) {
        return positiveBuckets.get(bucket);
    }

    @Override
    public int negativeBucketCount() {
        return negativeBuckets.size;
    }

    @Override
    public long negativeBucket(int bucket) {
        return negativeBuckets.get(bucket);
    }

    @Override
    public int customBoundCount() {
        return customBounds.size;
    }

    @Override
    public long customBoundBits(int bound) {
        return customBounds.get(bound);
    }

    /** Whether two histograms are the same bit by bit, but for their reset hints. */
    public boolean hasSameBits(HistogramBuffer other) {
        return floatCounts == other.floatCounts
                && schema == other.schema
                && zeroThresholdBits == other.zeroThresholdBits
                && count == other.count
                && zeroCount == other.zeroCount
                && sumBits == other.sumBits
                && Arrays.equals(
                        positiveSpans.values,
                        0,
                        positiveSpans.size,
                        other.positiveSpans.values,
                        0,
                        other.positiveSpans.size)
                && Arrays.equals(
                        negativeSpans.values,
                        0,
                        negativeSpans.size,
                        other.negativeSpans.values,
                        0,
                        other.negativeSpans.size)
                && positiveBuckets.isSame(other.positiveBuckets)
                && negativeBuckets.isSame(other.negativeBuckets)
                && customBounds.isSame(other.customBounds);
    }
}

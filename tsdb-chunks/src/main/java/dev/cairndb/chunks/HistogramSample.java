package dev.cairndb.chunks;

/**
 * A native histogram as Prometheus keeps it (model/histogram): buckets of exponential width given by spans, or buckets
 * with bounds of their own. What it counts are either integers or floats ({@link #hasFloatCounts}); all floating-point
 * numbers are available as raw IEEE bits, so that NaN payloads survive.
 *
 * <p>A span is a number of buckets without populated ones ({@code offset}; for the first span the index of the first
 * bucket, which may be negative) followed by {@code length} consecutive buckets.
 *
 * <p>Ownership: what a {@link SampleCursor} returns is a view that the cursor overwrites when it moves; {@link #copy}
 * it to keep it. Reading does not change it, and is safe from many threads as long as nobody writes the
 * {@link HistogramBuffer}.
 */
public sealed interface HistogramSample permits HistogramBuffer {
    /** The schema of buckets with custom bounds. */
    int CUSTOM_BUCKETS_SCHEMA = -53;

    /** The bits of the sum of a stale marker. */
    long STALE_NAN_BITS = 0x7FF0000000000002L;

    /** Whether count, zero count and buckets are floats. */
    boolean hasFloatCounts();

    CounterResetHint resetHint();

    /** -4 to 8 for exponential buckets, {@link #CUSTOM_BUCKETS_SCHEMA} for custom bounds. */
    int schema();

    /** Bits of the width of the zero bucket. */
    long zeroThresholdBits();

    /** The number of observations: an unsigned integer, or the bits of a float. */
    long count();

    /** Observations in the zero bucket: an unsigned integer, or the bits of a float. */
    long zeroCount();

    /** Bits of the sum of all observations. */
    long sumBits();

    int positiveSpanCount();

    int positiveSpanOffset(int span);

    /** At least 0; an unsigned number of 32 bits in messages, which no valid histogram exceeds here. */
    int positiveSpanLength(int span);

    int negativeSpanCount();

    int negativeSpanOffset(int span);

    int negativeSpanLength(int span);

    int positiveBucketCount();

    /**
     * For integer counts the difference to the bucket before (the count itself for the first), else the bits of the
     * count.
     */
    long positiveBucket(int bucket);

    int negativeBucketCount();

    /** As {@link #positiveBucket}. */
    long negativeBucket(int bucket);

    /** How many upper bounds of custom buckets there are; 0 for exponential ones. */
    int customBoundCount();

    /** Bits of an upper bound of a custom bucket, ascending. */
    long customBoundBits(int bound);

    /** Whether this is a stale marker: the series ends here. */
    default boolean isStale() {
        return sumBits() == STALE_NAN_BITS;
    }

    default double sum() {
        return Double.longBitsToDouble(sumBits());
    }

    default double zeroThreshold() {
        return Double.longBitsToDouble(zeroThresholdBits());
    }

    /** A histogram of the same content that nobody overwrites. */
    default HistogramSample copy() {
        HistogramBuffer copy = new HistogramBuffer();
        copy.set(this);
        return copy;
    }
}

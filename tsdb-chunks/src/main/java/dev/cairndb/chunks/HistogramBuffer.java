package dev.cairndb.chunks;

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
    final HistogramSide positive = new HistogramSide();
    final HistogramSide negative = new HistogramSide();
    final LongList customBounds = new LongList();

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
        positive.clear();
        negative.clear();
    }

    /** Becomes a copy of another histogram. */
    public void set(HistogramSample source) {
        HistogramBuffer other = (HistogramBuffer) source;
        setNumbers(other);
        schema = other.schema;
        zeroThresholdBits = other.zeroThresholdBits;
        positive.set(other.positive);
        negative.set(other.negative);
        customBounds.set(other.customBounds);
    }

    /** Takes over all but the schema, the zero threshold and what is in lists. */
    void setNumbers(HistogramBuffer source) {
        floatCounts = source.floatCounts;
        resetHint = source.resetHint;
        count = source.count;
        zeroCount = source.zeroCount;
        sumBits = source.sumBits;
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
        positive.addSpan(offset, length);
    }

    public void addNegativeSpan(int offset, int length) {
        negative.addSpan(offset, length);
    }

    public void addPositiveBucket(long value) {
        positive.buckets.add(value);
    }

    public void addNegativeBucket(long value) {
        negative.buckets.add(value);
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
        return positive.spanCount();
    }

    @Override
    public int positiveSpanOffset(int span) {
        return positive.spanOffset(span);
    }

    @Override
    public int positiveSpanLength(int span) {
        return positive.spanLength(span);
    }

    @Override
    public int negativeSpanCount() {
        return negative.spanCount();
    }

    @Override
    public int negativeSpanOffset(int span) {
        return negative.spanOffset(span);
    }

    @Override
    public int negativeSpanLength(int span) {
        return negative.spanLength(span);
    }

    @Override
    public int positiveBucketCount() {
        return positive.buckets.size;
    }

    @Override
    public long positiveBucket(int bucket) {
        return positive.buckets.get(bucket);
    }

    @Override
    public int negativeBucketCount() {
        return negative.buckets.size;
    }

    @Override
    public long negativeBucket(int bucket) {
        return negative.buckets.get(bucket);
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
        return hasSameNumbers(other) && positive.hasSameBits(other.positive) && negative.hasSameBits(other.negative);
    }

    /** Whether all but the reset hints and the buckets is the same bit by bit. */
    boolean hasSameNumbers(HistogramBuffer other) {
        return floatCounts == other.floatCounts
                && schema == other.schema
                && zeroThresholdBits == other.zeroThresholdBits
                && count == other.count
                && zeroCount == other.zeroCount
                && sumBits == other.sumBits
                && customBounds.hasSame(other.customBounds);
    }

    /** Whether both sides have as many buckets as their spans say. */
    boolean hasAsManyBucketsAsSpanned() {
        return positive.spannedBuckets() == positive.buckets.size && negative.spannedBuckets() == negative.buckets.size;
    }

    /** About how much memory this takes with its arrays. */
    long memoryBytes() {
        return 112 + positive.memoryBytes() + negative.memoryBytes() + Long.BYTES * (long) customBounds.values.length;
    }
}

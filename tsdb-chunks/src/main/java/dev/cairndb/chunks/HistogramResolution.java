package dev.cairndb.chunks;

/** Schemas of native histograms, and the reduction of those with finer buckets than Prometheus works with. */
public final class HistogramResolution {
    /** The coarsest schema of exponential buckets that is valid. */
    public static final int SCHEMA_MIN = -4;

    /** The finest schema that is valid. */
    public static final int SCHEMA_MAX = 8;

    /** The coarsest schema that chunks may have; nobody writes those below {@link #SCHEMA_MIN} so far. */
    private static final int KNOWN_SCHEMA_MIN = -9;

    /** The finest schema that chunks and messages may have; those over {@link #SCHEMA_MAX} are reduced. */
    public static final int REDUCIBLE_SCHEMA_MAX = 52;

    private HistogramResolution() {}

    /** Whether the schema is 9 to 52. */
    public static boolean isReducible(int schema) {
        return schema > SCHEMA_MAX && schema <= REDUCIBLE_SCHEMA_MAX;
    }

    /** Whether the schema may be in a chunk. */
    static boolean isKnown(long schema) {
        return schema >= KNOWN_SCHEMA_MIN && schema <= REDUCIBLE_SCHEMA_MAX
                || schema == HistogramSample.CUSTOM_BUCKETS_SCHEMA;
    }

    /** Whether no span goes backwards. */
    static boolean isInOrder(HistogramBuffer histogram) {
        return isInOrder(histogram.positive) && isInOrder(histogram.negative);
    }

    private static boolean isInOrder(HistogramSide side) {
        for (int i = 2; i < side.spansSize; i += 2) {
            if (side.spans[i] < 0) {
                return false;
            }
        }
        return true;
    }

    /**
     * Reduces a histogram with a schema of 9 to 52 to schema 8, in place: buckets that fall into one are added up. Any
     * other histogram is left alone.
     *
     * @return false, with the histogram unchanged, if its spans and buckets differ in number or a span goes backwards
     */
    public static boolean reduce(HistogramBuffer histogram) {
        if (!isReducible(histogram.schema())) {
            return true;
        }
        if (!histogram.hasAsManyBucketsAsSpanned() || !isInOrder(histogram)) {
            return false;
        }
        int shift = histogram.schema() - SCHEMA_MAX;
        reduce(histogram.positive, histogram.hasFloatCounts(), shift);
        reduce(histogram.negative, histogram.hasFloatCounts(), shift);
        histogram.setSchema(SCHEMA_MAX);
        return true;
    }

    /**
     * The result is written over what was read: it has no more spans and buckets, and a bucket is read before its place
     * is written to.
     */
    private static void reduce(HistogramSide side, boolean floats, int shift) {
        BucketWalk walk = new BucketWalk(side, floats);
        int[] spans = side.spans;
        long[] values = side.buckets.values;
        int spansSize = 0;
        int size = 0;
        long lastIndex = 0;
        long lastCount = 0;
        long count = 0;
        while (walk.next()) {
            // The bucket of index i reaches up to base^i, so those up to it with a common part over the shift are one.
            long index = (walk.index() - 1 >> shift) + 1;
            if (size > 0 && index == lastIndex) {
                count = floats ? sumBits(count, walk.count()) : count + walk.count();
                values[size - 1] = floats ? count : count - lastCount;
                continue;
            }
            if (size > 0 && index == lastIndex + 1) {
                spans[spansSize - 1]++;
            } else {
                spans[spansSize] = (int) (size == 0 ? index : index - lastIndex - 1);
                spans[spansSize + 1] = 1;
                spansSize += 2;
            }
            lastCount = count;
            count = walk.count();
            values[size++] = floats ? count : count - lastCount;
            lastIndex = index;
        }
        side.spansSize = spansSize;
        side.buckets.size = size;
    }

    private static long sumBits(long aBits, long bBits) {
        return Double.doubleToRawLongBits(Double.longBitsToDouble(aBits) + Double.longBitsToDouble(bBits));
    }
}

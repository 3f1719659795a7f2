package dev.cairndb.chunks;

/** Walks the buckets of one side of a native histogram, each with its index and its count. */
final class BucketWalk {
    private final HistogramSide side;
    private final boolean floats;
    private int nextSpan;
    private long leftInSpan;
    private long index = -1;
    private int bucket = -1;
    private long count;

    BucketWalk(HistogramSide side, boolean floats) {
        this.side = side;
        this.floats = floats;
    }

    boolean next() {
        while (leftInSpan == 0) {
            if (nextSpan == side.spansSize) {
                return false;
            }
            index += side.spans[nextSpan];
            leftInSpan = Integer.toUnsignedLong(side.spans[nextSpan + 1]);
            nextSpan += 2;
        }
        if (++bucket >= side.buckets.size) {
            return false;
        }
        leftInSpan--;
        index++;
        long value = side.buckets.values[bucket];
        count = floats ? value : count + value;
        return true;
    }

    /** The bucket's index in the schema. */
    long index() {
        return index;
    }

    /** The bucket's count: an integer, or the bits of a float. */
    long count() {
        return count;
    }
}

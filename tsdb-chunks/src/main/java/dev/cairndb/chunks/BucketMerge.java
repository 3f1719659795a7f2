package dev.cairndb.chunks;

/**
 * Fits the buckets of a chunk and those of a sample together. Buckets that only the sample has must be added to the
 * chunk, and buckets that only the chunk has to the sample. All counts are those of one kind, integers or floats.
 */
final class BucketMerge {
    /** Result of {@link #compare}: the sample does not count on from the chunk. */
    static final long RESET = -1;

    private BucketMerge() {}

    /**
     * Compares the sides of a chunk's last sample and of the next one.
     *
     * @param counter whether a bucket must not go down
     * @return {@link #RESET}, or how many buckets are only in the sample (upper half) and how many only in the chunk
     */
    static long compare(HistogramSide chunk, HistogramSide sample, boolean floats, boolean counter) {
        if (chunk.hasSameSpans(sample)) {
            return counter && goesDown(chunk.buckets, sample.buckets, floats) ? RESET : 0;
        }
        BucketWalk old = new BucketWalk(chunk, floats);
        BucketWalk next = new BucketWalk(sample, floats);
        int onlyOld = 0;
        int onlyNext = 0;
        boolean inOld = old.next();
        boolean inNext = next.next();
        while (inOld || inNext) {
            if (inOld && inNext && old.index() == next.index()) {
                if (counter && isLess(next.count(), old.count(), floats)) {
                    return RESET;
                }
                inOld = old.next();
                inNext = next.next();
            } else if (inOld && (!inNext || old.index() < next.index())) {
                if (counter && !isZero(old.count(), floats)) {
                    return RESET;
                }
                onlyOld++;
                inOld = old.next();
            } else {
                onlyNext++;
                inNext = next.next();
            }
        }
        return (long) onlyNext << 32 | onlyOld;
    }

    static int onlyInSample(long compared) {
        return (int) (compared >>> 32);
    }

    static int onlyInChunk(long compared) {
        return (int) compared;
    }

    private static boolean goesDown(LongList old, LongList next, boolean floats) {
        long oldCount = 0;
        long nextCount = 0;
        for (int i = 0; i < old.size; i++) {
            oldCount = floats ? old.values[i] : oldCount + old.values[i];
            nextCount = floats ? next.values[i] : nextCount + next.values[i];
            if (isLess(nextCount, oldCount, floats)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isLess(long a, long b, boolean floats) {
        return floats ? Double.longBitsToDouble(a) < Double.longBitsToDouble(b) : a < b;
    }

    private static boolean isZero(long count, boolean floats) {
        return floats ? Double.longBitsToDouble(count) == 0 : count == 0;
    }

    /** Makes {@code target} have the spans of all buckets that at least one side has, as few as possible. */
    static void union(HistogramSide a, HistogramSide b, HistogramSide target) {
        BucketWalk one = new BucketWalk(a, true);
        BucketWalk other = new BucketWalk(b, true);
        target.clear();
        boolean inOne = one.next();
        boolean inOther = other.next();
        long end = 0;
        while (inOne || inOther) {
            boolean takeOne = inOne && (!inOther || one.index() <= other.index());
            long index = takeOne ? one.index() : other.index();
            if (inOther && other.index() == index) {
                inOther = other.next();
            }
            if (takeOne) {
                inOne = one.next();
            }
            if (target.spansSize > 0 && index == end) {
                target.spans[target.spansSize - 1]++;
            } else {
                target.addSpan((int) (index - end), 1);
            }
            end = index + 1;
        }
    }

    /**
     * Gives {@code target}, which has spans of all buckets of {@code source} and perhaps of more, the counts of
     * {@code source}; the other buckets are empty.
     */
    static void spread(HistogramSide source, HistogramSide target, boolean floats) {
        int size = (int) target.spannedBuckets();
        target.buckets.size(size);
        long[] values = target.buckets.values;
        BucketWalk from = new BucketWalk(source, floats);
        boolean inSource = from.next();
        long index = 0;
        long last = 0;
        int at = 0;
        for (int i = 0; i < target.spansSize; i += 2) {
            index += target.spans[i];
            for (int left = target.spans[i + 1]; left > 0; left--, index++) {
                long count = 0;
                if (inSource && from.index() == index) {
                    count = from.count();
                    inSource = from.next();
                }
                values[at++] = floats ? count : count - last;
                last = count;
            }
        }
    }
}

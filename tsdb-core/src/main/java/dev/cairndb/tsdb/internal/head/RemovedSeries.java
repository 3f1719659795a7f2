package dev.cairndb.tsdb.internal.head;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * References of removed series, with the last log segment that may hold samples of theirs: until that one is gone,
 * their records are kept. Under churn there are many more of them than active series, hence arrays. Not thread-safe.
 */
final class RemovedSeries {
    private final List<Batch> batches = new ArrayList<>();
    private volatile long bytesReserved;

    private static final class Batch {
        final long[] ascendingRefs;
        final int lastSegment;

        Batch(long[] ascendingRefs, int lastSegment) {
            this.ascendingRefs = ascendingRefs;
            this.lastSegment = lastSegment;
        }
    }

    /** Series that were removed together. */
    void add(long[] refs, int count, int lastSegment) {
        if (count > 0) {
            long[] ascending = Arrays.copyOf(refs, count);
            Arrays.sort(ascending);
            batches.add(new Batch(ascending, lastSegment));
            count();
        }
    }

    boolean isNeeded(long ref, int lastSegmentRemoved) {
        for (Batch batch : batches) {
            if (batch.lastSegment > lastSegmentRemoved && Arrays.binarySearch(batch.ascendingRefs, ref) >= 0) {
                return true;
            }
        }
        return false;
    }

    void forgetUpTo(int lastSegmentRemoved) {
        batches.removeIf(batch -> batch.lastSegment <= lastSegmentRemoved);
        count();
    }

    private void count() {
        bytesReserved = batches.stream()
                .mapToLong(batch -> batch.ascendingRefs.length * 8L)
                .sum();
    }

    /** May be read by anybody. */
    long bytesReserved() {
        return bytesReserved;
    }
}

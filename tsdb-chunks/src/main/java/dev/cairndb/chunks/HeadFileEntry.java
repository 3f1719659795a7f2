package dev.cairndb.chunks;

/**
 * What a file of {@code chunks_head} holds.
 *
 * @param endBytes where its records end; zeros may follow
 * @param firstSeriesRef with the next, tells it from another file of the same number
 * @param newestTimestampMillis of its samples in order; {@link Tally#NONE} if all are late ones
 */
record HeadFileEntry(long endBytes, long firstSeriesRef, long firstMinTimestampMillis, long newestTimestampMillis) {

    /** Collects it, record by record. */
    static final class Tally {
        static final long NONE = Long.MIN_VALUE;

        private boolean isEmpty = true;
        private long firstSeriesRef;
        private long firstMinTimestampMillis;
        private long newestTimestampMillis = NONE;

        void add(long seriesRef, long minTimestampMillis, long maxTimestampMillis, boolean outOfOrder) {
            if (isEmpty) {
                isEmpty = false;
                firstSeriesRef = seriesRef;
                firstMinTimestampMillis = minTimestampMillis;
            }
            if (!outOfOrder) {
                newestTimestampMillis = Math.max(newestTimestampMillis, maxTimestampMillis);
            }
        }

        boolean isEmpty() {
            return isEmpty;
        }

        /** Whether what was added may be the beginning of that file. */
        boolean mayBe(HeadFileEntry entry) {
            return isEmpty
                    || entry.firstSeriesRef == firstSeriesRef
                            && entry.firstMinTimestampMillis == firstMinTimestampMillis;
        }

        HeadFileEntry entry(long endBytes) {
            return new HeadFileEntry(endBytes, firstSeriesRef, firstMinTimestampMillis, newestTimestampMillis);
        }
    }
}

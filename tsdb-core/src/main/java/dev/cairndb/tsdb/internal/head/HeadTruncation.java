package dev.cairndb.tsdb.internal.head;

import dev.cairndb.tsdb.internal.metadata.MetadataTable;
import java.util.Arrays;

/**
 * Drops from the head what is in a block, a bounded number of rows at a time under the commit lock, and removes series
 * that have nothing left. Used by one maintenance thread at a time.
 */
final class HeadTruncation {
    private static final int ROWS_PER_STEP = 256;

    private final Rows rows;
    private final SeriesRegistry registry;
    private final OpenChunks chunks;
    private final HeadBounds bounds;
    private final HeadTombstones tombstones;
    private final MetadataTable metadata;
    private final Epochs epochs;
    private final CommitLock commitLock;
    private final RemovedSeries removedSeries = new RemovedSeries();
    /** References without a row of their own that replay found, until its end. */
    private long[] otherRefs = new long[0];

    private int otherRefCount;

    private int[] empty = new int[16];
    private int emptyCount;
    /** Removed rows wait for the last reader that may hold their slots. */
    private volatile boolean removing;

    HeadTruncation(
            Rows rows,
            SeriesRegistry registry,
            OpenChunks chunks,
            HeadBounds bounds,
            HeadTombstones tombstones,
            MetadataTable metadata,
            Epochs epochs,
            CommitLock commitLock) {
        this.rows = rows;
        this.registry = registry;
        this.chunks = chunks;
        this.bounds = bounds;
        this.tombstones = tombstones;
        this.metadata = metadata;
        this.epochs = epochs;
        this.commitLock = commitLock;
    }

    /**
     * Drops chunks that end before a time. Nobody who may still read them is left.
     *
     * @param inBlocksMillis the end of the newest block: an opening takes what is behind it for the head's. A range of
     *     which all was deleted has no block, so this may be before {@code minMillis}; what was deleted is still needed
     * @param currentSegment of the log
     */
    void truncate(long minMillis, long inBlocksMillis, int currentSegment) {
        commitLock.lock();
        try {
            bounds.beginScan();
        } finally {
            commitLock.unlock();
        }
        emptyCount = 0;
        long oldest = Long.MAX_VALUE;
        long neededMillis = Math.min(minMillis, inBlocksMillis);
        int limit = rows.limit();
        for (int from = 0; from < limit; from += ROWS_PER_STEP) {
            int to = Math.min(from + ROWS_PER_STEP, limit);
            oldest = Math.min(oldest, truncateStep(from, to, minMillis, neededMillis));
        }
        commitLock.lock();
        try {
            bounds.finishScan(oldest);
        } finally {
            commitLock.unlock();
        }
        // Late samples may be older than what is truncated.
        tombstones.truncate(neededMillis, this::hasLate);
        if (!removing && emptyCount > 0) {
            removeEmpty(currentSegment);
        }
    }

    /** Returns the oldest timestamp left. */
    private long truncateStep(int from, int to, long minMillis, long neededMillis) {
        long oldest = Long.MAX_VALUE;
        commitLock.lockForStep();
        try {
            for (int slot = from; slot < to; slot++) {
                if (rows.getLong(slot, Rows.REF) == 0 || rows.has(slot, Rows.DEAD)) {
                    continue;
                }
                if (chunks.truncate(slot, minMillis)) {
                    oldest = Math.min(oldest, chunks.minMillis(slot));
                } else if (!hasLate(slot) && !tombstones.reaches(slot, neededMillis)) {
                    // An opening reads what was deleted from the log: a series that came back in between would take
                    // late samples there that it then hides.
                    if (emptyCount == empty.length) {
                        empty = Arrays.copyOf(empty, emptyCount * 2);
                    }
                    empty[emptyCount++] = slot;
                }
            }
        } finally {
            commitLock.unlock();
        }
        return oldest;
    }

    private boolean hasLate(int slot) {
        return rows.page(slot).lateSlot(slot) != LateRows.NONE;
    }

    /** Removes the rows found empty that are so still. One removal at a time is under way. */
    private void removeEmpty(int currentSegment) {
        int[] removed = new int[emptyCount];
        int count = 0;
        long[] refs = new long[emptyCount];
        int refCount = 0;
        for (int from = 0; from < emptyCount; from += ROWS_PER_STEP) {
            int to = Math.min(from + ROWS_PER_STEP, emptyCount);
            commitLock.lockForStep();
            try {
                int before = count;
                for (int i = from; i < to; i++) {
                    if (chunks.isEmpty(empty[i]) && !hasLate(empty[i])) {
                        removed[count++] = empty[i];
                        if (rows.has(empty[i], Rows.LOGGED)) {
                            refs[refCount++] = rows.getLong(empty[i], Rows.REF);
                        }
                    }
                }
                registry.unlist(removed, before, count);
            } finally {
                commitLock.unlock();
            }
        }
        removedSeries.add(refs, refCount, currentSegment);
        int[] slots = Arrays.copyOf(removed, count);
        empty = new int[16];
        if (count == 0) {
            return;
        }
        registry.hide(slots);
        // Dead rows are given none any more.
        metadata.forget(slots);
        removing = true;
        epochs.retire(() -> dispose(slots));
    }

    private void dispose(int[] slots) {
        for (int slot : slots) {
            tombstones.forget(slot);
        }
        int[] symbols = registry.dispose(slots);
        epochs.retire(() -> registry.reclaim(symbols));
        removing = false;
    }

    /** Whether a reader is waited for that may hold rows which were removed. */
    boolean isRemoving() {
        return removing;
    }

    /** For replay: a reference whose series has another one in the head. Its samples may be anywhere in the log. */
    void keepOther(long ref) {
        if (otherRefCount == otherRefs.length) {
            otherRefs = Arrays.copyOf(otherRefs, Math.max(16, otherRefCount * 2));
        }
        otherRefs[otherRefCount++] = ref;
    }

    /** After replay: samples of references seen in it are in no segment behind {@code lastSegment}. */
    void limitKept(int lastSegment) {
        removedSeries.add(otherRefs, otherRefCount, lastSegment);
        otherRefs = new long[0];
        otherRefCount = 0;
    }

    /** Whether a checkpoint of all segments up to {@code lastSegment} still needs the record of a removed series. */
    boolean isNeeded(long removedRef, int lastSegment) {
        return removedSeries.isNeeded(removedRef, lastSegment);
    }

    /** Forgets removed series whose samples cannot be in the log any more. */
    void forgetUpTo(int lastSegment) {
        removedSeries.forgetUpTo(lastSegment);
    }

    /** The oldest timestamp of a chunk at or after a time; {@code Long.MAX_VALUE} if there is none. */
    long firstMillisSince(long fromMillis) {
        long first = Long.MAX_VALUE;
        int limit = rows.limit();
        for (int from = 0; from < limit; from += ROWS_PER_STEP) {
            commitLock.lockForStep();
            try {
                for (int slot = from; slot < Math.min(from + ROWS_PER_STEP, limit); slot++) {
                    first = Math.min(first, chunks.firstMillisSince(slot, fromMillis));
                }
            } finally {
                commitLock.unlock();
            }
        }
        return first;
    }

    /** Memory of what is known of removed series. */
    long bytesReserved() {
        return removedSeries.bytesReserved();
    }

    /** References of the series in the head. */
    RefSet liveRefs() {
        RefSet refs = new RefSet();
        int limit = rows.limit();
        for (int from = 0; from < limit; from += ROWS_PER_STEP) {
            commitLock.lockForStep();
            try {
                for (int slot = from; slot < Math.min(from + ROWS_PER_STEP, limit); slot++) {
                    long ref = rows.getLong(slot, Rows.REF);
                    if (ref != 0 && !rows.has(slot, Rows.DEAD)) {
                        refs.add(ref);
                    }
                }
            } finally {
                commitLock.unlock();
            }
        }
        return refs;
    }
}

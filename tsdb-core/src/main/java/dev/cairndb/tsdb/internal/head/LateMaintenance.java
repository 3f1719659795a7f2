package dev.cairndb.tsdb.internal.head;

import dev.cairndb.index.PostingList;
import dev.cairndb.tsdb.internal.wal.WriteAheadLog;
import java.io.IOException;
import java.util.Arrays;

/**
 * What the maintenance thread does with late samples, a bounded number of rows at a time under the commit lock. One
 * thread at a time; {@link #hasSamples} may be asked by anybody.
 */
final class LateMaintenance {
    private static final int ROWS_PER_STEP = 128;

    private final HeadState state;
    private final WriteAheadLog lateLog;

    LateMaintenance(HeadState state, WriteAheadLog lateLog) {
        this.state = state;
        this.lateLog = lateLog;
    }

    private interface RowWork {
        void accept(LateRows late, int row);
    }

    /** Does something with each row under the commit lock, and something else before the lock is given back. */
    private void forEachRow(RowWork work, Runnable endOfStep) {
        LateRows late = state.late;
        int from = 0;
        while (late != null) {
            state.commitLock.lockForStep();
            try {
                int limit = late.limit();
                if (from >= limit) {
                    return;
                }
                for (int row = from; row < Math.min(from + ROWS_PER_STEP, limit); row++) {
                    if (late.isUsed(row)) {
                        work.accept(late, row);
                    }
                }
                endOfStep.run();
            } finally {
                state.commitLock.unlock();
            }
            from += ROWS_PER_STEP;
        }
    }

    private void forEachRow(RowWork work) {
        forEachRow(work, () -> {});
    }

    void closeOpen() {
        forEachRow((late, row) -> late.chunks.closeOpen(late.rows.page(row), row));
    }

    long newestReference() {
        LateRows late = state.late;
        return late != null && hasSamples(0) ? late.newestReference() : 0;
    }

    boolean hasSamples(long afterReference) {
        LateRows late = state.late;
        if (late == null) {
            return false;
        }
        state.commitLock.lock();
        try {
            return late.hasSamples(afterReference);
        } finally {
            state.commitLock.unlock();
        }
    }

    /** As {@link Head#dropLate}. */
    void drop(long upToReference) {
        Slots removed = new Slots();
        forEachRow((late, row) -> {
            if (late.drop(row, upToReference)) {
                removed.add(row);
            }
        });
        state.chunkFiles.dropLate(upToReference);
        LateRows late = state.late;
        if (late != null && removed.count > 0) {
            state.epochs.retire(() -> giveBack(late, removed));
        }
    }

    private void giveBack(LateRows late, Slots removed) {
        for (int from = 0; from < removed.count; from += ROWS_PER_STEP) {
            state.commitLock.lockForStep();
            try {
                late.giveBack(removed.values, from, Math.min(from + ROWS_PER_STEP, removed.count));
            } finally {
                state.commitLock.unlock();
            }
        }
    }

    private static final class Slots {
        int[] values = new int[16];
        int count;

        void add(int slot) {
            if (count == values.length) {
                values = Arrays.copyOf(values, count * 2);
            }
            values[count++] = slot;
        }
    }

    /** As {@link Head#relogLate}. */
    void relog() throws IOException {
        LateRows late = state.late;
        if (late != null) {
            new LateRelogging(state, late, lateLog).run();
        }
    }

    /** As {@link Head#lateSeries}. */
    PostingList series(long fromMillis, long toMillis, long afterReference, long upToReference) {
        Slots found = new Slots();
        forEachRow((late, row) -> {
            if (late.overlaps(row, fromMillis, toMillis, afterReference, upToReference)) {
                found.add(late.slotOf(row));
            }
        });
        int[] slots = Arrays.copyOf(found.values, found.count);
        Arrays.sort(slots);
        return PostingList.ofSorted(slots);
    }

    /** As {@link Head#lateFirstMillisSince}. */
    long firstMillisSince(long fromMillis, long afterReference) {
        long[] min = {Long.MAX_VALUE};
        forEachRow((late, row) -> min[0] = Math.min(min[0], late.firstMillisSince(row, fromMillis, afterReference)));
        return min[0];
    }

    /** As {@link Head#lateMaxMillis}. */
    long maxMillis(long afterReference) {
        long[] max = {Long.MIN_VALUE};
        forEachRow((late, row) -> max[0] = Math.max(max[0], late.maxMillis(row, afterReference)));
        return max[0];
    }
}

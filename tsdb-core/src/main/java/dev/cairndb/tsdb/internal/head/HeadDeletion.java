package dev.cairndb.tsdb.internal.head;

import dev.cairndb.tsdb.internal.wal.LogBatch;
import dev.cairndb.tsdb.internal.wal.WriteAheadLog;

/**
 * Deletes samples of the head: a range of time of each series is put into the log and hidden from then on, a bounded
 * number of series at a time under the commit lock. As in Prometheus (tsdb/head.go, Delete) a range is cut to the
 * samples that the series has, so that those to come are not hidden by it; late ones are refused that come into it.
 * Other than there, late samples count as well.
 */
final class HeadDeletion {
    private static final int ROWS_PER_STEP = 256;

    private final HeadState state;
    private final WriteAheadLog log;
    private final long fromMillis;
    private final long toMillis;

    HeadDeletion(HeadState state, WriteAheadLog log, long fromMillis, long toMillis) {
        this.state = state;
        this.log = log;
        this.fromMillis = fromMillis;
        this.toMillis = toMillis;
    }

    /** Returns the ticket that the log has to come to. Under an epoch pin that is older than the slots. */
    long run(int[] slots) {
        long ticket = log.lastTicket();
        for (int from = 0; from < slots.length; from += ROWS_PER_STEP) {
            LogBatch batch = log.newBatch();
            state.commitLock.lockForStep();
            try {
                for (int i = from; i < Math.min(from + ROWS_PER_STEP, slots.length); i++) {
                    delete(slots[i], batch);
                }
                ticket = log.submit(batch);
            } finally {
                state.commitLock.unlock();
            }
        }
        return ticket;
    }

    private void delete(int slot, LogBatch batch) {
        Rows.Page page = state.rows.page(slot);
        if (!Rows.has(page, slot, Rows.LOGGED) || Rows.has(page, slot, Rows.DEAD)) {
            return;
        }
        long oldest = state.chunks.minMillis(slot);
        long newest = oldest == Long.MAX_VALUE ? Long.MIN_VALUE : Rows.lastTimestampMillis(page, slot);
        int row = page.lateSlot(slot);
        LateRows late = state.late;
        if (late != null && row != LateRows.NONE) {
            oldest = Math.min(oldest, late.firstMillisSince(row, Long.MIN_VALUE, 0));
            newest = Math.max(newest, late.maxMillis(row, 0));
        }
        long from = Math.max(fromMillis, oldest);
        long to = Math.min(toMillis, newest);
        if (from > to || state.tombstones.of(slot).covers(from, to)) {
            return;
        }
        batch.addTombstone(Rows.ref(page, slot), from, to);
        state.tombstones.add(slot, from, to);
    }
}

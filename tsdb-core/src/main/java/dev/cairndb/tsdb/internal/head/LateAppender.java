package dev.cairndb.tsdb.internal.head;

import dev.cairndb.tsdb.internal.wal.LogBatch;
import dev.cairndb.tsdb.internal.wal.WriteAheadLog;

/**
 * Stores late samples, and logs them into the late log alone: a replay of the log could take one that is late by the
 * bounds of the head, and newer than its series, for one in order. All under the commit lock.
 */
final class LateAppender {
    private final HeadState state;
    private final WriteAheadLog lateLog;

    LateAppender(HeadState state, WriteAheadLog lateLog) {
        this.state = state;
        this.lateLog = lateLog;
    }

    /**
     * The encoding of what a stale marker ends, be it late or in order: of the newest sample in order, as in Prometheus; of
     * a series that has none, of what was stored last of its late samples that the head has.
     */
    int kindEnded(Rows.Page page, int slot) {
        LateRows late = state.late;
        int row = page.lateSlot(slot);
        if (late == null || row == LateRows.NONE || Rows.hasSample(page, slot)) {
            return Rows.kind(page, slot);
        }
        return Rows.kind(late.rows.page(row), row);
    }

    Outcome offer(
            Rows.Page page,
            int slot,
            long timestampMillis,
            long startTimestampMillis,
            long valueBits,
            AppendScratch scratch) {
        LateRows late = state.lateRows();
        int row = late.rowOf(page, slot);
        LogBatch lateBatch = batch(late, row, OpenHistograms.FLOAT_RANK, scratch);
        Outcome outcome = late.append(row, timestampMillis, startTimestampMillis, valueBits);
        if (outcome == Outcome.STORED_LATE) {
            log(lateBatch, Rows.ref(page, slot), timestampMillis, startTimestampMillis, valueBits);
        }
        return outcome;
    }

    static void log(LogBatch batch, long ref, long timestampMillis, long startTimestampMillis, long valueBits) {
        if (startTimestampMillis == 0) {
            batch.addSample(ref, timestampMillis, valueBits);
        } else {
            batch.addSample(ref, timestampMillis, startTimestampMillis, valueBits);
        }
    }

    /** Stores {@link AppendScratch#histogram}. */
    Outcome offerHistogram(Rows.Page page, int slot, long timestampMillis, AppendScratch scratch) {
        LateRows late = state.lateRows();
        int row = late.rowOf(page, slot);
        LogBatch lateBatch = batch(late, row, OpenHistograms.rank(scratch.histogram), scratch);
        Outcome outcome = late.append(row, timestampMillis, scratch.histogram);
        if (outcome == Outcome.STORED_LATE) {
            lateBatch.addHistogram(Rows.ref(page, slot), timestampMillis, scratch.histogram);
        }
        return outcome;
    }

    /** The batch for the late log, in which a sample of this rank comes behind the row's last one. */
    private LogBatch batch(LateRows late, int row, int rank, AppendScratch scratch) {
        LogBatch batch = scratch.lateBatch;
        if (batch == null) {
            batch = lateLog.newBatch();
            scratch.lateBatch = batch;
        }
        if (rank < scratch.lateRankInGroup && late.chunks.rankOfLast(late.rows.page(row), row) > rank) {
            batch.beginGroup();
            scratch.lateRankInGroup = rank;
        }
        scratch.lateRankInGroup = Math.max(scratch.lateRankInGroup, rank);
        return batch;
    }

    /** Adds what was stored to the log. What made a sample a duplicate may still be on its way: then it is waited for. */
    void log(AppendScratch scratch) {
        LogBatch batch = scratch.lateBatch;
        if (batch != null) {
            scratch.lateBatch = null;
            scratch.lateTicket = lateLog.add(batch);
        }
    }
}

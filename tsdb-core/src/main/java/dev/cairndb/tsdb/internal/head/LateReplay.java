package dev.cairndb.tsdb.internal.head;

import dev.cairndb.chunks.HistogramSample;
import dev.cairndb.tsdb.internal.wal.RecordHandler;
import java.util.HashSet;
import java.util.Set;

/**
 * Brings late samples back from the late log, after the log was replayed and before {@link HeadReplay#finish}. A late chunk
 * of chunks_head counts if a marker names it, in place of what the late log has of the series before the marker; of any
 * other, the late log has the samples, or a block. A marker whose chunk is lost does not hold.
 */
public final class LateReplay implements RecordHandler {
    private final HeadState state;
    private final HeadReplay replay;
    private final Set<Long> attached = new HashSet<>();
    private long samplesOfUnknownSeries;
    private long chunksLost;

    /** @param replay has read chunks_head and the log */
    public LateReplay(HeadState state, HeadReplay replay) {
        this.state = state;
        this.replay = replay;
    }

    @Override
    public void series(long seriesRef, byte[] labels, int offset, int length) {
        // The log has them; Prometheus does not put any into the late one either.
        replay.keepFromNewSeries(seriesRef);
    }

    @Override
    public void samples(
            long[] seriesRefs, long[] timestampsMillis, long[] startTimestampsMillis, long[] valueBits, int count) {
        for (int i = 0; i < count; i++) {
            int slot = slotOf(seriesRefs[i]);
            if (slot != RefIndex.ABSENT) {
                LateRows late = state.lateRows();
                int row = late.rowOf(state.rows.page(slot), slot);
                Outcome unused = late.append(row, timestampsMillis[i], startTimestampsMillis[i], valueBits[i]);
            }
        }
    }

    private int slotOf(long seriesRef) {
        int slot = replay.slotOf(seriesRef);
        if (slot == RefIndex.ABSENT) {
            samplesOfUnknownSeries++;
            replay.keepFromNewSeries(seriesRef);
        }
        return slot;
    }

    @Override
    public void histogram(long seriesRef, long timestampMillis, long startTimestampMillis, HistogramSample histogram) {
        int slot = slotOf(seriesRef);
        if (slot != RefIndex.ABSENT) {
            LateRows late = state.lateRows();
            Outcome unused = late.append(late.rowOf(state.rows.page(slot), slot), timestampMillis, histogram);
        }
    }

    @Override
    public void mmapMarker(long seriesRef, long headChunkReference) {
        LateRows.MappedChunk chunk = replay.lateChunk(headChunkReference);
        int slot = replay.slotOf(seriesRef);
        if (chunk == null && headChunkReference != 0) {
            chunksLost++;
        }
        if (slot == RefIndex.ABSENT) {
            replay.keepFromNewSeries(seriesRef);
        } else if (chunk != null && replay.slotOf(chunk.seriesRef()) == slot) {
            LateRows late = state.lateRows();
            int row = late.rowOf(state.rows.page(slot), slot);
            // A marker may come again, when the samples behind it were written once more.
            boolean isNew = attached.add(headChunkReference);
            late.replaceUnmapped(row, isNew ? chunk : null);
            state.chunkFiles.addLate(headChunkReference);
        }
    }

    @Override
    public void tombstone(long seriesRef, long minTimestampMillis, long maxTimestampMillis) {
        // What is deleted is in the log.
    }

    /** Markers of chunks that are not there. While the late log has such, no chunk may get the place of a lost one. */
    public long chunksLost() {
        return chunksLost;
    }

    /** Samples of series that are not known. */
    public long samplesOfUnknownSeries() {
        return samplesOfUnknownSeries;
    }
}

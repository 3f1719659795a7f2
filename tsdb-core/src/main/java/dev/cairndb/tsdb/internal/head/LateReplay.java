package dev.cairndb.tsdb.internal.head;

import dev.cairndb.tsdb.internal.wal.RecordHandler;

/**
 * Brings late samples back from the late log, after the log was replayed and before {@link HeadReplay#finish}. A late chunk
 * of chunks_head is used if a marker names it, in place of what the late log has of the series before the marker.
 */
public final class LateReplay implements RecordHandler {
    private final HeadReplay replay;

    /** @param replay has read chunks_head and the log */
    public LateReplay(HeadState state, HeadReplay replay) {
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
            replay.keepFromNewSeries(seriesRefs[i]);
        }
    }

    @Override
    public void tombstone(long seriesRef, long minTimestampMillis, long maxTimestampMillis) {
        // What is deleted is in the log.
    }

    /** Samples of series that are not known. */
    public long samplesOfUnknownSeries() {
        return 0;
    }
}

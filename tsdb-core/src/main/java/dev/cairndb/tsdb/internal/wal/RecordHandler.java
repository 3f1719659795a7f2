package dev.cairndb.tsdb.internal.wal;

import java.io.IOException;

/**
 * Takes what log records say, in log order. A record is checked to its end before the first of its entries is given.
 * Arrays are lent for the duration of a call. An exception stops the reading.
 */
public interface RecordHandler {
    /**
     * A series was created. The same labels may come again under another reference.
     *
     * @param labels holds packed labels: for each label uvarint length and bytes of the name, then of the value. They
     *     are well-formed; that names ascend and are unique is for the handler to check.
     */
    void series(long seriesRef, byte[] labels, int offset, int length) throws IOException;

    /**
     * Float samples; the first {@code count} places of each array belong together. References may be unknown: the record
     * of their series was lost, or never needed any more. They must not be given to new series either, or a checkpoint
     * could make these samples theirs.
     */
    void samples(long[] seriesRefs, long[] timestampsMillis, long[] valueBits, int count) throws IOException;

    /** Samples of a series from min to max, both inclusive, were deleted. */
    void tombstone(long seriesRef, long minTimestampMillis, long maxTimestampMillis) throws IOException;
}

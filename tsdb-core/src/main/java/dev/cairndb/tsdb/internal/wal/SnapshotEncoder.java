package dev.cairndb.tsdb.internal.wal;

import dev.cairndb.chunks.HistogramSample;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.Varint;

/**
 * Writes the contents of snapshot records behind what a writer holds (Prometheus tsdb/head_wal.go and
 * tsdb/docs/format/memory_snapshot.md). The types are not those of the log.
 */
public final class SnapshotEncoder {
    static final int SERIES = 1;
    static final int TOMBSTONES = 2;
    static final int EXEMPLARS = 3;

    /** The version of the list in a record of tombstones. */
    static final int TOMBSTONES_VERSION = 1;

    /** Times and values of three samples before the last one, which old versions of Prometheus read. */
    static final int UNUSED_SAMPLES_BYTES = 3 * 2 * Long.BYTES;

    private static final byte[] ZEROS = new byte[UNUSED_SAMPLES_BYTES + Long.BYTES];

    private SnapshotEncoder() {}

    /** Begins the record of a series; a chunk or {@link #noChunk} comes next. */
    public static void series(ByteWriter record, long seriesRef, byte[] labels, int offset, int length) {
        record.putByte(SERIES);
        RecordEncoder.addSeries(record, seriesRef, labels, offset, length);
        // Where the length of blocks once was.
        record.putLong(0);
    }

    /** Ends the record of a series that appends to no chunk. */
    public static void noChunk(ByteWriter record) {
        record.putUvarint(0);
    }

    /** Goes on with the chunk a series appends to; {@link #lastValue} or {@link #lastHistogram} comes next. */
    public static void chunk(
            ByteWriter record,
            long minTimestampMillis,
            long maxTimestampMillis,
            int encodingId,
            byte[] data,
            int offset,
            int length) {
        record.ensure(1 + 2 * Long.BYTES + 1 + Varint.MAX_BYTES + length);
        record.putUvarint(1);
        record.putLong(minTimestampMillis);
        record.putLong(maxTimestampMillis);
        record.putByte(encodingId);
        record.putUvarint(length);
        record.putBytes(data, offset, length);
    }

    /** Ends the record of a series of floats. */
    public static void lastValue(ByteWriter record, long valueBits) {
        record.putBytes(ZEROS, 0, ZEROS.length);
        record.putLong(valueBits);
    }

    /** Ends the record of a series of histograms. */
    public static void lastHistogram(ByteWriter record, HistogramSample histogram) {
        RecordEncoder.addHistogram(record, histogram);
    }

    /** A record of deleted ranges, as {@link #stone} collected them. */
    public static void tombstones(ByteWriter record, ByteWriter stones) {
        record.putByte(TOMBSTONES);
        record.putUvarint(1 + stones.size());
        record.putByte(TOMBSTONES_VERSION);
        record.putBytes(stones.array(), 0, stones.size());
    }

    /** Adds a deleted range to those of a record. */
    public static void stone(ByteWriter stones, long seriesRef, long minTimestampMillis, long maxTimestampMillis) {
        stones.putUvarint(seriesRef);
        stones.putVarint(minTimestampMillis);
        stones.putVarint(maxTimestampMillis);
    }

    /** Begins a record of exemplars, which are differences to its first one. */
    public static void beginExemplars(ByteWriter record, long firstRef, long firstTimestampMillis) {
        record.putByte(EXEMPLARS);
        record.putLong(firstRef);
        record.putLong(firstTimestampMillis);
    }

    public static void exemplar(
            ByteWriter record,
            long refDelta,
            long timestampDelta,
            long valueBits,
            byte[] labels,
            int offset,
            int length) {
        RecordEncoder.addSample(record, refDelta, timestampDelta, valueBits);
        RecordEncoder.addLabels(record, labels, offset, length);
    }
}

package dev.cairndb.tsdb.internal.wal;

import dev.cairndb.index.PackedLabels;
import dev.cairndb.io.BigEndian;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.Varint;

/**
 * Writes the contents of log records behind what a writer holds. A record begins with its type and goes on with as many
 * entries as are added; how records are put into segments is {@link RecordFramer}'s business.
 */
final class RecordEncoder {
    private static final int SAMPLE_BYTES_MAX = 2 * Varint.MAX_BYTES + Long.BYTES;

    private RecordEncoder() {}

    static void begin(ByteWriter record, RecordType type) {
        record.putByte(type.wireId());
    }

    /** @param labels packed labels: for each, in name order, uvarint length and bytes of the name, then of the value */
    static void addSeries(ByteWriter record, long seriesRef, byte[] labels, int offset, int length) {
        record.ensure(Long.BYTES + Varint.MAX_BYTES + length);
        record.putLong(seriesRef);
        record.putUvarint(PackedLabels.count(labels, offset, length));
        record.putBytes(labels, offset, length);
    }

    /** Begins a samples record: all its samples are differences to the first one, which is 0 0 itself. */
    static void beginSamples(ByteWriter record, long firstRef, long firstTimestampMillis) {
        begin(record, RecordType.SAMPLES);
        record.putLong(firstRef);
        record.putLong(firstTimestampMillis);
    }

    static void addSample(ByteWriter record, long refDelta, long timestampDelta, long valueBits) {
        record.ensure(SAMPLE_BYTES_MAX);
        byte[] bytes = record.array();
        int at = Varint.putVarint(bytes, record.size(), refDelta);
        at = Varint.putVarint(bytes, at, timestampDelta);
        BigEndian.putLong(bytes, at, valueBits);
        record.size(at + Long.BYTES);
    }

    static void addTombstone(ByteWriter record, long seriesRef, long minTimestampMillis, long maxTimestampMillis) {
        record.putLong(seriesRef);
        record.putVarint(minTimestampMillis);
        record.putVarint(maxTimestampMillis);
    }
}

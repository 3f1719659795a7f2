package dev.cairndb.tsdb.internal.wal;

import dev.cairndb.chunks.HistogramSample;
import dev.cairndb.index.PackedLabels;
import dev.cairndb.io.BigEndian;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.Varint;
import java.nio.charset.StandardCharsets;

/**
 * Writes the contents of log records behind what a writer holds. A record begins with its type and goes on with as many
 * entries as are added; how records are put into segments is {@link RecordFramer}'s business.
 */
final class RecordEncoder {
    /** Name of the metadata field that holds the unit. */
    static final byte[] UNIT = "UNIT".getBytes(StandardCharsets.US_ASCII);

    /** Name of the metadata field that holds the help text. */
    static final byte[] HELP = "HELP".getBytes(StandardCharsets.US_ASCII);

    private static final int SAMPLE_BYTES_MAX = 2 * Varint.MAX_BYTES + Long.BYTES;

    private RecordEncoder() {}

    static void begin(ByteWriter record, RecordType type) {
        record.putByte(type.wireId());
    }

    /** @param labels packed labels: for each, in name order, uvarint length and bytes of the name, then of the value */
    static void addSeries(ByteWriter record, long seriesRef, byte[] labels, int offset, int length) {
        record.ensure(Long.BYTES + Varint.MAX_BYTES + length);
        record.putLong(seriesRef);
        addLabels(record, labels, offset, length);
    }

    static void addLabels(ByteWriter record, byte[] labels, int offset, int length) {
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

    static void addMarker(ByteWriter record, long seriesRef, long headChunkReference) {
        record.putLong(seriesRef);
        record.putLong(headChunkReference);
    }

    /** Adds what is known of a metric, as two named fields: others may come, and are skipped by a reader. */
    static void addMetadata(
            ByteWriter record,
            long seriesRef,
            int type,
            byte[] unit,
            int unitOffset,
            int unitLength,
            byte[] help,
            int helpOffset,
            int helpLength) {
        record.putUvarint(seriesRef);
        record.putByte(type);
        record.putUvarint(2);
        addBytes(record, UNIT, 0, UNIT.length);
        addBytes(record, unit, unitOffset, unitLength);
        addBytes(record, HELP, 0, HELP.length);
        addBytes(record, help, helpOffset, helpLength);
    }

    private static void addBytes(ByteWriter record, byte[] bytes, int offset, int length) {
        record.putUvarint(length);
        record.putBytes(bytes, offset, length);
    }

    /** Adds a histogram behind the reference and the time of its entry. */
    static void addHistogram(ByteWriter record, HistogramSample histogram) {
        boolean floats = histogram.hasFloatCounts();
        record.putByte(histogram.resetHint().id());
        record.putVarint(histogram.schema());
        record.putLong(histogram.zeroThresholdBits());
        if (floats) {
            record.putLong(histogram.zeroCount());
            record.putLong(histogram.count());
        } else {
            record.putUvarint(histogram.zeroCount());
            record.putUvarint(histogram.count());
        }
        record.putLong(histogram.sumBits());
        addSpans(record, histogram);
        addBuckets(record, histogram, floats);
        if (histogram.schema() == HistogramSample.CUSTOM_BUCKETS_SCHEMA) {
            int bounds = histogram.customBoundCount();
            record.putUvarint(bounds);
            for (int i = 0; i < bounds; i++) {
                record.putLong(histogram.customBoundBits(i));
            }
        }
    }

    private static void addSpans(ByteWriter record, HistogramSample histogram) {
        int positive = histogram.positiveSpanCount();
        record.putUvarint(positive);
        for (int i = 0; i < positive; i++) {
            record.putVarint(histogram.positiveSpanOffset(i));
            record.putUvarint(histogram.positiveSpanLength(i));
        }
        int negative = histogram.negativeSpanCount();
        record.putUvarint(negative);
        for (int i = 0; i < negative; i++) {
            record.putVarint(histogram.negativeSpanOffset(i));
            record.putUvarint(histogram.negativeSpanLength(i));
        }
    }

    private static void addBuckets(ByteWriter record, HistogramSample histogram, boolean floats) {
        int positive = histogram.positiveBucketCount();
        record.putUvarint(positive);
        for (int i = 0; i < positive; i++) {
            addBucket(record, histogram.positiveBucket(i), floats);
        }
        int negative = histogram.negativeBucketCount();
        record.putUvarint(negative);
        for (int i = 0; i < negative; i++) {
            addBucket(record, histogram.negativeBucket(i), floats);
        }
    }

    private static void addBucket(ByteWriter record, long bucket, boolean floats) {
        if (floats) {
            record.putLong(bucket);
        } else {
            record.putVarint(bucket);
        }
    }
}

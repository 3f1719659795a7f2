package dev.cairndb.remote;

import dev.cairndb.chunks.HistogramSample;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.Varint;

/**
 * Writes {@code Histogram} messages, which are the same in both versions but for the start timestamp. Not thread-safe.
 */
final class HistogramEncoder {
    private static final int TAG_COUNT_INT = 0x08;
    private static final int TAG_COUNT_FLOAT = 0x11;
    private static final int TAG_SUM = 0x19;
    private static final int TAG_SCHEMA = 0x20;
    private static final int TAG_ZERO_THRESHOLD = 0x29;
    private static final int TAG_ZERO_COUNT_INT = 0x30;
    private static final int TAG_ZERO_COUNT_FLOAT = 0x39;
    private static final int TAG_NEGATIVE_SPANS = 0x42;
    private static final int TAG_NEGATIVE_DELTAS = 0x4A;
    private static final int TAG_NEGATIVE_COUNTS = 0x52;
    private static final int TAG_POSITIVE_SPANS = 0x5A;
    private static final int TAG_POSITIVE_DELTAS = 0x62;
    private static final int TAG_POSITIVE_COUNTS = 0x6A;
    private static final int TAG_RESET_HINT = 0x70;
    private static final int TAG_TIMESTAMP = 0x78;

    /** Of two bytes, low one first. */
    private static final int TAG_CUSTOM_VALUES = 0x0182;

    private static final int TAG_START_TIMESTAMP = 0x0188;
    private static final int TAG_SPAN_OFFSET = 0x08;
    private static final int TAG_SPAN_LENGTH = 0x10;

    private final ByteWriter message = new ByteWriter(256);

    /** Writes a histogram as a field of the series. */
    void put(ByteWriter out, int tag, long timestampMillis, long startTimestampMillis, HistogramSample histogram) {
        message.clear();
        boolean floats = histogram.hasFloatCounts();
        putCount(floats ? TAG_COUNT_FLOAT : TAG_COUNT_INT, floats, histogram.count());
        ProtoFields.putFixed64(message, TAG_SUM, histogram.sumBits());
        ProtoFields.putInteger(message, TAG_SCHEMA, ProtoFields.zigzag(histogram.schema()));
        ProtoFields.putFixed64(message, TAG_ZERO_THRESHOLD, histogram.zeroThresholdBits());
        putCount(floats ? TAG_ZERO_COUNT_FLOAT : TAG_ZERO_COUNT_INT, floats, histogram.zeroCount());
        for (int span = 0; span < histogram.negativeSpanCount(); span++) {
            putSpan(TAG_NEGATIVE_SPANS, histogram.negativeSpanOffset(span), histogram.negativeSpanLength(span));
        }
        putBuckets(floats ? TAG_NEGATIVE_COUNTS : TAG_NEGATIVE_DELTAS, histogram, false);
        for (int span = 0; span < histogram.positiveSpanCount(); span++) {
            putSpan(TAG_POSITIVE_SPANS, histogram.positiveSpanOffset(span), histogram.positiveSpanLength(span));
        }
        putBuckets(floats ? TAG_POSITIVE_COUNTS : TAG_POSITIVE_DELTAS, histogram, true);
        ProtoFields.putInteger(message, TAG_RESET_HINT, histogram.resetHint().id());
        ProtoFields.putInteger(message, TAG_TIMESTAMP, timestampMillis);
        putCustomBounds(histogram);
        if (startTimestampMillis != 0) {
            putTwoByteTag(TAG_START_TIMESTAMP);
            message.putUvarint(startTimestampMillis);
        }
        ProtoFields.putBytes(out, tag, message.array(), 0, message.size());
    }

    /** A member of a oneof is written also if it is zero: it tells the kind. */
    private void putCount(int tag, boolean floats, long count) {
        message.putByte(tag);
        if (floats) {
            message.putLong(Long.reverseBytes(count));
        } else {
            message.putUvarint(count);
        }
    }

    private void putSpan(int tag, int offset, int length) {
        long offsetRaw = ProtoFields.zigzag(offset);
        long lengthRaw = Integer.toUnsignedLong(length);
        message.putByte(tag);
        message.putUvarint(ProtoFields.sizeOfInteger(offsetRaw) + ProtoFields.sizeOfInteger(lengthRaw));
        ProtoFields.putInteger(message, TAG_SPAN_OFFSET, offsetRaw);
        ProtoFields.putInteger(message, TAG_SPAN_LENGTH, lengthRaw);
    }

    private void putBuckets(int tag, HistogramSample histogram, boolean positive) {
        int count = positive ? histogram.positiveBucketCount() : histogram.negativeBucketCount();
        if (count == 0) {
            return;
        }
        message.putByte(tag);
        if (histogram.hasFloatCounts()) {
            message.putUvarint(8L * count);
            for (int i = 0; i < count; i++) {
                message.putLong(Long.reverseBytes(bucket(histogram, positive, i)));
            }
            return;
        }
        int size = 0;
        for (int i = 0; i < count; i++) {
            size += Varint.sizeOfUvarint(ProtoFields.zigzag(bucket(histogram, positive, i)));
        }
        message.putUvarint(size);
        for (int i = 0; i < count; i++) {
            message.putVarint(bucket(histogram, positive, i));
        }
    }

    private static long bucket(HistogramSample histogram, boolean positive, int index) {
        return positive ? histogram.positiveBucket(index) : histogram.negativeBucket(index);
    }

    private void putCustomBounds(HistogramSample histogram) {
        int count = histogram.customBoundCount();
        if (count == 0) {
            return;
        }
        putTwoByteTag(TAG_CUSTOM_VALUES);
        message.putUvarint(8L * count);
        for (int i = 0; i < count; i++) {
            message.putLong(Long.reverseBytes(histogram.customBoundBits(i)));
        }
    }

    private void putTwoByteTag(int tag) {
        message.putByte(tag);
        message.putByte(tag >>> 8);
    }
}

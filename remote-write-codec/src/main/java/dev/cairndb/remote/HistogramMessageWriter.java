package dev.cairndb.remote;

import dev.cairndb.chunks.HistogramSample;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.Varint;

/**
 * Writes a native histogram as the {@code Histogram} message of both versions (Prometheus prompb/types.proto): fields in
 * order of their numbers, zero values left out but for the two counts, which tell integers from floats. Not thread-safe.
 */
final class HistogramMessageWriter {
    private static final int COUNT_INT = 1 << 3;
    private static final int COUNT_FLOAT = 2 << 3 | 1;
    private static final int SUM = 3 << 3 | 1;
    private static final int SCHEMA = 4 << 3;
    private static final int ZERO_THRESHOLD = 5 << 3 | 1;
    private static final int ZERO_COUNT_INT = 6 << 3;
    private static final int ZERO_COUNT_FLOAT = 7 << 3 | 1;
    private static final int NEGATIVE_SPANS = 8 << 3 | 2;
    private static final int NEGATIVE_DELTAS = 9 << 3 | 2;
    private static final int NEGATIVE_COUNTS = 10 << 3 | 2;
    private static final int POSITIVE_SPANS = 11 << 3 | 2;
    private static final int POSITIVE_DELTAS = 12 << 3 | 2;
    private static final int POSITIVE_COUNTS = 13 << 3 | 2;
    private static final int RESET_HINT = 14 << 3;
    private static final int TIMESTAMP = 15 << 3;
    private static final int CUSTOM_VALUES = 16 << 3 | 2;
    private static final int START_TIMESTAMP = 17 << 3;
    private static final int SPAN_OFFSET = 1 << 3;
    private static final int SPAN_LENGTH = 2 << 3;

    private final ByteWriter message = new ByteWriter(256);
    private final ByteWriter part = new ByteWriter(128);

    /**
     * Appends the message as a field.
     *
     * @param tag of the field, one byte
     * @param startTimestampMillis 0 for none, and always in version 1
     */
    void write(ByteWriter target, int tag, long timestampMillis, long startTimestampMillis, HistogramSample histogram) {
        message.clear();
        boolean floats = histogram.hasFloatCounts();
        putCount(floats ? COUNT_FLOAT : COUNT_INT, floats, histogram.count());
        putFixed(SUM, histogram.sumBits());
        putNumber(SCHEMA, zigzag(histogram.schema()));
        putFixed(ZERO_THRESHOLD, histogram.zeroThresholdBits());
        putCount(floats ? ZERO_COUNT_FLOAT : ZERO_COUNT_INT, floats, histogram.zeroCount());
        for (int i = 0; i < histogram.negativeSpanCount(); i++) {
            putSpan(NEGATIVE_SPANS, histogram.negativeSpanOffset(i), histogram.negativeSpanLength(i));
        }
        for (int i = 0; i < histogram.negativeBucketCount(); i++) {
            putBucket(floats, histogram.negativeBucket(i));
        }
        putPart(floats ? NEGATIVE_COUNTS : NEGATIVE_DELTAS);
        for (int i = 0; i < histogram.positiveSpanCount(); i++) {
            putSpan(POSITIVE_SPANS, histogram.positiveSpanOffset(i), histogram.positiveSpanLength(i));
        }
        for (int i = 0; i < histogram.positiveBucketCount(); i++) {
            putBucket(floats, histogram.positiveBucket(i));
        }
        putPart(floats ? POSITIVE_COUNTS : POSITIVE_DELTAS);
        putNumber(RESET_HINT, histogram.resetHint().id());
        putNumber(TIMESTAMP, timestampMillis);
        for (int i = 0; i < histogram.customBoundCount(); i++) {
            putBucket(true, histogram.customBoundBits(i));
        }
        putPart(CUSTOM_VALUES);
        putNumber(START_TIMESTAMP, startTimestampMillis);
        target.putByte(tag);
        target.putUvarint(message.size());
        target.putBytes(message.array(), 0, message.size());
    }

    private void putCount(int tag, boolean floats, long count) {
        message.putUvarint(tag);
        if (floats) {
            message.putLong(Long.reverseBytes(count));
        } else {
            message.putUvarint(count);
        }
    }

    private void putFixed(int tag, long bits) {
        if (bits != 0) {
            message.putUvarint(tag);
            message.putLong(Long.reverseBytes(bits));
        }
    }

    private void putNumber(int tag, long value) {
        if (value != 0) {
            message.putUvarint(tag);
            message.putUvarint(value);
        }
    }

    private void putSpan(int tag, int offset, int length) {
        long offsetField = zigzag(offset);
        int size = offset == 0 ? 0 : 1 + Varint.sizeOfUvarint(offsetField);
        size += length == 0 ? 0 : 1 + Varint.sizeOfUvarint(length);
        message.putUvarint(tag);
        message.putUvarint(size);
        putNumber(SPAN_OFFSET, offsetField);
        putNumber(SPAN_LENGTH, length);
    }

    private void putBucket(boolean floats, long bucket) {
        if (floats) {
            part.putLong(Long.reverseBytes(bucket));
        } else {
            part.putVarint(bucket);
        }
    }

    private void putPart(int tag) {
        if (part.size() > 0) {
            message.putUvarint(tag);
            message.putUvarint(part.size());
            message.putBytes(part.array(), 0, part.size());
            part.clear();
        }
    }

    private static long zigzag(int value) {
        return (value << 1 ^ value >> 31) & 0xFFFFFFFFL;
    }
}

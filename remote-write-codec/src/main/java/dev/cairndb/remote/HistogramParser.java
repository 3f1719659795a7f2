package dev.cairndb.remote;

import dev.cairndb.chunks.CounterResetHint;
import dev.cairndb.chunks.HistogramBuffer;

/**
 * Reads {@code Histogram} messages, which are the same in both versions but for the start timestamp. {@link #check}
 * goes through one while a request is decoded, {@link #read} fetches the content later. Not thread-safe.
 *
 * <p>Whether the counts are integers or floats is told by which of {@code count_int} and {@code count_float} came last;
 * an integer histogram has deltas, a float one counts, and what the other kind would have is not looked at.
 */
final class HistogramParser {
    /** Spans, buckets and bounds of one histogram, which is read into memory as a whole. */
    static final int VALUES_MAX = 1 << 20;

    private static final String HISTOGRAM = "Histogram";
    private static final String SPAN = "BucketSpan";
    private static final int COUNT_INT = 1 << 3 | WireReader.VARINT;
    private static final int COUNT_FLOAT = 2 << 3 | WireReader.FIXED64;
    private static final int SUM = 3 << 3 | WireReader.FIXED64;
    private static final int SCHEMA = 4 << 3 | WireReader.VARINT;
    private static final int ZERO_THRESHOLD = 5 << 3 | WireReader.FIXED64;
    private static final int ZERO_COUNT_INT = 6 << 3 | WireReader.VARINT;
    private static final int ZERO_COUNT_FLOAT = 7 << 3 | WireReader.FIXED64;
    private static final int NEGATIVE_SPANS = 8 << 3 | WireReader.BYTES;
    private static final int NEGATIVE_DELTAS = 9 << 3 | WireReader.BYTES;
    private static final int NEGATIVE_DELTA = 9 << 3 | WireReader.VARINT;
    private static final int NEGATIVE_COUNTS = 10 << 3 | WireReader.BYTES;
    private static final int NEGATIVE_COUNT = 10 << 3 | WireReader.FIXED64;
    private static final int POSITIVE_SPANS = 11 << 3 | WireReader.BYTES;
    private static final int POSITIVE_DELTAS = 12 << 3 | WireReader.BYTES;
    private static final int POSITIVE_DELTA = 12 << 3 | WireReader.VARINT;
    private static final int POSITIVE_COUNTS = 13 << 3 | WireReader.BYTES;
    private static final int POSITIVE_COUNT = 13 << 3 | WireReader.FIXED64;
    private static final int RESET_HINT = 14 << 3 | WireReader.VARINT;
    private static final int TIMESTAMP = 15 << 3 | WireReader.VARINT;
    private static final int CUSTOM_VALUES = 16 << 3 | WireReader.BYTES;
    private static final int CUSTOM_VALUE = 16 << 3 | WireReader.FIXED64;
    private static final int START_TIMESTAMP = 17 << 3 | WireReader.VARINT;
    private static final int KNOWN_V1 = 0x1FFFE;
    private static final int KNOWN_V2 = 0x3FFFE;
    private static final int SPAN_OFFSET = 1 << 3 | WireReader.VARINT;
    private static final int SPAN_LENGTH = 2 << 3 | WireReader.VARINT;
    private static final int KNOWN_OF_SPAN = 0x6;

    private final WireReader reader = new WireReader();
    private boolean floatCounts;
    private long timestampMillis;
    private long startTimestampMillis;
    private int spanOffset;
    private int spanLength;

    /** Goes through a message from the position of {@code in} to {@code end}. */
    void check(WireReader in, int end, RemoteWriteVersion version)
            throws MalformedRequestException, RequestTooLargeException {
        floatCounts = false;
        timestampMillis = 0;
        startTimestampMillis = 0;
        int known = version == RemoteWriteVersion.V1 ? KNOWN_V1 : KNOWN_V2;
        int values = 0;
        while (in.position() < end) {
            int tagPosition = in.position();
            int tag = in.tag(end, HISTOGRAM);
            values += tag == START_TIMESTAMP && known == KNOWN_V2
                    ? checkStart(in, end)
                    : checkField(in, tag, tagPosition, known, end);
            if (values > VALUES_MAX) {
                throw new RequestTooLargeException("values in a histogram", values, VALUES_MAX);
            }
        }
    }

    private int checkStart(WireReader in, int end) throws MalformedRequestException {
        startTimestampMillis = in.varint(end);
        return 0;
    }

    /** Returns how many spans, buckets and bounds are in the field. */
    private int checkField(WireReader in, int tag, int tagPosition, int known, int end)
            throws MalformedRequestException {
        switch (tag) {
            case COUNT_INT -> {
                in.varint(end);
                floatCounts = false;
            }
            case COUNT_FLOAT -> {
                in.fixed64(end);
                floatCounts = true;
            }
            case TIMESTAMP -> timestampMillis = in.varint(end);
            case SCHEMA, ZERO_COUNT_INT, RESET_HINT -> in.varint(end);
            case SUM, ZERO_THRESHOLD, ZERO_COUNT_FLOAT -> in.fixed64(end);
            case NEGATIVE_SPANS, POSITIVE_SPANS -> {
                span(in, in.messageEnd(end));
                return 1;
            }
            case NEGATIVE_DELTA, POSITIVE_DELTA -> {
                in.varint(end);
                return 1;
            }
            case NEGATIVE_COUNT, POSITIVE_COUNT, CUSTOM_VALUE -> {
                in.fixed64(end);
                return 1;
            }
            case NEGATIVE_DELTAS, POSITIVE_DELTAS -> {
                return in.skipVarints(end);
            }
            case NEGATIVE_COUNTS, POSITIVE_COUNTS, CUSTOM_VALUES -> {
                return in.skipFixed64s(end);
            }
            default -> in.skipUnknown(tag, tagPosition, known, end, HISTOGRAM);
        }
        return 0;
    }

    /** Whether the message checked last has float counts. */
    boolean hasFloatCounts() {
        return floatCounts;
    }

    /** Of the message checked last. */
    long timestampMillis() {
        return timestampMillis;
    }

    /** Of the message checked last; 0 if it has none. */
    long startTimestampMillis() {
        return startTimestampMillis;
    }

    /** Reads a message that was checked. */
    void read(byte[] bytes, int start, int end, boolean withFloatCounts, HistogramBuffer target) {
        reader.reset(bytes, start);
        target.clear(withFloatCounts);
        try {
            while (reader.position() < end) {
                int tag = reader.tag(end, HISTOGRAM);
                if (withFloatCounts ? !readFloats(tag, end, target) : !readIntegers(tag, end, target)) {
                    readField(tag, end, target);
                }
            }
        } catch (MalformedRequestException e) {
            throw new IllegalStateException("BUG: a histogram that was checked cannot be read", e);
        }
    }

    private boolean readIntegers(int tag, int end, HistogramBuffer target) throws MalformedRequestException {
        switch (tag) {
            case COUNT_INT -> target.setCount(reader.varint(end));
            case ZERO_COUNT_INT -> target.setZeroCount(reader.varint(end));
            case ZERO_COUNT_FLOAT -> {
                reader.fixed64(end);
                target.setZeroCount(0);
            }
            case NEGATIVE_DELTA -> target.addNegativeBucket(reader.zigzag64(end));
            case POSITIVE_DELTA -> target.addPositiveBucket(reader.zigzag64(end));
            case NEGATIVE_DELTAS -> {
                for (int listEnd = reader.messageEnd(end); reader.position() < listEnd; ) {
                    target.addNegativeBucket(reader.zigzag64(listEnd));
                }
            }
            case POSITIVE_DELTAS -> {
                for (int listEnd = reader.messageEnd(end); reader.position() < listEnd; ) {
                    target.addPositiveBucket(reader.zigzag64(listEnd));
                }
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    private boolean readFloats(int tag, int end, HistogramBuffer target) throws MalformedRequestException {
        switch (tag) {
            case COUNT_FLOAT -> target.setCount(reader.fixed64(end));
            case ZERO_COUNT_FLOAT -> target.setZeroCount(reader.fixed64(end));
            case ZERO_COUNT_INT -> {
                reader.varint(end);
                target.setZeroCount(0);
            }
            case NEGATIVE_COUNT -> target.addNegativeBucket(reader.fixed64(end));
            case POSITIVE_COUNT -> target.addPositiveBucket(reader.fixed64(end));
            case NEGATIVE_COUNTS -> {
                for (int listEnd = reader.messageEnd(end); reader.position() < listEnd; ) {
                    target.addNegativeBucket(reader.fixed64(listEnd));
                }
            }
            case POSITIVE_COUNTS -> {
                for (int listEnd = reader.messageEnd(end); reader.position() < listEnd; ) {
                    target.addPositiveBucket(reader.fixed64(listEnd));
                }
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    /** What histograms of both kinds have; the lists of the other kind are stepped over. */
    private void readField(int tag, int end, HistogramBuffer target) throws MalformedRequestException {
        switch (tag) {
            case SUM -> target.setSumBits(reader.fixed64(end));
            case SCHEMA -> target.setSchema(reader.zigzag32(end));
            case ZERO_THRESHOLD -> target.setZeroThresholdBits(reader.fixed64(end));
            case NEGATIVE_SPANS -> {
                span(reader, reader.messageEnd(end));
                target.addNegativeSpan(spanOffset, spanLength);
            }
            case POSITIVE_SPANS -> {
                span(reader, reader.messageEnd(end));
                target.addPositiveSpan(spanOffset, spanLength);
            }
            case RESET_HINT -> target.setResetHint(resetHint((int) reader.varint(end)));
            case CUSTOM_VALUE -> target.addCustomBound(reader.fixed64(end));
            case CUSTOM_VALUES -> {
                for (int listEnd = reader.messageEnd(end); reader.position() < listEnd; ) {
                    target.addCustomBound(reader.fixed64(listEnd));
                }
            }
            default -> reader.skip(tag & 7, end);
        }
    }

    /** Prometheus keeps the low byte of what was sent, and acts on the four values it knows. */
    private static CounterResetHint resetHint(int sent) {
        int id = sent & 0xFF;
        return id <= CounterResetHint.GAUGE.id() ? CounterResetHint.ofId(id) : CounterResetHint.UNKNOWN;
    }

    private void span(WireReader in, int end) throws MalformedRequestException {
        spanOffset = 0;
        spanLength = 0;
        while (in.position() < end) {
            int tagPosition = in.position();
            int tag = in.tag(end, SPAN);
            switch (tag) {
                case SPAN_OFFSET -> spanOffset = in.zigzag32(end);
                case SPAN_LENGTH -> spanLength = (int) in.varint(end);
                default -> in.skipUnknown(tag, tagPosition, KNOWN_OF_SPAN, end, SPAN);
            }
        }
    }
}

package dev.cairndb.remote;

import dev.cairndb.io.BigEndian;

/**
 * Reads a version 1 {@code WriteRequest} into the columns of a {@link RemoteWriteRequest}, in one pass. Fields may come
 * in any order and more than once, as protobuf allows. Not thread-safe.
 *
 * <p>Nearly all bytes of a real request are labels and samples in the form every sender writes: fields in order, lengths
 * under 128. {@link #plainLabel} and {@link #plainSample} know that form; what is not in it goes the general way, which
 * decides alone whether it is right.
 */
final class WriteRequestParser {
    private static final String WRITE_REQUEST = "WriteRequest";
    private static final String TIME_SERIES = "TimeSeries";
    private static final String LABEL = "Label";
    private static final String SAMPLE = "Sample";

    /** Tags: field number times 8 plus wire type. */
    private static final int REQUEST_SERIES = 1 << 3 | WireReader.BYTES;

    private static final int REQUEST_METADATA = 3 << 3 | WireReader.BYTES;
    private static final int SERIES_LABEL = 1 << 3 | WireReader.BYTES;
    private static final int SERIES_SAMPLE = 2 << 3 | WireReader.BYTES;
    private static final int SERIES_EXEMPLAR = 3 << 3 | WireReader.BYTES;
    private static final int SERIES_HISTOGRAM = 4 << 3 | WireReader.BYTES;
    private static final int LABEL_NAME = 1 << 3 | WireReader.BYTES;
    private static final int LABEL_VALUE = 2 << 3 | WireReader.BYTES;
    private static final int SAMPLE_VALUE = 1 << 3 | WireReader.FIXED64;
    private static final int SAMPLE_TIMESTAMP = 2 << 3 | WireReader.VARINT;

    private final WireReader in = new WireReader();
    private final RemoteWriteRequest request;
    private byte[] bytes = new byte[0];
    private RemoteWriteLimits limits = RemoteWriteLimits.defaults();

    WriteRequestParser(RemoteWriteRequest request) {
        this.request = request;
    }

    void parse(byte[] source, int offset, int length, RemoteWriteLimits requestLimits)
            throws MalformedRequestException, RequestTooLargeException {
        bytes = source;
        limits = requestLimits;
        in.reset(source, offset);
        request.start(source);
        int end = offset + length;
        while (in.position() < end) {
            int tagPosition = in.position();
            int tag = in.tag(end, WRITE_REQUEST);
            switch (tag) {
                case REQUEST_SERIES -> series(messageEnd(end));
                case REQUEST_METADATA -> {
                    check(MessageShape.METADATA, messageEnd(end));
                    request.addMetadata();
                }
                default -> {
                    refuseType(tag, tagPosition, 1, 1, WRITE_REQUEST);
                    refuseType(tag, tagPosition, 3, 3, WRITE_REQUEST);
                    in.skip(tag & 7, end);
                }
            }
        }
    }

    private void series(int end) throws MalformedRequestException, RequestTooLargeException {
        if (request.seriesCount() >= limits.seriesMax()) {
            throw new RequestTooLargeException("series", limits.seriesMax() + 1L, limits.seriesMax());
        }
        request.startSeries();
        int wireStart = -1;
        int wireEnd = -1;
        boolean together = true;
        while (in.position() < end) {
            int tagPosition = in.position();
            int tag = in.tag(end, TIME_SERIES);
            switch (tag) {
                case SERIES_LABEL -> {
                    label(messageEnd(end));
                    together &= wireEnd < 0 || wireEnd == tagPosition;
                    wireStart = wireStart < 0 ? tagPosition : wireStart;
                    wireEnd = in.position();
                }
                case SERIES_SAMPLE -> sample(messageEnd(end));
                case SERIES_EXEMPLAR -> {
                    check(MessageShape.EXEMPLAR, messageEnd(end));
                    request.addExemplar();
                }
                case SERIES_HISTOGRAM -> {
                    check(MessageShape.HISTOGRAM, messageEnd(end));
                    requireSampleLimit();
                    request.addHistogram();
                }
                default -> {
                    refuseType(tag, tagPosition, 1, 4, TIME_SERIES);
                    in.skip(tag & 7, end);
                }
            }
        }
        request.endSeries(together ? wireStart : -1, together ? wireEnd : -1);
    }

    private void label(int end) throws MalformedRequestException, RequestTooLargeException {
        if (request.labelCount() >= limits.labelsMax()) {
            throw new RequestTooLargeException("labels", limits.labelsMax() + 1L, limits.labelsMax());
        }
        if (!plainLabel(in.position(), end)) {
            generalLabel(end);
        }
        in.position(end);
    }

    private boolean plainLabel(int start, int end) {
        byte[] source = bytes;
        if (end - start < 4 || source[start] != LABEL_NAME) {
            return false;
        }
        int nameLength = source[start + 1];
        if (nameLength < 0 || nameLength > end - start - 4) {
            return false;
        }
        int valueField = start + 2 + nameLength;
        int valueLength = source[valueField + 1];
        if (source[valueField] != LABEL_VALUE || valueLength != end - valueField - 2) {
            return false;
        }
        request.addLabel(start + 2, nameLength, valueField + 2, valueLength);
        return true;
    }

    private void generalLabel(int end) throws MalformedRequestException {
        int nameOffset = in.position();
        int nameLength = 0;
        int valueOffset = nameOffset;
        int valueLength = 0;
        while (in.position() < end) {
            int tagPosition = in.position();
            int tag = in.tag(end, LABEL);
            switch (tag) {
                case LABEL_NAME -> {
                    nameLength = in.length(end);
                    nameOffset = in.position();
                    in.position(nameOffset + nameLength);
                }
                case LABEL_VALUE -> {
                    valueLength = in.length(end);
                    valueOffset = in.position();
                    in.position(valueOffset + valueLength);
                }
                default -> {
                    refuseType(tag, tagPosition, 1, 2, LABEL);
                    in.skip(tag & 7, end);
                }
            }
        }
        request.addLabel(nameOffset, nameLength, valueOffset, valueLength);
    }

    private void sample(int end) throws MalformedRequestException, RequestTooLargeException {
        requireSampleLimit();
        if (!plainSample(in.position(), end)) {
            generalSample(end);
        }
        in.position(end);
    }

    /** A value and a timestamp of more than one byte, which is what is left of a timestamp of our days. */
    private boolean plainSample(int start, int end) {
        byte[] source = bytes;
        if (end - start < 11 || source[start] != SAMPLE_VALUE || source[start + 9] != SAMPLE_TIMESTAMP) {
            return false;
        }
        long timestamp = 0;
        int last = end - 1;
        int shift = 0;
        for (int at = start + 10; at < last; at++) {
            byte b = source[at];
            if (b >= 0 || shift > 49) {
                return false;
            }
            timestamp |= (long) (b & 0x7F) << shift;
            shift += 7;
        }
        if (source[last] < 0) {
            return false;
        }
        timestamp |= (long) source[last] << shift;
        request.addSample(timestamp, Long.reverseBytes(BigEndian.getLong(source, start + 1)));
        return true;
    }

    private void generalSample(int end) throws MalformedRequestException {
        long timestampMillis = 0;
        long valueBits = 0;
        while (in.position() < end) {
            int tagPosition = in.position();
            int tag = in.tag(end, SAMPLE);
            switch (tag) {
                case SAMPLE_VALUE -> valueBits = in.fixed64(end);
                case SAMPLE_TIMESTAMP -> timestampMillis = in.varint(end);
                default -> {
                    refuseType(tag, tagPosition, 1, 2, SAMPLE);
                    in.skip(tag & 7, end);
                }
            }
        }
        request.addSample(timestampMillis, valueBits);
    }

    /** Reads a message through to {@code end} without keeping anything. */
    private void check(MessageShape shape, int end) throws MalformedRequestException {
        while (in.position() < end) {
            int tagPosition = in.position();
            int tag = in.tag(end, shape.message());
            byte kind = shape.kind(tag >>> 3);
            int type = tag & 7;
            if (kind == 0) {
                in.skip(type, end);
            } else if (type == WireReader.BYTES) {
                checkBytes(shape, kind, tag, tagPosition, messageEnd(end));
            } else if (type == WireReader.VARINT && isVarint(kind) || type == WireReader.FIXED64 && isFixed64(kind)) {
                in.skip(type, end);
            } else {
                throw in.wrongType(tag, tagPosition, shape.message());
            }
        }
    }

    private void checkBytes(MessageShape shape, byte kind, int tag, int tagPosition, int end)
            throws MalformedRequestException {
        switch (kind) {
            case MessageShape.BYTES -> in.position(end);
            case MessageShape.MESSAGE -> check(shape.inner(), end);
            case MessageShape.REPEATED_VARINT -> {
                while (in.position() < end) {
                    in.varint(end);
                }
            }
            case MessageShape.REPEATED_FIXED64 -> {
                while (in.position() < end) {
                    in.fixed64(end);
                }
            }
            default -> throw in.wrongType(tag, tagPosition, shape.message());
        }
    }

    private static boolean isVarint(byte kind) {
        return kind == MessageShape.VARINT || kind == MessageShape.REPEATED_VARINT;
    }

    private static boolean isFixed64(byte kind) {
        return kind == MessageShape.FIXED64 || kind == MessageShape.REPEATED_FIXED64;
    }

    private void requireSampleLimit() throws RequestTooLargeException {
        long samples = (long) request.sampleCount() + request.histogramCount();
        if (samples >= limits.samplesMax()) {
            throw new RequestTooLargeException("samples", samples + 1, limits.samplesMax());
        }
    }

    private int messageEnd(int end) throws MalformedRequestException {
        return in.length(end) + in.position();
    }

    /** A field in this range got here because it is not of the one type it may have. */
    private void refuseType(int tag, int tagPosition, int firstField, int lastField, String message)
            throws MalformedRequestException {
        int field = tag >>> 3;
        if (field >= firstField && field <= lastField) {
            throw in.wrongType(tag, tagPosition, message);
        }
    }
}

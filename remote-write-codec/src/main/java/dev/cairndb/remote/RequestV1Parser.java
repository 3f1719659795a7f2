package dev.cairndb.remote;

import dev.cairndb.io.BigEndian;

/**
 * Reads a version 1 {@code WriteRequest}. Not thread-safe.
 *
 * <p>Nearly all bytes of a real request are labels and samples in the form every sender writes: fields in order, lengths
 * under 128. {@link #plainLabel} and {@link #plainSample} know that form; what is not in it goes the general way, which
 * decides alone whether it is right.
 */
final class RequestV1Parser extends RequestParser {
    private static final String WRITE_REQUEST = "WriteRequest";
    private static final String TIME_SERIES = "TimeSeries";
    private static final String LABEL = "Label";
    private static final String SAMPLE = "Sample";
    private static final String EXEMPLAR = "Exemplar";
    private static final String METADATA = "MetricMetadata";

    /** Tags: field number times 8 plus wire type. Bit sets of field numbers stand for all that a message has. */
    private static final int REQUEST_SERIES = 1 << 3 | WireReader.BYTES;

    private static final int REQUEST_METADATA = 3 << 3 | WireReader.BYTES;
    private static final int KNOWN_OF_REQUEST = 1 << 1 | 1 << 3;
    private static final int SERIES_LABEL = 1 << 3 | WireReader.BYTES;
    private static final int SERIES_SAMPLE = 2 << 3 | WireReader.BYTES;
    private static final int SERIES_EXEMPLAR = 3 << 3 | WireReader.BYTES;
    private static final int SERIES_HISTOGRAM = 4 << 3 | WireReader.BYTES;
    private static final int KNOWN_OF_SERIES = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4;
    private static final int LABEL_NAME = 1 << 3 | WireReader.BYTES;
    private static final int LABEL_VALUE = 2 << 3 | WireReader.BYTES;
    private static final int KNOWN_OF_LABEL = 1 << 1 | 1 << 2;
    private static final int SAMPLE_VALUE = 1 << 3 | WireReader.FIXED64;
    private static final int SAMPLE_TIMESTAMP = 2 << 3 | WireReader.VARINT;
    private static final int KNOWN_OF_SAMPLE = 1 << 1 | 1 << 2;
    private static final int EXEMPLAR_LABEL = 1 << 3 | WireReader.BYTES;
    private static final int EXEMPLAR_VALUE = 2 << 3 | WireReader.FIXED64;
    private static final int EXEMPLAR_TIMESTAMP = 3 << 3 | WireReader.VARINT;
    private static final int KNOWN_OF_EXEMPLAR = 1 << 1 | 1 << 2 | 1 << 3;
    private static final int METADATA_TYPE = 1 << 3 | WireReader.VARINT;
    private static final int METADATA_FAMILY = 2 << 3 | WireReader.BYTES;
    private static final int METADATA_HELP = 4 << 3 | WireReader.BYTES;
    private static final int METADATA_UNIT = 5 << 3 | WireReader.BYTES;
    private static final int KNOWN_OF_METADATA = 1 << 1 | 1 << 2 | 1 << 4 | 1 << 5;

    private final LabelTable labels;
    private final LabelTable exemplarLabels;

    RequestV1Parser(RemoteWriteRequest request) {
        super(request, RemoteWriteVersion.V1);
        labels = request.ownLabels();
        exemplarLabels = request.ownExemplarLabels();
    }

    @Override
    void message(int end) throws MalformedRequestException, RequestTooLargeException {
        while (in.position() < end) {
            int tagPosition = in.position();
            int tag = in.tag(end, WRITE_REQUEST);
            switch (tag) {
                case REQUEST_SERIES -> series(in.messageEnd(end));
                case REQUEST_METADATA -> metadata(in.messageEnd(end));
                default -> in.skipUnknown(tag, tagPosition, KNOWN_OF_REQUEST, end, WRITE_REQUEST);
            }
        }
    }

    private void series(int end) throws MalformedRequestException, RequestTooLargeException {
        requireRoomForSeries();
        request.startSeries();
        int wireStart = -1;
        int wireEnd = -1;
        boolean together = true;
        while (in.position() < end) {
            int tagPosition = in.position();
            int tag = in.tag(end, TIME_SERIES);
            switch (tag) {
                case SERIES_LABEL -> {
                    label(labels, in.messageEnd(end));
                    together &= wireEnd < 0 || wireEnd == tagPosition;
                    wireStart = wireStart < 0 ? tagPosition : wireStart;
                    wireEnd = in.position();
                }
                case SERIES_SAMPLE -> sample(in.messageEnd(end));
                case SERIES_EXEMPLAR -> exemplar(in.messageEnd(end));
                case SERIES_HISTOGRAM -> histogram(in.messageEnd(end));
                default -> in.skipUnknown(tag, tagPosition, KNOWN_OF_SERIES, end, TIME_SERIES);
            }
        }
        request.endSeries(together ? wireStart : -1, together ? wireEnd : -1);
    }

    private void label(LabelTable target, int end) throws MalformedRequestException, RequestTooLargeException {
        requireRoomForLabel(labels.size() + exemplarLabels.size());
        if (!plainLabel(target, in.position(), end)) {
            generalLabel(target, end);
        }
        in.position(end);
    }

    private boolean plainLabel(LabelTable target, int start, int end) {
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
        target.add(start + 2, nameLength, valueField + 2, valueLength);
        return true;
    }

    private void generalLabel(LabelTable target, int end) throws MalformedRequestException {
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
                default -> in.skipUnknown(tag, tagPosition, KNOWN_OF_LABEL, end, LABEL);
            }
        }
        target.add(nameOffset, nameLength, valueOffset, valueLength);
    }

    private void sample(int end) throws MalformedRequestException, RequestTooLargeException {
        requireRoomForSample();
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
        request.samples().add(timestamp, Long.reverseBytes(BigEndian.getLong(source, start + 1)));
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
                default -> in.skipUnknown(tag, tagPosition, KNOWN_OF_SAMPLE, end, SAMPLE);
            }
        }
        request.samples().add(timestampMillis, valueBits);
    }

    private void exemplar(int end) throws MalformedRequestException, RequestTooLargeException {
        requireRoomForSample();
        long timestampMillis = 0;
        long valueBits = 0;
        while (in.position() < end) {
            int tagPosition = in.position();
            int tag = in.tag(end, EXEMPLAR);
            switch (tag) {
                case EXEMPLAR_LABEL -> label(exemplarLabels, in.messageEnd(end));
                case EXEMPLAR_VALUE -> valueBits = in.fixed64(end);
                case EXEMPLAR_TIMESTAMP -> timestampMillis = in.varint(end);
                default -> in.skipUnknown(tag, tagPosition, KNOWN_OF_EXEMPLAR, end, EXEMPLAR);
            }
        }
        request.exemplars().add(exemplarLabels.size(), timestampMillis, valueBits);
    }

    private void metadata(int end) throws MalformedRequestException, RequestTooLargeException {
        requireRoomForMetadata();
        MetadataColumns target = request.metadata();
        int entry = target.add(-1);
        while (in.position() < end) {
            int tagPosition = in.position();
            int tag = in.tag(end, METADATA);
            switch (tag) {
                case METADATA_TYPE -> target.setType(entry, (int) in.varint(end));
                case METADATA_FAMILY -> text(target, entry, MetadataColumns.FAMILY_OFFSET, end);
                case METADATA_HELP -> text(target, entry, MetadataColumns.HELP_OFFSET, end);
                case METADATA_UNIT -> text(target, entry, MetadataColumns.UNIT_OFFSET, end);
                default -> in.skipUnknown(tag, tagPosition, KNOWN_OF_METADATA, end, METADATA);
            }
        }
    }

    private void text(MetadataColumns target, int entry, int column, int end) throws MalformedRequestException {
        int length = in.length(end);
        target.set(entry, column, in.position(), length);
        in.position(in.position() + length);
    }
}

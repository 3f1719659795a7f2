package dev.cairndb.remote;

import dev.cairndb.io.BigEndian;

/**
 * Reads a version 1 {@code WriteRequest}. Not thread-safe.
 *
 * <p>Nearly all bytes of a real request are labels and samples in the form every sender writes: fields in order,
 * lengths under 128. {@link LabelReader} and {@link #plainSample} know that form; what is not in it goes the general
 * way, which decides alone whether it is right. Labels that somebody {@link KnownLabels knows} are not even read.
 */
final class RequestV1Parser extends RequestParser {
    private static final String WRITE_REQUEST = "WriteRequest";
    private static final String TIME_SERIES = "TimeSeries";
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
    private final LabelReader labelReader;
    /** Where the labels of the series before are known. */
    private int placeBefore;

    private int labelsKnown;

    RequestV1Parser(RemoteWriteRequest request) {
        super(request, RemoteWriteVersion.V1);
        labels = request.ownLabels();
        exemplarLabels = request.ownExemplarLabels();
        labelReader = request.labelReader();
    }

    @Override
    void message(int end) throws MalformedRequestException, RequestTooLargeException {
        placeBefore = KnownLabels.NOWHERE;
        labelsKnown = 0;
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
        KnownLabels known = request.knownLabels();
        int start = in.position();
        int place = known == null ? KnownLabels.NOWHERE : stepOverKnown(known, end);
        boolean steppedOver = place != KnownLabels.NOWHERE;
        int wireStart = steppedOver ? start : -1;
        int wireEnd = steppedOver ? in.position() : -1;
        boolean together = true;
        while (in.position() < end) {
            int tagPosition = in.position();
            int tag = in.tag(end, TIME_SERIES);
            switch (tag) {
                case SERIES_LABEL -> {
                    if (steppedOver) {
                        // There are more labels than those.
                        int before = labels.size();
                        labelReader.readAgain(bytes, wireStart, wireEnd, labels);
                        labelsKnown -= labels.size() - before;
                        steppedOver = false;
                    }
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
        if (!together || wireStart < 0) {
            request.endSeries(-1, -1, KnownLabels.NOWHERE);
            return;
        }
        if (known != null && !steppedOver) {
            place = known.find(placeBefore, bytes, wireStart, wireEnd);
        }
        placeBefore = place;
        request.endSeries(wireStart, wireEnd, place);
    }

    /** Goes behind labels that are known, and returns their place. */
    private int stepOverKnown(KnownLabels known, int end) throws RequestTooLargeException {
        int place = known.follower(placeBefore, bytes, in.position(), end);
        if (place == KnownLabels.NOWHERE) {
            return place;
        }
        int labelCount = known.labelCount(place);
        int size = known.sizeBytes(place);
        if (labelCount < 0 || size < 0) {
            return KnownLabels.NOWHERE;
        }
        labelsKnown += labelCount;
        requireRoomForLabels(labelsRead(), 0);
        in.position(in.position() + size);
        return place;
    }

    private void label(LabelTable target, int end) throws MalformedRequestException, RequestTooLargeException {
        requireRoomForLabels(labelsRead(), 1);
        labelReader.read(in, bytes, end, target);
    }

    private int labelsRead() {
        return labels.size() + exemplarLabels.size() + labelsKnown;
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

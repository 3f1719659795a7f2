package dev.cairndb.remote;

import dev.cairndb.io.BigEndian;

/**
 * Reads a version 2 {@code Request}. Symbols may come before, between or behind the series that refer to them, so
 * references are checked at the end. Not thread-safe.
 *
 * <p>As in version 1, {@link #plainSample} and {@link #plainRefs} know the form every sender writes, and the general
 * way decides about the rest.
 */
final class RequestV2Parser extends RequestParser {
    private static final String REQUEST = "Request";
    private static final String TIME_SERIES = "TimeSeries";
    private static final String SAMPLE = "Sample";
    private static final String EXEMPLAR = "Exemplar";
    private static final String METADATA = "Metadata";

    /** Tags: field number times 8 plus wire type. Bit sets of field numbers stand for all that a message has. */
    private static final int REQUEST_SYMBOL = 4 << 3 | WireReader.BYTES;

    private static final int REQUEST_SERIES = 5 << 3 | WireReader.BYTES;
    private static final int KNOWN_OF_REQUEST = 1 << 4 | 1 << 5;
    private static final int SERIES_REFS = 1 << 3 | WireReader.BYTES;
    private static final int SERIES_REF = 1 << 3 | WireReader.VARINT;
    private static final int SERIES_SAMPLE = 2 << 3 | WireReader.BYTES;
    private static final int SERIES_HISTOGRAM = 3 << 3 | WireReader.BYTES;
    private static final int SERIES_EXEMPLAR = 4 << 3 | WireReader.BYTES;
    private static final int SERIES_METADATA = 5 << 3 | WireReader.BYTES;
    private static final int KNOWN_OF_SERIES = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 5;
    private static final int SAMPLE_VALUE = 1 << 3 | WireReader.FIXED64;
    private static final int SAMPLE_TIMESTAMP = 2 << 3 | WireReader.VARINT;
    private static final int SAMPLE_START = 3 << 3 | WireReader.VARINT;
    private static final int KNOWN_OF_SAMPLE = 1 << 1 | 1 << 2 | 1 << 3;
    private static final int EXEMPLAR_REFS = 1 << 3 | WireReader.BYTES;
    private static final int EXEMPLAR_REF = 1 << 3 | WireReader.VARINT;
    private static final int EXEMPLAR_VALUE = 2 << 3 | WireReader.FIXED64;
    private static final int EXEMPLAR_TIMESTAMP = 3 << 3 | WireReader.VARINT;
    private static final int KNOWN_OF_EXEMPLAR = 1 << 1 | 1 << 2 | 1 << 3;
    private static final int METADATA_TYPE = 1 << 3 | WireReader.VARINT;
    private static final int METADATA_HELP = 3 << 3 | WireReader.VARINT;
    private static final int METADATA_UNIT = 4 << 3 | WireReader.VARINT;
    private static final int KNOWN_OF_METADATA = 1 << 1 | 1 << 3 | 1 << 4;

    private final SymbolTable symbols;
    private final SymbolLabels labels;
    private final SymbolLabels exemplarLabels;

    /** Of the series that is being read. */
    private int metadataType;

    private int helpRef;
    private int unitRef;

    RequestV2Parser(RemoteWriteRequest request) {
        super(request, RemoteWriteVersion.V2);
        symbols = request.symbols();
        labels = request.symbolLabels();
        exemplarLabels = request.symbolExemplarLabels();
    }

    @Override
    void message(int end) throws MalformedRequestException, RequestTooLargeException {
        while (in.position() < end) {
            int tagPosition = in.position();
            int tag = in.tag(end, REQUEST);
            switch (tag) {
                case REQUEST_SYMBOL -> symbol(end);
                case REQUEST_SERIES -> series(in.messageEnd(end));
                default -> in.skipUnknown(tag, tagPosition, KNOWN_OF_REQUEST, end, REQUEST);
            }
        }
        request.resolveReferences();
    }

    private void symbol(int end) throws MalformedRequestException, RequestTooLargeException {
        requireRoomForLabels(symbols.size(), 1);
        int length = in.length(end);
        symbols.add(in.position(), length);
        in.position(in.position() + length);
    }

    private void series(int end) throws MalformedRequestException, RequestTooLargeException {
        requireRoomForSeries();
        request.startSeries();
        metadataType = 0;
        helpRef = 0;
        unitRef = 0;
        while (in.position() < end) {
            int tagPosition = in.position();
            int tag = in.tag(end, TIME_SERIES);
            switch (tag) {
                case SERIES_REFS -> refs(labels, in.messageEnd(end));
                case SERIES_REF -> ref(labels, end);
                case SERIES_SAMPLE -> sample(in.messageEnd(end));
                case SERIES_HISTOGRAM -> histogram(in.messageEnd(end));
                case SERIES_EXEMPLAR -> exemplar(in.messageEnd(end));
                case SERIES_METADATA -> metadata(in.messageEnd(end));
                default -> in.skipUnknown(tag, tagPosition, KNOWN_OF_SERIES, end, TIME_SERIES);
            }
        }
        if (labels.padToPair()) {
            request.markLabelsBad();
        }
        if ((metadataType | helpRef | unitRef) != 0) {
            int entry = request.metadata().add(request.seriesCount());
            request.metadata().setType(entry, metadataType);
            request.metadata().set(entry, MetadataColumns.HELP_OFFSET, helpRef, 0);
            request.metadata().set(entry, MetadataColumns.UNIT_OFFSET, unitRef, 0);
        }
        request.endSeries(-1, -1, KnownLabels.NOWHERE);
    }

    private void refs(SymbolLabels target, int end) throws MalformedRequestException, RequestTooLargeException {
        while (in.position() < end) {
            int left = plainRefs(target, in.position(), end);
            in.position(left);
            if (left < end) {
                ref(target, end);
            }
        }
    }

    /** Takes references of one and two bytes as far as there are such, and returns where it stopped. */
    private int plainRefs(SymbolLabels target, int start, int end) {
        byte[] source = bytes;
        int room = Math.min(end - start, 2 * (limits.labelsMax() - labels.size() - exemplarLabels.size()));
        int[] refs = target.refsWithRoom(room);
        int count = target.refCount();
        int countMax = count + room;
        int max = 0;
        int at = start;
        while (at < end && count < countMax) {
            int ref = source[at++];
            if (ref < 0) {
                if (at == end || source[at] < 0) {
                    at--;
                    break;
                }
                ref = ref & 0x7F | source[at++] << 7;
            }
            refs[count++] = ref;
            max = Math.max(max, ref);
        }
        target.refsAdded(count, max);
        return at;
    }

    /** A reference is the low 32 bits of a varint, for the decoder of Prometheus as well. */
    private void ref(SymbolLabels target, int end) throws MalformedRequestException, RequestTooLargeException {
        requireRoomForLabels(labels.size() + exemplarLabels.size(), 1);
        target.addRef((int) in.varint(end));
    }

    private void sample(int end) throws MalformedRequestException, RequestTooLargeException {
        requireRoomForSample();
        if (!plainSample(in.position(), end)) {
            generalSample(end);
        }
        in.position(end);
    }

    /** Value, timestamp and start timestamp in this order, each of them or not, varints of up to 8 bytes. */
    private boolean plainSample(int start, int end) {
        byte[] source = bytes;
        int at = start;
        long valueBits = 0;
        if (end - at >= 9 && source[at] == SAMPLE_VALUE) {
            valueBits = Long.reverseBytes(BigEndian.getLong(source, at + 1));
            at += 9;
        }
        long timestamp = 0;
        if (at < end && source[at] == SAMPLE_TIMESTAMP) {
            at++;
            int shift = 0;
            byte b = -1;
            while (b < 0 && at < end && shift < 56) {
                b = source[at++];
                timestamp |= (long) (b & 0x7F) << shift;
                shift += 7;
            }
            if (b < 0) {
                return false;
            }
        }
        if (at == end) {
            request.samples().add(timestamp, valueBits);
            return true;
        }
        if (source[at++] != SAMPLE_START) {
            return false;
        }
        long startTimestamp = 0;
        int shift = 0;
        byte b = -1;
        while (b < 0 && at < end && shift < 56) {
            b = source[at++];
            startTimestamp |= (long) (b & 0x7F) << shift;
            shift += 7;
        }
        if (b < 0 || at != end) {
            return false;
        }
        request.samples().add(timestamp, startTimestamp, valueBits);
        return true;
    }

    private void generalSample(int end) throws MalformedRequestException {
        long timestampMillis = 0;
        long startTimestampMillis = 0;
        long valueBits = 0;
        while (in.position() < end) {
            int tagPosition = in.position();
            int tag = in.tag(end, SAMPLE);
            switch (tag) {
                case SAMPLE_VALUE -> valueBits = in.fixed64(end);
                case SAMPLE_TIMESTAMP -> timestampMillis = in.varint(end);
                case SAMPLE_START -> startTimestampMillis = in.varint(end);
                default -> in.skipUnknown(tag, tagPosition, KNOWN_OF_SAMPLE, end, SAMPLE);
            }
        }
        request.samples().add(timestampMillis, startTimestampMillis, valueBits);
    }

    private void exemplar(int end) throws MalformedRequestException, RequestTooLargeException {
        requireRoomForSample();
        long timestampMillis = 0;
        long valueBits = 0;
        while (in.position() < end) {
            int tagPosition = in.position();
            int tag = in.tag(end, EXEMPLAR);
            switch (tag) {
                case EXEMPLAR_REFS -> refs(exemplarLabels, in.messageEnd(end));
                case EXEMPLAR_REF -> ref(exemplarLabels, end);
                case EXEMPLAR_VALUE -> valueBits = in.fixed64(end);
                case EXEMPLAR_TIMESTAMP -> timestampMillis = in.varint(end);
                default -> in.skipUnknown(tag, tagPosition, KNOWN_OF_EXEMPLAR, end, EXEMPLAR);
            }
        }
        if (exemplarLabels.padToPair()) {
            request.markExemplarBad();
        }
        request.exemplars().add(exemplarLabels.size(), timestampMillis, valueBits);
    }

    /** A message that comes twice is one message with the fields of both. */
    private void metadata(int end) throws MalformedRequestException {
        while (in.position() < end) {
            int tagPosition = in.position();
            int tag = in.tag(end, METADATA);
            switch (tag) {
                case METADATA_TYPE -> metadataType = (int) in.varint(end);
                case METADATA_HELP -> helpRef = (int) in.varint(end);
                case METADATA_UNIT -> unitRef = (int) in.varint(end);
                default -> in.skipUnknown(tag, tagPosition, KNOWN_OF_METADATA, end, METADATA);
            }
        }
    }
}

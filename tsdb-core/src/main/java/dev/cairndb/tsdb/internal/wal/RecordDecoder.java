package dev.cairndb.tsdb.internal.wal;

import dev.cairndb.chunks.HistogramBuffer;
import dev.cairndb.io.BigEndian;
import dev.cairndb.io.ByteReader;
import dev.cairndb.io.CorruptionException;
import java.io.IOException;
import java.util.Arrays;

/**
 * Reads the contents of log records: {@link #read} checks a record to its end and remembers what it says, {@link
 * #deliver} gives that to a handler. Makes no garbage per entry. Not thread-safe.
 */
final class RecordDecoder {
    private static final int SAMPLE_BYTES_MIN = 2 + Long.BYTES;
    /** What two varints of {@link #SHORT_VARINT_BITS} and a value take. */
    private static final int SAMPLE_BYTES_MAX = 2 * 9 + Long.BYTES;

    private static final int SHORT_VARINT_BITS = 9 * 7;

    private static final int SERIES = 1;
    private static final int SAMPLES = 2;
    private static final int TOMBSTONES = 3;
    private static final int EXEMPLARS = 4;
    private static final int MARKERS = 5;
    private static final int METADATA = 6;
    private static final int HISTOGRAMS = 7;
    private static final int FLOAT_HISTOGRAMS = 8;
    private static final int CUSTOM_HISTOGRAMS = 9;
    private static final int CUSTOM_FLOAT_HISTOGRAMS = 10;
    private static final int SAMPLES_V2 = 11;
    private static final int HISTOGRAMS_V2 = 12;
    private static final int FLOAT_HISTOGRAMS_V2 = 13;

    private final ByteReader in = new ByteReader("log record");
    private final HistogramBuffer histogram = new HistogramBuffer();

    private int type;
    private byte[] bytes = new byte[0];
    private int count;
    private long histogramsSkipped;

    /** References. */
    private long[] first = new long[0];

    /**
     * Series: offset and length of the labels, in one. Tombstones: minima. Markers: references of chunks. Metadata:
     * types. Others: timestamps.
     */
    private long[] second = new long[0];

    /**
     * Samples and exemplars: value bits. Histograms: where they begin. Tombstones: maxima. Metadata: offset and length
     * of the unit, in one.
     */
    private long[] third = new long[0];

    /** Start timestamps. Exemplars: offset and length of the labels. Metadata: those of the help text. */
    private long[] fourth = new long[0];

    /** As long as the others, and never written to: what samples without start timestamps have. */
    private long[] zeros = new long[0];

    // While a record of a type with start timestamps is read: its first entry and the one before.
    private long originTimestamp;
    private long originStart;
    private long previousRef;
    private long previousStart;

    /**
     * Reads a record, of which {@link #deliver} needs the bytes again. A type that is not decoded here has no entries.
     *
     * @return its type byte; 0 for an empty record, which is no damage
     */
    int read(byte[] record, int offset, int length) throws CorruptionException {
        bytes = record;
        count = 0;
        type = 0;
        if (length > 0) {
            in.reset(record, offset, length, 0);
            int found = in.readByte();
            switch (found) {
                case SERIES -> readSeries();
                case SAMPLES -> readSamples();
                case TOMBSTONES -> readTombstones();
                case EXEMPLARS -> readExemplars();
                case MARKERS -> readMarkers();
                case METADATA -> readMetadata();
                case HISTOGRAMS, CUSTOM_HISTOGRAMS -> readHistograms(false);
                case FLOAT_HISTOGRAMS, CUSTOM_FLOAT_HISTOGRAMS -> readHistograms(true);
                case SAMPLES_V2 -> readSamplesWithStart();
                case HISTOGRAMS_V2 -> readHistogramsWithStart(false);
                case FLOAT_HISTOGRAMS_V2 -> readHistogramsWithStart(true);
                default -> {}
            }
            type = found;
        }
        return type;
    }

    /** Whether entries of this type are delivered; records of others are known by their type alone. */
    static boolean decodes(int type) {
        return type >= SERIES && type <= FLOAT_HISTOGRAMS_V2;
    }

    /** How many entries of the record are delivered. */
    int count() {
        return count;
    }

    /** Histograms of a schema nobody knows that were left out, in all records so far. */
    long histogramsSkipped() {
        return histogramsSkipped;
    }

    void deliver(RecordHandler handler) throws IOException {
        switch (type) {
            case SERIES -> {
                for (int i = 0; i < count; i++) {
                    handler.series(first[i], bytes, offsetIn(second[i]), lengthIn(second[i]));
                }
            }
            case SAMPLES -> deliverSamples(handler, zeros);
            case SAMPLES_V2 -> deliverSamples(handler, fourth);
            case TOMBSTONES -> {
                for (int i = 0; i < count; i++) {
                    handler.tombstone(first[i], second[i], third[i]);
                }
            }
            case EXEMPLARS -> {
                for (int i = 0; i < count; i++) {
                    handler.exemplar(first[i], second[i], third[i], bytes, offsetIn(fourth[i]), lengthIn(fourth[i]));
                }
            }
            case MARKERS -> {
                for (int i = 0; i < count; i++) {
                    handler.mmapMarker(first[i], second[i]);
                }
            }
            case METADATA -> deliverMetadata(handler);
            case HISTOGRAMS, CUSTOM_HISTOGRAMS, HISTOGRAMS_V2 -> deliverHistograms(handler, false);
            case FLOAT_HISTOGRAMS, CUSTOM_FLOAT_HISTOGRAMS, FLOAT_HISTOGRAMS_V2 -> deliverHistograms(handler, true);
            default -> {}
        }
    }

    private void deliverSamples(RecordHandler handler, long[] starts) throws IOException {
        if (count > 0) {
            handler.samples(first, second, starts, third, count);
        }
    }

    private void deliverMetadata(RecordHandler handler) throws IOException {
        for (int i = 0; i < count; i++) {
            handler.metadata(
                    first[i],
                    (int) second[i],
                    bytes,
                    offsetIn(third[i]),
                    lengthIn(third[i]),
                    offsetIn(fourth[i]),
                    lengthIn(fourth[i]));
        }
    }

    private void deliverHistograms(RecordHandler handler, boolean floats) throws IOException {
        for (int i = 0; i < count; i++) {
            int at = (int) third[i];
            in.reset(bytes, at, bytes.length - at, at);
            HistogramPayload.read(in, floats, histogram);
            handler.histogram(first[i], second[i], fourth[i], histogram);
        }
    }

    private static long range(int offset, int length) {
        return (long) offset << 32 | length;
    }

    private static int offsetIn(long range) {
        return (int) (range >>> 32);
    }

    private static int lengthIn(long range) {
        return (int) range;
    }

    private void readSeries() throws CorruptionException {
        while (in.remaining() > 0) {
            ensure(count + 1);
            first[count] = checked(in.readLong());
            second[count] = readLabels();
            count++;
        }
    }

    /** Steps over labels and returns where they lie, without their number. */
    private long readLabels() throws CorruptionException {
        int labels = RecordFields.labelCount(in);
        int start = in.position();
        boolean unused = RecordFields.skipLabels(in, labels);
        return range(start, in.position() - start);
    }

    private void readSamples() throws CorruptionException {
        if (in.remaining() == 0) {
            return;
        }
        long baseRef = in.readLong();
        long baseTimestamp = in.readLong();
        ensure(in.remaining() / SAMPLE_BYTES_MIN);
        readInnerSamples(baseRef, baseTimestamp);
        while (in.remaining() > 0) {
            long ref = checked(baseRef + in.readVarint());
            long timestamp = baseTimestamp + in.readVarint();
            int value = in.skip(Long.BYTES);
            first[count] = ref;
            second[count] = timestamp;
            third[count] = BigEndian.getLong(bytes, value);
            count++;
        }
    }

    /**
     * Reads samples up to one that may reach over the record's end, or that is not as most are. A log has more samples
     * than all else, and one check is enough for each of these.
     */
    private void readInnerSamples(long baseRef, long baseTimestamp) throws CorruptionException {
        byte[] record = bytes;
        long[] refs = first;
        long[] timestamps = second;
        long[] values = third;
        int start = in.position();
        int lastStart = start + in.remaining() - SAMPLE_BYTES_MAX;
        int end = start;
        int read = count;
        for (int at = start; at <= lastStart; end = at) {
            long refBits = 0;
            int shift = 0;
            byte b;
            do {
                b = record[at++];
                refBits |= (long) (b & 0x7F) << shift;
                shift += 7;
            } while (b < 0 && shift < SHORT_VARINT_BITS);
            long timeBits = 0;
            boolean isShort = b >= 0;
            shift = 0;
            do {
                b = record[at++];
                timeBits |= (long) (b & 0x7F) << shift;
                shift += 7;
            } while (b < 0 && shift < SHORT_VARINT_BITS);
            long ref = baseRef + (refBits >>> 1 ^ -(refBits & 1));
            if (!isShort || b < 0 || ref < 0 || ref > RecordHandler.SERIES_REF_MAX) {
                break;
            }
            refs[read] = ref;
            timestamps[read] = baseTimestamp + (timeBits >>> 1 ^ -(timeBits & 1));
            values[read++] = BigEndian.getLong(record, at);
            at += Long.BYTES;
        }
        count = read;
        in.skip(end - start);
    }

    private void readSamplesWithStart() throws CorruptionException {
        while (in.remaining() > 0) {
            ensure(count + 1);
            readEntryWithStart(count == 0);
            third[count] = in.readLong();
            count++;
        }
    }

    private void readExemplars() throws CorruptionException {
        if (in.remaining() == 0) {
            return;
        }
        long baseRef = in.readLong();
        long baseTimestamp = in.readLong();
        while (in.remaining() > 0) {
            ensure(count + 1);
            first[count] = checked(baseRef + in.readVarint());
            second[count] = baseTimestamp + in.readVarint();
            third[count] = in.readLong();
            fourth[count] = readLabels();
            count++;
        }
    }

    private void readHistograms(boolean floats) throws CorruptionException {
        if (in.remaining() == 0) {
            return;
        }
        long baseRef = in.readLong();
        long baseTimestamp = in.readLong();
        while (in.remaining() > 0) {
            ensure(count + 1);
            first[count] = checked(baseRef + in.readVarint());
            second[count] = baseTimestamp + in.readVarint();
            fourth[count] = 0;
            readHistogram(floats);
        }
    }

    private void readHistogramsWithStart(boolean floats) throws CorruptionException {
        boolean isFirst = true;
        while (in.remaining() > 0) {
            ensure(count + 1);
            readEntryWithStart(isFirst);
            readHistogram(floats);
            isFirst = false;
        }
    }

    private void readHistogram(boolean floats) throws CorruptionException {
        third[count] = in.position();
        if (HistogramPayload.check(in, floats)) {
            count++;
        } else {
            histogramsSkipped++;
        }
    }

    /** Reads reference, time and start timestamp of an entry. */
    private void readEntryWithStart(boolean isFirst) throws CorruptionException {
        if (isFirst) {
            previousRef = checked(in.readVarint());
            originTimestamp = in.readVarint();
            originStart = in.readVarint();
            previousStart = originStart;
            second[count] = originTimestamp;
        } else {
            previousRef = checked(previousRef + in.readVarint());
            second[count] = originTimestamp + in.readVarint();
            previousStart = readStart();
        }
        first[count] = previousRef;
        fourth[count] = previousStart;
    }

    private long readStart() throws CorruptionException {
        int kind = in.readByte();
        return switch (kind) {
            case EntryRecord.START_NONE -> 0;
            case EntryRecord.START_AS_BEFORE -> previousStart;
            case EntryRecord.START_GIVEN -> originStart + in.readVarint();
            default -> throw in.corrupt("a start timestamp's kind of 0 to 2", String.valueOf(kind));
        };
    }

    private void readTombstones() throws CorruptionException {
        while (in.remaining() > 0) {
            ensure(count + 1);
            first[count] = checked(in.readLong());
            second[count] = in.readVarint();
            third[count] = in.readVarint();
            count++;
        }
    }

    private void readMarkers() throws CorruptionException {
        while (in.remaining() > 0) {
            ensure(count + 1);
            first[count] = checked(in.readLong());
            second[count] = in.readLong();
            count++;
        }
    }

    private void readMetadata() throws CorruptionException {
        while (in.remaining() > 0) {
            ensure(count + 1);
            first[count] = checked(in.readUvarint());
            second[count] = in.readByte();
            third[count] = 0;
            fourth[count] = 0;
            for (int left = in.readUvarintInt(in.remaining() / 2); left > 0; left--) {
                int name = in.readUvarintInt(in.remaining());
                int nameStart = in.skip(name);
                int length = in.readUvarintInt(in.remaining());
                long value = range(in.skip(length), length);
                if (is(RecordEncoder.UNIT, nameStart, name)) {
                    third[count] = value;
                } else if (is(RecordEncoder.HELP, nameStart, name)) {
                    fourth[count] = value;
                }
            }
            count++;
        }
    }

    private boolean is(byte[] expected, int start, int length) {
        return Arrays.equals(expected, 0, expected.length, bytes, start, start + length);
    }

    private long checked(long seriesRef) throws CorruptionException {
        return RecordFields.seriesRef(in, seriesRef);
    }

    private void ensure(int entries) {
        if (first.length < entries) {
            int size = Math.max(Math.max(entries, 64), first.length + first.length / 2);
            first = Arrays.copyOf(first, size);
            second = Arrays.copyOf(second, size);
            third = Arrays.copyOf(third, size);
            fourth = Arrays.copyOf(fourth, size);
            zeros = new long[size];
        }
    }
}

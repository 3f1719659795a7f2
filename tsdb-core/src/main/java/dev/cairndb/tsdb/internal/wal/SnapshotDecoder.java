package dev.cairndb.tsdb.internal.wal;

import dev.cairndb.chunks.ChunkEncoding;
import dev.cairndb.chunks.HistogramBuffer;
import dev.cairndb.index.PackedLabels;
import dev.cairndb.io.ByteReader;
import dev.cairndb.io.CorruptionException;
import java.io.IOException;

/** Reads the records of a snapshot and gives what they say to a handler. Not thread-safe. */
public final class SnapshotDecoder {
    /** Experimental encodings of Prometheus that have histograms behind their chunks too. */
    private static final int HISTOGRAM_ST = 5;

    private static final int FLOAT_HISTOGRAM_ST = 6;

    private final ByteReader in = new ByteReader("snapshot record");
    private final HistogramBuffer histogram = new HistogramBuffer();

    /** A record is given only once it was checked to its end. */
    public void read(byte[] record, int offset, int length, SnapshotHandler handler) throws IOException {
        in.reset(record, offset, length, 0);
        int type = in.readByte();
        switch (type) {
            case SnapshotEncoder.SERIES -> readSeries(handler);
            case SnapshotEncoder.TOMBSTONES -> readTombstones(handler);
            case SnapshotEncoder.EXEMPLARS -> readExemplars(handler);
            default -> throw in.corrupt("a record type of 1 to 3", String.valueOf(type));
        }
        requireEnd();
    }

    /** Whether the record is one of a series. */
    public static boolean isSeries(byte[] record, int offset, int length) {
        return length > 0 && record[offset] == SnapshotEncoder.SERIES;
    }

    private void readSeries(SnapshotHandler handler) throws IOException {
        long ref = RecordFields.seriesRef(in, in.readLong());
        int labels = skipLabels();
        int labelsLength = in.position() - labels;
        in.skip(Long.BYTES);
        int chunks = in.readUvarintInt(1);
        if (chunks == 0) {
            requireEnd();
            handler.series(ref, in.array(), labels, labelsLength);
            return;
        }
        long min = in.readLong();
        long max = in.readLong();
        int encoding = in.readByte();
        int size = in.readUvarintInt(in.remaining());
        int data = in.skip(size);
        if (isHistogram(encoding)) {
            boolean floats = encoding == ChunkEncoding.FLOAT_HISTOGRAM.id() || encoding == FLOAT_HISTOGRAM_ST;
            int at = in.position();
            int left = in.remaining();
            if (!HistogramPayload.check(in, floats)) {
                throw in.corrupt("a schema of histograms", "another");
            }
            requireEnd();
            in.reset(in.array(), at, left, at);
            HistogramPayload.read(in, floats, histogram);
            handler.series(ref, in.array(), labels, labelsLength);
            handler.chunk(ref, min, max, encoding, in.array(), data, size, 0, histogram);
        } else {
            in.skip(SnapshotEncoder.UNUSED_SAMPLES_BYTES + Long.BYTES);
            long lastValueBits = in.readLong();
            requireEnd();
            handler.series(ref, in.array(), labels, labelsLength);
            handler.chunk(ref, min, max, encoding, in.array(), data, size, lastValueBits, null);
        }
    }

    private static boolean isHistogram(int encoding) {
        return encoding == ChunkEncoding.HISTOGRAM.id()
                || encoding == ChunkEncoding.FLOAT_HISTOGRAM.id()
                || encoding == HISTOGRAM_ST
                || encoding == FLOAT_HISTOGRAM_ST;
    }

    private void readTombstones(SnapshotHandler handler) throws IOException {
        int size = in.readUvarintInt(in.remaining());
        if (size != in.remaining()) {
            throw in.corrupt(in.remaining() + " bytes of tombstones", String.valueOf(size));
        }
        int version = in.readByte();
        if (version != SnapshotEncoder.TOMBSTONES_VERSION) {
            throw in.corrupt("version " + SnapshotEncoder.TOMBSTONES_VERSION + " of tombstones", "" + version);
        }
        int at = in.position();
        while (in.remaining() > 0) {
            RecordFields.seriesRef(in, in.readUvarint());
            in.readVarint();
            in.readVarint();
        }
        in.reset(in.array(), at, size - 1, at);
        while (in.remaining() > 0) {
            long ref = in.readUvarint();
            long min = in.readVarint();
            handler.tombstone(ref, min, in.readVarint());
        }
    }

    private void readExemplars(SnapshotHandler handler) throws IOException {
        if (in.remaining() == 0) {
            return;
        }
        long baseRef = in.readLong();
        long baseTimestamp = in.readLong();
        int at = in.position();
        int size = in.remaining();
        while (in.remaining() > 0) {
            RecordFields.seriesRef(in, baseRef + in.readVarint());
            in.readVarint();
            in.skip(Long.BYTES);
            skipLabels();
        }
        in.reset(in.array(), at, size, at);
        while (in.remaining() > 0) {
            long ref = baseRef + in.readVarint();
            long timestamp = baseTimestamp + in.readVarint();
            long valueBits = in.readLong();
            int labels = skipLabels();
            handler.exemplar(ref, timestamp, valueBits, in.array(), labels, in.position() - labels);
        }
    }

    /** Steps over labels and returns where they begin, behind their number. */
    private int skipLabels() throws CorruptionException {
        int labels = RecordFields.labelCount(in);
        int start = in.position();
        boolean areShort = RecordFields.skipLabels(in, labels);
        if (!areShort && PackedLabels.count(in.array(), start, in.position() - start) != labels) {
            throw in.corrupt(labels + " labels", "others");
        }
        return start;
    }

    private void requireEnd() throws CorruptionException {
        if (in.remaining() > 0) {
            throw in.corrupt("the end of the record", in.remaining() + " more bytes");
        }
    }
}

package dev.cairndb.tsdb.internal.wal;

import dev.cairndb.chunks.HistogramSample;
import dev.cairndb.io.ByteWriter;
import java.util.Arrays;

/**
 * The log records of one commit, in a buffer that is used again. A batch stays together: it never crosses a segment's
 * end. Entries may be added in any order; they are written as
 *
 * <ol>
 *   <li>series: a reader drops samples whose series it has not met yet;
 *   <li>markers: what is behind them is not in the chunks they name;
 *   <li>for each group ({@link #beginGroup}): metadata, float samples, integer histograms, those with custom buckets,
 *       float histograms, those with custom buckets, exemplars, each kind a record in which entries keep their order;
 *   <li>tombstones;
 *   <li>records that were added whole.
 * </ol>
 *
 * <p>So samples of one series that are of different kinds may change places within a group, and a reader drops what it
 * then finds too old.
 *
 * <p>Not thread-safe. It belongs to whoever took it from {@link WriteAheadLog#newBatch} until it is submitted or
 * released. What is added is copied.
 */
public final class LogBatch {
    private static final int INITIAL_SIZE_BYTES = 512;

    private final ByteWriter series = new ByteWriter(INITIAL_SIZE_BYTES);
    private final ByteWriter markers = new ByteWriter(0);
    private final RecordBytes endedGroups = new RecordBytes();
    private final ByteWriter metadata = new ByteWriter(0);
    private final EntryRecord samples = new EntryRecord(RecordType.SAMPLES, INITIAL_SIZE_BYTES);
    private final EntryRecord samplesWithStart = new EntryRecord(RecordType.SAMPLES_V2, 0);
    private final EntryRecord histograms = new EntryRecord(RecordType.HISTOGRAM_SAMPLES, 0);
    private final EntryRecord customHistograms = new EntryRecord(RecordType.CUSTOM_BUCKETS_HISTOGRAM_SAMPLES, 0);
    private final EntryRecord histogramsWithStart = new EntryRecord(RecordType.HISTOGRAM_SAMPLES_V2, 0);
    private final EntryRecord floatHistograms = new EntryRecord(RecordType.FLOAT_HISTOGRAM_SAMPLES, 0);
    private final EntryRecord customFloatHistograms =
            new EntryRecord(RecordType.CUSTOM_BUCKETS_FLOAT_HISTOGRAM_SAMPLES, 0);
    private final EntryRecord floatHistogramsWithStart = new EntryRecord(RecordType.FLOAT_HISTOGRAM_SAMPLES_V2, 0);
    private final EntryRecord exemplars = new EntryRecord(RecordType.EXEMPLARS, 0);

    /** Of a group, behind its metadata, in the order in which they are written. */
    private final EntryRecord[] groupOrder = {
        samples,
        samplesWithStart,
        histograms,
        customHistograms,
        histogramsWithStart,
        floatHistograms,
        customFloatHistograms,
        floatHistogramsWithStart,
        exemplars
    };

    private final ByteWriter tombstones = new ByteWriter(0);
    private final RecordBytes others = new RecordBytes();
    private int sampleCount;

    /** Set when the batch is submitted. */
    long ticket;

    /** A batch without records that asks for the segment to be ended. */
    boolean endsSegment;

    /** No batch of records either: the current segment is created before anything is written to it. */
    boolean createsSegment;

    /** For such a batch, once written: the segment that what follows goes to. */
    int segmentBehind;

    LogBatch() {}

    /** Whole records, one behind the other. */
    private static final class RecordBytes {
        final ByteWriter bytes = new ByteWriter(0);
        private int[] ends = new int[0];
        private int count;

        void add(byte[] record, int offset, int length) {
            if (count == ends.length) {
                ends = Arrays.copyOf(ends, Math.max(4, count * 2));
            }
            bytes.putBytes(record, offset, length);
            ends[count++] = bytes.size();
        }

        void clear() {
            bytes.clear();
            count = 0;
        }

        void forEach(RecordSink sink) {
            int start = 0;
            for (int i = 0; i < count; i++) {
                sink.record(bytes.array(), start, ends[i] - start);
                start = ends[i];
            }
        }
    }

    /** @param labels packed labels (see {@link RecordHandler#series}) */
    public void addSeries(long seriesRef, byte[] labels, int offset, int length) {
        if (series.size() == 0) {
            RecordEncoder.begin(series, RecordType.SERIES);
        }
        RecordEncoder.addSeries(series, seriesRef, labels, offset, length);
    }

    /**
     * What was added so far is written before all that follows, series records and markers excepted. To be called when
     * the next sample of a series is of another kind (float, integer or float histogram, exponential or custom buckets)
     * than one that was added for it.
     */
    public void beginGroup() {
        forEachRecordOfGroup(endedGroups::add);
        clearGroup();
    }

    public void addSample(long seriesRef, long timestampMillis, long valueBits) {
        if (samplesWithStart.isEmpty()) {
            samples.addSample(seriesRef, timestampMillis, valueBits);
            sampleCount++;
        } else {
            // It would be written before those that have a start timestamp.
            addSample(seriesRef, timestampMillis, 0, valueBits);
        }
    }

    /**
     * Adds a sample to a record with room for start timestamps; 0 is none. Floats keep their order with either method.
     */
    public void addSample(long seriesRef, long timestampMillis, long startTimestampMillis, long valueBits) {
        samplesWithStart.next(seriesRef, timestampMillis, startTimestampMillis);
        samplesWithStart.bytes().putLong(valueBits);
        sampleCount++;
    }

    public void addHistogram(long seriesRef, long timestampMillis, HistogramSample histogram) {
        boolean custom = histogram.schema() == HistogramSample.CUSTOM_BUCKETS_SCHEMA;
        EntryRecord record = histogram.hasFloatCounts()
                ? custom ? customFloatHistograms : floatHistograms
                : custom ? customHistograms : histograms;
        record.next(seriesRef, timestampMillis);
        RecordEncoder.addHistogram(record.bytes(), histogram);
        sampleCount++;
    }

    /** Adds a histogram to a record with room for start timestamps, as only Prometheus writes them; 0 is none. */
    void addHistogram(long seriesRef, long timestampMillis, long startTimestampMillis, HistogramSample histogram) {
        EntryRecord record = histogram.hasFloatCounts() ? floatHistogramsWithStart : histogramsWithStart;
        record.next(seriesRef, timestampMillis, startTimestampMillis);
        RecordEncoder.addHistogram(record.bytes(), histogram);
        sampleCount++;
    }

    /** @param labels packed labels of the exemplar */
    public void addExemplar(
            long seriesRef, long timestampMillis, long valueBits, byte[] labels, int offset, int length) {
        exemplars.next(seriesRef, timestampMillis);
        exemplars.bytes().putLong(valueBits);
        RecordEncoder.addLabels(exemplars.bytes(), labels, offset, length);
    }

    /** @param type see {@link RecordHandler#metadata} */
    public void addMetadata(
            long seriesRef,
            int type,
            byte[] unit,
            int unitOffset,
            int unitLength,
            byte[] help,
            int helpOffset,
            int helpLength) {
        if (metadata.size() == 0) {
            RecordEncoder.begin(metadata, RecordType.METADATA);
        }
        RecordEncoder.addMetadata(
                metadata, seriesRef, type, unit, unitOffset, unitLength, help, helpOffset, helpLength);
    }

    /** Both ends are inclusive. */
    public void addTombstone(long seriesRef, long minTimestampMillis, long maxTimestampMillis) {
        if (tombstones.size() == 0) {
            RecordEncoder.begin(tombstones, RecordType.TOMBSTONES);
        }
        RecordEncoder.addTombstone(tombstones, seriesRef, minTimestampMillis, maxTimestampMillis);
    }

    /** For the log of late samples; see {@link RecordHandler#mmapMarker}. */
    public void addMarker(long seriesRef, long headChunkReference) {
        if (markers.size() == 0) {
            RecordEncoder.begin(markers, RecordType.MMAP_MARKERS);
        }
        RecordEncoder.addMarker(markers, seriesRef, headChunkReference);
    }

    /** Adds a whole record, type byte included. */
    public void addRecord(byte[] record, int offset, int length) {
        if (length == 0) {
            throw new IllegalArgumentException("a record has at least its type byte");
        }
        others.add(record, offset, length);
    }

    public boolean isEmpty() {
        return sizeBytes() == 0;
    }

    /** How many float samples and histograms were added. */
    public int sampleCount() {
        return sampleCount;
    }

    /** Bytes of all records, before compression. */
    public long sizeBytes() {
        long size = (long) series.size()
                + markers.size()
                + endedGroups.bytes.size()
                + metadata.size()
                + tombstones.size()
                + others.bytes.size();
        for (EntryRecord record : groupOrder) {
            size += record.bytes().size();
        }
        return size;
    }

    /** Forgets all entries. */
    public void clear() {
        series.clear();
        markers.clear();
        endedGroups.clear();
        clearGroup();
        tombstones.clear();
        others.clear();
        sampleCount = 0;
        endsSegment = false;
        createsSegment = false;
    }

    private void clearGroup() {
        metadata.clear();
        for (EntryRecord record : groupOrder) {
            record.clear();
        }
    }

    long capacityBytes() {
        long capacity = (long) series.array().length
                + markers.array().length
                + endedGroups.bytes.array().length
                + metadata.array().length
                + tombstones.array().length
                + others.bytes.array().length;
        for (EntryRecord record : groupOrder) {
            capacity += record.bytes().array().length;
        }
        return capacity;
    }

    /** Gives all records to {@code sink}, in the order in which they belong into the log. */
    void forEachRecord(RecordSink sink) {
        give(series, sink);
        give(markers, sink);
        endedGroups.forEach(sink);
        forEachRecordOfGroup(sink);
        give(tombstones, sink);
        others.forEach(sink);
    }

    private void forEachRecordOfGroup(RecordSink sink) {
        give(metadata, sink);
        for (EntryRecord record : groupOrder) {
            give(record.bytes(), sink);
        }
    }

    private static void give(ByteWriter record, RecordSink sink) {
        if (record.size() > 0) {
            sink.record(record.array(), 0, record.size());
        }
    }

    /** Takes records one by one; the bytes are only lent. */
    interface RecordSink {
        void record(byte[] bytes, int offset, int length);
    }
}

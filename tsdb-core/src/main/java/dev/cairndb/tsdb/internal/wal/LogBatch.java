package dev.cairndb.tsdb.internal.wal;

import dev.cairndb.io.ByteWriter;
import java.util.Arrays;

/**
 * The log records of one commit, in a buffer that is used again. Entries may be added in any order: the records are
 * written series first (a reader drops samples whose series it has not met yet), then samples, tombstones, and records
 * that were added whole. A batch stays together: it never crosses a segment's end.
 *
 * <p>Not thread-safe. It belongs to whoever took it from {@link WriteAheadLog#newBatch} until it is submitted or
 * released. What is added is copied.
 */
public final class LogBatch {
    private static final int INITIAL_SIZE_BYTES = 512;

    private final ByteWriter series = new ByteWriter(INITIAL_SIZE_BYTES);
    private final ByteWriter samples = new ByteWriter(INITIAL_SIZE_BYTES);
    private final ByteWriter tombstones = new ByteWriter(0);
    private final ByteWriter others = new ByteWriter(0);
    private int[] otherEnds = new int[0];
    private int otherCount;

    private int sampleCount;
    private long firstRef;
    private long firstTimestampMillis;

    /** Set when the batch is submitted. */
    long ticket;

    /** A batch without records that asks for the segment to be ended. */
    boolean endsSegment;

    /** For such a batch, once written: the segment that what follows goes to. */
    int segmentBehind;

    LogBatch() {}

    /** @param labels packed labels (see {@link RecordHandler#series}) */
    public void addSeries(long seriesRef, byte[] labels, int offset, int length) {
        if (series.size() == 0) {
            RecordEncoder.begin(series, RecordType.SERIES);
        }
        RecordEncoder.addSeries(series, seriesRef, labels, offset, length);
    }

    public void addSample(long seriesRef, long timestampMillis, long valueBits) {
        if (sampleCount == 0) {
            firstRef = seriesRef;
            firstTimestampMillis = timestampMillis;
            RecordEncoder.beginSamples(samples, seriesRef, timestampMillis);
        }
        RecordEncoder.addSample(samples, seriesRef - firstRef, timestampMillis - firstTimestampMillis, valueBits);
        sampleCount++;
    }

    /** Both ends are inclusive. */
    public void addTombstone(long seriesRef, long minTimestampMillis, long maxTimestampMillis) {
        if (tombstones.size() == 0) {
            RecordEncoder.begin(tombstones, RecordType.TOMBSTONES);
        }
        RecordEncoder.addTombstone(tombstones, seriesRef, minTimestampMillis, maxTimestampMillis);
    }

    /** Adds a whole record, type byte included. */
    public void addRecord(byte[] record, int offset, int length) {
        if (length == 0) {
            throw new IllegalArgumentException("a record has at least its type byte");
        }
        if (otherCount == otherEnds.length) {
            otherEnds = Arrays.copyOf(otherEnds, Math.max(4, otherCount * 2));
        }
        others.putBytes(record, offset, length);
        otherEnds[otherCount++] = others.size();
    }

    public boolean isEmpty() {
        return sizeBytes() == 0;
    }

    public int sampleCount() {
        return sampleCount;
    }

    /** Bytes of all records, before compression. */
    public long sizeBytes() {
        return (long) series.size() + samples.size() + tombstones.size() + others.size();
    }

    /** Forgets all entries. */
    public void clear() {
        series.clear();
        samples.clear();
        tombstones.clear();
        others.clear();
        otherCount = 0;
        sampleCount = 0;
        endsSegment = false;
    }

    long capacityBytes() {
        return (long) series.array().length
                + samples.array().length
                + tombstones.array().length
                + others.array().length;
    }

    /** Gives all records to {@code sink}, in the order in which they belong into the log. */
    void forEachRecord(RecordSink sink) {
        give(series, sink);
        give(samples, sink);
        give(tombstones, sink);
        int start = 0;
        for (int i = 0; i < otherCount; i++) {
            sink.record(others.array(), start, otherEnds[i] - start);
            start = otherEnds[i];
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

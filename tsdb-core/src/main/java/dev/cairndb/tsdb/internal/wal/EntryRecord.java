package dev.cairndb.tsdb.internal.wal;

import dev.cairndb.io.ByteWriter;

/**
 * A record under construction whose entries give their reference and their time as differences: to the record's first
 * entry, or, in the types with start timestamps, the reference to the entry before. {@link #next} writes that much of
 * an entry; what the entry is about goes to {@link #bytes} behind it. Not thread-safe.
 */
final class EntryRecord {
    static final int START_NONE = 0;
    static final int START_AS_BEFORE = 1;
    static final int START_GIVEN = 2;

    private final RecordType type;
    private final ByteWriter bytes;
    private long firstRef;
    private long firstTimestampMillis;
    private long firstStartTimestampMillis;
    private long previousRef;
    private long previousStartTimestampMillis;

    EntryRecord(RecordType type, int initialSizeBytes) {
        this.type = type;
        bytes = new ByteWriter(initialSizeBytes);
    }

    /** All of the record so far; empty as long as it has no entry. */
    ByteWriter bytes() {
        return bytes;
    }

    boolean isEmpty() {
        return bytes.size() == 0;
    }

    void clear() {
        bytes.clear();
    }

    /** Begins a record of a type without start timestamps with another origin than its first entry. */
    void begin(long originRef, long originTimestampMillis) {
        RecordEncoder.begin(bytes, type);
        bytes.putLong(originRef);
        bytes.putLong(originTimestampMillis);
        firstRef = originRef;
        firstTimestampMillis = originTimestampMillis;
    }

    /** Begins the next entry of a type without start timestamps. */
    void next(long seriesRef, long timestampMillis) {
        if (isEmpty()) {
            begin(seriesRef, timestampMillis);
        }
        bytes.putVarint(seriesRef - firstRef);
        bytes.putVarint(timestampMillis - firstTimestampMillis);
    }

    /** Begins the next entry of a type with start timestamps; 0 is none. */
    void next(long seriesRef, long timestampMillis, long startTimestampMillis) {
        if (isEmpty()) {
            RecordEncoder.begin(bytes, type);
            bytes.putVarint(seriesRef);
            bytes.putVarint(timestampMillis);
            bytes.putVarint(startTimestampMillis);
            firstTimestampMillis = timestampMillis;
            firstStartTimestampMillis = startTimestampMillis;
        } else {
            bytes.putVarint(seriesRef - previousRef);
            bytes.putVarint(timestampMillis - firstTimestampMillis);
            putStart(startTimestampMillis);
        }
        previousRef = seriesRef;
        previousStartTimestampMillis = startTimestampMillis;
    }

    private void putStart(long startTimestampMillis) {
        if (startTimestampMillis == 0) {
            bytes.putByte(START_NONE);
        } else if (startTimestampMillis == previousStartTimestampMillis) {
            bytes.putByte(START_AS_BEFORE);
        } else {
            bytes.putByte(START_GIVEN);
            bytes.putVarint(startTimestampMillis - firstStartTimestampMillis);
        }
    }

    /** Adds a whole float sample of the type without start timestamps. */
    void addSample(long seriesRef, long timestampMillis, long valueBits) {
        if (isEmpty()) {
            begin(seriesRef, timestampMillis);
        }
        RecordEncoder.addSample(bytes, seriesRef - firstRef, timestampMillis - firstTimestampMillis, valueBits);
    }
}

package dev.cairndb.tsdb.internal.head;

import dev.cairndb.chunks.ChunkEncoding;
import dev.cairndb.chunks.FloatAppender;
import dev.cairndb.chunks.Xor2Appender;
import dev.cairndb.chunks.XorAppender;
import dev.cairndb.tsdb.FloatEncoding;

/**
 * Appends to the open float chunks of rows: takes a chunk's state up from its row, appends, puts the state down again.
 * All chunks are of one encoding.
 *
 * <p>What XOR2 needs beyond a row's fields is the start timestamp of the last sample, and the value before a stale
 * marker if that is the last one. Few rows have either: pages get the arrays for it with the first row that does.
 */
final class OpenFloats {
    private static final long STALE_NAN = 0x7FF0000000000002L;

    private final XorAppender xor = new XorAppender();
    private final Xor2Appender xor2 = new Xor2Appender();
    private final FloatAppender appender;

    OpenFloats(FloatEncoding encoding) {
        appender = encoding == FloatEncoding.XOR2 ? xor2 : xor;
    }

    ChunkEncoding encoding() {
        return appender.encoding();
    }

    /** A block of the slab that has so many bytes more than the chunk takes one more sample. */
    int bytesPerSampleMax() {
        return appender.bytesPerSampleMax();
    }

    /** Whether start timestamps that are given to {@link #append} come back from the chunk. */
    boolean keepsStartTimestamps() {
        return appender == xor2;
    }

    /** The next {@link #append} begins a chunk here. */
    void start(byte[] bytes, int offset) {
        appender.start(bytes, offset);
    }

    /** The next {@link #append} goes to the row's open chunk, whose bytes are here. */
    void load(Rows.Page page, int slot, byte[] bytes, int offset) {
        int extent = page.ints[Rows.intAt(slot, Rows.OPEN_EXTENT)];
        int window = page.ints[Rows.intAt(slot, Rows.WINDOW)];
        long lastTimestampMillis = page.longs[Rows.longAt(slot, Rows.LAST_TIMESTAMP)];
        long lastDeltaMillis = page.longs[Rows.longAt(slot, Rows.LAST_DELTA)];
        long lastValueBits = page.longs[Rows.longAt(slot, Rows.LAST_VALUE)];
        if (appender == xor) {
            xor.load(
                    bytes,
                    offset,
                    extent >>> 16,
                    OpenChunks.samples(extent),
                    lastTimestampMillis,
                    lastDeltaMillis,
                    lastValueBits,
                    window >>> 8,
                    window & 0xFF);
        } else {
            xor2.load(
                    bytes,
                    offset,
                    extent >>> 16,
                    OpenChunks.samples(extent),
                    lastTimestampMillis,
                    lastDeltaMillis,
                    page.lastStartTimestampMillis(slot),
                    lastValueBits == STALE_NAN ? page.valueBeforeStale(slot) : lastValueBits,
                    window >>> 8,
                    window & 0xFF);
        }
    }

    /** Appends to the chunk of {@link #start} or {@link #load}, and puts its state into the row. */
    void append(Rows.Page page, int slot, long timestampMillis, long startTimestampMillis, long valueBits) {
        reserve(page, startTimestampMillis, valueBits);
        appender.append(timestampMillis, startTimestampMillis, valueBits);
        save(page, slot, timestampMillis, startTimestampMillis, valueBits);
    }

    /** Appends to the chunk of {@link #start}, which is no row's yet. */
    void append(long timestampMillis, long startTimestampMillis, long valueBits) {
        appender.append(timestampMillis, startTimestampMillis, valueBits);
    }

    /** Bytes of the chunk that was appended to. */
    int byteLength() {
        return appender.byteLength();
    }

    /** Takes the memory that {@link #save} needs. */
    void reserve(Rows.Page page, long startTimestampMillis, long valueBits) {
        if (appender == xor2 && (startTimestampMillis != 0 || valueBits == STALE_NAN)) {
            page.reserveStarts();
        }
    }

    /** Puts the state of the chunk that was appended to into the row; the sample is its last one. */
    void save(Rows.Page page, int slot, long timestampMillis, long startTimestampMillis, long valueBits) {
        long[] longs = page.longs;
        int[] ints = page.ints;
        longs[Rows.longAt(slot, Rows.LAST_TIMESTAMP)] = timestampMillis;
        longs[Rows.longAt(slot, Rows.LAST_VALUE)] = valueBits;
        longs[Rows.longAt(slot, Rows.LAST_DELTA)] = appender.lastDeltaMillis();
        ints[Rows.intAt(slot, Rows.OPEN_EXTENT)] = appender.bitPosition() << 16 | appender.count();
        ints[Rows.intAt(slot, Rows.WINDOW)] = appender.leading() << 8 | appender.trailing();
        if (appender == xor2) {
            long before = valueBits == STALE_NAN ? xor2.baselineBits() : 0;
            page.setLastStart(slot, startTimestampMillis, before);
        }
    }
}

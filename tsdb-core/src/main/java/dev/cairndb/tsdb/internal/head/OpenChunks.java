package dev.cairndb.tsdb.internal.head;

import dev.cairndb.chunks.ChunkEncoding;
import dev.cairndb.chunks.XorAppender;
import dev.cairndb.io.BigEndian;
import java.util.Arrays;

/**
 * Appends to the open chunks of rows, closes them at the rules of Prometheus (tsdb/head_append.go) so that both cut a
 * series at the same samples, and keeps each row's list of closed chunks. All under the commit lock.
 *
 * <p>An entry of the list is 24 bytes: first and last timestamp and a reference, either into chunks_head or, with {@link
 * #IN_SLAB} set, the length and slab address of bytes that still wait to be written there.
 */
final class OpenChunks {
    static final int ENTRY_BYTES = 24;
    /** Set in the reference of a closed chunk that is in the slab: length in bits 32 to 61, address in the lower half. */
    static final long IN_SLAB = 1L << 62;

    private static final int SAMPLES_TARGET = 120;
    private static final int SAMPLES_MAX = 2 * SAMPLES_TARGET;
    private static final int SAMPLES_TO_PREDICT = SAMPLES_TARGET / 4;
    private static final int CHUNK_BYTES_MAX = 1005;
    private static final int FIRST_BLOCK_BYTES = 48;

    private final Rows rows;
    private final Slab slab;
    private final long chunkRangeMillis;
    private final XorAppender appender = new XorAppender();
    private int[] toMap = new int[16];
    private int toMapCount;
    private long closedInSlab;
    private long chunkCount;

    OpenChunks(Rows rows, Slab slab, long chunkRangeMillis) {
        this.rows = rows;
        this.slab = slab;
        this.chunkRangeMillis = chunkRangeMillis;
    }

    /** Appends a sample that is newer than all of the row. */
    void append(int slot, long timestampMillis, long valueBits) {
        Rows.Page page = rows.page(slot);
        int[] ints = page.ints;
        Rows.beginChange(page, slot);
        try {
            int open = ints[Rows.intAt(slot, Rows.OPEN)];
            if (open != 0 && isFull(page, slot, timestampMillis)) {
                close(page, slot);
                open = 0;
            }
            if (open == 0) {
                start(page, slot, timestampMillis);
            } else {
                load(page, slot, makeRoom(page, slot, open));
            }
            appender.append(timestampMillis, valueBits);
            store(page, slot);
        } finally {
            // Each step takes its memory before it changes the row: without memory the row is as it was.
            Rows.endChange(page, slot);
        }
    }

    private boolean isFull(Rows.Page page, int slot, long timestampMillis) {
        int extent = page.ints[Rows.intAt(slot, Rows.OPEN_EXTENT)];
        if (byteLength(extent) > CHUNK_BYTES_MAX) {
            return true;
        }
        int samples = samples(extent);
        if (samples == SAMPLES_TO_PREDICT) {
            int nextAt = Rows.longAt(slot, Rows.NEXT_AT);
            page.longs[nextAt] = predictEnd(
                    page.longs[Rows.longAt(slot, Rows.OPEN_MIN)],
                    page.longs[Rows.longAt(slot, Rows.LAST_TIMESTAMP)],
                    page.longs[nextAt]);
        }
        return timestampMillis >= page.longs[Rows.longAt(slot, Rows.NEXT_AT)] || samples >= SAMPLES_MAX;
    }

    /** Spreads the chunks of a range evenly: where this one should end, judged when a quarter of it is filled. */
    static long predictEnd(long startMillis, long currentMillis, long rangeEndMillis) {
        double chunks = (double) (rangeEndMillis - startMillis) / ((double) (currentMillis - startMillis + 1) * 4);
        if (chunks <= 1) {
            return rangeEndMillis;
        }
        return (long) ((double) startMillis + (double) (rangeEndMillis - startMillis) / Math.floor(chunks));
    }

    /** The end of the aligned range a timestamp lies in; division truncates as in Prometheus. */
    static long rangeEnd(long timestampMillis, long rangeMillis) {
        return timestampMillis / rangeMillis * rangeMillis + rangeMillis;
    }

    private void start(Rows.Page page, int slot, long timestampMillis) {
        int open = slab.allocate(FIRST_BLOCK_BYTES);
        page.ints[Rows.intAt(slot, Rows.OPEN)] = open;
        page.longs[Rows.longAt(slot, Rows.OPEN_MIN)] = timestampMillis;
        page.longs[Rows.longAt(slot, Rows.NEXT_AT)] = rangeEnd(timestampMillis, chunkRangeMillis);
        page.ints[Rows.intAt(slot, Rows.STATE)] =
                page.ints[Rows.intAt(slot, Rows.STATE)] & ~Rows.KIND_MASK | Rows.HAS_SAMPLE | ChunkEncoding.XOR.id();
        appender.start(slab.bytes(open), Slab.offset(open));
        chunkCount++;
    }

    private int makeRoom(Rows.Page page, int slot, int open) {
        int length = byteLength(page.ints[Rows.intAt(slot, Rows.OPEN_EXTENT)]);
        int needed = length + XorAppender.MAX_BYTES_PER_SAMPLE;
        if (slab.capacity(open) >= needed) {
            return open;
        }
        int larger = slab.allocate(needed);
        System.arraycopy(slab.bytes(open), Slab.offset(open), slab.bytes(larger), Slab.offset(larger), length);
        slab.free(open);
        page.ints[Rows.intAt(slot, Rows.OPEN)] = larger;
        return larger;
    }

    private void load(Rows.Page page, int slot, int open) {
        int extent = page.ints[Rows.intAt(slot, Rows.OPEN_EXTENT)];
        int window = page.ints[Rows.intAt(slot, Rows.WINDOW)];
        appender.load(
                slab.bytes(open),
                Slab.offset(open),
                extent >>> 16,
                samples(extent),
                page.longs[Rows.longAt(slot, Rows.LAST_TIMESTAMP)],
                page.longs[Rows.longAt(slot, Rows.LAST_DELTA)],
                page.longs[Rows.longAt(slot, Rows.LAST_VALUE)],
                window >>> 8,
                window & 0xFF);
    }

    private void store(Rows.Page page, int slot) {
        long[] longs = page.longs;
        int[] ints = page.ints;
        longs[Rows.longAt(slot, Rows.LAST_TIMESTAMP)] = appender.lastTimestampMillis();
        longs[Rows.longAt(slot, Rows.LAST_VALUE)] = appender.lastValueBits();
        longs[Rows.longAt(slot, Rows.LAST_DELTA)] = appender.lastDeltaMillis();
        ints[Rows.intAt(slot, Rows.OPEN_EXTENT)] = appender.bitPosition() << 16 | appender.count();
        ints[Rows.intAt(slot, Rows.WINDOW)] = appender.leading() << 8 | appender.trailing();
    }

    static int samples(int extent) {
        return extent & 0xFFFF;
    }

    static int byteLength(int extent) {
        return (extent >>> 16) + 7 >>> 3;
    }

    /** Moves the open chunk to the closed ones, in a block of just its size. Inside a change of the row. */
    private void close(Rows.Page page, int slot) {
        int open = page.ints[Rows.intAt(slot, Rows.OPEN)];
        int length = byteLength(page.ints[Rows.intAt(slot, Rows.OPEN_EXTENT)]);
        addClosed(
                page,
                slot,
                page.longs[Rows.longAt(slot, Rows.OPEN_MIN)],
                page.longs[Rows.longAt(slot, Rows.LAST_TIMESTAMP)],
                IN_SLAB | (long) length << 32 | open & 0xFFFFFFFFL);
        page.ints[Rows.intAt(slot, Rows.OPEN)] = 0;
        closedInSlab++;
        queueToMap(slot);
    }

    /** Has the row's closed chunks moved to chunks_head. */
    void queueToMap(int slot) {
        if (rows.has(slot, Rows.TO_MAP)) {
            return;
        }
        rows.setFlag(slot, Rows.TO_MAP);
        if (toMapCount == toMap.length) {
            toMap = Arrays.copyOf(toMap, toMapCount * 2);
        }
        toMap[toMapCount++] = slot;
    }

    static int lengthOf(long slabReference) {
        return (int) (slabReference >>> 32) & 0x3FFFFFFF;
    }

    /** The oldest timestamp of the row's chunks at or after a time; {@code Long.MAX_VALUE} if there is none. */
    long firstMillisSince(int slot, long fromMillis) {
        int list = rows.getInt(slot, Rows.CLOSED);
        int count = rows.getInt(slot, Rows.CLOSED_COUNT);
        for (int i = 0; i < count; i++) {
            byte[] bytes = slab.bytes(list);
            int at = Slab.offset(list) + i * ENTRY_BYTES;
            if (BigEndian.getLong(bytes, at + 8) >= fromMillis) {
                return Math.max(fromMillis, BigEndian.getLong(bytes, at));
            }
        }
        boolean open = rows.getInt(slot, Rows.OPEN) != 0 && rows.getLong(slot, Rows.LAST_TIMESTAMP) >= fromMillis;
        return open ? Math.max(fromMillis, rows.getLong(slot, Rows.OPEN_MIN)) : Long.MAX_VALUE;
    }

    /** First timestamp in the row's chunks, {@code Long.MAX_VALUE} if it has none. */
    long minMillis(int slot) {
        int list = rows.getInt(slot, Rows.CLOSED);
        if (rows.getInt(slot, Rows.CLOSED_COUNT) > 0) {
            return BigEndian.getLong(slab.bytes(list), Slab.offset(list));
        }
        return rows.getInt(slot, Rows.OPEN) == 0 ? Long.MAX_VALUE : rows.getLong(slot, Rows.OPEN_MIN);
    }

    private void addClosed(Rows.Page page, int slot, long minMillis, long maxMillis, long reference) {
        int list = page.ints[Rows.intAt(slot, Rows.CLOSED)];
        int count = page.ints[Rows.intAt(slot, Rows.CLOSED_COUNT)];
        int needed = (count + 1) * ENTRY_BYTES;
        if (list == 0 || slab.capacity(list) < needed) {
            int larger = slab.allocate(count == 0 ? needed : Math.max(needed, needed + needed / 4));
            if (list != 0) {
                System.arraycopy(
                        slab.bytes(list),
                        Slab.offset(list),
                        slab.bytes(larger),
                        Slab.offset(larger),
                        count * ENTRY_BYTES);
                slab.free(list);
            }
            list = larger;
            page.ints[Rows.intAt(slot, Rows.CLOSED)] = list;
        }
        byte[] bytes = slab.bytes(list);
        int at = Slab.offset(list) + count * ENTRY_BYTES;
        BigEndian.putLong(bytes, at, minMillis);
        BigEndian.putLong(bytes, at + 8, maxMillis);
        BigEndian.putLong(bytes, at + 16, reference);
        page.ints[Rows.intAt(slot, Rows.CLOSED_COUNT)] = count + 1;
    }

    /** Attaches a chunk that is in chunks_head already, behind the row's others. For replay. */
    void addMapped(int slot, long minMillis, long maxMillis, long reference) {
        Rows.Page page = rows.page(slot);
        Rows.beginChange(page, slot);
        if (page.ints[Rows.intAt(slot, Rows.OPEN)] != 0) {
            close(page, slot);
        }
        addClosed(page, slot, minMillis, maxMillis, reference);
        page.longs[Rows.longAt(slot, Rows.LAST_TIMESTAMP)] = maxMillis;
        page.ints[Rows.intAt(slot, Rows.STATE)] |= Rows.HAS_SAMPLE;
        Rows.endChange(page, slot);
        chunkCount++;
    }

    /** Replaces slab references by those of chunks_head: {@code references[i]} for the closed chunk at {@code address[i]}. */
    void replaceWithMapped(int slot, int[] addresses, long[] references, int from, int to) {
        Rows.Page page = rows.page(slot);
        int list = page.ints[Rows.intAt(slot, Rows.CLOSED)];
        int count = page.ints[Rows.intAt(slot, Rows.CLOSED_COUNT)];
        if (list == 0) {
            return;
        }
        byte[] bytes = slab.bytes(list);
        Rows.beginChange(page, slot);
        int next = from;
        for (int i = 0; i < count && next < to; i++) {
            int at = Slab.offset(list) + i * ENTRY_BYTES + 16;
            long reference = BigEndian.getLong(bytes, at);
            if ((reference & IN_SLAB) != 0 && (int) reference == addresses[next]) {
                BigEndian.putLong(bytes, at, references[next]);
                slab.free((int) reference);
                closedInSlab--;
                next++;
            }
        }
        Rows.endChange(page, slot);
    }

    /**
     * Drops the chunks of a row that end before {@code minMillis}. Returns whether the row has chunks left.
     */
    boolean truncate(int slot, long minMillis) {
        Rows.Page page = rows.page(slot);
        int[] ints = page.ints;
        Rows.beginChange(page, slot);
        dropClosedBefore(page, slot, minMillis);
        int open = ints[Rows.intAt(slot, Rows.OPEN)];
        if (open != 0 && page.longs[Rows.longAt(slot, Rows.LAST_TIMESTAMP)] < minMillis) {
            slab.free(open);
            ints[Rows.intAt(slot, Rows.OPEN)] = 0;
            chunkCount--;
        }
        Rows.endChange(page, slot);
        return !isEmpty(slot);
    }

    boolean isEmpty(int slot) {
        return rows.getInt(slot, Rows.OPEN) == 0 && rows.getInt(slot, Rows.CLOSED_COUNT) == 0;
    }

    private void dropClosedBefore(Rows.Page page, int slot, long minMillis) {
        int list = page.ints[Rows.intAt(slot, Rows.CLOSED)];
        int count = page.ints[Rows.intAt(slot, Rows.CLOSED_COUNT)];
        if (count == 0) {
            return;
        }
        byte[] bytes = slab.bytes(list);
        int offset = Slab.offset(list);
        int dropped = 0;
        while (dropped < count && BigEndian.getLong(bytes, offset + dropped * ENTRY_BYTES + 8) < minMillis) {
            long reference = BigEndian.getLong(bytes, offset + dropped * ENTRY_BYTES + 16);
            if ((reference & IN_SLAB) != 0) {
                slab.free((int) reference);
                closedInSlab--;
            }
            dropped++;
        }
        if (dropped == 0) {
            return;
        }
        chunkCount -= dropped;
        page.ints[Rows.intAt(slot, Rows.CLOSED_COUNT)] = count - dropped;
        if (dropped == count) {
            slab.free(list);
            page.ints[Rows.intAt(slot, Rows.CLOSED)] = 0;
        } else {
            System.arraycopy(bytes, offset + dropped * ENTRY_BYTES, bytes, offset, (count - dropped) * ENTRY_BYTES);
        }
    }

    /** Hands over up to {@code max} rows with closed chunks in the slab. */
    int takeRowsToMap(int[] slots, int max) {
        int taken = Math.min(max, toMapCount);
        toMapCount -= taken;
        System.arraycopy(toMap, toMapCount, slots, 0, taken);
        for (int i = 0; i < taken; i++) {
            rows.clearFlag(slots[i], Rows.TO_MAP);
        }
        return taken;
    }

    /** Closed chunks that wait in the slab. */
    long closedInSlab() {
        return closedInSlab;
    }

    /** All chunks, open and closed. */
    long chunkCount() {
        return chunkCount;
    }
}

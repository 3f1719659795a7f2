package dev.cairndb.tsdb.internal.head;

import dev.cairndb.chunks.ChunkEncoding;
import dev.cairndb.io.BigEndian;
import java.util.Arrays;

/**
 * Each row's list of closed chunks, in time order (but for late rows, where they may also overlap), and which rows have
 * some that still wait to be written to chunks_head. All under the commit lock; what changes a list happens inside a
 * change of its row ({@link Rows#beginChange}).
 *
 * <p>An entry is 24 bytes in the slab: first and last timestamp and a reference, either into chunks_head or, with
 * {@link #IN_SLAB} set, the encoding, length and slab address of bytes that wait.
 */
final class ClosedChunks {
    static final int ENTRY_BYTES = 24;
    /** Set in the reference of a closed chunk that is in the slab: see {@link #inSlab}. */
    static final long IN_SLAB = 1L << 62;

    private static final int ENCODING_SHIFT = 59;
    private static final int ENCODING_MASK = 7;
    private static final int LENGTH_MASK = (1 << ENCODING_SHIFT - Integer.SIZE) - 1;

    private final Rows rows;
    private final Slab slab;
    private int[] toMap = new int[16];
    private int toMapCount;
    private long waiting;
    private long count;

    ClosedChunks(Rows rows, Slab slab) {
        this.rows = rows;
        this.slab = slab;
    }

    /** A reference to bytes in memory: the address in the lower half, length in bits 32 to 58, encoding in 59 to 61. */
    static long inSlab(int encodingId, int length, int address) {
        return IN_SLAB | (long) encodingId << ENCODING_SHIFT | (long) length << Integer.SIZE | address & 0xFFFFFFFFL;
    }

    static int lengthOf(long slabReference) {
        return (int) (slabReference >>> Integer.SIZE) & LENGTH_MASK;
    }

    static int encodingIdOf(long slabReference) {
        return (int) (slabReference >>> ENCODING_SHIFT) & ENCODING_MASK;
    }

    static ChunkEncoding encodingOf(long slabReference) {
        ChunkEncoding encoding = ChunkEncoding.ofId(encodingIdOf(slabReference));
        if (encoding == null) {
            throw new IllegalStateException("BUG: no encoding in reference " + Long.toHexString(slabReference));
        }
        return encoding;
    }

    /** Adds the row's open chunk, whose bytes are in a slab block of their own, behind the others. */
    void add(Rows.Page page, int slot, int encodingId, int address, int length) {
        addEntry(
                page,
                slot,
                page.longs[Rows.longAt(slot, Rows.OPEN_MIN)],
                page.longs[Rows.longAt(slot, Rows.LAST_TIMESTAMP)],
                inSlab(encodingId, length, address));
        waiting++;
        queueToMap(slot);
    }

    /** Adds a chunk that is in chunks_head behind the others. */
    void addMapped(Rows.Page page, int slot, long minMillis, long maxMillis, long reference) {
        addEntry(page, slot, minMillis, maxMillis, reference);
    }

    private void addEntry(Rows.Page page, int slot, long minMillis, long maxMillis, long reference) {
        int list = page.ints[Rows.intAt(slot, Rows.CLOSED)];
        int entries = page.ints[Rows.intAt(slot, Rows.CLOSED_COUNT)];
        int needed = (entries + 1) * ENTRY_BYTES;
        if (list == 0 || slab.capacity(list) < needed || slab.shouldMove(list)) {
            int larger = slab.allocate(entries == 0 ? needed : Math.max(needed, needed + needed / 4));
            if (list != 0) {
                System.arraycopy(
                        slab.bytes(list),
                        Slab.offset(list),
                        slab.bytes(larger),
                        Slab.offset(larger),
                        entries * ENTRY_BYTES);
                slab.free(list);
            }
            list = larger;
            page.ints[Rows.intAt(slot, Rows.CLOSED)] = list;
        }
        byte[] bytes = slab.bytes(list);
        int at = Slab.offset(list) + entries * ENTRY_BYTES;
        BigEndian.putLong(bytes, at, minMillis);
        BigEndian.putLong(bytes, at + 8, maxMillis);
        BigEndian.putLong(bytes, at + 16, reference);
        page.ints[Rows.intAt(slot, Rows.CLOSED_COUNT)] = entries + 1;
        count++;
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

    /**
     * Replaces slab references by those of chunks_head: {@code references[i]} for the closed chunk at
     * {@code address[i]}.
     */
    void replaceWithMapped(int slot, int[] addresses, long[] references, int from, int to) {
        Rows.Page page = rows.page(slot);
        int list = page.ints[Rows.intAt(slot, Rows.CLOSED)];
        int entries = page.ints[Rows.intAt(slot, Rows.CLOSED_COUNT)];
        if (list == 0) {
            return;
        }
        byte[] bytes = slab.bytes(list);
        Rows.beginChange(page, slot);
        int next = from;
        for (int i = 0; i < entries && next < to; i++) {
            int at = Slab.offset(list) + i * ENTRY_BYTES + 16;
            long reference = BigEndian.getLong(bytes, at);
            if ((reference & IN_SLAB) != 0 && (int) reference == addresses[next]) {
                BigEndian.putLong(bytes, at, references[next]);
                slab.free((int) reference);
                waiting--;
                next++;
            }
        }
        Rows.endChange(page, slot);
    }

    /** Drops the chunks that end before a time. */
    void dropBefore(Rows.Page page, int slot, long minMillis) {
        int list = page.ints[Rows.intAt(slot, Rows.CLOSED)];
        int entries = page.ints[Rows.intAt(slot, Rows.CLOSED_COUNT)];
        if (entries == 0) {
            return;
        }
        byte[] bytes = slab.bytes(list);
        int offset = Slab.offset(list);
        int dropped = 0;
        while (dropped < entries && BigEndian.getLong(bytes, offset + dropped * ENTRY_BYTES + 8) < minMillis) {
            long reference = BigEndian.getLong(bytes, offset + dropped * ENTRY_BYTES + 16);
            if ((reference & IN_SLAB) != 0) {
                slab.free((int) reference);
                waiting--;
            }
            dropped++;
        }
        if (dropped == 0) {
            return;
        }
        count -= dropped;
        page.ints[Rows.intAt(slot, Rows.CLOSED_COUNT)] = entries - dropped;
        if (dropped == entries) {
            slab.free(list);
            page.ints[Rows.intAt(slot, Rows.CLOSED)] = 0;
        } else {
            System.arraycopy(bytes, offset + dropped * ENTRY_BYTES, bytes, offset, (entries - dropped) * ENTRY_BYTES);
        }
    }

    /** Drops the chunks of chunks_head up to a reference. Inside a change of the row. */
    void dropMapped(Rows.Page page, int slot, long upToReference) {
        drop(page, slot, 0, upToReference);
    }

    /** Drops the chunks that wait in the slab. Inside a change of the row. */
    void dropWaiting(Rows.Page page, int slot) {
        drop(page, slot, IN_SLAB, Long.MAX_VALUE);
    }

    private void drop(Rows.Page page, int slot, long fromReference, long toReference) {
        int list = page.ints[Rows.intAt(slot, Rows.CLOSED)];
        int entries = page.ints[Rows.intAt(slot, Rows.CLOSED_COUNT)];
        if (entries == 0) {
            return;
        }
        byte[] bytes = slab.bytes(list);
        int offset = Slab.offset(list);
        int kept = 0;
        for (int i = 0; i < entries; i++) {
            long reference = BigEndian.getLong(bytes, offset + i * ENTRY_BYTES + 16);
            if (reference < fromReference || reference > toReference) {
                System.arraycopy(bytes, offset + i * ENTRY_BYTES, bytes, offset + kept++ * ENTRY_BYTES, ENTRY_BYTES);
            } else if ((reference & IN_SLAB) != 0) {
                slab.free((int) reference);
                waiting--;
            }
        }
        count -= entries - kept;
        page.ints[Rows.intAt(slot, Rows.CLOSED_COUNT)] = kept;
        if (kept == 0) {
            slab.free(list);
            page.ints[Rows.intAt(slot, Rows.CLOSED)] = 0;
        }
    }

    /** The reference of one of the row's closed chunks. */
    long reference(Rows.Page page, int slot, int entry) {
        int list = page.ints[Rows.intAt(slot, Rows.CLOSED)];
        return BigEndian.getLong(slab.bytes(list), Slab.offset(list) + entry * ENTRY_BYTES + 16);
    }

    long minMillis(Rows.Page page, int slot, int entry) {
        int list = page.ints[Rows.intAt(slot, Rows.CLOSED)];
        return BigEndian.getLong(slab.bytes(list), Slab.offset(list) + entry * ENTRY_BYTES);
    }

    long maxMillis(Rows.Page page, int slot, int entry) {
        int list = page.ints[Rows.intAt(slot, Rows.CLOSED)];
        return BigEndian.getLong(slab.bytes(list), Slab.offset(list) + entry * ENTRY_BYTES + 8);
    }

    /** The oldest timestamp of a row's closed chunks at or after a time; {@code Long.MAX_VALUE} if there is none. */
    long firstMillisSince(int slot, long fromMillis) {
        int list = rows.getInt(slot, Rows.CLOSED);
        int entries = rows.getInt(slot, Rows.CLOSED_COUNT);
        for (int i = 0; i < entries; i++) {
            byte[] bytes = slab.bytes(list);
            int at = Slab.offset(list) + i * ENTRY_BYTES;
            if (BigEndian.getLong(bytes, at + 8) >= fromMillis) {
                return Math.max(fromMillis, BigEndian.getLong(bytes, at));
            }
        }
        return Long.MAX_VALUE;
    }

    /** The reference of the row's last closed chunk; 0 if there is none. */
    long lastReference(Rows.Page page, int slot) {
        int entries = page.ints[Rows.intAt(slot, Rows.CLOSED_COUNT)];
        return entries == 0 ? 0 : reference(page, slot, entries - 1);
    }

    /** Closed chunks of all rows that wait in the slab. */
    long waiting() {
        return waiting;
    }

    /** Closed chunks of all rows. */
    long count() {
        return count;
    }
}

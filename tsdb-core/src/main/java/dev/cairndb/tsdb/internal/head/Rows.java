package dev.cairndb.tsdb.internal.head;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The series of the head as rows of numbers in paged arrays, addressed by a dense slot. A row lies together in two
 * arrays of its page, one of longs and one of ints: an append touches two or three cache lines, where an array per
 * field would touch a dozen.
 *
 * <p>What writes: a row is filled under the registry's lock before its slot is published; from then on the fields of
 * the open chunk and of the chunk list change under the commit lock only, each change between {@link #beginChange} and
 * {@link #endChange}. Readers copy what they need and then ask {@link #unchanged}; the version is odd while a change is
 * under way.
 */
final class Rows {
    /** The reference of the series in the WAL. */
    static final int REF = 0;
    /** Hash of the packed labels. */
    static final int HASH = 1;
    /** The newest sample. Meaningful if {@link #HAS_SAMPLE} is set. */
    static final int LAST_TIMESTAMP = 2;

    /** Of a float. */
    static final int LAST_VALUE = 3;

    /** Difference of the last two timestamps of the open chunk. */
    static final int LAST_DELTA = 4;
    /** First timestamp of the open chunk. */
    static final int OPEN_MIN = 5;
    /** The open chunk takes no sample at or after this time. */
    static final int NEXT_AT = 6;

    private static final int LONGS = 7;

    private static final int VERSION = 0;
    /** The kind byte (the {@code ChunkEncoding} id of the newest chunk) and flags above it. */
    static final int STATE = 1;
    /** Slab address and length of the label symbols. Of a late row, the first is the slot of the series' row. */
    static final int LABELS = 2;

    static final int LABELS_LENGTH = 3;
    /** Slab address of the open chunk, or its place in {@link OpenHistograms}; 0 if there is none. */
    static final int OPEN = 4;
    /** Bits written (upper half) and samples (lower half) of the open chunk; of one of histograms, bytes. */
    static final int OPEN_EXTENT = 5;
    /** Leading (upper byte) and trailing (lower byte) zeros of the XOR window. */
    static final int WINDOW = 6;
    /** Slab address and number of entries of the list of closed chunks. */
    static final int CLOSED = 7;

    static final int CLOSED_COUNT = 8;

    private static final int INTS = 9;

    /** The WAL has the series record. */
    static final int LOGGED = 1 << 8;
    /** The row was removed: whoever resolved it earlier must resolve again. */
    static final int DEAD = 1 << 9;
    /** There has been a sample. */
    static final int HAS_SAMPLE = 1 << 10;
    /** The row waits for its closed chunks to be written to chunks_head. */
    static final int TO_MAP = 1 << 11;

    /** The end of the open histogram chunk was predicted. */
    static final int END_PREDICTED = 1 << 12;

    private static final int KIND_MASK = 0xFF;

    private static final int PAGE_BITS = 8;
    private static final int PAGE_ROWS = 1 << PAGE_BITS;
    private static final VarHandle INT = MethodHandles.arrayElementVarHandle(int[].class);

    private volatile Page[] pages = {new Page()};
    private int used;
    private int[] freeSlots = new int[16];
    private int freeCount;

    /** Rows {@code n << 8} to {@code (n << 8) + 255}. */
    static final class Page {
        final long[] longs = new long[PAGE_ROWS * LONGS];
        final int[] ints = new int[PAGE_ROWS * INTS];

        /**
         * Two numbers of each row, for open chunks in XOR2: the start timestamp of the newest sample, and the value
         * before it if it is a stale marker. Null as long as no row of the page has either.
         */
        private long @Nullable [] starts;

        /**
         * One more than the slot of each row's late row ({@link LateRows}), 0 for none. Null as long as no row of the
         * page has late samples.
         */
        private volatile int @Nullable [] lateSlots;

        /** The slot of the row's late row, {@link LateRows#NONE} if it has none. */
        int lateSlot(int slot) {
            int[] all = lateSlots;
            return all == null ? LateRows.NONE : (int) INT.getAcquire(all, slot & PAGE_ROWS - 1) - 1;
        }

        /** Under the commit lock; the late row is complete. */
        void setLateSlot(int slot, int lateSlot) {
            int[] all = lateSlots;
            if (all == null) {
                all = new int[PAGE_ROWS];
                lateSlots = all;
            }
            INT.setRelease(all, slot & PAGE_ROWS - 1, lateSlot + 1);
        }

        /** Of the newest sample of the open chunk in XOR2; 0 for none. Under the commit lock. */
        long lastStartTimestampMillis(int slot) {
            long[] all = starts;
            return all == null ? 0 : all[startAt(slot)];
        }

        /**
         * If the newest sample of the open chunk in XOR2 is a stale marker: the value before. Under the commit lock.
         */
        long valueBeforeStale(int slot) {
            long[] all = starts;
            return all == null ? 0 : all[startAt(slot) + 1];
        }

        /** Takes the memory that {@link #setLastStart} needs if a number is not 0. */
        void reserveStarts() {
            if (starts == null) {
                starts = new long[PAGE_ROWS * 2];
            }
        }

        void setLastStart(int slot, long startTimestampMillis, long valueBeforeStale) {
            long[] all = starts;
            if (all != null) {
                all[startAt(slot)] = startTimestampMillis;
                all[startAt(slot) + 1] = valueBeforeStale;
            }
        }

        private static int startAt(int slot) {
            return (slot & PAGE_ROWS - 1) * 2;
        }
    }

    /** Takes a slot for a new row, all zero. Under the registry's lock. */
    int take() {
        return freeCount > 0 ? freeSlots[--freeCount] : takeNew();
    }

    /** Takes a slot that is not below {@link #limit}; those in between are free. For rows that are restored. */
    void take(int slot) {
        if (slot < used) {
            throw new IllegalStateException("BUG: slot " + slot + " is taken, or free, among " + used);
        }
        for (int taken = takeNew(); taken < slot; taken = takeNew()) {
            addFree(taken);
        }
    }

    private int takeNew() {
        if (used >>> PAGE_BITS == pages.length) {
            Page[] more = Arrays.copyOf(pages, pages.length + 1);
            more[pages.length] = new Page();
            pages = more;
        }
        return used++;
    }

    /** Gives a slot back that no reader can hold any more. Under the registry's lock. */
    void giveBack(int slot) {
        Page page = page(slot);
        Arrays.fill(page.longs, longAt(slot, 0), longAt(slot, LONGS), 0);
        page.setLastStart(slot, 0, 0);
        // The reference goes before the flags, see isAlive.
        VarHandle.releaseFence();
        Arrays.fill(page.ints, intAt(slot, 0), intAt(slot, INTS), 0);
        addFree(slot);
    }

    private void addFree(int slot) {
        if (freeCount == freeSlots.length) {
            freeSlots = Arrays.copyOf(freeSlots, freeCount * 2);
        }
        freeSlots[freeCount++] = slot;
    }

    /** One more than the largest slot ever taken. */
    int limit() {
        return used;
    }

    Page page(int slot) {
        return pages[slot >>> PAGE_BITS];
    }

    static int longAt(int slot, int field) {
        return (slot & PAGE_ROWS - 1) * LONGS + field;
    }

    static int intAt(int slot, int field) {
        return (slot & PAGE_ROWS - 1) * INTS + field;
    }

    long getLong(int slot, int field) {
        return page(slot).longs[longAt(slot, field)];
    }

    void setLong(int slot, int field, long value) {
        page(slot).longs[longAt(slot, field)] = value;
    }

    int getInt(int slot, int field) {
        return page(slot).ints[intAt(slot, field)];
    }

    void setInt(int slot, int field, int value) {
        page(slot).ints[intAt(slot, field)] = value;
    }

    boolean has(int slot, int flag) {
        return (getInt(slot, STATE) & flag) != 0;
    }

    void setFlag(int slot, int flag) {
        page(slot).ints[intAt(slot, STATE)] |= flag;
    }

    void clearFlag(int slot, int flag) {
        page(slot).ints[intAt(slot, STATE)] &= ~flag;
    }

    static boolean has(Page page, int slot, int flag) {
        return (page.ints[intAt(slot, STATE)] & flag) != 0;
    }

    static boolean hasSample(Page page, int slot) {
        return has(page, slot, HAS_SAMPLE);
    }

    static long lastTimestampMillis(Page page, int slot) {
        return page.longs[longAt(slot, LAST_TIMESTAMP)];
    }

    static long ref(Page page, int slot) {
        return page.longs[longAt(slot, REF)];
    }

    /** The encoding of the newest chunk. */
    static int kind(Page page, int slot) {
        return page.ints[intAt(slot, STATE)] & KIND_MASK;
    }

    /** A chunk in this encoding is now the newest, and there is a sample. */
    static void setKind(Page page, int slot, int encodingId) {
        int at = intAt(slot, STATE);
        page.ints[at] = page.ints[at] & ~KIND_MASK | HAS_SAMPLE | encodingId;
    }

    /** Whether the log has the series, and the row was not removed. Under the commit lock, or an epoch pin. */
    boolean isInLog(int slot) {
        return (getInt(slot, STATE) & (LOGGED | DEAD)) == LOGGED;
    }

    /**
     * Whether the slot still belongs to the series with this reference. Sure also beside a removal, because the flags
     * are read first: if the reference is still there, the flags read were not cleared yet, and a series that was
     * removed before the caller's pin is seen to be dead.
     */
    boolean isAlive(int slot, long ref) {
        boolean dead = has(slot, DEAD);
        VarHandle.acquireFence();
        return !dead && getLong(slot, REF) == ref;
    }

    static void beginChange(Page page, int slot) {
        int at = intAt(slot, VERSION);
        INT.setOpaque(page.ints, at, page.ints[at] + 1);
        VarHandle.storeStoreFence();
    }

    static void endChange(Page page, int slot) {
        int at = intAt(slot, VERSION);
        INT.setRelease(page.ints, at, page.ints[at] + 1);
    }

    /** The version to compare with later; odd while a change is under way. */
    static int version(Page page, int slot) {
        return (int) INT.getAcquire(page.ints, intAt(slot, VERSION));
    }

    /** Whether all that was read from the row since {@code version} was taken belongs together. */
    static boolean unchanged(Page page, int slot, int version) {
        VarHandle.loadLoadFence();
        return (version & 1) == 0 && (int) INT.getOpaque(page.ints, intAt(slot, VERSION)) == version;
    }

    long bytesReserved() {
        long bytes = (long) pages.length * PAGE_ROWS * (LONGS * 8 + INTS * 4);
        for (Page page : pages) {
            bytes += page.starts == null ? 0 : PAGE_ROWS * 2 * 8;
            bytes += page.lateSlots == null ? 0 : PAGE_ROWS * 4;
        }
        return bytes;
    }
}

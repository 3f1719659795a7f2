package dev.cairndb.tsdb.internal.head;

import dev.cairndb.io.BigEndian;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Remembers the label bytes of series as senders write them, with the row they were found to mean. A sender writes the
 * same bytes for a series again and again: then neither labels nor symbols have to be looked at. A cache: it is bounded,
 * forgets what is oldest, and an entry counts only if all bytes are equal and the row still is the same series.
 *
 * <p>When what is oldest are series that are still there, there are more than it may hold. It takes only some of those it
 * does not know then: if each pushed out another, senders that repeat them all in turn would never find any.
 *
 * <p>Entries lie in pages of bytes and never change, but for the guess which one will follow. A page is dropped as a whole, when the next one would be over the
 * budget; cells of the table that point into it are then seen to be stale by the page's number. Looking up takes no lock;
 * adding does, and is passed over when the lock is taken.
 */
final class SenderLabels {
    /** Of one page; {@link CacheBudget} counts pages. */
    static final int PAGE_BYTES_MAX = 1 << 17;

    private static final int PAGE_DOUBLINGS = 5;
    private static final int OFFSET_BITS = 14;
    private static final int OFFSET_UNIT_BITS = 3;
    private static final int PAGES_MAX = 1 << 10;
    private static final int SLOT_AT = 4;
    private static final int REF_AT = 8;
    /** The place of the entry that was found behind this one. */
    private static final int NEXT_AT = 16;

    private static final int HEADER_BYTES = 24;
    /** The place of no entry: there is no page with so large a number, nor room for an entry in its last bytes. */
    static final int NOWHERE = -1;

    private static final int CELLS_MIN = 256;
    private static final int CELLS_MAX = 1 << 20;
    private static final int PROBES = 4;
    /** Of so many series that are not known one is taken. */
    private static final int TAKEN_OF_WHEN_FULL = 16;

    private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);

    private final LabelHash hash = new LabelHash();
    private final ReentrantLock lock = new ReentrantLock();
    private final CacheBudget budget;
    private final AtomicReferenceArray<@Nullable Page> pages = new AtomicReferenceArray<>(PAGES_MAX);
    private volatile long[] table = new long[0];
    private int oldest;
    private int newest = -1;
    private int entries;
    /** The page dropped last was of series that are still there. */
    private volatile boolean full;

    private final LongAdder pageBytes = new LongAdder();
    private volatile boolean closed;

    private static final class Page {
        final int number;
        final byte[] bytes;
        int end;

        /** The first pages are small: most stores of a process may have few series. */
        Page(int number) {
            this.number = number;
            bytes = new byte[number < PAGE_DOUBLINGS ? PAGE_BYTES_MAX >>> PAGE_DOUBLINGS - number : PAGE_BYTES_MAX];
        }
    }

    SenderLabels(CacheBudget budget) {
        this.budget = budget;
    }

    /**
     * Finds what the bytes mean: puts the slot and the reference of the row at {@code index}, if there is an entry.
     *
     * <p>A sender sends its series in about the same order again. So each entry knows the one that was found behind it last
     * time, which is tried first: then there is nothing to be hashed, and the memory is read in order.
     *
     * @param before the place this returned for the series before, {@link #NOWHERE} at first
     */
    int find(int before, byte[] bytes, int from, int to, int[] slots, long[] refs, int index) {
        Page pageBefore = pageOf(before);
        if (pageBefore != null) {
            int next = BigEndian.getInt(pageBefore.bytes, offsetOf(before) + NEXT_AT);
            if (take(next, bytes, from, to, slots, refs, index)) {
                return next;
            }
        }
        int place = search(bytes, from, to, slots, refs, index);
        if (pageBefore != null && place != NOWHERE) {
            BigEndian.putInt(pageBefore.bytes, offsetOf(before) + NEXT_AT, place);
        }
        return place;
    }

    private int search(byte[] bytes, int from, int to, int[] slots, long[] refs, int index) {
        long[] cells = table;
        int mask = cells.length - 1;
        if (mask < 0) {
            return NOWHERE;
        }
        int bytesHash = hashOf(bytes, from, to);
        for (int probe = 0; probe < PROBES; probe++) {
            long cell = (long) CELL.getAcquire(cells, bytesHash + probe & mask);
            // The upper half of a cell is the hash, which also says where to look; the lower one is a place.
            if (cell != 0
                    && (int) (cell >>> 32) == bytesHash
                    && take((int) cell, bytes, from, to, slots, refs, index)) {
                return (int) cell;
            }
        }
        return NOWHERE;
    }

    private int hashOf(byte[] bytes, int from, int to) {
        return (int) (hash.of(bytes, from, to - from) >>> 32);
    }

    /** Reads the entry at a place if it is one of these bytes. */
    private boolean take(int place, byte[] bytes, int from, int to, int[] slots, long[] refs, int index) {
        Page page = pageOf(place);
        if (page == null) {
            return false;
        }
        byte[] entries = page.bytes;
        int at = offsetOf(place);
        int length = BigEndian.getInt(entries, at);
        int start = at + HEADER_BYTES;
        if (length != to - from || !Arrays.equals(entries, start, start + length, bytes, from, to)) {
            return false;
        }
        slots[index] = BigEndian.getInt(entries, at + SLOT_AT);
        refs[index] = BigEndian.getLong(entries, at + REF_AT);
        return true;
    }

    private @Nullable Page pageOf(int place) {
        int number = place >>> OFFSET_BITS;
        Page page = pages.get(number & PAGES_MAX - 1);
        return page != null && (page.number & (1 << 32 - OFFSET_BITS) - 1) == number ? page : null;
    }

    private static int offsetOf(int place) {
        return (place & (1 << OFFSET_BITS) - 1) << OFFSET_UNIT_BITS;
    }

    /** Remembers that the bytes mean a row. The caller holds an epoch pin. */
    void put(byte[] bytes, int from, int to, int slot, SeriesRegistry registry) {
        int size = HEADER_BYTES + (to - from);
        if (size > PAGE_BYTES_MAX || closed || full && isPassedOver() || !lock.tryLock()) {
            return;
        }
        try {
            Page page = newest < 0 ? null : pages.get(newest & PAGES_MAX - 1);
            if (page == null || page.end + size > page.bytes.length) {
                page = nextPage(registry);
            }
            if (page == null || page.end + size > page.bytes.length) {
                return;
            }
            int at = page.end;
            BigEndian.putInt(page.bytes, at, to - from);
            BigEndian.putInt(page.bytes, at + SLOT_AT, slot);
            BigEndian.putLong(page.bytes, at + REF_AT, registry.ref(slot));
            BigEndian.putInt(page.bytes, at + NEXT_AT, NOWHERE);
            System.arraycopy(bytes, from, page.bytes, at + HEADER_BYTES, to - from);
            page.end = at + sizeOfEntry(to - from);
            publish(hashOf(bytes, from, to), page.number << OFFSET_BITS | at >>> OFFSET_UNIT_BITS);
        } finally {
            lock.unlock();
        }
    }

    private static boolean isPassedOver() {
        return ThreadLocalRandom.current().nextInt(TAKEN_OF_WHEN_FULL) != 0;
    }

    /** The page to add to, in place of the oldest one if there may not be more; null if there may be none. */
    private @Nullable Page nextPage(SeriesRegistry registry) {
        int count = newest - oldest + 1;
        if (count == PAGES_MAX || !budget.tryTakePage()) {
            if (count == 0) {
                return null;
            }
            full = isMostlyAlive(pages.get(oldest & PAGES_MAX - 1), registry);
            setPage(oldest, null);
            oldest++;
        }
        newest++;
        Page page = new Page(newest);
        setPage(newest, page);
        return page;
    }

    private static boolean isMostlyAlive(@Nullable Page page, SeriesRegistry registry) {
        int alive = 0;
        int dead = 0;
        for (int at = 0; page != null && at < page.end; at += sizeOfEntry(BigEndian.getInt(page.bytes, at))) {
            int slot = BigEndian.getInt(page.bytes, at + SLOT_AT);
            if (registry.isAlive(slot, BigEndian.getLong(page.bytes, at + REF_AT))) {
                alive++;
            } else {
                dead++;
            }
        }
        return alive > dead;
    }

    private static int sizeOfEntry(int bytesLength) {
        return HEADER_BYTES + bytesLength + (1 << OFFSET_UNIT_BITS) - 1 & -(1 << OFFSET_UNIT_BITS);
    }

    private void setPage(int number, @Nullable Page page) {
        Page before = pages.getAndSet(number & PAGES_MAX - 1, page);
        pageBytes.add(page == null ? 0 : page.bytes.length);
        pageBytes.add(before == null ? 0 : -before.bytes.length);
    }

    private void publish(int bytesHash, int place) {
        long[] cells = table;
        if (entries >= cells.length / 2 && cells.length < CELLS_MAX) {
            cells = larger(cells);
            table = cells;
        }
        entries += insert(cells, (long) bytesHash << 32 | place & 0xFFFFFFFFL);
    }

    private long[] larger(long[] old) {
        long[] cells = new long[Math.max(CELLS_MIN, old.length * 2)];
        entries = 0;
        for (long cell : old) {
            if (cell != 0 && pageOf((int) cell) != null) {
                entries += insert(cells, cell);
            }
        }
        return cells;
    }

    /** Returns how many cells more are taken. */
    private int insert(long[] cells, long cell) {
        int mask = cells.length - 1;
        int home = (int) (cell >>> 32);
        int target = home & mask;
        for (int probe = 0; probe < PROBES; probe++) {
            int at = home + probe & mask;
            if (cells[at] == 0 || pageOf((int) cells[at]) == null) {
                target = at;
                break;
            }
        }
        int more = cells[target] == 0 ? 1 : 0;
        CELL.setRelease(cells, target, cell);
        return more;
    }

    long bytesReserved() {
        return pageBytes.sum() + table.length * 8L;
    }

    /** Gives the pages back; nothing is found or added afterwards. */
    void close() {
        lock.lock();
        try {
            closed = true;
            for (; oldest <= newest; oldest++) {
                setPage(oldest, null);
                budget.giveBackPage();
            }
            table = new long[0];
        } finally {
            lock.unlock();
        }
    }
}

package dev.cairndb.tsdb.internal.head;

import dev.cairndb.io.BigEndian;
import dev.cairndb.remote.KnownLabels;
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
 * same bytes for a series again and again: then neither labels nor symbols have to be looked at. A cache: it is
 * bounded, forgets what is oldest, and an entry counts only if all bytes are equal and the row still is the same
 * series.
 *
 * <p>When what is oldest are series that are still there, there are more than it may hold. It takes only some of those
 * it does not know then: if each pushed out another, senders that repeat them all in turn would never find any.
 *
 * <p>An entry holds the bytes, or what of them differs from an entry before ({@link LabelDifference}).
 *
 * <p>Entries lie in pages of bytes and never change, but for the guess which one will follow. A page is dropped as a
 * whole, when the next one would be over the budget; cells of the table that point into it are then seen to be stale by
 * the page's number. Looking up takes no lock; adding does, and is passed over when the lock is taken.
 */
final class SenderLabels implements KnownLabels {
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

    private static final int LABELS_AT = 20;
    /** One more than the units back to the entry that this one differs from, itself if it is in full; 0: not seen yet. */
    private static final int BASE_AT = 22;
    /** Of the entry in its page, in units. */
    private static final int SIZE_AT = 24;

    private static final int HEADER_BYTES = 26;
    private static final int LABEL_COUNT_MAX = (1 << 16) - 1;
    /** A difference may take this part of the bytes themselves. */
    private static final int DIFFERENCE_SHARE = 2;

    /** So many pages later a place may stand for another entry. */
    private static final int PAGE_NUMBERS = 1 << 32 - OFFSET_BITS;

    private static final int CELLS_MIN = 256;
    private static final int CELLS_MAX = 1 << 20;
    /** As those of {@link KnownLists}. */
    private static final int PROBES = 16;
    /** Of so many series that are not known one is taken. */
    private static final int TAKEN_OF_WHEN_FULL = 1024;
    /** Entries of the oldest page that tell whether its series are there still. */
    private static final int LOOKED_AT = 64;

    private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);

    private final LabelHash hash = new LabelHash();
    private final ReentrantLock lock = new ReentrantLock();
    private final CacheBudget budget;
    private final AtomicReferenceArray<@Nullable Page> pages = new AtomicReferenceArray<>(PAGES_MAX);
    private volatile long[] table = new long[0];
    private int oldest;
    private volatile int newest;
    private int entries;
    /** The oldest page is of series that are still there, and there is no room for another. */
    private volatile boolean full;

    private final LongAdder pageBytes = new LongAdder();
    private volatile boolean closed;

    private static final class Page {
        final int number;
        final byte[] bytes;
        int end;
        /** The entry that others are written as differences to; -1 if there is none yet. */
        int base = -1;

        /** The first pages are small: most stores of a process may have few series. */
        Page(int number) {
            this.number = number;
            bytes = new byte[number < PAGE_DOUBLINGS ? PAGE_BYTES_MAX >>> PAGE_DOUBLINGS - number : PAGE_BYTES_MAX];
        }
    }

    SenderLabels(CacheBudget budget) {
        this(budget, 0);
    }

    /** @param firstPage the number of the first page */
    SenderLabels(CacheBudget budget, int firstPage) {
        this.budget = budget;
        oldest = firstPage;
        newest = firstPage - 1;
    }

    @Override
    public int follower(int before, byte[] bytes, int from, int limit) {
        Page pageBefore = pageOf(before);
        if (pageBefore == null) {
            return NOWHERE;
        }
        int next = BigEndian.getInt(pageBefore.bytes, offsetOf(before) + NEXT_AT);
        Page page = pageOf(next);
        if (page == null) {
            return NOWHERE;
        }
        int at = offsetOf(next);
        int to = from + BigEndian.getInt(page.bytes, at);
        return to <= limit && has(page, at, bytes, from, to) ? next : NOWHERE;
    }

    @Override
    public int find(int before, byte[] bytes, int from, int to) {
        int place = search(bytes, from, to);
        Page pageBefore = pageOf(before);
        if (pageBefore != null && place != NOWHERE) {
            BigEndian.putInt(pageBefore.bytes, offsetOf(before) + NEXT_AT, place);
        }
        return place;
    }

    /** The place of the entry with these bytes, that which came behind the one before being tried first. */
    int place(int before, byte[] bytes, int from, int to) {
        int next = follower(before, bytes, from, to);
        return next != NOWHERE && sizeBytes(next) == to - from ? next : find(before, bytes, from, to);
    }

    private int search(byte[] bytes, int from, int to) {
        long[] cells = table;
        int mask = cells.length - 1;
        if (mask < 0) {
            return NOWHERE;
        }
        int bytesHash = hashOf(bytes, from, to);
        for (int probe = 0; probe < PROBES; probe++) {
            long cell = (long) CELL.getAcquire(cells, bytesHash + probe & mask);
            if (cell == 0) {
                break;
            }
            // The upper half of a cell is the hash, which also says where to look; the lower one is a place.
            if ((int) (cell >>> 32) == bytesHash) {
                int place = (int) cell;
                Page page = pageOf(place);
                if (page != null && has(page, offsetOf(place), bytes, from, to)) {
                    return place;
                }
            }
        }
        return NOWHERE;
    }

    private int hashOf(byte[] bytes, int from, int to) {
        return (int) (hash.of(bytes, from, to - from) >>> 32);
    }

    private static boolean has(Page page, int at, byte[] bytes, int from, int to) {
        byte[] entries = page.bytes;
        int length = BigEndian.getInt(entries, at);
        if (length != to - from) {
            return false;
        }
        int start = at + HEADER_BYTES;
        int back = BigEndian.getUnsignedShort(entries, at + BASE_AT);
        if (back == 0) {
            // A place is a guess that another thread wrote: what it says may come before what is there.
            return false;
        }
        int base = at - (back - 1 << OFFSET_UNIT_BITS);
        return base == at
                ? Arrays.equals(entries, start, start + length, bytes, from, to)
                : LabelDifference.isOf(bytes, from, to, entries, base + HEADER_BYTES, start);
    }

    @Override
    public int sizeBytes(int place) {
        Page page = pageOf(place);
        return page == null ? -1 : BigEndian.getInt(page.bytes, offsetOf(place));
    }

    @Override
    public int labelCount(int place) {
        Page page = pageOf(place);
        return page == null ? -1 : BigEndian.getUnsignedShort(page.bytes, offsetOf(place) + LABELS_AT);
    }

    @Override
    public int age() {
        return newest;
    }

    /** Whether a place given at an age is still that of the same entry, or of none. */
    boolean isRecent(int age) {
        return newest - age < PAGE_NUMBERS - PAGES_MAX;
    }

    /** Puts the slot and the reference of the row that an entry means at {@code index}, if it is there. */
    boolean read(int place, int[] slots, long[] refs, int index) {
        Page page = pageOf(place);
        if (page == null) {
            return false;
        }
        int at = offsetOf(place);
        slots[index] = BigEndian.getInt(page.bytes, at + SLOT_AT);
        refs[index] = BigEndian.getLong(page.bytes, at + REF_AT);
        return true;
    }

    private @Nullable Page pageOf(int place) {
        if (place == NOWHERE) {
            // There is a page with its number in the end.
            return null;
        }
        int number = place >>> OFFSET_BITS;
        Page page = pages.get(number & PAGES_MAX - 1);
        return page != null && (page.number & PAGE_NUMBERS - 1) == number ? page : null;
    }

    private static int offsetOf(int place) {
        return (place & (1 << OFFSET_BITS) - 1) << OFFSET_UNIT_BITS;
    }

    /** Remembers that the bytes mean a row. The caller holds an epoch pin. */
    void put(byte[] bytes, int from, int to, int labelCount, int slot, SeriesRegistry registry) {
        int size = HEADER_BYTES + (to - from);
        if (size > PAGE_BYTES_MAX
                || labelCount > LABEL_COUNT_MAX
                || closed
                || full && isPassedOver()
                || !lock.tryLock()) {
            return;
        }
        try {
            if (closed) {
                return;
            }
            full = full && isOldestAlive(registry);
            Page page = newest < oldest ? null : pages.get(newest & PAGES_MAX - 1);
            int written = page == null ? -1 : write(page, bytes, from, to);
            if (written < 0) {
                page = nextPage(registry);
                written = page == null ? -1 : write(page, bytes, from, to);
            }
            if (page == null || written < 0) {
                return;
            }
            int at = page.end;
            BigEndian.putInt(page.bytes, at, to - from);
            BigEndian.putInt(page.bytes, at + SLOT_AT, slot);
            BigEndian.putLong(page.bytes, at + REF_AT, registry.ref(slot));
            BigEndian.putInt(page.bytes, at + NEXT_AT, NOWHERE);
            BigEndian.putShort(page.bytes, at + LABELS_AT, labelCount);
            int units = HEADER_BYTES + written + (1 << OFFSET_UNIT_BITS) - 1 >>> OFFSET_UNIT_BITS;
            BigEndian.putShort(page.bytes, at + SIZE_AT, units);
            page.end = at + (units << OFFSET_UNIT_BITS);
            publish(hashOf(bytes, from, to), page.number << OFFSET_BITS | at >>> OFFSET_UNIT_BITS);
        } finally {
            lock.unlock();
        }
    }

    /** Writes the labels and what they differ from at the end of a page. Returns their size there, -1 without room. */
    private static int write(Page page, byte[] bytes, int from, int to) {
        int length = to - from;
        int start = page.end + HEADER_BYTES;
        int room = page.bytes.length - start;
        if (page.base >= 0) {
            int baseFrom = page.base + HEADER_BYTES;
            int baseTo = baseFrom + BigEndian.getInt(page.bytes, page.base);
            int sizeMax = Math.min(room, length / DIFFERENCE_SHARE);
            int written = length > LabelDifference.LABEL_BYTES_MAX
                    ? -1
                    : LabelDifference.write(bytes, from, to, page.bytes, baseFrom, baseTo, start, sizeMax);
            if (written >= 0) {
                BigEndian.putShort(page.bytes, page.end + BASE_AT, 1 + (page.end - page.base >>> OFFSET_UNIT_BITS));
                return written;
            }
        }
        if (length > room) {
            return -1;
        }
        System.arraycopy(bytes, from, page.bytes, start, length);
        BigEndian.putShort(page.bytes, page.end + BASE_AT, 1);
        page.base = length <= LabelDifference.LABEL_BYTES_MAX ? page.end : -1;
        return length;
    }

    private static boolean isPassedOver() {
        return ThreadLocalRandom.current().nextInt(TAKEN_OF_WHEN_FULL) != 0;
    }

    /** The page to add to, in place of the oldest one if there may not be more; null if there may be none. */
    private @Nullable Page nextPage(SeriesRegistry registry) {
        int count = newest - oldest + 1;
        if (count < PAGES_MAX && budget.tryTakePage()) {
            full = false;
        } else if (count == 0) {
            return null;
        } else {
            full = isOldestAlive(registry);
            setPage(oldest, null);
            oldest++;
        }
        int number = newest + 1;
        Page page = new Page(number);
        setPage(number, page);
        newest = number;
        return page;
    }

    /** Whether the first series of the oldest page are mostly there still. */
    private boolean isOldestAlive(SeriesRegistry registry) {
        Page page = pages.get(oldest & PAGES_MAX - 1);
        int alive = 0;
        int seen = 0;
        for (int at = 0; page != null && at < page.end && seen < LOOKED_AT; at += sizeOfEntry(page.bytes, at)) {
            int slot = BigEndian.getInt(page.bytes, at + SLOT_AT);
            alive += registry.isAlive(slot, BigEndian.getLong(page.bytes, at + REF_AT)) ? 1 : 0;
            seen++;
        }
        return alive * 2 > seen;
    }

    private static int sizeOfEntry(byte[] entries, int at) {
        return BigEndian.getUnsignedShort(entries, at + SIZE_AT) << OFFSET_UNIT_BITS;
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

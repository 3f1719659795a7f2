package dev.cairndb.tsdb.internal.head;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Remembers which row the symbols of a label set mean, for senders of version 2: by a hash of the list that {@link
 * RequestSymbols} makes. A cache, and only of candidates: the list is compared with the row's own.
 *
 * <p>An entry is two numbers that are written one after the other, so one may be read with another's partner. That does
 * no harm: a pair means something only if the row at the slot is alive and has the reference, and the reference was
 * published after that row was complete. Looking up takes no lock; adding does, and is passed over when the lock is
 * taken.
 */
final class KnownLists {
    private static final int ENTRIES_MIN = 128;
    private static final int ENTRIES_MAX = 1 << 24;
    /** In a table that is half full four leave one series in forty without a place, and these one in five thousand. */
    private static final int PROBES = 16;
    /** No series has it. */
    private static final long NO_REF = 0;

    private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);

    private final ReentrantLock lock = new ReentrantLock();
    private final CacheBudget budget;

    /** Two cells an entry: upper half of the hash and the slot plus one; the series' reference. */
    private volatile long[] table = new long[0];

    private int entries;
    /** Looking for rows that were removed takes long, and may make no room. */
    private int putsUntilCheck;

    private int pagesTaken;
    private volatile boolean closed;

    KnownLists(CacheBudget budget) {
        this.budget = budget;
    }

    /** A row that the hash may mean, or {@link SeriesRegistry#ABSENT}; its reference is put at {@code index}. */
    int candidate(long hash, long[] refs, int index) {
        long[] cells = table;
        int mask = (cells.length >> 1) - 1;
        for (int probe = 0; probe < PROBES && probe <= mask; probe++) {
            int at = ((int) (hash >>> 32) + probe & mask) << 1;
            long cell = (long) CELL.getAcquire(cells, at);
            if (cell == 0) {
                break;
            }
            if ((cell ^ hash) >>> 32 == 0) {
                refs[index] = (long) CELL.getAcquire(cells, at + 1);
                return (int) cell - 1;
            }
        }
        return SeriesRegistry.ABSENT;
    }

    /** Remembers a row, which the caller knows to be complete. */
    void put(long hash, int slot, long ref, Rows rows) {
        if (closed || !lock.tryLock()) {
            return;
        }
        try {
            if (2 * (entries + 1) > table.length >> 1 && --putsUntilCheck < 0) {
                putsUntilCheck = makeRoom(rows) ? 0 : table.length >> 2;
            }
            if (table.length > 0) {
                insert(table, hash & -1L << 32 | slot + 1, ref);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Drops rows that were removed. The table grows if most are still there; returns false if it may not. */
    private boolean makeRoom(Rows rows) {
        long[] old = table;
        int alive = 0;
        for (int at = 0; at < old.length; at += 2) {
            if (old[at] != 0 && !rows.isAlive((int) old[at] - 1, old[at + 1])) {
                old[at + 1] = NO_REF;
            }
            alive += old[at] != 0 && old[at + 1] != NO_REF ? 1 : 0;
        }
        int length = 4 * alive < old.length >> 1 ? old.length : Math.max(2 * ENTRIES_MIN, old.length * 2);
        int pages = (int) (length * 8L / SenderLabels.PAGE_BYTES_MAX);
        if (closed || length > 2 * ENTRIES_MAX || !tryTake(pages - pagesTaken)) {
            return false;
        }
        pagesTaken = pages;
        long[] cells = new long[length];
        entries = 0;
        for (int at = 0; at < old.length; at += 2) {
            if (old[at] != 0 && old[at + 1] != NO_REF) {
                insert(cells, old[at], old[at + 1]);
            }
        }
        table = cells;
        return true;
    }

    private boolean tryTake(int pages) {
        for (int i = 0; i < pages; i++) {
            if (!budget.tryTakePage()) {
                giveBack(i);
                return false;
            }
        }
        return true;
    }

    private void giveBack(int pages) {
        for (int i = 0; i < pages; i++) {
            budget.giveBackPage();
        }
    }

    /** In the place of another entry if there is no free one near: of the same hash, or the first one. */
    private void insert(long[] cells, long cell, long ref) {
        int mask = (cells.length >> 1) - 1;
        int home = (int) (cell >>> 32);
        int target = (home & mask) << 1;
        for (int probe = 0; probe < PROBES; probe++) {
            int at = (home + probe & mask) << 1;
            if (cells[at] == 0 || cells[at + 1] == NO_REF || (cells[at] ^ cell) >>> 32 == 0) {
                target = at;
                break;
            }
        }
        entries += cells[target] == 0 ? 1 : 0;
        CELL.setRelease(cells, target + 1, ref);
        CELL.setRelease(cells, target, cell);
    }

    long bytesReserved() {
        return table.length * 8L;
    }

    /** Gives the memory back; nothing is found or added afterwards. */
    void close() {
        lock.lock();
        try {
            closed = true;
            table = new long[0];
            giveBack(pagesTaken);
            pagesTaken = 0;
        } finally {
            lock.unlock();
        }
    }
}

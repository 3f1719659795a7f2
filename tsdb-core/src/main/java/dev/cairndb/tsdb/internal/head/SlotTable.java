package dev.cairndb.tsdb.internal.head;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A hash table from label sets to slots, with open addressing. Each cell holds the upper half of the hash and the slot
 * plus one; 0 is an empty cell, {@link #REMOVED} one that searches pass over. A hash never decides: the label bytes are
 * compared with the row's.
 *
 * <p>Looking up takes no lock; one thread at a time may change the table.
 */
final class SlotTable {
    static final int ABSENT = -1;

    private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);
    private static final long SLOT_MASK = 0xFFFFFFFFL;
    private static final long REMOVED = SLOT_MASK;

    private final Rows rows;
    private final RowLabels labels;
    private volatile long[] table = new long[64];
    /** Removed ones included. */
    private int cellsTaken;

    private int cellsRemoved;

    SlotTable(Rows rows, RowLabels labels) {
        this.rows = rows;
        this.labels = labels;
    }

    /** Of no meaning: that it is written keeps a compiler from leaving loads out. */
    @SuppressWarnings("UnusedVariable")
    private long loaded;

    /** The row's slot or {@link #ABSENT}. */
    int find(long labelsHash, byte[] packed, int offset, int length) {
        long[] cells = table;
        int mask = cells.length - 1;
        for (int at = (int) labelsHash & mask; ; at = at + 1 & mask) {
            long cell = (long) CELL.getAcquire(cells, at);
            if (cell == 0) {
                return ABSENT;
            }
            if ((cell ^ labelsHash) >>> 32 == 0 && (cell & SLOT_MASK) != REMOVED) {
                int slot = (int) cell - 1;
                if (labels.equal(slot, packed, offset, length)) {
                    return slot;
                }
            }
        }
    }

    /** Whether there is a row with such a hash, or one that cannot be told from it here. */
    boolean mayHave(long labelsHash) {
        long[] cells = table;
        int mask = cells.length - 1;
        int at = (int) labelsHash & mask;
        long cell = (long) CELL.getAcquire(cells, at);
        while (cell != 0 && (cell ^ labelsHash) >>> 32 != 0) {
            at = at + 1 & mask;
            cell = (long) CELL.getAcquire(cells, at);
        }
        return cell != 0;
    }

    /** Makes room for so many rows in a table that has none. */
    void reserve(int rowCount) {
        int size = table.length;
        while (isFull(rowCount, size)) {
            size *= 2;
        }
        table = new long[size];
    }

    private static boolean isFull(int cellsTaken, int size) {
        return cellsTaken * 5L > size * 3L;
    }

    /** Adds a row that is not in the table. */
    void insert(long labelsHash, int slot) {
        long[] cells = table;
        if (isFull(cellsTaken + 1, cells.length)) {
            cells = rebuilt();
        }
        int mask = cells.length - 1;
        int at = (int) labelsHash & mask;
        while (cells[at] != 0) {
            at = at + 1 & mask;
        }
        CELL.setRelease(cells, at, labelsHash & ~SLOT_MASK | slot + 1);
        cellsTaken++;
    }

    /**
     * Adds rows that are not in the table. What all of them need of it is loaded first: together the loads overlap, one
     * by one each row would wait for its own.
     */
    void insertAll(long[] labelsHashes, int[] slots, int count) {
        long[] cells = table;
        int mask = cells.length - 1;
        long sum = 0;
        for (int i = 0; i < count; i++) {
            sum += cells[(int) labelsHashes[i] & mask];
        }
        for (int i = 0; i < count; i++) {
            insert(labelsHashes[i], slots[i]);
        }
        loaded = sum;
    }

    private long[] rebuilt() {
        long[] old = table;
        int size = old.length;
        while ((cellsTaken - cellsRemoved + 1) * 5L > size * 2L) {
            size *= 2;
        }
        long[] cells = new long[size];
        int mask = size - 1;
        cellsTaken = 0;
        cellsRemoved = 0;
        for (long cell : old) {
            if (cell != 0 && (cell & SLOT_MASK) != REMOVED) {
                int at = (int) rows.getLong((int) cell - 1, Rows.HASH) & mask;
                while (cells[at] != 0) {
                    at = at + 1 & mask;
                }
                cells[at] = cell;
                cellsTaken++;
            }
        }
        table = cells;
        return cells;
    }

    /** Takes a row out, which must be in the table. */
    void remove(int slot) {
        long[] cells = table;
        int mask = cells.length - 1;
        int at = (int) rows.getLong(slot, Rows.HASH) & mask;
        while ((int) cells[at] - 1 != slot || cells[at] == 0) {
            at = at + 1 & mask;
        }
        CELL.setRelease(cells, at, cells[at] | REMOVED);
        cellsRemoved++;
    }

    long sizeBytes() {
        return table.length * 8L;
    }
}

package dev.cairndb.tsdb.internal.head;

import java.util.Arrays;

/**
 * Series references to numbers such as slots, for replay. References are given one after the other, and the log names
 * them in about that order, so a block of consecutive ones lies together and the block used last is looked at first: a
 * table that scatters them would wait for memory at each. No boxing. Not thread-safe.
 */
final class RefIndex {
    static final int ABSENT = -1;

    private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;
    /** Small, because a log may have references that are far apart. */
    private static final int BLOCK_BITS = 6;

    private static final int BLOCK_CELLS = 1 << BLOCK_BITS;

    /** Open addressing: one more than the number of a block, 0 where there is none. */
    private long[] keys = new long[64];
    /** Where the cells of the block begin. */
    private int[] bases = new int[64];

    private int blocks;
    /** One more than the number of a reference, 0 for none. */
    private int[] cells = new int[16 * BLOCK_CELLS];

    private long lastKey;
    private int lastBase;

    /** @param number {@link #ABSENT} takes the reference out */
    void put(long ref, int number) {
        // First, because it may take another array.
        int base = baseToWrite(keyOf(ref));
        cells[base + cellOf(ref)] = number + 1;
    }

    int get(long ref) {
        long key = keyOf(ref);
        if (key != lastKey) {
            int at = find(key);
            if (keys[at] == 0) {
                return ABSENT;
            }
            lastKey = key;
            lastBase = bases[at];
        }
        return cells[lastBase + cellOf(ref)] - 1;
    }

    private static long keyOf(long ref) {
        return (ref >>> BLOCK_BITS) + 1;
    }

    private static int cellOf(long ref) {
        return (int) ref & BLOCK_CELLS - 1;
    }

    private int baseToWrite(long key) {
        if (key == lastKey) {
            return lastBase;
        }
        int at = find(key);
        if (keys[at] == 0) {
            if ((blocks + 1) * 5L > keys.length * 3L) {
                grow();
                at = find(key);
            }
            keys[at] = key;
            bases[at] = newBlock();
        }
        lastKey = key;
        lastBase = bases[at];
        return lastBase;
    }

    private int newBlock() {
        int base = blocks++ * BLOCK_CELLS;
        if (base == cells.length) {
            cells = Arrays.copyOf(cells, base * 2);
        }
        return base;
    }

    /** Where the key is, or the free place where it would go. */
    private int find(long key) {
        int mask = keys.length - 1;
        int at = (int) (key * MULTIPLIER >>> 32) & mask;
        while (keys[at] != 0 && keys[at] != key) {
            at = at + 1 & mask;
        }
        return at;
    }

    private void grow() {
        long[] oldKeys = keys;
        int[] oldBases = bases;
        keys = new long[oldKeys.length * 2];
        bases = new int[oldKeys.length * 2];
        for (int i = 0; i < oldKeys.length; i++) {
            if (oldKeys[i] != 0) {
                int at = find(oldKeys[i]);
                keys[at] = oldKeys[i];
                bases[at] = oldBases[i];
            }
        }
    }
}

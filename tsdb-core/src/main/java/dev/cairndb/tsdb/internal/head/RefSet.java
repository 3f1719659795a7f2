package dev.cairndb.tsdb.internal.head;

/**
 * Series references. They are given one after the other, so those of the series in a head mostly lie close together:
 * 64 consecutive ones share a word, and a million in a row take less than a megabyte. Far apart each takes a word of its
 * own, up to 64 bytes. Not thread-safe.
 */
final class RefSet {
    private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;
    private static final int WORD_BITS = 6;

    /** Open addressing: one more than the number of a word, 0 where there is none, and the word. */
    private long[] table = new long[2 * 64];

    private int words;

    void add(long ref) {
        int at = find(table, keyOf(ref));
        if (table[at] == 0) {
            if (4L * ++words > table.length) {
                grow();
                at = find(table, keyOf(ref));
            }
            table[at] = keyOf(ref);
        }
        table[at + 1] |= 1L << ref;
    }

    boolean contains(long ref) {
        return (table[find(table, keyOf(ref)) + 1] >>> ref & 1) != 0;
    }

    private void grow() {
        long[] larger = new long[table.length * 2];
        for (int i = 0; i < table.length; i += 2) {
            if (table[i] != 0) {
                int at = find(larger, table[i]);
                larger[at] = table[i];
                larger[at + 1] = table[i + 1];
            }
        }
        table = larger;
    }

    private static long keyOf(long ref) {
        return (ref >>> WORD_BITS) + 1;
    }

    /** Where a word's key is, or a free place for it. */
    private static int find(long[] table, long key) {
        int mask = table.length / 2 - 1;
        int at = (int) (key * MULTIPLIER >>> 32) & mask;
        while (table[2 * at] != key && table[2 * at] != 0) {
            at = at + 1 & mask;
        }
        return 2 * at;
    }
}

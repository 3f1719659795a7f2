package dev.cairndb.index;

import java.util.Arrays;

/** Counts how often each of some non-negative numbers was seen. Not thread-safe. */
final class IntCounts {
    private static final int ABSENT = -1;

    private int[] keys = new int[64];
    private long[] counts = new long[64];
    private int size;

    IntCounts() {
        Arrays.fill(keys, ABSENT);
    }

    void add(int key) {
        int at = place(key);
        if (keys[at] == ABSENT) {
            keys[at] = key;
            size++;
            if (size * 2 > keys.length) {
                grow();
                at = place(key);
            }
        }
        counts[at]++;
    }

    long count(int key) {
        return counts[place(key)];
    }

    int[] sortedKeys() {
        int[] sorted = Arrays.stream(keys).filter(key -> key != ABSENT).toArray();
        Arrays.sort(sorted);
        return sorted;
    }

    private int place(int key) {
        int mask = keys.length - 1;
        int at = (int) (key * 0x9E3779B97F4A7C15L >>> 40) & mask;
        while (keys[at] != key && keys[at] != ABSENT) {
            at = at + 1 & mask;
        }
        return at;
    }

    private void grow() {
        int[] oldKeys = keys;
        long[] oldCounts = counts;
        keys = new int[oldKeys.length * 2];
        counts = new long[keys.length];
        Arrays.fill(keys, ABSENT);
        for (int i = 0; i < oldKeys.length; i++) {
            if (oldKeys[i] != ABSENT) {
                int at = place(oldKeys[i]);
                keys[at] = oldKeys[i];
                counts[at] = oldCounts[i];
            }
        }
    }
}

package dev.cairndb.tsdb.internal.head;

/** Series references to slots, for replay: open addressing, no boxing. Reference 0 is none. Not thread-safe. */
final class RefIndex {
    static final int ABSENT = -1;

    private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;

    private long[] refs = new long[1024];
    private int[] slots = new int[1024];
    private int size;

    void put(long ref, int slot) {
        if ((size + 1) * 5L > refs.length * 3L) {
            grow();
        }
        int at = cellOf(ref);
        if (refs[at] == 0) {
            size++;
        }
        refs[at] = ref;
        slots[at] = slot;
    }

    int get(long ref) {
        int at = cellOf(ref);
        return refs[at] == 0 ? ABSENT : slots[at];
    }

    /** Where the reference is, or the free cell where it would go. */
    private int cellOf(long ref) {
        int mask = refs.length - 1;
        int at = (int) (ref * MULTIPLIER >>> 32) & mask;
        while (refs[at] != 0 && refs[at] != ref) {
            at = at + 1 & mask;
        }
        return at;
    }

    private void grow() {
        long[] oldRefs = refs;
        int[] oldSlots = slots;
        refs = new long[oldRefs.length * 2];
        slots = new int[oldRefs.length * 2];
        for (int i = 0; i < oldRefs.length; i++) {
            if (oldRefs[i] != 0) {
                int at = cellOf(oldRefs[i]);
                refs[at] = oldRefs[i];
                slots[at] = oldSlots[i];
            }
        }
    }
}

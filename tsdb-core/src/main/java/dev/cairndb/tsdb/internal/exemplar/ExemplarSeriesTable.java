package dev.cairndb.tsdb.internal.exemplar;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The series that have exemplars: their packed labels and the number of their newest exemplar, found by labels (open
 * addressing, linear probing). It keeps labels and not the head's slots, so a series may leave the head before its last
 * exemplar leaves the ring. Not thread-safe; the arrays of labels are never written to.
 */
final class ExemplarSeriesTable {
    static final int ABSENT = -1;

    /** What a series costs beside its labels: the object header and its places in the arrays. */
    private static final int BYTES_PER_SERIES = 16 + 4 + 8 + 8 + 4 + 8;

    private byte[] @Nullable [] labels = new byte[16][];
    private long[] hashes = new long[16];
    private long[] newest = new long[16];
    private int[] free = new int[16];
    private int freeCount;
    private int used;
    /** Place plus one; 0 is empty. */
    private int[] cells = new int[32];

    private long labelBytes;

    /** The place of a series, or {@link #ABSENT}. */
    int find(long hash, byte[] packed, int offset, int length) {
        int cell = cells[cellOf(hash, packed, offset, length)];
        return cell == 0 ? ABSENT : cell - 1;
    }

    /** Adds a series that is not there. */
    int add(long hash, byte[] packed, int offset, int length, long newestNumber) {
        if ((size() + 1) * 2 > cells.length) {
            growCells();
        }
        int place = freeCount > 0 ? free[--freeCount] : used++;
        if (place == labels.length) {
            labels = Arrays.copyOf(labels, place * 2);
            hashes = Arrays.copyOf(hashes, place * 2);
            newest = Arrays.copyOf(newest, place * 2);
        }
        labels[place] = Arrays.copyOfRange(packed, offset, offset + length);
        hashes[place] = hash;
        newest[place] = newestNumber;
        cells[cellOf(hash, packed, offset, length)] = place + 1;
        labelBytes += length;
        return place;
    }

    void remove(int place) {
        byte[] packed = labels(place);
        int mask = cells.length - 1;
        int hole = cellOf(hashes[place], packed, 0, packed.length);
        // What follows may have been pushed on by the removed one: it moves back, or searches would end at the hole.
        for (int at = hole + 1 & mask; cells[at] != 0; at = at + 1 & mask) {
            int home = (int) hashes[cells[at] - 1] & mask;
            if ((at - home & mask) >= (at - hole & mask)) {
                cells[hole] = cells[at];
                hole = at;
            }
        }
        cells[hole] = 0;
        labelBytes -= packed.length;
        labels[place] = null;
        if (freeCount == free.length) {
            free = Arrays.copyOf(free, freeCount * 2);
        }
        free[freeCount++] = place;
    }

    /** Packed labels of the series at a place; the same array as long as the series stays. */
    byte[] labels(int place) {
        return Objects.requireNonNull(labels[place]);
    }

    /** Whether the series at a place is still the one that had this array of labels. */
    boolean holds(int place, byte[] packed) {
        return labels[place] == packed;
    }

    /** The labels by place, null where no series is. */
    byte[] @Nullable [] allLabels() {
        return Arrays.copyOf(labels, used);
    }

    /** Number of the newest exemplar of a series. */
    long newest(int place) {
        return newest[place];
    }

    void setNewest(int place, long number) {
        newest[place] = number;
    }

    int size() {
        return used - freeCount;
    }

    long bytesReserved() {
        return labelBytes
                + (long) BYTES_PER_SERIES * size()
                + 20L * (labels.length - size())
                + 4L * (cells.length + free.length);
    }

    private int cellOf(long hash, byte[] packed, int offset, int length) {
        int mask = cells.length - 1;
        int at = (int) hash & mask;
        while (cells[at] != 0) {
            int place = cells[at] - 1;
            byte[] found = labels(place);
            if (hashes[place] == hash && Arrays.equals(found, 0, found.length, packed, offset, offset + length)) {
                return at;
            }
            at = at + 1 & mask;
        }
        return at;
    }

    private void growCells() {
        cells = new int[cells.length * 2];
        int mask = cells.length - 1;
        for (int place = 0; place < used; place++) {
            if (labels[place] != null) {
                int at = (int) hashes[place] & mask;
                while (cells[at] != 0) {
                    at = at + 1 & mask;
                }
                cells[at] = place + 1;
            }
        }
    }
}

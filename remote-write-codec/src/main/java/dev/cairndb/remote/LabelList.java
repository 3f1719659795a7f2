package dev.cairndb.remote;

import java.util.Arrays;

/**
 * Labels that lie somewhere in a byte array, and their order by name. One list holds the labels of many series, each of
 * which is a range of it. Not thread-safe.
 */
abstract sealed class LabelList permits LabelTable, SymbolLabels {
    /** Up to here insertion is quicker than merging, and nothing a sender can do makes it slow. */
    private static final int INSERTION_SORT_MAX = 32;

    private int[] order = new int[INSERTION_SORT_MAX];
    private int[] scratch = new int[0];

    abstract int size();

    abstract void clear();

    abstract int nameOffset(int label);

    abstract int nameLength(int label);

    abstract int valueOffset(int label);

    abstract int valueLength(int label);

    /** Whether name and value of a label are UTF-8. */
    abstract boolean isUtf8(byte[] bytes, int label);

    long retainedBytes() {
        return 4L * (order.length + scratch.length);
    }

    /** Whether the names of a range of labels ascend, no two of them alike. */
    boolean isSorted(byte[] bytes, int from, int to) {
        for (int label = from + 1; label < to; label++) {
            if (compareNames(bytes, label - 1, label) >= 0) {
                return false;
            }
        }
        return true;
    }

    /** Sorts a range of labels by name; {@link #ordered} tells the result until the next call. */
    void sort(byte[] bytes, int from, int to) {
        int count = to - from;
        if (order.length < count) {
            order = new int[Math.max(count, (int) Math.min(2L * order.length, Integer.MAX_VALUE - 16))];
        }
        for (int i = 0; i < count; i++) {
            order[i] = from + i;
        }
        if (isSorted(bytes, from, to)) {
            return;
        }
        for (int run = 0; run < count; run += INSERTION_SORT_MAX) {
            insertionSort(bytes, run, Math.min(count, run + INSERTION_SORT_MAX));
        }
        for (int width = INSERTION_SORT_MAX; width < count; width *= 2) {
            mergeRuns(bytes, count, width);
        }
    }

    /** The label at place {@code rank} of the last sort. */
    int ordered(int rank) {
        return order[rank];
    }

    int compareNames(byte[] bytes, int a, int b) {
        int aOffset = nameOffset(a);
        int bOffset = nameOffset(b);
        return Arrays.compareUnsigned(bytes, aOffset, aOffset + nameLength(a), bytes, bOffset, bOffset + nameLength(b));
    }

    private void insertionSort(byte[] bytes, int from, int to) {
        for (int i = from + 1; i < to; i++) {
            int label = order[i];
            int at = i;
            while (at > from && compareNames(bytes, order[at - 1], label) > 0) {
                order[at] = order[at - 1];
                at--;
            }
            order[at] = label;
        }
    }

    private void mergeRuns(byte[] bytes, int count, int width) {
        if (scratch.length < count) {
            scratch = new int[order.length];
        }
        for (int low = 0; low < count; low += 2 * width) {
            int middle = Math.min(count, low + width);
            int high = Math.min(count, middle + width);
            int left = low;
            int right = middle;
            for (int out = low; out < high; out++) {
                boolean takeLeft =
                        right == high || left < middle && compareNames(bytes, order[left], order[right]) <= 0;
                scratch[out] = takeLeft ? order[left++] : order[right++];
            }
        }
        int[] merged = scratch;
        scratch = order;
        order = merged;
    }
}

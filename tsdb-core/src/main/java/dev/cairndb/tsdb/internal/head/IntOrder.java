package dev.cairndb.tsdb.internal.head;

/**
 * Sorts ints that stand for something else, such as slots by labels: a merge sort, since comparing is the costly part.
 */
final class IntOrder {
    private static final int RUN = 8;

    /** Compares what two ints stand for. */
    interface Comparison {
        int compare(int a, int b);
    }

    private IntOrder() {}

    static void sort(int[] values, Comparison order) {
        sort(values, values.length, values.length > RUN ? new int[values.length] : values, order);
    }

    /**
     * Sorts the first {@code count} values with the help of an array that has room for as many. Merges runs that double
     * in length. It does not call itself: compilers would inline that, with all comparing in it, again and again, and
     * take longer than the sorting.
     */
    static void sort(int[] values, int count, int[] scratch, Comparison order) {
        for (int from = 0; from < count; from += RUN) {
            sortRun(values, from, Math.min(from + RUN, count), order);
        }
        int[] source = values;
        int[] target = scratch;
        for (long run = RUN; run < count; run *= 2) {
            for (long from = 0; from < count; from += 2 * run) {
                int middle = (int) Math.min(from + run, count);
                merge(source, target, (int) from, middle, (int) Math.min(from + 2 * run, count), order);
            }
            int[] merged = target;
            target = source;
            source = merged;
        }
        if (source != values) {
            System.arraycopy(source, 0, values, 0, count);
        }
    }

    /** Merges two runs of {@code source}, the second of which begins at {@code middle}. */
    private static void merge(int[] source, int[] target, int from, int middle, int to, Comparison order) {
        int left = from;
        int right = middle;
        int at = from;
        // Often the second simply follows the first.
        if (middle < to && order.compare(source[middle - 1], source[middle]) > 0) {
            while (left < middle && right < to) {
                target[at++] = order.compare(source[left], source[right]) <= 0 ? source[left++] : source[right++];
            }
        }
        System.arraycopy(source, left, target, at, middle - left);
        System.arraycopy(source, right, target, at + middle - left, to - right);
    }

    private static void sortRun(int[] values, int from, int to, Comparison order) {
        for (int i = from + 1; i < to; i++) {
            int value = values[i];
            int at = i;
            while (at > from && order.compare(values[at - 1], value) > 0) {
                values[at] = values[at - 1];
                at--;
            }
            values[at] = value;
        }
    }
}

package dev.cairndb.tsdb.internal.head;

/** Sorts ints that stand for something else, such as slots by labels: a merge sort, since comparing is the costly part. */
final class IntOrder {
    private static final int INSERTION_MAX = 8;

    /** Compares what two ints stand for. */
    interface Comparison {
        int compare(int a, int b);
    }

    private IntOrder() {}

    static void sort(int[] values, Comparison order) {
        sort(values.clone(), values, 0, values.length, order);
    }

    /** Sorts the range of {@code target}; {@code source} has the same content and is used up. */
    private static void sort(int[] source, int[] target, int from, int to, Comparison order) {
        if (to - from <= INSERTION_MAX) {
            insertionSort(target, from, to, order);
            return;
        }
        int middle = from + to >>> 1;
        sort(target, source, from, middle, order);
        sort(target, source, middle, to, order);
        if (order.compare(source[middle - 1], source[middle]) <= 0) {
            System.arraycopy(source, from, target, from, to - from);
            return;
        }
        int left = from;
        int right = middle;
        for (int at = from; at < to; at++) {
            if (right >= to || left < middle && order.compare(source[left], source[right]) <= 0) {
                target[at] = source[left++];
            } else {
                target[at] = source[right++];
            }
        }
    }

    private static void insertionSort(int[] values, int from, int to, Comparison order) {
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

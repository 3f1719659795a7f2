package dev.cairndb.index;

import java.util.Arrays;

/**
 * Label values of series, each a symbol and a reference in one long, to be sorted. They come in the order of their
 * references, so sorting by value alone, and leaving equal ones as they are, is enough: digits of the value from the
 * last to the first, whatever runs there are. The JDK's sort would take an array of its own for each list.
 */
final class LabelPairs {
    /** With what sorting takes. */
    static final int BYTES_PER_PAIR = 2 * Long.BYTES;

    private static final int DIGIT_BITS = 11;
    private static final int DIGITS = 1 << DIGIT_BITS;
    /** Below this the JDK sorts in place, and counters would cost more than what they count. */
    private static final int SMALL = 2 * DIGITS;

    private final int symbolCount;
    private final int[] ends = new int[DIGITS];
    private final long[] pairs;
    private long[] scratch = {};

    /** @param symbolCount values are below it */
    LabelPairs(int symbolCount, int capacity) {
        this.symbolCount = symbolCount;
        pairs = new long[capacity];
    }

    /** What to sort. */
    long[] array() {
        return pairs;
    }

    static long pair(int value, int ref) {
        return (long) value << Integer.SIZE | ref & 0xFFFFFFFFL;
    }

    static int value(long pair) {
        return (int) (pair >>> Integer.SIZE);
    }

    static int ref(long pair) {
        return (int) pair;
    }

    /** Sorts a part of the array by value and, if references of the same value were ascending, by reference. */
    void sort(int from, int to) {
        if (to - from < SMALL) {
            Arrays.sort(pairs, from, to);
            return;
        }
        int count = to - from;
        if (scratch.length < count) {
            scratch = new long[0];
            scratch = new long[count];
        }
        long[] source = pairs;
        int sourceFrom = from;
        long[] target = scratch;
        int targetFrom = 0;
        int valueBits = Integer.SIZE - Integer.numberOfLeadingZeros(symbolCount - 1);
        for (int digit = 0; digit < valueBits; digit += DIGIT_BITS) {
            sortByDigit(source, sourceFrom, target, targetFrom, count, Integer.SIZE + digit);
            long[] sorted = target;
            target = source;
            source = sorted;
            int sortedFrom = targetFrom;
            targetFrom = sourceFrom;
            sourceFrom = sortedFrom;
        }
        if (source != pairs) {
            System.arraycopy(scratch, 0, pairs, from, count);
        }
    }

    private void sortByDigit(long[] source, int sourceFrom, long[] target, int targetFrom, int count, int shift) {
        Arrays.fill(ends, 0);
        for (int i = sourceFrom; i < sourceFrom + count; i++) {
            ends[(int) (source[i] >>> shift) & DIGITS - 1]++;
        }
        int start = targetFrom;
        for (int i = 0; i < DIGITS; i++) {
            int digitCount = ends[i];
            ends[i] = start;
            start += digitCount;
        }
        for (int i = sourceFrom; i < sourceFrom + count; i++) {
            target[ends[(int) (source[i] >>> shift) & DIGITS - 1]++] = source[i];
        }
    }
}

package dev.cairndb.index;

import java.util.Arrays;

/** Arrays of unsigned ids in ascending order. */
final class SortedIds {
    /** Below this many ids sorting beats the setup of a bit set. */
    private static final int BIT_SET_COUNT_MIN = 512;

    private SortedIds() {}

    /** Whether each of the ids is larger than the one before. */
    static boolean ascends(int[] ids, int count) {
        if (count > 0 && ids[0] >= 0 && ascendsBelowTwoToThe31(ids, count)) {
            return true;
        }
        for (int i = 1; i < count; i++) {
            if (Integer.compareUnsigned(ids[i - 1], ids[i]) >= 0) {
                return false;
            }
        }
        return true;
    }

    /** Without a branch, so that several ids are compared at once. False says nothing if one of the ids is negative. */
    private static boolean ascendsBelowTwoToThe31(int[] ids, int count) {
        int signs = 0;
        for (int i = 1; i < count; i++) {
            signs |= ids[i] | ids[i] - ids[i - 1] - 1;
        }
        return signs >= 0;
    }

    static boolean contains(int[] ids, int count, int id) {
        int at = lowerBound(ids, 0, count, id);
        return at < count && ids[at] == id;
    }

    /** The first place in {@code [from, to)} that holds the target or more, {@code to} if none does. */
    static int lowerBound(int[] ids, int from, int to, int target) {
        int low = from;
        int high = to;
        while (low < high) {
            int middle = low + high >>> 1;
            if (Integer.compareUnsigned(ids[middle], target) < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** As {@link #lowerBound}, in time that depends on how far off the place is and not on the array's length. */
    static int gallop(int[] ids, int from, int to, int target) {
        int low = from;
        int step = 1;
        int probe = from;
        while (probe < to && Integer.compareUnsigned(ids[probe], target) < 0) {
            low = probe + 1;
            probe = step > to - low ? to : low + step - 1;
            step <<= 1;
            if (step <= 0) {
                step = Integer.MAX_VALUE;
            }
        }
        return lowerBound(ids, low, Math.min(probe, to), target);
    }

    /** Puts the ids that are in both arrays into a target with room for the smaller; returns how many. */
    static int common(int[] ids, int count, int[] other, int otherCount, int[] target) {
        if (count > otherCount) {
            return common(other, otherCount, ids, count, target);
        }
        int found = 0;
        int from = 0;
        for (int i = 0; i < count && from < otherCount; i++) {
            from = gallop(other, from, otherCount, ids[i]);
            if (from < otherCount && other[from] == ids[i]) {
                target[found++] = ids[i];
            }
        }
        return found;
    }

    /** Puts the ids that are not in the other array into a target with room for all; returns how many. */
    static int without(int[] ids, int count, int[] other, int otherCount, int[] target) {
        int kept = 0;
        int from = 0;
        int at = 0;
        if (otherCount > count) {
            for (int i = 0; i < count; i++) {
                from = gallop(other, from, otherCount, ids[i]);
                if (from == otherCount || other[from] != ids[i]) {
                    target[kept++] = ids[i];
                }
            }
            return kept;
        }
        for (int i = 0; i < otherCount && at < count; i++) {
            from = gallop(ids, at, count, other[i]);
            System.arraycopy(ids, at, target, kept, from - at);
            kept += from - at;
            at = from < count && ids[from] == other[i] ? from + 1 : from;
        }
        System.arraycopy(ids, at, target, kept, count - at);
        return kept + count - at;
    }

    /** A new array of the ids of two arrays without common ids. */
    static int[] merge(int[] a, int aCount, int[] b, int bCount) {
        int[] merged = new int[Math.addExact(aCount, bCount)];
        int atA = 0;
        int atB = 0;
        for (int i = 0; i < merged.length; i++) {
            boolean takeA = atB == bCount || atA < aCount && Integer.compareUnsigned(a[atA], b[atB]) < 0;
            merged[i] = takeA ? a[atA++] : b[atB++];
        }
        return merged;
    }

    /** Puts ids of any order into ascending order, each once, at the front of their array; returns how many. */
    static int sortDistinct(int[] ids, int count) {
        int min = -1;
        int max = 0;
        boolean ascends = true;
        for (int i = 0; i < count; i++) {
            ascends &= i == 0 || Integer.compareUnsigned(ids[i - 1], ids[i]) < 0;
            min = Integer.compareUnsigned(ids[i], min) < 0 ? ids[i] : min;
            max = Integer.compareUnsigned(ids[i], max) > 0 ? ids[i] : max;
        }
        if (ascends) {
            return count;
        }
        // Where the ids lie close enough that the bits take no more room than they do, bits put them in order.
        long words = (Integer.toUnsignedLong(max) - Integer.toUnsignedLong(min) >>> 6) + 1;
        if (count >= BIT_SET_COUNT_MIN && words <= count / 2) {
            return throughBits(ids, count, min, (int) words);
        }
        sortUnsigned(ids, count);
        int distinct = 1;
        for (int i = 1; i < count; i++) {
            if (ids[i] != ids[distinct - 1]) {
                ids[distinct++] = ids[i];
            }
        }
        return distinct;
    }

    private static int throughBits(int[] ids, int count, int min, int words) {
        long[] bits = new long[words];
        for (int i = 0; i < count; i++) {
            int distance = ids[i] - min;
            bits[distance >>> 6] |= 1L << distance;
        }
        int at = 0;
        for (int word = 0; word < words; word++) {
            for (long rest = bits[word]; rest != 0; rest &= rest - 1) {
                ids[at++] = min + (word << 6) + Long.numberOfTrailingZeros(rest);
            }
        }
        return at;
    }

    static void sortUnsigned(int[] ids, int count) {
        flipSigns(ids, count);
        Arrays.sort(ids, 0, count);
        flipSigns(ids, count);
    }

    private static void flipSigns(int[] ids, int count) {
        for (int i = 0; i < count; i++) {
            ids[i] ^= Integer.MIN_VALUE;
        }
    }
}

package dev.cairndb.tsdb.internal.block;

import java.util.Arrays;
import java.util.Comparator;

/** Closed time ranges, disjoint, not adjacent, ascending. Immutable. */
public final class Intervals {
    public static final Intervals NONE = new Intervals(new long[0], 0);

    /** Start and end by turns. */
    private final long[] bounds;

    private final int count;

    private Intervals(long[] bounds, int count) {
        this.bounds = bounds;
        this.count = count;
    }

    /** One range, both ends inclusive. */
    public static Intervals of(long minMillis, long maxMillis) {
        Builder builder = new Builder();
        builder.add(minMillis, maxMillis);
        return builder.build();
    }

    /** What is in this one or in the other. */
    public Intervals plus(Intervals other) {
        Builder builder = new Builder();
        builder.addAll(this);
        builder.addAll(other);
        return builder.build();
    }

    public int count() {
        return count;
    }

    /** Inclusive. */
    public long minTimestampMillis(int i) {
        return bounds[2 * checked(i)];
    }

    /** Inclusive. */
    public long maxTimestampMillis(int i) {
        return bounds[2 * checked(i) + 1];
    }

    public boolean contains(long timestampMillis) {
        return covers(timestampMillis, timestampMillis);
    }

    /** Whether one range holds all of {@code min..max}. */
    public boolean covers(long minMillis, long maxMillis) {
        int i = firstEndingAtOrAfter(minMillis);
        return i < count && bounds[2 * i] <= minMillis && maxMillis <= bounds[2 * i + 1];
    }

    public boolean overlaps(long minMillis, long maxMillis) {
        int i = firstEndingAtOrAfter(minMillis);
        return i < count && bounds[2 * i] <= maxMillis;
    }

    /** Those ranges, whole, that do not end before a time. */
    public Intervals endingAtOrAfter(long timestampMillis) {
        int first = firstEndingAtOrAfter(timestampMillis);
        return first == 0 ? this : new Intervals(Arrays.copyOfRange(bounds, 2 * first, 2 * count), count - first);
    }

    /** Collects ranges in any order; ranges that touch or follow each other without a gap become one. */
    static final class Builder {
        private long[] bounds = new long[2];
        private int size;

        void add(long minMillis, long maxMillis) {
            if (minMillis > maxMillis) {
                throw new IllegalArgumentException("range ends before it starts: " + minMillis + ".." + maxMillis);
            }
            if (size == bounds.length) {
                bounds = Arrays.copyOf(bounds, 2 * size);
            }
            bounds[size++] = minMillis;
            bounds[size++] = maxMillis;
        }

        void addAll(Intervals other) {
            for (int i = 0; i < other.count; i++) {
                add(other.minTimestampMillis(i), other.maxTimestampMillis(i));
            }
        }

        Intervals build() {
            long[][] sorted = new long[size / 2][];
            for (int i = 0; i < sorted.length; i++) {
                sorted[i] = new long[] {bounds[2 * i], bounds[2 * i + 1]};
            }
            Arrays.sort(sorted, Comparator.comparingLong(range -> range[0]));
            long[] merged = new long[size];
            int end = 0;
            for (long[] range : sorted) {
                boolean joins = end > 0 && (merged[end - 1] == Long.MAX_VALUE || range[0] <= merged[end - 1] + 1);
                if (joins) {
                    merged[end - 1] = Math.max(merged[end - 1], range[1]);
                } else {
                    merged[end++] = range[0];
                    merged[end++] = range[1];
                }
            }
            return new Intervals(Arrays.copyOf(merged, end), end / 2);
        }
    }

    private int firstEndingAtOrAfter(long timestampMillis) {
        int low = 0;
        int high = count;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (bounds[2 * middle + 1] < timestampMillis) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private int checked(int i) {
        if (i < 0 || i >= count) {
            throw new IndexOutOfBoundsException(i);
        }
        return i;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Intervals intervals && Arrays.equals(bounds, intervals.bounds);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bounds);
    }

    @Override
    public String toString() {
        return Arrays.toString(bounds);
    }
}

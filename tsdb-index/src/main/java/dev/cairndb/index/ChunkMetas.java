package dev.cairndb.index;

import java.util.Arrays;

/**
 * The chunks of one series as an index has them: first and last timestamp (both inclusive) and where the chunk is, as
 * parallel arrays that are kept from series to series. Not thread-safe; {@link #minTimesMillis} and the like are the
 * live arrays, replaced when they grow, valid up to {@link #count}.
 */
public final class ChunkMetas {
    private long[] minTimesMillis = new long[8];
    private long[] maxTimesMillis = new long[8];
    private long[] refs = new long[8];
    private int count;

    public void clear() {
        count = 0;
    }

    /** @param ref (segment sequence from 0) &lt;&lt; 32 | offset of the length field in the segment */
    public void add(long minTimeMillis, long maxTimeMillis, long ref) {
        ensure(count + 1);
        minTimesMillis[count] = minTimeMillis;
        maxTimesMillis[count] = maxTimeMillis;
        refs[count++] = ref;
    }

    public int count() {
        return count;
    }

    public long minTimeMillis(int chunk) {
        return minTimesMillis[chunk];
    }

    public long maxTimeMillis(int chunk) {
        return maxTimesMillis[chunk];
    }

    public long ref(int chunk) {
        return refs[chunk];
    }

    public long[] minTimesMillis() {
        return minTimesMillis;
    }

    public long[] maxTimesMillis() {
        return maxTimesMillis;
    }

    public long[] refs() {
        return refs;
    }

    void ensure(int wanted) {
        if (wanted > refs.length) {
            int capacity = Math.max(wanted, refs.length * 2);
            minTimesMillis = Arrays.copyOf(minTimesMillis, capacity);
            maxTimesMillis = Arrays.copyOf(maxTimesMillis, capacity);
            refs = Arrays.copyOf(refs, capacity);
        }
    }
}

package dev.cairndb.index;

import java.util.Arrays;

/**
 * The chunks of one series as an index has them: first and last timestamp (both inclusive) and where the chunk is, as
 * parallel arrays that are kept from series to series. Not thread-safe; {@link #minTimestampsMillis} and the like are
 * the live arrays, replaced when they grow, valid up to {@link #count}.
 */
public final class ChunkMetas {
    private long[] minTimestampsMillis = new long[8];
    private long[] maxTimestampsMillis = new long[8];
    private long[] refs = new long[8];
    private int count;

    public void clear() {
        count = 0;
    }

    /** @param ref (segment sequence from 0) &lt;&lt; 32 | offset of the length field in the segment */
    public void add(long minTimestampMillis, long maxTimestampMillis, long ref) {
        ensure(count + 1);
        minTimestampsMillis[count] = minTimestampMillis;
        maxTimestampsMillis[count] = maxTimestampMillis;
        refs[count++] = ref;
    }

    public int count() {
        return count;
    }

    public long minTimestampMillis(int chunk) {
        return minTimestampsMillis[chunk];
    }

    public long maxTimestampMillis(int chunk) {
        return maxTimestampsMillis[chunk];
    }

    public long ref(int chunk) {
        return refs[chunk];
    }

    public long[] minTimestampsMillis() {
        return minTimestampsMillis;
    }

    public long[] maxTimestampsMillis() {
        return maxTimestampsMillis;
    }

    public long[] refs() {
        return refs;
    }

    void ensure(int wanted) {
        if (wanted > refs.length) {
            int capacity = Math.max(wanted, refs.length * 2);
            minTimestampsMillis = Arrays.copyOf(minTimestampsMillis, capacity);
            maxTimestampsMillis = Arrays.copyOf(maxTimestampsMillis, capacity);
            refs = Arrays.copyOf(refs, capacity);
        }
    }
}

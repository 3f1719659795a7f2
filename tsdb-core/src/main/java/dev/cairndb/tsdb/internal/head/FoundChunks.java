package dev.cairndb.tsdb.internal.head;

import java.util.Arrays;

/**
 * The chunks in order of chunks_head, until the log tells of their series: a list for each series, in the order in
 * which they were found. Flat arrays, because there may be millions. For replay; not thread-safe.
 */
final class FoundChunks {
    private static final int LONGS = 3;

    /** The newest chunk of each series. */
    private final RefIndex newest = new RefIndex();
    /** Minimum, maximum and reference of each chunk. */
    private long[] longs = new long[16 * LONGS];

    private byte[] encodingIds = new byte[16];
    /** The chunk behind each of the same series; behind the newest, the oldest. */
    private int[] next = new int[16];

    private int count;
    private int taken;

    /** Takes the chunks of a series. */
    interface Sink {
        void chunk(long minMillis, long maxMillis, long headChunkReference, int encodingId);
    }

    void add(long seriesRef, long minMillis, long maxMillis, long headChunkReference, int encodingId) {
        if (count == next.length) {
            int larger = count + (count >> 1);
            longs = Arrays.copyOf(longs, Math.multiplyExact(larger, LONGS));
            encodingIds = Arrays.copyOf(encodingIds, larger);
            next = Arrays.copyOf(next, larger);
        }
        int at = count++;
        longs[at * LONGS] = minMillis;
        longs[at * LONGS + 1] = maxMillis;
        longs[at * LONGS + 2] = headChunkReference;
        encodingIds[at] = (byte) encodingId;
        int before = newest.get(seriesRef);
        next[at] = before == RefIndex.ABSENT ? at : next[before];
        if (before != RefIndex.ABSENT) {
            next[before] = at;
        }
        newest.put(seriesRef, at);
    }

    /** Gives the chunks of a series and forgets them. */
    void take(long seriesRef, Sink sink) {
        int last = count == taken ? RefIndex.ABSENT : newest.get(seriesRef);
        if (last == RefIndex.ABSENT) {
            return;
        }
        newest.put(seriesRef, RefIndex.ABSENT);
        int at = last;
        do {
            at = next[at];
            taken++;
            sink.chunk(longs[at * LONGS], longs[at * LONGS + 1], longs[at * LONGS + 2], encodingIds[at]);
        } while (at != last);
    }

    /** Chunks that nobody took. */
    int left() {
        return count - taken;
    }
}

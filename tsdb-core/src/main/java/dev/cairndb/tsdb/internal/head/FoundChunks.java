package dev.cairndb.tsdb.internal.head;

import java.util.Arrays;

/**
 * The chunks in order of chunks_head, until the log tells of their series: a list for each series, in the order in
 * which they were found. Flat arrays, because there may be millions, in pages: to copy them as they grow would touch
 * twice the memory. For replay; not thread-safe.
 */
final class FoundChunks {
    private static final int PAGE_BITS = 11;
    private static final int PAGE_CHUNKS = 1 << PAGE_BITS;
    /** Of a chunk: minimum, maximum, reference, and in one the chunk behind it of the same series and the encoding. */
    private static final int LONGS = 4;

    private static final int MAX = 1;
    private static final int REFERENCE = 2;
    private static final int NEXT = 3;
    private static final int ENCODING_BITS = 8;

    /** The newest chunk of each series; behind it comes the oldest. */
    private final RefIndex newest = new RefIndex();

    private long[][] pages = new long[4][];
    private int count;
    private int taken;

    /** Takes the chunks of a series. */
    interface Sink {
        void chunk(long minMillis, long maxMillis, long headChunkReference, int encodingId);
    }

    void add(long seriesRef, long minMillis, long maxMillis, long headChunkReference, int encodingId) {
        int chunk = count++;
        long[] page = pageToWrite(chunk);
        int at = place(chunk);
        page[at] = minMillis;
        page[at + MAX] = maxMillis;
        page[at + REFERENCE] = headChunkReference;
        int before = newest.get(seriesRef);
        page[at + NEXT] = next(before == RefIndex.ABSENT ? chunk : nextOf(before), encodingId);
        if (before != RefIndex.ABSENT) {
            page(before)[place(before) + NEXT] = next(chunk, encodingIdOf(before));
        }
        newest.put(seriesRef, chunk);
    }

    private long[] pageToWrite(int chunk) {
        int number = chunk >>> PAGE_BITS;
        if (number == pages.length) {
            pages = Arrays.copyOf(pages, 2 * number);
        }
        if ((chunk & PAGE_CHUNKS - 1) == 0) {
            pages[number] = new long[PAGE_CHUNKS * LONGS];
        }
        return pages[number];
    }

    private long[] page(int chunk) {
        return pages[chunk >>> PAGE_BITS];
    }

    private static int place(int chunk) {
        return (chunk & PAGE_CHUNKS - 1) * LONGS;
    }

    private static long next(int chunk, int encodingId) {
        return (long) chunk << ENCODING_BITS | encodingId;
    }

    private int nextOf(int chunk) {
        return (int) (page(chunk)[place(chunk) + NEXT] >>> ENCODING_BITS);
    }

    private int encodingIdOf(int chunk) {
        return (int) page(chunk)[place(chunk) + NEXT] & (1 << ENCODING_BITS) - 1;
    }

    /** Gives the chunks of a series and forgets them. */
    void take(long seriesRef, Sink sink) {
        int last = count == taken ? RefIndex.ABSENT : newest.get(seriesRef);
        if (last == RefIndex.ABSENT) {
            return;
        }
        newest.put(seriesRef, RefIndex.ABSENT);
        int chunk = last;
        do {
            chunk = nextOf(chunk);
            taken++;
            long[] page = page(chunk);
            int at = place(chunk);
            sink.chunk(page[at], page[at + MAX], page[at + REFERENCE], encodingIdOf(chunk));
        } while (chunk != last);
    }

    /** Chunks that nobody took. */
    int left() {
        return count - taken;
    }
}

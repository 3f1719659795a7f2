package dev.cairndb.index;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.roaringbitmap.BitSetUtil;
import org.roaringbitmap.RoaringBitmap;

/**
 * Joins posting lists one after the other, a hundred thousand of them if need be: a regex that accepts all values of a
 * label asks for that. The ids of short lists are collected, and set in a bit set as soon as they are many; bitmaps are
 * joined at the end. Not thread-safe.
 */
final class PostingsUnion {
    private static final int COLLECTED_MAX = 1 << 16;

    /** A bit set of so many words is taken in any case; a larger one if the ids themselves would need as much. */
    private static final int WORDS_FREE_MAX = 1 << 18;

    private final List<PostingList> parts = new ArrayList<>();
    private PostingList first = PostingList.empty();
    private int listCount;
    private int[] collected = new int[64];
    private int collectedCount;
    private long[] bits = {};
    private long idsTotal;

    void add(PostingList list) {
        if (list.isEmpty()) {
            return;
        }
        if (listCount++ == 0) {
            first = list;
        }
        RoaringBitmap bitmap = list.bitmapPart();
        if (bitmap != null) {
            parts.add(PostingList.ofBitmap(bitmap));
        }
        int from = 0;
        while (from < list.arrayPartCount()) {
            from += collect(list.arrayPart(), from, list.arrayPartCount());
        }
    }

    /** Takes some of the ids; returns how many. */
    private int collect(int[] ids, int from, int to) {
        if (collectedCount == COLLECTED_MAX) {
            flush();
        }
        int taken = Math.min(to - from, COLLECTED_MAX - collectedCount);
        if (collectedCount + taken > collected.length) {
            int capacity = Math.min(COLLECTED_MAX, Math.max(collectedCount + taken, 2 * collected.length));
            collected = Arrays.copyOf(collected, capacity);
        }
        System.arraycopy(ids, from, collected, collectedCount, taken);
        collectedCount += taken;
        return taken;
    }

    /** Empties {@link #collected}. */
    private void flush() {
        idsTotal += collectedCount;
        int max = 0;
        for (int i = 0; i < collectedCount; i++) {
            max = Integer.compareUnsigned(collected[i], max) > 0 ? collected[i] : max;
        }
        int words = (max >>> 6) + 1;
        if (words > bits.length && words > Math.max(WORDS_FREE_MAX, idsTotal / 2)) {
            int count = SortedIds.sortDistinct(collected, collectedCount);
            parts.add(PostingList.ofSorted(Arrays.copyOf(collected, count)));
        } else {
            if (words > bits.length) {
                bits = Arrays.copyOf(bits, Math.max(words, bits.length + (bits.length >> 1)));
            }
            for (int i = 0; i < collectedCount; i++) {
                int id = collected[i];
                bits[id >>> 6] |= 1L << id;
            }
        }
        collectedCount = 0;
    }

    /** The ids of all lists; to be asked once. */
    PostingList finish() {
        if (listCount <= 1) {
            return first;
        }
        if (bits.length > 0) {
            flush();
            parts.add(PostingList.ofBitmap(BitSetUtil.bitmapOf(bits)));
        } else if (collectedCount > 0) {
            int count = SortedIds.sortDistinct(collected, collectedCount);
            parts.add(PostingList.ofSorted(collected, count));
        }
        return parts.size() == 1 ? parts.get(0) : PostingList.union(parts);
    }
}

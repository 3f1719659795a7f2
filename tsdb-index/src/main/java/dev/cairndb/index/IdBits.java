package dev.cairndb.index;

import dev.cairndb.io.BigEndian;
import org.jspecify.annotations.Nullable;

/**
 * Ids as bits, from the lowest to the highest: the fastest way to ask of many ids whether they are among them.
 * Immutable.
 */
final class IdBits {
    /** So many words for each id are taken in any case, */
    private static final int WORDS_OF_ID_MIN = 2;
    /** and up to so many if they are no more than 2 MiB in all. */
    private static final int WORDS_OF_ID_MAX = 32;

    private static final int WORDS_FREE_MAX = 1 << 18;

    private final int base;
    private final long[] words;

    private IdBits(int base, int wordCount) {
        this.base = base;
        words = new long[wordCount];
    }

    /** The ids of a list, or null if they lie too far apart for that, or are too few to care. */
    static @Nullable IdBits of(PostingList list) {
        if (list.cardinality() < PostingList.BITMAP_CARDINALITY_MIN) {
            return null;
        }
        int first = list.first();
        long wordCount = (Integer.toUnsignedLong(list.last()) - Integer.toUnsignedLong(first) >>> 6) + 1;
        long most = (long) WORDS_OF_ID_MIN * list.cardinality();
        if (wordCount > Math.max(most, Math.min(WORDS_FREE_MAX, (long) WORDS_OF_ID_MAX * list.cardinality()))) {
            return null;
        }
        IdBits bits = new IdBits(first, (int) wordCount);
        long[] words = bits.words;
        list.forEach(id -> {
            int place = id - first;
            words[place >>> 6] |= 1L << place;
        });
        return bits;
    }

    boolean contains(int id) {
        return bit(id) != 0;
    }

    /** 1 if the id is among these, or 0. */
    int bit(int id) {
        int place = id - base;
        int word = place >>> 6;
        return word < words.length ? (int) (words[word] >>> place) & 1 : 0;
    }

    /**
     * Copies those of some ids that are among these to a target, which needs room for one more; returns where it ended.
     */
    int copyPresent(int[] ids, int from, int to, int[] target, int targetFrom) {
        int at = targetFrom;
        for (int i = from; i < to; i++) {
            target[at] = ids[i];
            at += bit(ids[i]);
        }
        return at;
    }

    /** Whether one of so many big-endian ids in bytes is among these. */
    boolean hasAnyOf(byte[] ids, int from, int count) {
        for (int i = 0; i < count; i++) {
            if (contains(BigEndian.getInt(ids, from + i * Integer.BYTES))) {
                return true;
            }
        }
        return false;
    }

    /** As {@link #copyPresent(int[], int, int, int[], int)}, of so many big-endian ids in bytes. */
    int copyPresent(byte[] ids, int from, int count, int[] target, int targetFrom) {
        int at = targetFrom;
        for (int i = 0; i < count; i++) {
            int id = BigEndian.getInt(ids, from + i * Integer.BYTES);
            target[at] = id;
            at += bit(id);
        }
        return at;
    }

    /** Copies those of some ids that are not among these to a target with room for one more; returns where it ended. */
    int copyAbsent(int[] ids, int from, int to, int[] target, int targetFrom) {
        int at = targetFrom;
        for (int i = from; i < to; i++) {
            target[at] = ids[i];
            at += 1 - bit(ids[i]);
        }
        return at;
    }
}

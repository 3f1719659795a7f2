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

    /** Where there are so many ids for each bit, bits are looked for among the ids. */
    private static final int IDS_OF_BIT_MIN = 8;

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
     * Copies those of some ids, which ascend, that are among these to a target, which needs room for one more; returns
     * where it ended.
     */
    int copyPresent(int[] ids, int from, int to, int[] target, int targetFrom) {
        int at = targetFrom;
        // Most lists of a head are spread over all of it, and what is asked for often lies close together.
        for (int i = SortedIds.gallop(ids, from, to, base); i < to; i++) {
            int place = ids[i] - base;
            int word = place >>> 6;
            if (word >= words.length) {
                break;
            }
            target[at] = ids[i];
            at += (int) (words[word] >>> place) & 1;
        }
        return at;
    }

    /** Whether one of so many big-endian ids in bytes is among these. */
    boolean hasAnyOf(byte[] ids, int from, int count) {
        for (int i = 0; i < count; i++) {
            if (contains(id(ids, from, i))) {
                return true;
            }
        }
        return false;
    }

    /** As {@link #copyPresent(int[], int, int, int[], int)}, of so many big-endian ids in bytes, which ascend too. */
    int copyPresent(byte[] ids, int from, int count, int[] target, int targetFrom) {
        if (count >= IDS_OF_BIT_MIN) {
            int first = id(ids, from, 0);
            int firstWord = first - base >>> 6;
            int lastWord = id(ids, from, count - 1) - base >>> 6;
            if (Integer.compareUnsigned(first, base) >= 0 && areFew(firstWord, lastWord, count / IDS_OF_BIT_MIN)) {
                return copyOfFew(firstWord, lastWord, ids, from, count, target, targetFrom);
            }
        }
        int at = targetFrom;
        for (int i = 0; i < count; i++) {
            int id = id(ids, from, i);
            target[at] = id;
            at += bit(id);
        }
        return at;
    }

    /** Whether all of the words exist, and they are no more than so many and have no more bits than that. */
    private boolean areFew(int firstWord, int lastWord, int most) {
        if (lastWord >= words.length || firstWord > lastWord || lastWord - firstWord >= most) {
            return false;
        }
        int bits = 0;
        for (int word = firstWord; word <= lastWord; word++) {
            bits += Long.bitCount(words[word]);
        }
        return bits <= most;
    }

    /** Looks for the bits among the ids, and not for the ids among the bits. */
    private int copyOfFew(int firstWord, int lastWord, byte[] ids, int from, int count, int[] target, int targetFrom) {
        int at = targetFrom;
        int low = 0;
        for (int word = firstWord; word <= lastWord; word++) {
            for (long rest = words[word]; rest != 0; rest &= rest - 1) {
                int id = base + (word << 6) + Long.numberOfTrailingZeros(rest);
                low = lowerBound(ids, from, low, count, id);
                target[at] = id;
                at += low < count && id(ids, from, low) == id ? 1 : 0;
            }
        }
        return at;
    }

    private static int lowerBound(byte[] ids, int from, int lowest, int count, int id) {
        int low = lowest;
        int high = count;
        while (low < high) {
            int middle = low + high >>> 1;
            if (Integer.compareUnsigned(id(ids, from, middle), id) < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private static int id(byte[] ids, int from, int index) {
        return BigEndian.getInt(ids, from + index * Integer.BYTES);
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

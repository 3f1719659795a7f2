package dev.cairndb.index;

import dev.cairndb.io.CorruptionException;
import java.util.Arrays;

/**
 * Finds the symbol numbers of packed labels. Most strings of a series were in one just before it: a small cache by hash
 * answers for those, the rest is a search in the file. Not thread-safe.
 */
final class SymbolNumbers {
    private static final int CACHE_ENTRIES = 1 << 12;
    private static final int CACHED_BYTES_MAX = 256;

    private final SymbolSection.Cursor cursor;
    private final byte[][] cachedStrings = new byte[CACHE_ENTRIES][];
    private final int[] cachedNumbers = new int[CACHE_ENTRIES];
    private int[] numbers = new int[32];

    SymbolNumbers(SymbolSection section) {
        cursor = section.cursor();
    }

    /** Name, value, name, value, as found by {@link #resolve}. */
    int[] numbers() {
        return numbers;
    }

    /**
     * Looks up all strings and returns the number of labels.
     *
     * @throws IllegalArgumentException if one is not a symbol
     */
    int resolve(byte[] packed, int offset, int length) throws CorruptionException {
        int end = offset + length;
        int count = 0;
        for (int at = offset; at < end; at = PackedLabels.stringEnd(packed, at)) {
            if (count == numbers.length) {
                numbers = Arrays.copyOf(numbers, count * 2);
            }
            numbers[count++] =
                    number(packed, PackedLabels.stringStart(packed, at), PackedLabels.stringLength(packed, at));
        }
        return count / 2;
    }

    private int number(byte[] bytes, int offset, int length) throws CorruptionException {
        int place = (int) (Xxh64.hash(bytes, offset, length) & CACHE_ENTRIES - 1);
        byte[] cached = cachedStrings[place];
        if (cached != null && Arrays.equals(cached, 0, cached.length, bytes, offset, offset + length)) {
            return cachedNumbers[place];
        }
        int number = cursor.find(bytes, offset, length);
        if (number < 0) {
            throw new IllegalArgumentException(
                    "cannot add a series: found=a string that is no symbol: " + Utf8.decode(bytes, offset, length));
        }
        if (length <= CACHED_BYTES_MAX) {
            cachedStrings[place] = Arrays.copyOfRange(bytes, offset, offset + length);
            cachedNumbers[place] = number;
        }
        return number;
    }
}

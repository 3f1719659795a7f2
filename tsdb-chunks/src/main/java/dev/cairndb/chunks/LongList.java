package dev.cairndb.chunks;

import java.util.Arrays;
import java.util.Objects;

/** Numbers with room for more. The fields are for reading, and for writing where a loop would not bear a call. */
final class LongList {
    private static final long[] NONE = {};

    long[] values = NONE;
    int size;

    void add(long value) {
        if (size == values.length) {
            values = Arrays.copyOf(values, size < 4 ? 8 : size * 2);
        }
        values[size++] = value;
    }

    long get(int index) {
        return values[Objects.checkIndex(index, size)];
    }

    void set(LongList source) {
        size(source.size);
        System.arraycopy(source.values, 0, values, 0, size);
    }

    /** Makes this so many numbers; what they are is undefined. */
    void size(int newSize) {
        if (newSize > values.length) {
            values = new long[newSize];
        }
        size = newSize;
    }

    boolean hasSame(LongList other) {
        return Arrays.equals(values, 0, size, other.values, 0, other.size);
    }
}

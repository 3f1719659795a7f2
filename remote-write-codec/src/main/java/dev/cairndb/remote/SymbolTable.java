package dev.cairndb.remote;

import java.util.Arrays;

/** The symbols of a version 2 request as offsets and lengths, in the order of the message. Not thread-safe. */
final class SymbolTable {
    private static final byte NOT_CHECKED = 0;
    private static final byte VALID = 1;
    private static final byte INVALID = 2;

    private int[] cells = new int[32];

    /** Whether a symbol is UTF-8, once somebody asked. */
    private byte[] checks = new byte[16];

    private int size;

    int size() {
        return size;
    }

    void clear() {
        Arrays.fill(checks, 0, size, NOT_CHECKED);
        size = 0;
    }

    void add(int offset, int length) {
        if (size == checks.length) {
            checks = Arrays.copyOf(checks, size * 2);
            cells = Arrays.copyOf(cells, size * 4);
        }
        cells[2 * size] = offset;
        cells[2 * size + 1] = length;
        size++;
    }

    /** Whether there is a symbol with this number, which counts as unsigned. */
    boolean has(int ref) {
        return ref >= 0 && ref < size;
    }

    int offset(int ref) {
        return cells[2 * ref];
    }

    int length(int ref) {
        return cells[2 * ref + 1];
    }

    boolean isUtf8(byte[] bytes, int ref) {
        if (checks[ref] == NOT_CHECKED) {
            checks[ref] = Utf8.isValid(bytes, offset(ref), length(ref)) ? VALID : INVALID;
        }
        return checks[ref] == VALID;
    }

    long retainedBytes() {
        return 4L * cells.length + checks.length;
    }
}

package dev.cairndb.chunks;

import dev.cairndb.io.BigEndian;
import java.util.Arrays;

/**
 * Writes bits, the highest of a byte first, into an array of its own that grows. What was written before a
 * {@link #flush} stays as it is in an array that was replaced. Not thread-safe.
 */
final class BitWriter {
    private static final int FIRST_BYTES = 128;

    private byte[] bytes = new byte[0];

    /** The word being filled: {@link #usedBits} of it are taken, the rest is zero. */
    private long word;

    private int usedBits;
    /** Index in {@link #bytes} of {@link #word}, where there is room for it. */
    private int wordAt;

    /** Begins anew in another array. */
    void start() {
        bytes = new byte[FIRST_BYTES];
        rewind();
    }

    /** Begins anew in the same array. */
    void rewind() {
        word = 0;
        usedBits = 0;
        wordAt = 0;
    }

    /** Goes on behind bits that are copied. */
    void start(byte[] source, int offset, int bitLength) {
        start();
        int length = bitLength + 7 >>> 3;
        if (length > bytes.length - Long.BYTES) {
            bytes = new byte[length + FIRST_BYTES & -Long.BYTES];
        }
        System.arraycopy(source, offset, bytes, 0, length);
        wordAt = bitLength >>> 6 << 3;
        usedBits = bitLength & 63;
        word = usedBits == 0 ? 0 : BigEndian.getLong(bytes, wordAt) & -1L << 64 - usedBits;
    }

    /** Appends the low {@code bitCount} (1 to 64) bits; those above must be zero. */
    void put(long bits, int bitCount) {
        int used = usedBits + bitCount;
        if (used < 64) {
            word |= bits << 64 - used;
            usedBits = used;
            return;
        }
        int left = used - 64;
        BigEndian.putLong(bytes, wordAt, word | bits >>> left);
        usedBits = left;
        word = left == 0 ? 0 : bits << 64 - left;
        wordAt += Long.BYTES;
        if (wordAt == bytes.length) {
            bytes = Arrays.copyOf(bytes, wordAt + Math.max(FIRST_BYTES, wordAt / 2 & -Long.BYTES));
        }
    }

    /** Appends a signed number in Prometheus' varbit coding: the shorter, the nearer to zero. */
    void putVarbitInt(long value) {
        if (value == 0) {
            put(0, 1);
        } else if (fits(value, 3)) {
            put(0b10 << 3 | value & 0x7, 5);
        } else if (fits(value, 6)) {
            put(0b110 << 6 | value & 0x3F, 9);
        } else if (fits(value, 9)) {
            put(0b1110 << 9 | value & 0x1FF, 13);
        } else if (fits(value, 12)) {
            put(0b11110 << 12 | value & 0xFFF, 17);
        } else if (fits(value, 18)) {
            put(0b111110 << 18 | value & 0x3FFFF, 24);
        } else if (fits(value, 25)) {
            put(0b1111110L << 25 | value & 0x1FFFFFF, 32);
        } else {
            putLongVarbit(value, fits(value, 56));
        }
    }

    /** Appends an unsigned number in Prometheus' varbit coding. */
    void putVarbitUint(long value) {
        int size = 64 - Long.numberOfLeadingZeros(value);
        if (size == 0) {
            put(0, 1);
        } else if (size <= 3) {
            put(0b10 << 3 | value, 5);
        } else if (size <= 6) {
            put(0b110 << 6 | value, 9);
        } else if (size <= 9) {
            put(0b1110 << 9 | value, 13);
        } else if (size <= 12) {
            put(0b11110 << 12 | value, 17);
        } else if (size <= 18) {
            put(0b111110 << 18 | value, 24);
        } else if (size <= 25) {
            put(0b1111110L << 25 | value, 32);
        } else {
            putLongVarbit(value, size <= 56);
        }
    }

    private void putLongVarbit(long value, boolean in56Bits) {
        if (in56Bits) {
            put(0xFEL << 56 | value & -1L >>> 8, 64);
        } else {
            put(0xFF, 8);
            put(value, 64);
        }
    }

    /**
     * Whether the layout has room for the value in {@code bitCount} bits; its ranges reach one further up than down.
     */
    private static boolean fits(long value, int bitCount) {
        return value >= -((1L << bitCount - 1) - 1) && value <= 1L << bitCount - 1;
    }

    /**
     * Appends what a value's bits differ by from those before, as XOR chunks do.
     *
     * @param window the {@link XorWindow} of the present significant bits
     * @return the window after this
     */
    int putXor(long xor, int window) {
        if (xor == 0) {
            put(0, 1);
            return window;
        }
        // The field for leading zeros has 5 bits.
        int leading = Math.min(Long.numberOfLeadingZeros(xor), 31);
        int trailing = Long.numberOfTrailingZeros(xor);
        int oldLeading = XorWindow.leading(window);
        int oldTrailing = XorWindow.trailing(window);
        // The leading zeros of no window are more than any.
        if (leading >= oldLeading && trailing >= oldTrailing) {
            put(0b10, 2);
            put(xor >>> oldTrailing, 64 - oldLeading - oldTrailing);
            return window;
        }
        int significant = 64 - leading - trailing;
        // 64 does not fit 6 bits and is written as 0, which would be of no use otherwise.
        put(0b11 << 11 | leading << 6 | significant & 63, 13);
        put(xor >>> trailing, significant);
        return XorWindow.of(leading, trailing);
    }

    /** Puts what was appended into the array. */
    void flush() {
        BigEndian.putLong(bytes, wordAt, word);
    }

    byte[] array() {
        return bytes;
    }

    int bitLength() {
        return (wordAt << 3) + usedBits;
    }
}

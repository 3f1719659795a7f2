package dev.cairndb.chunks;

import dev.cairndb.io.BigEndian;

/**
 * Reads bits, the highest of a byte first. It can be read past the end, which costs nothing and gives bits without
 * meaning: who reads asks {@link #isPastEnd} often enough not to believe them. Not thread-safe.
 */
final class BitReader {
    /** Bits of a varbit number by the number of ones it begins with. */
    private static final int[] VARBIT_SIZES = {0, 3, 6, 9, 12, 18, 25, 56, 64};

    private byte[] bytes = new byte[0];
    /** Positions are those in {@link #bytes}. */
    private long position;

    private long end;
    private long xor;

    /** Begins at a byte. */
    void reset(byte[] newBytes, int offset, int length) {
        bytes = newBytes;
        position = (long) offset << 3;
        end = (long) offset + length << 3;
    }

    /** Where the next bit is, counted from the first one in the array. */
    long position() {
        return position;
    }

    long bitsLeft() {
        return end - position;
    }

    /** The first position that is not to be read. */
    long end() {
        return end;
    }

    boolean isPastEnd() {
        return position > end;
    }

    /** Bits from the position on, at the top of the result: 57 or more; zeros where the array ends. */
    private long peek() {
        long at = position >>> 3;
        long bits = at <= bytes.length - Long.BYTES ? BigEndian.getLong(bytes, (int) at) : lastBytes(at);
        return bits << (position & 7);
    }

    private long lastBytes(long at) {
        long bits = 0;
        for (long i = at; i < at + Long.BYTES; i++) {
            bits = bits << 8 | (i < bytes.length ? bytes[(int) i] & 0xFF : 0);
        }
        return bits;
    }

    /** Takes {@code bitCount} (1 to 64) bits. */
    long read(int bitCount) {
        int skipped = (int) (position & 7);
        long bits = peek();
        if (skipped + bitCount > 64) {
            long ninth = (position >>> 3) + Long.BYTES;
            bits |= ninth < bytes.length ? (bytes[(int) ninth] & 0xFFL) >>> 8 - skipped : 0;
        }
        position += bitCount;
        return bits >>> 64 - bitCount;
    }

    /** Takes a number that {@link BitWriter#putVarbitInt} writes. */
    long readVarbitInt() {
        long bits = peek();
        if (bits >= 0) {
            position++;
            return 0;
        }
        int ones = Math.min(Long.numberOfLeadingZeros(~bits), 8);
        int size = VARBIT_SIZES[ones];
        long raw = readVarbit(bits, ones, size);
        // The pattern with only the highest bit set is positive.
        return size < 64 && raw > 1L << size - 1 ? raw - (1L << size) : raw;
    }

    /** Takes a number that {@link BitWriter#putVarbitUint} writes. */
    long readVarbitUint() {
        long bits = peek();
        if (bits >= 0) {
            position++;
            return 0;
        }
        int ones = Math.min(Long.numberOfLeadingZeros(~bits), 8);
        return readVarbit(bits, ones, VARBIT_SIZES[ones]);
    }

    private long readVarbit(long peeked, int ones, int size) {
        // Up to six ones, a zero and 25 bits are among those that were peeked.
        if (ones < 7) {
            position += ones + 1 + size;
            return peeked << ones + 1 >>> 64 - size;
        }
        position += 8;
        return read(size);
    }

    /**
     * Takes what {@link BitWriter#putXor} writes, and returns the window after it; {@link #xor} gives the rest. A
     * window that goes over 64 bits, which nobody writes, makes -1.
     */
    int readXor(int window) {
        long bits = peek();
        if (bits >= 0) {
            position++;
            xor = 0;
            return window;
        }
        // Without a window all 64 bits are in it, as for Prometheus' reader; its writer begins with a window.
        int kept = window == XorWindow.NONE ? 0 : window;
        int leading = XorWindow.leading(kept);
        int trailing = XorWindow.trailing(kept);
        if (bits << 1 >= 0) {
            position += 2;
        } else {
            leading = (int) (bits << 2 >>> 59);
            // 0 stands for 64
            int significant = ((int) (bits << 7 >>> 58) - 1 & 63) + 1;
            trailing = 64 - leading - significant;
            if (trailing < 0) {
                return -1;
            }
            position += 13;
        }
        xor = read(64 - leading - trailing) << trailing;
        return XorWindow.of(leading, trailing);
    }

    /** What {@link #readXor} found: the value's bits XOR those before. */
    long xor() {
        return xor;
    }
}

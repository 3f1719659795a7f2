package dev.cairndb.io;

/** Writes LEB128 integers of up to 64 bits; signed ones are zigzag-coded. {@link ByteReader} reads them. */
public final class Varint {
    /** The longest encoding of a 64-bit value. */
    public static final int MAX_BYTES = 10;

    private Varint() {}

    /** Returns the offset behind what was written. */
    public static int putUvarint(byte[] bytes, int offset, long value) {
        long rest = value;
        int at = offset;
        while ((rest & ~0x7FL) != 0) {
            bytes[at++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[at++] = (byte) rest;
        return at;
    }

    /** Returns the offset behind what was written. */
    public static int putVarint(byte[] bytes, int offset, long value) {
        return putUvarint(bytes, offset, value << 1 ^ value >> 63);
    }

    /**
     * Reads without any check, for bytes that were checked before: an unsigned varint below 2^31. Returns two numbers,
     * so that nothing is allocated: the value in the lower half, in the upper one the offset behind what was read.
     */
    public static long readUvarintInt(byte[] bytes, int offset) {
        int at = offset;
        byte b = bytes[at++];
        int value = b & 0x7F;
        for (int shift = 7; b < 0; shift += 7) {
            b = bytes[at++];
            value |= (b & 0x7F) << shift;
        }
        return (long) at << 32 | value & 0xFFFFFFFFL;
    }

    public static int sizeOfUvarint(long value) {
        return (63 - Long.numberOfLeadingZeros(value | 1)) / 7 + 1;
    }
}

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

    public static int sizeOfUvarint(long value) {
        return (63 - Long.numberOfLeadingZeros(value | 1)) / 7 + 1;
    }
}

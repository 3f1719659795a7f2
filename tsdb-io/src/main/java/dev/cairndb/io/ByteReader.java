package dev.cairndb.io;

/**
 * A bounded read position over bytes of a file. Every read is checked against the range: running out of it, or an
 * impossible varint, is a {@link CorruptionException} with the file's name and the offset in the file. Not thread-safe;
 * meant to be kept and {@link #reset} for the next range.
 */
public final class ByteReader {
    private final String file;
    private byte[] bytes = new byte[0];
    private int position;
    private int end;
    private long fileOffsetOfZero;

    /** @param file name for error messages */
    public ByteReader(String file) {
        this.file = file;
    }

    /** @param fileOffset where in the file {@code bytes[offset]} lies */
    public ByteReader reset(byte[] source, int offset, int length, long fileOffset) {
        java.util.Objects.checkFromIndexSize(offset, length, source.length);
        bytes = source;
        position = offset;
        end = offset + length;
        fileOffsetOfZero = fileOffset - offset;
        return this;
    }

    public byte[] array() {
        return bytes;
    }

    /** Index in {@link #array()} of the next byte. */
    public int position() {
        return position;
    }

    public long fileOffset() {
        return fileOffsetOfZero + position;
    }

    public int remaining() {
        return end - position;
    }

    public int readByte() throws CorruptionException {
        need(1);
        return bytes[position++] & 0xFF;
    }

    public int readInt() throws CorruptionException {
        need(4);
        position += 4;
        return BigEndian.getInt(bytes, position - 4);
    }

    public long readLong() throws CorruptionException {
        need(8);
        position += 8;
        return BigEndian.getLong(bytes, position - 8);
    }

    public long readUvarint() throws CorruptionException {
        long value = 0;
        int start = position;
        for (int shift = 0; shift < 64; shift += 7) {
            if (position >= end) {
                throw corrupt("a whole varint", (end - start) + " bytes of one");
            }
            byte b = bytes[position++];
            value |= (long) (b & 0x7F) << shift;
            if (b >= 0) {
                if (shift == 63 && b > 1) {
                    throw corrupt("a varint of 64 bits", "more");
                }
                return value;
            }
        }
        throw corrupt("a varint of at most " + Varint.MAX_BYTES + " bytes", "a longer one");
    }

    public long readVarint() throws CorruptionException {
        long raw = readUvarint();
        return raw >>> 1 ^ -(raw & 1);
    }

    /** Reads a length or count that must not be larger than {@code max}. */
    public int readUvarintInt(int max) throws CorruptionException {
        long value = readUvarint();
        if (value < 0 || value > max) {
            throw corrupt("at most " + max, Long.toUnsignedString(value));
        }
        return (int) value;
    }

    /** Steps over {@code count} bytes and returns the index in {@link #array()} of the first of them. */
    public int skip(int count) throws CorruptionException {
        need(count);
        position += count;
        return position - count;
    }

    /** An exception that names the present offset. */
    public CorruptionException corrupt(String expected, String found) {
        return new CorruptionException(file, fileOffset(), expected, found);
    }

    private void need(int count) throws CorruptionException {
        if (count < 0 || end - position < count) {
            throw corrupt(count + " more bytes", (end - position) + " bytes");
        }
    }
}

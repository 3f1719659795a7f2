package dev.cairndb.io;

import java.util.Arrays;

/**
 * A byte array that grows as it is written to. Integers are big-endian, varints LEB128 (signed ones zigzag), as in
 * Prometheus' files. Not thread-safe. {@link #array()} is the live buffer: it is replaced when it grows.
 */
public final class ByteWriter {
    private byte[] bytes;
    private int size;

    public ByteWriter(int initialCapacityBytes) {
        bytes = new byte[initialCapacityBytes];
    }

    public byte[] array() {
        return bytes;
    }

    public int size() {
        return size;
    }

    /** Sets the size; what was written behind it is forgotten. Growing leaves undefined bytes to be filled in. */
    public void size(int newSize) {
        if (newSize > size) {
            ensure(newSize - size);
        }
        size = newSize;
    }

    public void clear() {
        size = 0;
    }

    /** Makes room for {@code count} more bytes, so that the caller may write into {@link #array()} itself. */
    public void ensure(int count) {
        if (bytes.length - size < count) {
            int wanted = Math.addExact(size, count);
            int doubled = bytes.length > (Integer.MAX_VALUE - 16) / 2 ? Integer.MAX_VALUE - 16 : bytes.length * 2;
            bytes = Arrays.copyOf(bytes, Math.max(wanted, doubled));
        }
    }

    public void putByte(int value) {
        ensure(1);
        bytes[size++] = (byte) value;
    }

    public void putShort(int value) {
        ensure(2);
        BigEndian.putShort(bytes, size, value);
        size += 2;
    }

    public void putInt(int value) {
        ensure(4);
        BigEndian.putInt(bytes, size, value);
        size += 4;
    }

    public void putLong(long value) {
        ensure(8);
        BigEndian.putLong(bytes, size, value);
        size += 8;
    }

    public void putUvarint(long value) {
        ensure(Varint.MAX_BYTES);
        size = Varint.putUvarint(bytes, size, value);
    }

    public void putVarint(long value) {
        ensure(Varint.MAX_BYTES);
        size = Varint.putVarint(bytes, size, value);
    }

    public void putBytes(byte[] source, int offset, int length) {
        ensure(length);
        System.arraycopy(source, offset, bytes, size, length);
        size += length;
    }

    public byte[] toByteArray() {
        return Arrays.copyOf(bytes, size);
    }
}

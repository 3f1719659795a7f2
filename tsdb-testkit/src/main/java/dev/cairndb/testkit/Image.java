package dev.cairndb.testkit;

import java.util.Arrays;

/** The bytes of a file at one moment. What lies behind the size is always zero. Not thread-safe. */
final class Image {
    private byte[] bytes;
    private int size;

    Image() {
        this(new byte[0]);
    }

    Image(byte[] content) {
        bytes = content;
        size = content.length;
    }

    int size() {
        return size;
    }

    Image copy() {
        return new Image(toByteArray());
    }

    byte[] toByteArray() {
        return Arrays.copyOf(bytes, size);
    }

    int read(long position, byte[] target, int offset, int length) {
        int count = (int) Math.max(0, Math.min(length, size - position));
        if (count > 0) {
            System.arraycopy(bytes, (int) position, target, offset, count);
        }
        return count;
    }

    void write(int position, byte[] source, int offset, int length) {
        resize(Math.max(size, Math.addExact(position, length)));
        System.arraycopy(source, offset, bytes, position, length);
    }

    /** Cuts, or grows with zeros. */
    void resize(int newSize) {
        if (newSize > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(newSize, 2 * bytes.length));
        } else if (newSize < size) {
            Arrays.fill(bytes, newSize, size, (byte) 0);
        }
        size = newSize;
    }

    /** Takes over a range from a later image of the same file, as far as that has it. */
    void takeOver(Image later, int from, int to) {
        int end = Math.min(to, later.size);
        if (from < end) {
            write(from, later.bytes, from, end - from);
        }
        if (end < to && Math.max(from, end) < size) {
            Arrays.fill(bytes, Math.max(from, end), Math.min(to, size), (byte) 0);
        }
    }
}

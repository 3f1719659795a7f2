package dev.cairndb.testkit;

import dev.cairndb.io.BigEndian;
import dev.cairndb.io.Crc32c;
import dev.cairndb.io.MappedFile;
import java.util.Objects;

/** A copy of a file in place of a mapping. Thread-safe. */
final class HeapMappedFile implements MappedFile {
    private final byte[] bytes;
    private final Runnable onClose;
    private volatile boolean closed;

    HeapMappedFile(byte[] bytes, Runnable onClose) {
        this.bytes = bytes;
        this.onClose = onClose;
    }

    @Override
    public long size() {
        return bytes.length;
    }

    @Override
    public byte get(long position) {
        return bytes[at(position, 1)];
    }

    @Override
    public int getInt(long position) {
        return BigEndian.getInt(bytes, at(position, Integer.BYTES));
    }

    @Override
    public long getLong(long position) {
        return BigEndian.getLong(bytes, at(position, Long.BYTES));
    }

    @Override
    public void get(long position, byte[] target, int offset, int length) {
        System.arraycopy(bytes, at(position, length), target, offset, length);
    }

    @Override
    public void getInts(long position, int[] target, int offset, int count) {
        Objects.checkFromIndexSize(offset, count, target.length);
        int at = at(position, (long) count * Integer.BYTES);
        for (int i = 0; i < count; i++) {
            target[offset + i] = BigEndian.getInt(bytes, at + i * Integer.BYTES);
        }
    }

    @Override
    public int crc32c(long position, long length) {
        return Crc32c.of(bytes, at(position, length), (int) length);
    }

    @Override
    public void close() {
        closed = true;
        onClose.run();
    }

    private int at(long position, long length) {
        if (closed) {
            throw new IllegalStateException("cannot read a mapped file: found=closed");
        }
        return (int) Objects.checkFromIndexSize(position, length, bytes.length);
    }
}

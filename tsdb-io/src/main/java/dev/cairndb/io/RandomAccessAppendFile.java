package dev.cairndb.io;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.Objects;

/** A file being written through {@link RandomAccessFile}. Not thread-safe but for {@link #sync} and {@link #size}. */
final class RandomAccessAppendFile implements AppendFile {
    /** The runtime copies each write into native memory of the same size first. */
    private static final int WRITE_SIZE_BYTES_MAX = 1 << 18;

    private final Path path;
    private final RandomAccessFile file;
    /** Written by the one writing thread only. */
    private volatile long size;

    private boolean atEnd;

    RandomAccessAppendFile(Path path, RandomAccessFile file) throws IOException {
        this.path = path;
        this.file = file;
        try {
            size = file.length();
        } catch (IOException e) {
            file.close();
            throw e;
        }
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        long start = size;
        if (!atEnd) {
            file.seek(start);
            atEnd = true;
        }
        try {
            writeHere(bytes, offset, length);
            size = start + length;
        } catch (IOException e) {
            atEnd = false;
            size = lengthAfter(e);
            throw e;
        }
    }

    @Override
    public void writeAt(long position, byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        Objects.checkFromIndexSize(position, (long) length, size);
        atEnd = false;
        file.seek(position);
        writeHere(bytes, offset, length);
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public void truncate(long newSize) throws IOException {
        if (newSize < 0 || newSize > size) {
            throw new IllegalArgumentException(
                    "cannot cut a file: found=" + newSize + ", expected=0.." + size + ", file=" + path);
        }
        atEnd = false;
        file.setLength(newSize);
        size = newSize;
    }

    @Override
    public void sync() throws IOException {
        file.getFD().sync();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    /** A part of what failed may be in the file. */
    private long lengthAfter(IOException failure) {
        try {
            return Math.max(size, file.length());
        } catch (IOException e) {
            failure.addSuppressed(e);
            return size;
        }
    }

    private void writeHere(byte[] bytes, int offset, int length) throws IOException {
        int done = 0;
        while (done < length) {
            int part = Math.min(WRITE_SIZE_BYTES_MAX, length - done);
            file.write(bytes, offset + done, part);
            done += part;
        }
    }
}

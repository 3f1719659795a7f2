package dev.cairndb.io;

import java.io.Closeable;

/**
 * A file's bytes for random reading, of any size. Thread-safe. {@link #close} unmaps at once: whoever shares a mapped
 * file counts its users and closes it after the last one. Reads outside the file throw IndexOutOfBoundsException.
 */
public interface MappedFile extends Closeable {
    long size();

    byte get(long position);

    /** Big-endian. */
    int getInt(long position);

    /** Big-endian. */
    long getLong(long position);

    void get(long position, byte[] target, int offset, int length);

    /** Big-endian ints that follow each other. */
    void getInts(long position, int[] target, int offset, int count);

    /** CRC-32C of a range. */
    int crc32c(long position, long length);

    @Override
    void close();
}

package dev.cairndb.io;

import java.io.Closeable;
import java.io.IOException;

/** A file being written, from {@link Storage}. Not thread-safe, but {@link #sync} may run beside {@link #write}. */
public interface AppendFile extends Closeable {
    /** Appends; either all bytes are handed to the system or an exception says that an unknown part of them was. */
    void write(byte[] bytes, int offset, int length) throws IOException;

    /** Overwrites bytes that exist already (a length or a header that is known only later). */
    void writeAt(long position, byte[] bytes, int offset, int length) throws IOException;

    /** Bytes in the file; the next {@link #write} goes here. */
    long size();

    /** Cuts the file; the next {@link #write} goes to {@code size}. */
    void truncate(long size) throws IOException;

    /** Returns when content and length are on stable storage. After a failure the content is unknown for good. */
    void sync() throws IOException;

    @Override
    void close() throws IOException;
}

package dev.cairndb.io;

import java.io.Closeable;
import java.io.IOException;

/** A file open for positional reads, from {@link Storage}. Thread-safe. */
public interface ReadFile extends Closeable {
    long size() throws IOException;

    /** Reads up to {@code length} bytes; returns how many, less only at the end of the file (0 there). */
    int read(long position, byte[] target, int offset, int length) throws IOException;

    @Override
    void close() throws IOException;
}

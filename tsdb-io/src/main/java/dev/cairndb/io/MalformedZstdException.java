package dev.cairndb.io;

import java.io.IOException;

/** Bytes that are not whole Zstandard frames, or decompress to more than was allowed. */
public final class MalformedZstdException extends IOException {
    private static final long serialVersionUID = 1L;

    MalformedZstdException(String problem) {
        super("cannot decompress zstd: " + problem);
    }

    MalformedZstdException(String problem, Throwable cause) {
        super("cannot decompress zstd: " + problem, cause);
    }
}

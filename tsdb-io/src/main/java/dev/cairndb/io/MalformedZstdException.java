package dev.cairndb.io;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Bytes that are not whole Zstandard frames, or decompress to more than was allowed. */
public final class MalformedZstdException extends IOException {
    private static final long serialVersionUID = 1L;

    private final boolean tooLarge;

    MalformedZstdException(String problem, boolean tooLarge, @Nullable Throwable cause) {
        super("cannot decompress zstd: " + problem, cause);
        this.tooLarge = tooLarge;
    }

    /** Whether the frames may well be whole, but hold more than was allowed. */
    public boolean isTooLarge() {
        return tooLarge;
    }
}

package dev.cairndb.io;

import java.io.IOException;

/** Bytes that are not a block in Snappy's format. The sender is at fault: the same bytes will fail again. */
public final class MalformedSnappyException extends IOException {
    private static final long serialVersionUID = 1L;

    private final long offset;

    MalformedSnappyException(long offset, String problem) {
        super("cannot decompress snappy: " + problem + ", offset=" + offset);
        this.offset = offset;
    }

    /** Offset, from the start of the compressed block, of the element that is wrong. */
    public long offset() {
        return offset;
    }
}

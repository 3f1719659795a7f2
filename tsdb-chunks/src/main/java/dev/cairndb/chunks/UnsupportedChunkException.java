package dev.cairndb.chunks;

import java.io.IOException;

/** A chunk that is whole but in an encoding that cannot be read here. */
public final class UnsupportedChunkException extends IOException {
    private static final long serialVersionUID = 1L;

    private final int encodingId;

    UnsupportedChunkException(int encodingId) {
        super("chunk encoding " + encodingId + " is not known");
        this.encodingId = encodingId;
    }

    /** The encoding's id in files. */
    public int encodingId() {
        return encodingId;
    }
}

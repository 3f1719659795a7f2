package dev.cairndb.chunks;

import java.io.IOException;

/** A chunk that is whole but in an encoding that cannot be read here. */
public final class UnsupportedChunkException extends IOException {
    private static final long serialVersionUID = 1L;

    private final int encodingId;

    UnsupportedChunkException(int encodingId) {
        super(message(encodingId));
        this.encodingId = encodingId;
    }

    private static String message(int encodingId) {
        ChunkEncoding known = ChunkEncoding.ofId(encodingId);
        return known == null
                ? "chunk encoding " + encodingId + " is not known"
                : "chunk encoding " + known + " is not supported yet";
    }

    /** The encoding's id in files. */
    public int encodingId() {
        return encodingId;
    }
}

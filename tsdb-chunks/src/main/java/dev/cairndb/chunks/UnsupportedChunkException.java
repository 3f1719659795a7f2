package dev.cairndb.chunks;

import java.io.IOException;

/** A chunk that is whole but in an encoding that cannot be read here. */
public final class UnsupportedChunkException extends IOException {
    private static final long serialVersionUID = 1L;

    private final int encodingId;

    UnsupportedChunkException(int encodingId) {
        super("chunk encoding " + describe(encodingId) + " cannot be read");
        this.encodingId = encodingId;
    }

    /** Name and id of an encoding, also of one that is not read here. */
    public static String describe(int encodingId) {
        ChunkEncoding known = ChunkEncoding.ofId(encodingId);
        if (known != null) {
            return known.name() + " (" + encodingId + ")";
        }
        return switch (encodingId) {
            case 5 -> "histogram with start timestamps (5, experimental in Prometheus)";
            case 6 -> "float histogram with start timestamps (6, experimental in Prometheus)";
            case AggregateChunk.ENCODING_ID -> "aggregates of a downsampled block (255, of Thanos)";
            default -> encodingId + " (unknown)";
        };
    }

    /** The encoding's id in files. */
    public int encodingId() {
        return encodingId;
    }
}

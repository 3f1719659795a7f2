package dev.cairndb.chunks;

import org.jspecify.annotations.Nullable;

/** Chunk encodings with their ids in files (Prometheus tsdb/chunkenc). Ids never change. */
public enum ChunkEncoding {
    XOR(1),
    HISTOGRAM(2),
    FLOAT_HISTOGRAM(3),
    XOR2(4);

    private final int id;

    ChunkEncoding(int id) {
        this.id = id;
    }

    public int id() {
        return id;
    }

    /** The encoding with this id, or null if none is known. */
    public static @Nullable ChunkEncoding ofId(int id) {
        // Asked for every chunk that is read: values() would be a new array each time.
        return switch (id) {
            case 1 -> XOR;
            case 2 -> HISTOGRAM;
            case 3 -> FLOAT_HISTOGRAM;
            case 4 -> XOR2;
            default -> null;
        };
    }
}

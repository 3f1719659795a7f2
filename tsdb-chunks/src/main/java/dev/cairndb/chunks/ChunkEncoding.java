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
        return id >= 1 && id <= 4 ? values()[id - 1] : null;
    }
}

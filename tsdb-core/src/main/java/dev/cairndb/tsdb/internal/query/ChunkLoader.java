package dev.cairndb.tsdb.internal.query;

import dev.cairndb.chunks.EncodedChunk;
import java.io.IOException;

/** Where the bytes of a chunk come from once they are asked for. */
public interface ChunkLoader {
    /** Fills {@code target}; its time range is set by the caller. */
    void load(long reference, EncodedChunk target) throws IOException;
}

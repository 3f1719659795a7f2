package dev.cairndb.tsdb;

import dev.cairndb.chunks.EncodedChunk;
import java.io.IOException;

/** Walks encoded chunks. Not thread-safe; the chunk is valid until the next call of {@link #next}. */
public interface ChunkCursor {
    boolean next() throws IOException;

    EncodedChunk chunk();
}

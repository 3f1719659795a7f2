package dev.cairndb.tsdb.internal.query;

import java.io.IOException;

/** The selected series of the head or of one block, in label order. Not thread-safe. */
public interface SeriesSource {
    boolean next() throws IOException;

    /** Packed labels of the present series, from index 0; valid until {@link #next}. */
    byte[] labels();

    int labelsLength();

    /**
     * Adds the chunks of the present series that overlap the range of the query; they can be loaded until
     * {@link #next}.
     */
    void addChunks(ChunkList target) throws IOException;
}

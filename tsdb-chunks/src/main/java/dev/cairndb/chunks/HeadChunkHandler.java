package dev.cairndb.chunks;

import java.io.IOException;

/** Is told the records of {@code chunks_head}, in the order they were written. */
@FunctionalInterface
public interface HeadChunkHandler {
    /**
     * A record whose checksum is right.
     *
     * @param headChunkReference to read the chunk with
     * @param encodingId one that {@link ChunkEncoding#ofId} may not know
     * @param sampleCount of an encoding that is known, otherwise -1
     * @param outOfOrder the chunk is of samples that came late
     */
    void chunk(
            long seriesReference,
            long headChunkReference,
            long minTimestampMillis,
            long maxTimestampMillis,
            int encodingId,
            int sampleCount,
            boolean outOfOrder)
            throws IOException;
}

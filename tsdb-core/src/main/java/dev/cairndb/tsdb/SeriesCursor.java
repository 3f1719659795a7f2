package dev.cairndb.tsdb;

import dev.cairndb.chunks.SampleCursor;
import dev.cairndb.index.Labels;
import java.io.IOException;

/**
 * Walks the series of a selection in label order. Not thread-safe; closed before its {@link Querier}. What the
 * accessors return is valid until the next call of {@link #next}, except {@link #labels}, which may be kept.
 */
public interface SeriesCursor extends AutoCloseable {
    boolean next() throws IOException;

    Labels labels();

    /** The samples of the present series inside the querier's range, each once, in ascending time. */
    SampleCursor samples() throws IOException;

    /**
     * The encoded chunks of the present series that overlap the querier's range, without decoding: they may hold
     * samples outside the range, and chunks of blocks that overlap may overlap. Ascending by start.
     */
    ChunkCursor chunks() throws IOException;

    /**
     * Encoded chunks that hold exactly the samples of {@link #samples}: none overlaps another, nothing is outside the
     * querier's range. A chunk that lies in the range, overlaps no other and has no deleted samples is passed on
     * without decoding; others are encoded again. Ascending by start. The cursor may be the one returned before for
     * this series.
     */
    ChunkCursor trimmedChunks() throws IOException;

    @Override
    void close();
}

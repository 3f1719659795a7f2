package dev.cairndb.tsdb.internal.wal;

import dev.cairndb.chunks.HistogramSample;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Takes what a {@link ChunkSnapshot} says, record by record. Arrays are lent for the duration of a call. */
public interface SnapshotHandler {
    /**
     * A series of the head.
     *
     * @param labels holds packed labels, well-formed
     */
    void series(long seriesRef, byte[] labels, int offset, int length) throws IOException;

    /**
     * The chunk that the series just given was appending to.
     *
     * @param encodingId of a chunk encoding, known or not
     * @param lastValueBits the newest sample; 0 if it is a histogram
     * @param lastHistogram the newest sample if it is a histogram
     */
    void chunk(
            long seriesRef,
            long minTimestampMillis,
            long maxTimestampMillis,
            int encodingId,
            byte[] data,
            int offset,
            int length,
            long lastValueBits,
            @Nullable HistogramSample lastHistogram)
            throws IOException;

    /** Samples of a series from min to max, both inclusive, were deleted. */
    void tombstone(long seriesRef, long minTimestampMillis, long maxTimestampMillis) throws IOException;

    /** @param labels packed labels of the exemplar */
    void exemplar(long seriesRef, long timestampMillis, long valueBits, byte[] labels, int offset, int length)
            throws IOException;
}

package dev.cairndb.tsdb.internal.query;

import dev.cairndb.chunks.ChunkEncoding;
import dev.cairndb.chunks.EncodedChunk;
import java.io.IOException;

/**
 * Chunks made from the samples of others: without those outside a range or deleted, or of several chunks merged.
 * Reused.
 */
final class ReencodedChunks {
    /** As many as Prometheus puts into a chunk when it merges (storage/series.go). */
    private static final int MERGED_SAMPLES_MAX = 120;

    private final ChunkList list = new ChunkList();
    private final MergedSamples samples = new MergedSamples(list);
    private final ChunkEncoder encoder = new ChunkEncoder();

    /** Starts with the samples of one chunk, which stay in one chunk of its encoding; both ends inclusive. */
    void trim(ChunkList chunks, int index, EncodedChunk loaded, long fromMillis, long toMillis) throws IOException {
        list.clear();
        list.addFrom(chunks, index);
        samples.reset(fromMillis, toMillis);
        encoder.start(samples, Math.max(1, loaded.sampleCount()), loaded.encoding());
    }

    /**
     * Starts with the samples of neighbouring chunks of a list; both ends inclusive, of the range as of the indices.
     */
    void merge(ChunkList chunks, int first, int last, long fromMillis, long toMillis) throws IOException {
        list.clear();
        for (int i = first; i <= last; i++) {
            list.addFrom(chunks, i);
        }
        samples.reset(fromMillis, toMillis);
        encoder.start(samples, MERGED_SAMPLES_MAX, ChunkEncoding.XOR);
    }

    /** Fills {@code target} with the next chunk, whose bytes are valid until the next call; false if there is none. */
    boolean next(EncodedChunk target) throws IOException {
        return encoder.next(samples, target);
    }
}

package dev.cairndb.tsdb.internal.head;

import dev.cairndb.chunks.ChunkCursors;
import dev.cairndb.chunks.EncodedChunk;
import dev.cairndb.chunks.HeadChunkReader;
import dev.cairndb.chunks.HistogramSample;
import dev.cairndb.chunks.SampleCursor;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Reads the last sample of a closed chunk. It is asked for where nothing was appended to a series since the store was
 * opened and a sender repeats the series' last sample: too rare to keep such samples in memory. Under the commit lock.
 */
final class LastClosedSample {
    private final Slab slab;
    private final HeadChunkReader mapped;
    private final EncodedChunk chunk = new EncodedChunk();
    private final ChunkCursors cursors = new ChunkCursors();

    LastClosedSample(Slab slab, HeadChunkReader mapped) {
        this.slab = slab;
        this.mapped = mapped;
    }

    /**
     * The histogram that is the last sample: a view that the next call overwrites. Null if there is no chunk or it
     * cannot be read.
     *
     * @param reference see {@link ClosedChunks}
     */
    @Nullable
    HistogramSample histogram(long reference) {
        try {
            SampleCursor last = last(reference);
            return last == null ? null : last.histogram();
        } catch (IOException e) {
            // The sample counts as another one: it is refused, not lost.
            return null;
        }
    }

    /** Whether the last sample is a float with this value. */
    boolean isValue(long reference, long valueBits) {
        try {
            SampleCursor last = last(reference);
            return last != null && last.valueBits() == valueBits;
        } catch (IOException e) {
            return false;
        }
    }

    private @Nullable SampleCursor last(long reference) throws IOException {
        if (reference == 0) {
            return null;
        }
        if ((reference & ClosedChunks.IN_SLAB) == 0) {
            mapped.read(reference, chunk);
        } else {
            int address = (int) reference;
            chunk.wrap(
                    ClosedChunks.encodingOf(reference),
                    0,
                    0,
                    slab.bytes(address),
                    Slab.offset(address),
                    ClosedChunks.lengthOf(reference));
        }
        SampleCursor samples = cursors.open(chunk);
        int left = chunk.sampleCount();
        while (left > 0 && samples.next()) {
            left--;
        }
        return left == 0 ? samples : null;
    }
}

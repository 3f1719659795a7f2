package dev.cairndb.tsdb.internal.head;

import dev.cairndb.chunks.ChunkCursors;
import dev.cairndb.chunks.EncodedChunk;
import dev.cairndb.chunks.HistogramAppender;
import dev.cairndb.chunks.SampleCursor;
import java.io.IOException;

/** Reads the samples of a late row that are not in chunks_head. Under the commit lock. */
final class UnmappedSamples {
    private final LateRows late;
    private final EncodedChunk chunk = new EncodedChunk();
    private final ChunkCursors cursors = new ChunkCursors();

    UnmappedSamples(LateRows late) {
        this.late = late;
    }

    /** Takes samples, one by one. */
    interface Sink {
        void sample(SampleCursor sample);
    }

    /** Chunk after chunk, the open one last. The row must not be changed meanwhile. */
    void read(int row, Sink sink) {
        Rows.Page page = late.rows.page(row);
        int entries = page.ints[Rows.intAt(row, Rows.CLOSED_COUNT)];
        for (int i = 0; i < entries; i++) {
            long reference = late.closed.reference(page, row, i);
            if ((reference & ClosedChunks.IN_SLAB) != 0) {
                int address = (int) reference;
                chunk.wrap(
                        ClosedChunks.encodingOf(reference),
                        0,
                        0,
                        late.slab.bytes(address),
                        Slab.offset(address),
                        ClosedChunks.lengthOf(reference));
                give(chunk.sampleCount(), sink);
            }
        }
        readOpen(page, row, sink);
    }

    private void readOpen(Rows.Page page, int row, Sink sink) {
        int open = page.ints[Rows.intAt(row, Rows.OPEN)];
        if (open == 0) {
            return;
        }
        if (OpenChunks.hasHistograms(page, row)) {
            HistogramAppender appender = late.histograms.at(open);
            chunk.wrap(appender.encoding(), 0, 0, appender.array(), 0, appender.byteLength());
            give(appender.sampleCount(), sink);
        } else {
            int extent = page.ints[Rows.intAt(row, Rows.OPEN_EXTENT)];
            byte[] bytes = late.slab.bytes(open);
            chunk.wrap(late.chunks.floats().encoding(), 0, 0, bytes, Slab.offset(open), OpenChunks.byteLength(extent));
            give(OpenChunks.samples(extent), sink);
        }
    }

    private void give(int count, Sink sink) {
        try {
            SampleCursor samples = cursors.open(chunk);
            for (int i = 0; i < count && samples.next(); i++) {
                sink.sample(samples);
            }
        } catch (IOException e) {
            throw new IllegalStateException("BUG: a chunk in memory does not decode", e);
        }
    }
}

package dev.cairndb.tsdb.internal.head;

import dev.cairndb.chunks.ChunkCursors;
import dev.cairndb.chunks.EncodedChunk;
import dev.cairndb.chunks.SampleCursor;
import java.io.IOException;

/**
 * Finds floats that a sender sends again, since the answer to the first time was an error or got lost: all but the newest of
 * them look late, and would be stored once more. Looks into the open chunk of the series alone, where a retry finds what came
 * a moment ago; older copies are stored, and merged when they are read. Under the commit lock.
 */
final class SentAgain {
    private final Slab slab;
    private final OpenFloats floats;
    private final EncodedChunk chunk = new EncodedChunk();
    private final ChunkCursors cursors = new ChunkCursors();

    SentAgain(Slab slab, OpenFloats floats) {
        this.slab = slab;
        this.floats = floats;
    }

    /** Whether the open chunk of the row has a float of this time with these bits. */
    boolean isThere(Rows.Page page, int slot, long timestampMillis, long valueBits) {
        int open = page.ints[Rows.intAt(slot, Rows.OPEN)];
        if (open == 0
                || Rows.kind(page, slot) != floats.encoding().id()
                || timestampMillis < page.longs[Rows.longAt(slot, Rows.OPEN_MIN)]) {
            return false;
        }
        int extent = page.ints[Rows.intAt(slot, Rows.OPEN_EXTENT)];
        chunk.wrap(floats.encoding(), 0, 0, slab.bytes(open), Slab.offset(open), OpenChunks.byteLength(extent));
        try {
            SampleCursor samples = cursors.open(chunk);
            for (int left = OpenChunks.samples(extent); left > 0 && samples.next(); left--) {
                if (samples.timestampMillis() >= timestampMillis) {
                    return samples.timestampMillis() == timestampMillis && samples.valueBits() == valueBits;
                }
            }
            return false;
        } catch (IOException e) {
            throw new IllegalStateException("BUG: an open chunk does not decode", e);
        }
    }
}

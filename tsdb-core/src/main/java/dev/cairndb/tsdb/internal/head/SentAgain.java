package dev.cairndb.tsdb.internal.head;

import dev.cairndb.chunks.ChunkCursors;
import dev.cairndb.chunks.EncodedChunk;
import dev.cairndb.chunks.HistogramAppender;
import dev.cairndb.chunks.HistogramChecks;
import dev.cairndb.chunks.HistogramSample;
import dev.cairndb.chunks.SampleCursor;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Finds samples that a sender sends again, since the answer to the first time was an error or got lost: all but the
 * newest of them look late, and would be stored once more. Looks into the open chunk of the series alone, where a retry
 * finds what came a moment ago; older copies are stored, and merged when they are read. Under the commit lock.
 */
final class SentAgain {
    private final Slab slab;
    private final OpenFloats floats;
    private final OpenHistograms histograms;
    private final EncodedChunk chunk = new EncodedChunk();
    private final ChunkCursors cursors = new ChunkCursors();

    SentAgain(Slab slab, OpenFloats floats, OpenHistograms histograms) {
        this.slab = slab;
        this.floats = floats;
        this.histograms = histograms;
    }

    /** Whether the open chunk of the row has a float of this time with these bits. */
    boolean isThere(Rows.Page page, int slot, long timestampMillis, long valueBits) {
        if (!mayBeThere(page, slot, timestampMillis, floats.encoding().id())) {
            return false;
        }
        int open = page.ints[Rows.intAt(slot, Rows.OPEN)];
        int extent = page.ints[Rows.intAt(slot, Rows.OPEN_EXTENT)];
        chunk.wrap(floats.encoding(), 0, 0, slab.bytes(open), Slab.offset(open), OpenChunks.byteLength(extent));
        SampleCursor found = find(timestampMillis, OpenChunks.samples(extent));
        return found != null && found.valueBits() == valueBits;
    }

    /** Whether the open chunk of the row has a histogram of this time that says the same. */
    boolean isThere(Rows.Page page, int slot, long timestampMillis, HistogramSample histogram) {
        if (!mayBeThere(
                page,
                slot,
                timestampMillis,
                OpenHistograms.encodingOf(histogram).id())) {
            return false;
        }
        HistogramAppender open = histograms.at(page.ints[Rows.intAt(slot, Rows.OPEN)]);
        chunk.wrap(open.encoding(), 0, 0, open.array(), 0, open.byteLength());
        SampleCursor found = find(timestampMillis, open.sampleCount());
        return found != null && HistogramChecks.areEqual(found.histogram(), histogram);
    }

    private static boolean mayBeThere(Rows.Page page, int slot, long timestampMillis, int encodingId) {
        return page.ints[Rows.intAt(slot, Rows.OPEN)] != 0
                && Rows.kind(page, slot) == encodingId
                && timestampMillis >= page.longs[Rows.longAt(slot, Rows.OPEN_MIN)];
    }

    private @Nullable SampleCursor find(long timestampMillis, int sampleCount) {
        try {
            SampleCursor samples = cursors.open(chunk);
            for (int left = sampleCount; left > 0 && samples.next(); left--) {
                if (samples.timestampMillis() >= timestampMillis) {
                    return samples.timestampMillis() == timestampMillis ? samples : null;
                }
            }
            return null;
        } catch (IOException e) {
            throw new IllegalStateException("BUG: an open chunk does not decode", e);
        }
    }
}

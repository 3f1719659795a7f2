package dev.cairndb.tsdb.internal.head;

import dev.cairndb.chunks.ChunkCursors;
import dev.cairndb.chunks.EncodedChunk;
import dev.cairndb.chunks.HistogramAppender;
import dev.cairndb.chunks.SampleCursor;
import dev.cairndb.chunks.SampleKind;
import dev.cairndb.tsdb.internal.wal.LogBatch;
import dev.cairndb.tsdb.internal.wal.WriteAheadLog;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Tells the late log which late chunks are in chunks_head. A reader takes a marker to say that all samples the log has of
 * the series before it are in such chunks; so the samples of the row that are not come once more behind its markers. All
 * under the commit lock.
 */
final class LateLogging {
    private final LateRows late;
    private final WriteAheadLog lateLog;
    private final EncodedChunk chunk = new EncodedChunk();
    private final ChunkCursors cursors = new ChunkCursors();
    private @Nullable LogBatch batch;

    LateLogging(LateRows late, WriteAheadLog lateLog) {
        this.late = late;
        this.lateLog = lateLog;
    }

    /** Adds markers of chunks of a row that were moved just now, and what the row has besides. */
    void addMapped(int row, long[] references, int from, int to) {
        LogBatch target = batch();
        long ref = late.rows.getLong(row, Rows.REF);
        for (int i = from; i < to; i++) {
            target.addMarker(ref, references[i]);
            late.include(references[i]);
        }
        addUnmapped(target, ref, row);
    }

    /** Adds markers of all chunks of a row that are in chunks_head, and what the row has besides. */
    void addAll(int row) {
        LogBatch target = batch();
        Rows.Page page = late.rows.page(row);
        long ref = Rows.ref(page, row);
        int entries = page.ints[Rows.intAt(row, Rows.CLOSED_COUNT)];
        for (int i = 0; i < entries; i++) {
            long reference = late.closed.reference(page, row, i);
            if ((reference & ClosedChunks.IN_SLAB) == 0) {
                target.addMarker(ref, reference);
            }
        }
        addUnmapped(target, ref, row);
    }

    private void addUnmapped(LogBatch target, long ref, int row) {
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
                addSamples(target, ref, chunk.sampleCount());
            }
        }
        int open = page.ints[Rows.intAt(row, Rows.OPEN)];
        if (open == 0) {
            return;
        }
        int extent = page.ints[Rows.intAt(row, Rows.OPEN_EXTENT)];
        if (OpenChunks.hasHistograms(page, row)) {
            HistogramAppender appender = late.histograms.at(open);
            chunk.wrap(appender.encoding(), 0, 0, appender.array(), 0, appender.byteLength());
            addSamples(target, ref, appender.sampleCount());
        } else {
            byte[] bytes = late.slab.bytes(open);
            chunk.wrap(late.chunks.floats().encoding(), 0, 0, bytes, Slab.offset(open), OpenChunks.byteLength(extent));
            addSamples(target, ref, OpenChunks.samples(extent));
        }
    }

    private void addSamples(LogBatch target, long ref, int count) {
        try {
            SampleCursor samples = cursors.open(chunk);
            for (int i = 0; i < count && samples.next(); i++) {
                if (samples.kind() == SampleKind.FLOAT) {
                    LateAppender.log(
                            target,
                            ref,
                            samples.timestampMillis(),
                            samples.startTimestampMillis(),
                            samples.valueBits());
                } else {
                    target.addHistogram(ref, samples.timestampMillis(), samples.histogram());
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException("BUG: a chunk in memory does not decode", e);
        }
    }

    private LogBatch batch() {
        LogBatch present = batch;
        if (present == null) {
            present = lateLog.newBatch();
            batch = present;
        }
        return present;
    }

    /** Hands over what was added since the last time; returns the ticket, 0 if that was nothing. */
    long submit() {
        LogBatch full = batch;
        if (full == null) {
            return 0;
        }
        batch = null;
        return lateLog.submit(full);
    }
}

package dev.cairndb.tsdb.internal.head;

import dev.cairndb.chunks.SampleCursor;
import dev.cairndb.chunks.SampleKind;
import dev.cairndb.tsdb.internal.wal.LogBatch;
import dev.cairndb.tsdb.internal.wal.WriteAheadLog;
import org.jspecify.annotations.Nullable;

/**
 * Tells the late log which late chunks are in chunks_head. A reader takes a marker to say that all samples the log has
 * of the series before it are in such chunks; so the samples of the row that are not come once more behind its markers.
 * All under the commit lock.
 */
final class LateLogging {
    private final LateRows late;
    private final WriteAheadLog lateLog;
    private final UnmappedSamples unmapped;
    private @Nullable LogBatch batch;

    LateLogging(LateRows late, WriteAheadLog lateLog) {
        this.late = late;
        this.lateLog = lateLog;
        unmapped = new UnmappedSamples(late);
    }

    /** Notes chunks that were moved just now. */
    void include(long[] references, int from, int to) {
        for (int i = from; i < to; i++) {
            late.include(references[i]);
        }
    }

    /** Adds markers of such chunks, all of one row, and what the row has besides. */
    void addMapped(int row, long[] references, int from, int to) {
        LogBatch target = batch();
        long ref = late.rows.getLong(row, Rows.REF);
        for (int i = from; i < to; i++) {
            target.addMarker(ref, references[i]);
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
        unmapped.read(row, sample -> add(target, ref, sample));
    }

    static void add(LogBatch target, long ref, SampleCursor sample) {
        if (sample.kind() == SampleKind.FLOAT) {
            LateAppender.log(target, ref, sample.timestampMillis(), sample.startTimestampMillis(), sample.valueBits());
        } else {
            target.addHistogram(ref, sample.timestampMillis(), sample.histogram());
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

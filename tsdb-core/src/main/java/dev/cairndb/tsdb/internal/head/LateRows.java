package dev.cairndb.tsdb.internal.head;

import dev.cairndb.chunks.HeadChunkReader;
import dev.cairndb.chunks.HistogramChecks;
import dev.cairndb.chunks.HistogramSample;
import dev.cairndb.tsdb.FloatEncoding;
import org.jspecify.annotations.Nullable;

/**
 * The late samples of the head: those that are older than the newest of their series, or than what the head takes in
 * order. Each series that has some has a second row here, which its own row points to ({@link Rows.Page#lateSlot});
 * rows, slab and chunks are of the same kind as those of samples in order, but separate, so that late samples change
 * nothing there.
 *
 * <p>A late row has one open chunk. What comes behind its last sample is appended, so that a backlog that arrives in
 * order is never sorted; what comes before is inserted. Closed chunks may overlap each other and are in no order of
 * time. Two samples at one time are known to be such only inside the open chunk; otherwise readers merge them.
 *
 * <p>All under the commit lock, but reading: as for {@link Rows}. A late row that is empty is removed; its slot waits
 * for the end of all epoch pins before it is given to another series.
 */
final class LateRows {
    static final int NONE = -1;

    final Rows rows = new Rows();
    final Slab slab = new Slab();
    final ClosedChunks closed = new ClosedChunks(rows, slab);
    final OpenHistograms histograms;
    final OpenChunks chunks;

    private final Rows seriesRows;
    private final LateInsertion insertion;
    private int rowCount;
    private long newestReference;

    LateRows(Rows seriesRows, HeadChunkReader chunkReader, long chunkRangeMillis, FloatEncoding floatEncoding) {
        this.seriesRows = seriesRows;
        histograms = new OpenHistograms(slab, closed, chunkRangeMillis, true);
        chunks = new OpenChunks(
                rows,
                slab,
                closed,
                histograms,
                new LastClosedSample(slab, chunkReader),
                chunkRangeMillis,
                floatEncoding,
                true);
        insertion = new LateInsertion(slab, chunks.floats(), histograms);
    }

    /** The late row of a series' row, made if there is none. */
    int rowOf(Rows.Page seriesPage, int slot) {
        int row = seriesPage.lateSlot(slot);
        if (row == NONE) {
            row = rows.take();
            rows.setLong(row, Rows.REF, Rows.ref(seriesPage, slot));
            rows.setInt(row, Rows.LABELS, slot);
            seriesPage.setLateSlot(slot, row);
            rowCount++;
        }
        return row;
    }

    /** Stores a float; the result is not {@link Outcome#STORED}. */
    Outcome append(int row, long timestampMillis, long startTimestampMillis, long valueBits) {
        Rows.Page page = rows.page(row);
        boolean continues = page.ints[Rows.intAt(row, Rows.OPEN)] != 0 && !OpenChunks.hasHistograms(page, row);
        if (continues && timestampMillis <= Rows.lastTimestampMillis(page, row)) {
            if (timestampMillis == Rows.lastTimestampMillis(page, row)) {
                boolean same = page.longs[Rows.longAt(row, Rows.LAST_VALUE)] == valueBits;
                return same ? Outcome.DUPLICATE : Outcome.CONFLICT;
            }
            if (!chunks.isLateFull(page, row, timestampMillis)) {
                return insertion.insert(page, row, timestampMillis, startTimestampMillis, valueBits);
            }
        }
        chunks.append(page, row, timestampMillis, startTimestampMillis, valueBits);
        return Outcome.STORED_LATE;
    }

    /** Stores a valid histogram; the result is not {@link Outcome#STORED}. */
    Outcome append(int row, long timestampMillis, HistogramSample histogram) {
        Rows.Page page = rows.page(row);
        int open = page.ints[Rows.intAt(row, Rows.OPEN)];
        boolean continues = open != 0
                && Rows.kind(page, row) == OpenHistograms.encodingOf(histogram).id();
        if (continues && timestampMillis <= Rows.lastTimestampMillis(page, row)) {
            if (timestampMillis == Rows.lastTimestampMillis(page, row)) {
                boolean same = HistogramChecks.areEqual(histograms.at(open).last(), histogram);
                return same ? Outcome.DUPLICATE : Outcome.CONFLICT;
            }
            if (!histograms.isLateFull(page, row, histograms.at(open), timestampMillis)) {
                Outcome outcome = insertion.insert(page, row, timestampMillis, histogram);
                if (outcome != null) {
                    return outcome;
                }
            }
            chunks.closeOpen(page, row);
        }
        chunks.appendHistogram(page, row, timestampMillis, histogram);
        return Outcome.STORED_LATE;
    }

    /** Attaches a chunk of chunks_head in place of all that is not there. For replay. */
    void replaceUnmapped(int row, @Nullable MappedChunk chunk) {
        Rows.Page page = rows.page(row);
        Rows.beginChange(page, row);
        chunks.releaseOpen(page, row);
        closed.dropWaiting(page, row);
        if (chunk != null) {
            closed.addMapped(page, row, chunk.minMillis, chunk.maxMillis, chunk.reference);
            include(chunk.reference);
        }
        Rows.endChange(page, row);
    }

    /** A late chunk of chunks_head. */
    record MappedChunk(long seriesRef, long reference, long minMillis, long maxMillis) {}

    /** Notes that a chunk is in chunks_head. */
    void include(long reference) {
        newestReference = Math.max(newestReference, reference);
    }

    /** The newest of the chunks in chunks_head, also if it was dropped. */
    long newestReference() {
        return newestReference;
    }

    /** Whether there are samples that are not in chunks up to this one. */
    boolean hasSamples(long afterReference) {
        return rowCount > 0
                && (newestReference > afterReference || chunks.chunkCount() - closed.count() + closed.waiting() > 0);
    }

    /**
     * The oldest time, not before another, of a row's chunks that are behind a reference; {@code Long.MAX_VALUE} if
     * there are none.
     */
    long firstMillisSince(int row, long fromMillis, long afterReference) {
        Rows.Page page = rows.page(row);
        boolean isOpen =
                page.ints[Rows.intAt(row, Rows.OPEN)] != 0 && Rows.lastTimestampMillis(page, row) >= fromMillis;
        long min = isOpen ? page.longs[Rows.longAt(row, Rows.OPEN_MIN)] : Long.MAX_VALUE;
        for (int i = page.ints[Rows.intAt(row, Rows.CLOSED_COUNT)] - 1; i >= 0; i--) {
            if (closed.reference(page, row, i) > afterReference && closed.maxMillis(page, row, i) >= fromMillis) {
                min = Math.min(min, closed.minMillis(page, row, i));
            }
        }
        return Math.max(fromMillis, min);
    }

    /** The newest time of a row's chunks behind a reference; {@code Long.MIN_VALUE} if there are none. */
    long maxMillis(int row, long afterReference) {
        Rows.Page page = rows.page(row);
        boolean isOpen = page.ints[Rows.intAt(row, Rows.OPEN)] != 0;
        long max = isOpen ? Rows.lastTimestampMillis(page, row) : Long.MIN_VALUE;
        for (int i = page.ints[Rows.intAt(row, Rows.CLOSED_COUNT)] - 1; i >= 0; i--) {
            if (closed.reference(page, row, i) > afterReference) {
                max = Math.max(max, closed.maxMillis(page, row, i));
            }
        }
        return max;
    }

    /**
     * Whether a row has chunks in chunks_head, behind a reference up to another, that overlap a range; ends inclusive.
     */
    boolean overlaps(int row, long fromMillis, long toMillis, long afterReference, long upToReference) {
        Rows.Page page = rows.page(row);
        for (int i = page.ints[Rows.intAt(row, Rows.CLOSED_COUNT)] - 1; i >= 0; i--) {
            long reference = closed.reference(page, row, i);
            if (reference > afterReference
                    && reference <= upToReference
                    && closed.minMillis(page, row, i) <= toMillis
                    && closed.maxMillis(page, row, i) >= fromMillis) {
                return true;
            }
        }
        return false;
    }

    /** Drops a row's chunks up to this one. Returns whether the row was removed. */
    boolean drop(int row, long upToReference) {
        Rows.Page page = rows.page(row);
        Rows.beginChange(page, row);
        closed.dropMapped(page, row, upToReference);
        Rows.endChange(page, row);
        return removeIfEmpty(row);
    }

    private boolean removeIfEmpty(int row) {
        if (!chunks.isEmpty(row) || rows.has(row, Rows.TO_MAP)) {
            return false;
        }
        int slot = slotOf(row);
        seriesRows.page(slot).setLateSlot(slot, NONE);
        rows.setFlag(row, Rows.DEAD);
        rowCount--;
        return true;
    }

    /** Gives slots of removed rows back, when nobody can hold them any more. */
    void giveBack(int[] removed, int from, int to) {
        for (int i = from; i < to; i++) {
            rows.giveBack(removed[i]);
        }
    }

    boolean isUsed(int row) {
        return rows.getLong(row, Rows.REF) != 0 && !rows.has(row, Rows.DEAD);
    }

    /** The row of the series. */
    int slotOf(int row) {
        return rows.getInt(row, Rows.LABELS);
    }

    /** One more than the largest row. */
    int limit() {
        return rows.limit();
    }

    /** How often a sample was inserted before others. */
    long insertions() {
        return insertion.count();
    }

    long bytesReserved() {
        return rows.bytesReserved() + slab.bytesReserved() + histograms.bytesReserved();
    }
}

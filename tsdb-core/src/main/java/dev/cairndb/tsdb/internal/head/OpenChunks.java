package dev.cairndb.tsdb.internal.head;

import dev.cairndb.chunks.ChunkEncoding;
import dev.cairndb.chunks.HistogramAppender;
import dev.cairndb.chunks.HistogramChecks;
import dev.cairndb.chunks.HistogramSample;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.tsdb.FloatEncoding;
import dev.cairndb.tsdb.internal.wal.SnapshotEncoder;

/**
 * Appends to the open chunks of rows and closes them at the rules of Prometheus (tsdb/head_append.go) so that both cut
 * a series at the same samples: floats here, histograms in {@link OpenHistograms}. All under the commit lock.
 */
final class OpenChunks {
    private static final int SAMPLES_TARGET = 120;
    private static final int SAMPLES_MAX = 2 * SAMPLES_TARGET;
    private static final int SAMPLES_TO_PREDICT = SAMPLES_TARGET / 4;
    private static final double PREDICTION_RATIO = 4;
    private static final int CHUNK_BYTES_MAX = 1005;
    private static final int FIRST_BLOCK_BYTES = 48;
    /** A late chunk with fewer samples goes on over the end of a range. */
    private static final int LATE_SAMPLES_MIN = 16;

    private final Rows rows;
    private final Slab slab;
    private final ClosedChunks closed;
    private final OpenHistograms histograms;
    private final LastClosedSample lastClosed;
    private final long chunkRangeMillis;
    private final boolean late;
    private final OpenFloats floats;
    private long openFloatChunks;

    /** @param late closes chunks at the rules for late samples, see {@link #isLateFull} */
    OpenChunks(
            Rows rows,
            Slab slab,
            ClosedChunks closed,
            OpenHistograms histograms,
            LastClosedSample lastClosed,
            long chunkRangeMillis,
            FloatEncoding floatEncoding,
            boolean late) {
        this.rows = rows;
        this.slab = slab;
        this.closed = closed;
        this.histograms = histograms;
        this.lastClosed = lastClosed;
        this.chunkRangeMillis = chunkRangeMillis;
        this.late = late;
        floats = new OpenFloats(floatEncoding);
    }

    /** Whether the row's last sample was a histogram; its first one none. */
    static boolean hasHistograms(Rows.Page page, int slot) {
        return OpenHistograms.isHistogram(Rows.kind(page, slot));
    }

    /** The appender of all open float chunks. Under the commit lock. */
    OpenFloats floats() {
        return floats;
    }

    OpenHistograms histograms() {
        return histograms;
    }

    /** Whether start timestamps of floats come back from the chunks. */
    boolean keepsStartTimestamps() {
        return floats.keepsStartTimestamps();
    }

    /**
     * Loads what appending to these rows will need. Together, the loads overlap; one by one, each append would wait for
     * its own under the lock. Not under the commit lock: what is read means nothing.
     */
    long touch(int[] slots, int count) {
        long sum = 0;
        for (int i = 0; i < count; i++) {
            int slot = slots[i];
            if (slot < 0) {
                continue;
            }
            Rows.Page page = rows.page(slot);
            int open = page.ints[Rows.intAt(slot, Rows.OPEN)];
            int extent = page.ints[Rows.intAt(slot, Rows.OPEN_EXTENT)];
            byte[] bytes = slab.bytesIfPresent(open);
            int at = Slab.offset(open) + (extent >>> 19);
            sum += page.longs[Rows.longAt(slot, Rows.LAST_TIMESTAMP)];
            sum += bytes != null && at < bytes.length ? bytes[at] : 0;
        }
        return sum;
    }

    /**
     * Appends a sample that is newer than all of the row, or of the row's open late chunk if that is not full.
     *
     * @param startTimestampMillis 0 for none; dropped if the chunks have no room for it
     */
    void append(Rows.Page page, int slot, long timestampMillis, long startTimestampMillis, long valueBits) {
        int[] ints = page.ints;
        Rows.beginChange(page, slot);
        try {
            int open = ints[Rows.intAt(slot, Rows.OPEN)];
            boolean continues = Rows.kind(page, slot) == floats.encoding().id();
            if (open != 0 && (!continues || isFull(page, slot, timestampMillis))) {
                close(page, slot);
                open = 0;
            }
            if (open == 0) {
                start(page, slot, timestampMillis);
            } else {
                int roomy = makeRoom(page, slot, open);
                floats.load(page, slot, slab.bytes(roomy), Slab.offset(roomy));
            }
            floats.append(page, slot, timestampMillis, startTimestampMillis, valueBits);
        } finally {
            // Each step takes its memory before it changes the row: without memory the row is as it was.
            Rows.endChange(page, slot);
        }
    }

    /** As {@link #append} for a valid histogram. */
    void appendHistogram(Rows.Page page, int slot, long timestampMillis, HistogramSample sample) {
        Rows.beginChange(page, slot);
        try {
            if (page.ints[Rows.intAt(slot, Rows.OPEN)] != 0 && !hasHistograms(page, slot)) {
                close(page, slot);
            }
            histograms.append(page, slot, timestampMillis, sample);
        } finally {
            Rows.endChange(page, slot);
        }
    }

    /** Whether this is the row's last value. It may have to be read from chunks_head. */
    boolean isLast(Rows.Page page, int slot, long valueBits) {
        if (hasHistograms(page, slot)) {
            return false;
        }
        return page.longs[Rows.longAt(slot, Rows.LAST_VALUE)] == valueBits
                || page.ints[Rows.intAt(slot, Rows.OPEN)] == 0
                        && lastClosed.isValue(closed.lastReference(page, slot), valueBits);
    }

    /** Whether this is the row's last sample. It may have to be read from chunks_head. */
    boolean isLast(Rows.Page page, int slot, HistogramSample histogram) {
        if (Rows.kind(page, slot) != OpenHistograms.encodingOf(histogram).id()) {
            return false;
        }
        int open = page.ints[Rows.intAt(slot, Rows.OPEN)];
        HistogramSample last = open == 0
                ? lastClosed.histogram(closed.lastReference(page, slot))
                : histograms.at(open).last();
        return last != null && HistogramChecks.areEqual(last, histogram);
    }

    /** See {@link OpenHistograms#rank}; 0 also for a sample that was not appended by this process. */
    int rankOfLast(Rows.Page page, int slot) {
        int open = page.ints[Rows.intAt(slot, Rows.OPEN)];
        boolean known = open != 0 && hasHistograms(page, slot);
        return known ? OpenHistograms.rank(histograms.at(open).last()) : 0;
    }

    private boolean isFull(Rows.Page page, int slot, long timestampMillis) {
        if (late) {
            return isLateFull(page, slot, timestampMillis);
        }
        int extent = page.ints[Rows.intAt(slot, Rows.OPEN_EXTENT)];
        if (byteLength(extent) > CHUNK_BYTES_MAX) {
            return true;
        }
        int samples = samples(extent);
        if (samples == SAMPLES_TO_PREDICT) {
            int nextAt = Rows.longAt(slot, Rows.NEXT_AT);
            page.longs[nextAt] = predictEnd(
                    page.longs[Rows.longAt(slot, Rows.OPEN_MIN)],
                    page.longs[Rows.longAt(slot, Rows.LAST_TIMESTAMP)],
                    page.longs[nextAt],
                    PREDICTION_RATIO);
        }
        return timestampMillis >= page.longs[Rows.longAt(slot, Rows.NEXT_AT)] || samples >= SAMPLES_MAX;
    }

    /** Whether the open late chunk of floats is not to take a sample of this time. */
    boolean isLateFull(Rows.Page page, int slot, long timestampMillis) {
        int extent = page.ints[Rows.intAt(slot, Rows.OPEN_EXTENT)];
        return byteLength(extent) > CHUNK_BYTES_MAX
                || isLateFull(page, slot, samples(extent), timestampMillis, chunkRangeMillis);
    }

    /**
     * The rules for late chunks of all kinds: 120 samples; and a chunk that lies in one range ends with it if it has a
     * useful number of samples. Backlogs of two ranges that arrive sample by sample in turn share their chunks.
     */
    static boolean isLateFull(Rows.Page page, int slot, int samples, long timestampMillis, long rangeMillis) {
        if (samples >= SAMPLES_TARGET) {
            return true;
        }
        if (samples < LATE_SAMPLES_MIN) {
            return false;
        }
        long rangeEndMillis = rangeEnd(page.longs[Rows.longAt(slot, Rows.OPEN_MIN)], rangeMillis);
        return rangeEndMillis == rangeEnd(page.longs[Rows.longAt(slot, Rows.LAST_TIMESTAMP)], rangeMillis)
                && rangeEndMillis != rangeEnd(timestampMillis, rangeMillis);
    }

    /**
     * Spreads the chunks of a range evenly: where this one should end, of which one part in {@code ratioToFull} is
     * filled.
     */
    static long predictEnd(long startMillis, long currentMillis, long rangeEndMillis, double ratioToFull) {
        double chunks =
                (double) (rangeEndMillis - startMillis) / ((double) (currentMillis - startMillis + 1) * ratioToFull);
        if (chunks <= 1) {
            return rangeEndMillis;
        }
        return (long) ((double) startMillis + (double) (rangeEndMillis - startMillis) / Math.floor(chunks));
    }

    /** The end of the aligned range a timestamp lies in; division truncates as in Prometheus. */
    static long rangeEnd(long timestampMillis, long rangeMillis) {
        return timestampMillis / rangeMillis * rangeMillis + rangeMillis;
    }

    private void start(Rows.Page page, int slot, long timestampMillis) {
        int open = slab.allocate(FIRST_BLOCK_BYTES);
        page.ints[Rows.intAt(slot, Rows.OPEN)] = open;
        page.longs[Rows.longAt(slot, Rows.OPEN_MIN)] = timestampMillis;
        page.longs[Rows.longAt(slot, Rows.NEXT_AT)] = rangeEnd(timestampMillis, chunkRangeMillis);
        Rows.setKind(page, slot, floats.encoding().id());
        floats.start(slab.bytes(open), Slab.offset(open));
        openFloatChunks++;
    }

    private int makeRoom(Rows.Page page, int slot, int open) {
        int length = byteLength(page.ints[Rows.intAt(slot, Rows.OPEN_EXTENT)]);
        int needed = length + floats.bytesPerSampleMax();
        if (slab.capacity(open) >= needed && !slab.shouldMove(open)) {
            return open;
        }
        int larger = slab.allocate(needed);
        System.arraycopy(slab.bytes(open), Slab.offset(open), slab.bytes(larger), Slab.offset(larger), length);
        slab.free(open);
        page.ints[Rows.intAt(slot, Rows.OPEN)] = larger;
        return larger;
    }

    static int samples(int extent) {
        return extent & 0xFFFF;
    }

    static int byteLength(int extent) {
        return (extent >>> 16) + 7 >>> 3;
    }

    /** Moves the open chunk to the closed ones, in a block of just its size. Inside a change of the row. */
    private void close(Rows.Page page, int slot) {
        if (hasHistograms(page, slot)) {
            histograms.close(page, slot);
            return;
        }
        int length = byteLength(page.ints[Rows.intAt(slot, Rows.OPEN_EXTENT)]);
        closed.add(page, slot, Rows.kind(page, slot), page.ints[Rows.intAt(slot, Rows.OPEN)], length);
        page.ints[Rows.intAt(slot, Rows.OPEN)] = 0;
        openFloatChunks--;
    }

    /** Closes the row's open chunk if it has one. */
    void closeOpen(Rows.Page page, int slot) {
        if (page.ints[Rows.intAt(slot, Rows.OPEN)] != 0) {
            Rows.beginChange(page, slot);
            try {
                close(page, slot);
            } finally {
                Rows.endChange(page, slot);
            }
        }
    }

    /** Forgets the row's open chunk. Inside a change of the row. */
    void releaseOpen(Rows.Page page, int slot) {
        int open = page.ints[Rows.intAt(slot, Rows.OPEN)];
        if (open == 0) {
            return;
        }
        if (hasHistograms(page, slot)) {
            histograms.release(page, slot);
        } else {
            slab.free(open);
            page.ints[Rows.intAt(slot, Rows.OPEN)] = 0;
            openFloatChunks--;
        }
    }

    /** The oldest timestamp of the row's chunks at or after a time; {@code Long.MAX_VALUE} if there is none. */
    long firstMillisSince(int slot, long fromMillis) {
        long first = closed.firstMillisSince(slot, fromMillis);
        if (first != Long.MAX_VALUE) {
            return first;
        }
        boolean open = rows.getInt(slot, Rows.OPEN) != 0 && rows.getLong(slot, Rows.LAST_TIMESTAMP) >= fromMillis;
        return open ? Math.max(fromMillis, rows.getLong(slot, Rows.OPEN_MIN)) : Long.MAX_VALUE;
    }

    /** First timestamp in the row's chunks, {@code Long.MAX_VALUE} if it has none. */
    long minMillis(int slot) {
        return firstMillisSince(slot, Long.MIN_VALUE);
    }

    /** Attaches a chunk that is in chunks_head already, behind the row's others. For replay. */
    void addMapped(int slot, long minMillis, long maxMillis, long reference, int encodingId) {
        Rows.Page page = rows.page(slot);
        Rows.beginChange(page, slot);
        if (page.ints[Rows.intAt(slot, Rows.OPEN)] != 0) {
            close(page, slot);
        }
        closed.addMapped(page, slot, minMillis, maxMillis, reference);
        page.longs[Rows.longAt(slot, Rows.LAST_TIMESTAMP)] = maxMillis;
        Rows.setKind(page, slot, encodingId);
        Rows.endChange(page, slot);
    }

    /** Puts the row's open chunk into a snapshot's record. */
    void putOpen(Rows.Page page, int slot, ByteWriter record) {
        int open = page.ints[Rows.intAt(slot, Rows.OPEN)];
        if (open == 0) {
            SnapshotEncoder.noChunk(record);
            return;
        }
        long min = page.longs[Rows.longAt(slot, Rows.OPEN_MIN)];
        long max = page.longs[Rows.longAt(slot, Rows.LAST_TIMESTAMP)];
        int kind = Rows.kind(page, slot);
        if (hasHistograms(page, slot)) {
            HistogramAppender appender = histograms.at(open);
            SnapshotEncoder.chunk(record, min, max, kind, appender.array(), 0, appender.byteLength());
            SnapshotEncoder.lastHistogram(record, appender.last());
        } else {
            int length = byteLength(page.ints[Rows.intAt(slot, Rows.OPEN_EXTENT)]);
            SnapshotEncoder.chunk(record, min, max, kind, slab.bytes(open), Slab.offset(open), length);
            SnapshotEncoder.lastValue(record, page.longs[Rows.longAt(slot, Rows.LAST_VALUE)]);
        }
    }

    /** Puts the row's open chunk into an image: times, the value of the newest float, the chunk's bytes. */
    void putOpenBytes(Rows.Page page, int slot, ByteWriter target) {
        int open = page.ints[Rows.intAt(slot, Rows.OPEN)];
        long min = page.longs[Rows.longAt(slot, Rows.OPEN_MIN)];
        target.putVarint(min);
        target.putUvarint(page.longs[Rows.longAt(slot, Rows.LAST_TIMESTAMP)] - min);
        if (hasHistograms(page, slot)) {
            HistogramAppender appender = histograms.at(open);
            target.putLong(0);
            target.putUvarint(appender.byteLength());
            target.putBytes(appender.array(), 0, appender.byteLength());
        } else {
            int length = byteLength(page.ints[Rows.intAt(slot, Rows.OPEN_EXTENT)]);
            target.putLong(page.longs[Rows.longAt(slot, Rows.LAST_VALUE)]);
            target.putUvarint(length);
            target.putBytes(slab.bytes(open), Slab.offset(open), length);
        }
    }

    /**
     * Attaches a chunk of a snapshot behind the row's others. It is closed: its bytes do not tell in which bit it ends.
     *
     * @param lastValueBits unused for histograms
     */
    void addClosed(
            int slot,
            long minMillis,
            long maxMillis,
            ChunkEncoding encoding,
            byte[] bytes,
            int offset,
            int length,
            long lastValueBits) {
        Rows.Page page = rows.page(slot);
        int block = slab.allocate(length);
        System.arraycopy(bytes, offset, slab.bytes(block), Slab.offset(block), length);
        Rows.beginChange(page, slot);
        page.longs[Rows.longAt(slot, Rows.OPEN_MIN)] = minMillis;
        page.longs[Rows.longAt(slot, Rows.LAST_TIMESTAMP)] = maxMillis;
        page.longs[Rows.longAt(slot, Rows.LAST_VALUE)] = lastValueBits;
        closed.add(page, slot, encoding.id(), block, length);
        Rows.setKind(page, slot, encoding.id());
        Rows.endChange(page, slot);
    }

    /**
     * Drops the chunks of a row that end before {@code minMillis}. Returns whether the row has chunks left.
     */
    boolean truncate(int slot, long minMillis) {
        Rows.Page page = rows.page(slot);
        Rows.beginChange(page, slot);
        closed.dropBefore(page, slot, minMillis);
        if (page.longs[Rows.longAt(slot, Rows.LAST_TIMESTAMP)] < minMillis) {
            releaseOpen(page, slot);
        }
        Rows.endChange(page, slot);
        return !isEmpty(slot);
    }

    boolean isEmpty(int slot) {
        return rows.getInt(slot, Rows.OPEN) == 0 && rows.getInt(slot, Rows.CLOSED_COUNT) == 0;
    }

    /** All chunks, open and closed. */
    long chunkCount() {
        return closed.count() + openFloatChunks + histograms.count();
    }
}

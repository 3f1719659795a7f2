package dev.cairndb.tsdb.internal.head;

import dev.cairndb.chunks.ChunkEncoding;
import dev.cairndb.chunks.HistogramAppender;
import dev.cairndb.chunks.HistogramSample;
import dev.cairndb.tsdb.internal.wal.LogBatch;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The open histogram chunks: a table of their appenders, into which {@link Rows#OPEN} of such a row points. Chunks are
 * closed at the rules of Prometheus (tsdb/head_append.go, histogramsAppendPreprocessor). All under the commit lock but
 * {@link #ifPresent}; what changes a row happens inside a change of it.
 */
final class OpenHistograms {
    private static final int BYTES_TARGET = 1024;
    private static final int SAMPLES_MIN = 10;
    /** The {@link #rank} of floats. */
    static final int FLOAT_RANK = 0;

    private final Slab slab;
    private final ClosedChunks closed;
    private final long chunkRangeMillis;
    private final boolean late;
    private volatile @Nullable HistogramAppender[] appenders = new @Nullable HistogramAppender[4];
    private long[] memoryBytes = new long[4];
    private int used = 1;
    private int[] freeIndices = new int[4];
    private int freeCount;
    private long bytesReserved;

    /** @param late closes chunks at the rules for late samples, see {@link #isLateFull} */
    OpenHistograms(Slab slab, ClosedChunks closed, long chunkRangeMillis, boolean late) {
        this.slab = slab;
        this.closed = closed;
        this.chunkRangeMillis = chunkRangeMillis;
        this.late = late;
    }

    static ChunkEncoding encodingOf(HistogramSample sample) {
        return sample.hasFloatCounts() ? ChunkEncoding.FLOAT_HISTOGRAM : ChunkEncoding.HISTOGRAM;
    }

    static boolean isHistogram(int encodingId) {
        return encodingId == ChunkEncoding.HISTOGRAM.id() || encodingId == ChunkEncoding.FLOAT_HISTOGRAM.id();
    }

    /** In which order the kinds stand in a group of log records, behind floats; see {@link LogBatch}. */
    static int rank(HistogramSample sample) {
        int custom = sample.schema() == HistogramSample.CUSTOM_BUCKETS_SCHEMA ? 1 : 0;
        return (sample.hasFloatCounts() ? 3 : 1) + custom;
    }

    /**
     * Appends a sample that is newer than all of the row, or of the row's open late chunk if that is not full. The open
     * chunk, if there is one, is of histograms.
     */
    void append(Rows.Page page, int slot, long timestampMillis, HistogramSample sample) {
        ChunkEncoding encoding = encodingOf(sample);
        int openAt = Rows.intAt(slot, Rows.OPEN);
        HistogramAppender appender;
        if (page.ints[openAt] == 0) {
            appender = new HistogramAppender();
            appender.start(encoding);
            page.ints[openAt] = add(appender);
            begin(page, slot, timestampMillis, encoding);
            setEndPredicted(page, slot, false);
        } else {
            appender = at(page.ints[openAt]);
            if (appender.encoding() != encoding || isFull(page, slot, appender, timestampMillis)) {
                next(page, slot, appender, timestampMillis, encoding);
                setEndPredicted(page, slot, false);
            }
        }
        if (!appender.append(timestampMillis, sample)) {
            // The flag stays, as in Prometheus: the end of a chunk begun here is not predicted if that before was.
            next(page, slot, appender, timestampMillis, encoding);
            if (!appender.append(timestampMillis, sample)) {
                throw new IllegalStateException("BUG: an empty chunk takes no histogram at " + timestampMillis);
            }
        }
        page.longs[Rows.longAt(slot, Rows.LAST_TIMESTAMP)] = timestampMillis;
        page.ints[Rows.intAt(slot, Rows.OPEN_EXTENT)] = appender.byteLength();
        account(page.ints[openAt], appender.memoryBytes());
    }

    private boolean isFull(Rows.Page page, int slot, HistogramAppender appender, long timestampMillis) {
        if (late) {
            return isLateFull(page, slot, appender, timestampMillis);
        }
        int nextAt = Rows.longAt(slot, Rows.NEXT_AT);
        long openMin = page.longs[Rows.longAt(slot, Rows.OPEN_MIN)];
        boolean predicted = isEndPredicted(page, slot);
        long rangeEndMillis = predicted ? OpenChunks.rangeEnd(openMin, chunkRangeMillis) : page.longs[nextAt];
        int length = appender.byteLength();
        if (!predicted && length >= BYTES_TARGET / 4) {
            page.longs[nextAt] = OpenChunks.predictEnd(
                    openMin,
                    page.longs[Rows.longAt(slot, Rows.LAST_TIMESTAMP)],
                    page.longs[nextAt],
                    (double) BYTES_TARGET / length);
            setEndPredicted(page, slot, true);
        }
        return (timestampMillis >= page.longs[nextAt] || length >= 2 * BYTES_TARGET)
                && (appender.sampleCount() >= SAMPLES_MIN || timestampMillis >= rangeEndMillis);
    }

    /** Whether the open late chunk is not to take a sample of this time. */
    boolean isLateFull(Rows.Page page, int slot, HistogramAppender appender, long timestampMillis) {
        int samples = appender.sampleCount();
        return appender.byteLength() >= BYTES_TARGET && samples >= SAMPLES_MIN
                || OpenChunks.isLateFull(page, slot, samples, timestampMillis, chunkRangeMillis);
    }

    private void next(
            Rows.Page page, int slot, HistogramAppender appender, long timestampMillis, ChunkEncoding encoding) {
        addClosed(page, slot, appender);
        if (late) {
            // What comes before it in time is another question.
            appender.start(encoding);
        } else {
            appender.startNext(encoding);
        }
        begin(page, slot, timestampMillis, encoding);
    }

    private void begin(Rows.Page page, int slot, long timestampMillis, ChunkEncoding encoding) {
        page.longs[Rows.longAt(slot, Rows.OPEN_MIN)] = timestampMillis;
        page.longs[Rows.longAt(slot, Rows.NEXT_AT)] = OpenChunks.rangeEnd(timestampMillis, chunkRangeMillis);
        Rows.setKind(page, slot, encoding.id());
    }

    /** Puts an appender with other content in the place of a row's. Inside a change of the row. */
    void replace(Rows.Page page, int slot, HistogramAppender appender) {
        int index = page.ints[Rows.intAt(slot, Rows.OPEN)];
        @Nullable HistogramAppender[] all = appenders;
        all[index] = appender;
        appenders = all;
        page.ints[Rows.intAt(slot, Rows.OPEN_EXTENT)] = appender.byteLength();
        account(index, appender.memoryBytes());
    }

    /** Moves the open chunk to the closed ones, in a slab block of just its size; another kind follows. */
    void close(Rows.Page page, int slot) {
        addClosed(page, slot, at(page.ints[Rows.intAt(slot, Rows.OPEN)]));
        release(page, slot);
    }

    private void addClosed(Rows.Page page, int slot, HistogramAppender appender) {
        int length = appender.byteLength();
        int block = slab.allocate(length);
        System.arraycopy(appender.array(), 0, slab.bytes(block), Slab.offset(block), length);
        closed.add(page, slot, appender.encoding().id(), block, length);
    }

    /** Forgets the open chunk. */
    void release(Rows.Page page, int slot) {
        int index = page.ints[Rows.intAt(slot, Rows.OPEN)];
        account(index, 0);
        appenders[index] = null;
        if (freeCount == freeIndices.length) {
            freeIndices = Arrays.copyOf(freeIndices, freeCount * 2);
        }
        freeIndices[freeCount++] = index;
        page.ints[Rows.intAt(slot, Rows.OPEN)] = 0;
    }

    private int add(HistogramAppender appender) {
        int index = freeCount > 0 ? freeIndices[--freeCount] : used++;
        @Nullable HistogramAppender[] all = appenders;
        if (index >= all.length) {
            all = Arrays.copyOf(all, all.length * 2);
            memoryBytes = Arrays.copyOf(memoryBytes, all.length);
        }
        all[index] = appender;
        appenders = all;
        return index;
    }

    private void account(int index, long bytes) {
        bytesReserved += bytes - memoryBytes[index];
        memoryBytes[index] = bytes;
    }

    private static boolean isEndPredicted(Rows.Page page, int slot) {
        return (page.ints[Rows.intAt(slot, Rows.STATE)] & Rows.END_PREDICTED) != 0;
    }

    private static void setEndPredicted(Rows.Page page, int slot, boolean predicted) {
        int at = Rows.intAt(slot, Rows.STATE);
        page.ints[at] = predicted ? page.ints[at] | Rows.END_PREDICTED : page.ints[at] & ~Rows.END_PREDICTED;
    }

    /** The appender of a row's open chunk. */
    HistogramAppender at(int open) {
        HistogramAppender appender = appenders[open];
        if (appender == null) {
            throw new IllegalStateException("BUG: open histogram chunk " + open + " is gone");
        }
        return appender;
    }

    /**
     * For readers without the lock: the appender that was there when {@code open} was read, or null. What it says is to
     * be used only if the row has not changed meanwhile.
     */
    @Nullable
    HistogramAppender ifPresent(int open) {
        @Nullable HistogramAppender[] all = appenders;
        return open > 0 && open < all.length ? all[open] : null;
    }

    /** Open histogram chunks. */
    int count() {
        return used - 1 - freeCount;
    }

    /** Memory of the table and all appenders. */
    long bytesReserved() {
        return bytesReserved + memoryBytes.length * 12L + freeIndices.length * 4L;
    }
}

package dev.cairndb.tsdb.internal.head;

import dev.cairndb.chunks.ChunkCursors;
import dev.cairndb.chunks.ChunkEncoding;
import dev.cairndb.chunks.EncodedChunk;
import dev.cairndb.chunks.HistogramAppender;
import dev.cairndb.chunks.HistogramChecks;
import dev.cairndb.chunks.HistogramSample;
import dev.cairndb.chunks.SampleCursor;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Puts a sample between others of an open late chunk: the chunk is decoded and written anew. Chunks are short, so this
 * is bounded; samples that come in order, late or not, never need it. Under the commit lock.
 */
final class LateInsertion {
    private final Slab slab;
    private final OpenFloats floats;
    private final OpenHistograms histograms;
    private final EncodedChunk chunk = new EncodedChunk();
    private final ChunkCursors cursors = new ChunkCursors();
    private long[] timesMillis = new long[128];
    private long[] startsMillis = new long[128];
    private long[] valuesBits = new long[128];
    private byte[] encoded = new byte[2048];
    private long count;

    LateInsertion(Slab slab, OpenFloats floats, OpenHistograms histograms) {
        this.slab = slab;
        this.floats = floats;
        this.histograms = histograms;
    }

    /** How often a chunk was written anew. */
    long count() {
        return count;
    }

    /** Inserts a float into the row's open chunk of floats, which has room and ends behind it. */
    Outcome insert(Rows.Page page, int row, long timestampMillis, long startTimestampMillis, long valueBits) {
        int samples = decode(page, row);
        int at = Arrays.binarySearch(timesMillis, 0, samples, timestampMillis);
        if (at >= 0) {
            return valuesBits[at] == valueBits ? Outcome.DUPLICATE : Outcome.CONFLICT;
        }
        at = -at - 1;
        insert(timesMillis, at, samples, timestampMillis);
        insert(startsMillis, at, samples, startTimestampMillis);
        insert(valuesBits, at, samples, valueBits);
        encode(samples + 1);
        replace(page, row, samples + 1);
        count++;
        return Outcome.STORED_LATE;
    }

    private static void insert(long[] numbers, int at, int size, long number) {
        System.arraycopy(numbers, at, numbers, at + 1, size - at);
        numbers[at] = number;
    }

    private int decode(Rows.Page page, int row) {
        int open = page.ints[Rows.intAt(row, Rows.OPEN)];
        int extent = page.ints[Rows.intAt(row, Rows.OPEN_EXTENT)];
        int samples = OpenChunks.samples(extent);
        if (samples >= timesMillis.length) {
            timesMillis = new long[samples * 2];
            startsMillis = new long[samples * 2];
            valuesBits = new long[samples * 2];
        }
        chunk.wrap(floats.encoding(), 0, 0, slab.bytes(open), Slab.offset(open), OpenChunks.byteLength(extent));
        try {
            SampleCursor cursor = cursors.open(chunk);
            for (int i = 0; i < samples; i++) {
                if (!cursor.next()) {
                    throw new IllegalStateException("BUG: an open chunk has fewer samples than its row says");
                }
                timesMillis[i] = cursor.timestampMillis();
                startsMillis[i] = cursor.startTimestampMillis();
                valuesBits[i] = cursor.valueBits();
            }
        } catch (IOException e) {
            throw new IllegalStateException("BUG: an open chunk does not decode", e);
        }
        return samples;
    }

    private void encode(int samples) {
        // The appender writes whole words.
        int bytesMax = (samples + 1) * floats.bytesPerSampleMax() + Long.BYTES;
        if (encoded.length < bytesMax) {
            encoded = new byte[bytesMax * 2];
        }
        floats.start(encoded, 0);
        for (int i = 0; i < samples; i++) {
            floats.append(timesMillis[i], startsMillis[i], valuesBits[i]);
        }
    }

    /** Takes its memory before it changes the row. */
    private void replace(Rows.Page page, int row, int samples) {
        int open = page.ints[Rows.intAt(row, Rows.OPEN)];
        int length = floats.byteLength();
        int last = samples - 1;
        floats.reserve(page, startsMillis[last], valuesBits[last]);
        int target = slab.capacity(open) >= length ? open : slab.allocate(length + floats.bytesPerSampleMax());
        Rows.beginChange(page, row);
        System.arraycopy(encoded, 0, slab.bytes(target), Slab.offset(target), length);
        floats.save(page, row, timesMillis[last], startsMillis[last], valuesBits[last]);
        page.longs[Rows.longAt(row, Rows.OPEN_MIN)] = timesMillis[0];
        if (target != open) {
            page.ints[Rows.intAt(row, Rows.OPEN)] = target;
            slab.free(open);
        }
        Rows.endChange(page, row);
    }

    /**
     * Inserts a histogram into the row's open chunk of the same encoding, which has room and ends behind it. Null if it
     * does not fit between its neighbours, because there is a counter reset for example: then nothing changed.
     */
    @Nullable
    Outcome insert(Rows.Page page, int row, long timestampMillis, HistogramSample histogram) {
        HistogramAppender open = histograms.at(page.ints[Rows.intAt(row, Rows.OPEN)]);
        HistogramAppender anew = new HistogramAppender();
        ChunkEncoding encoding = open.encoding();
        anew.start(encoding);
        chunk.wrap(encoding, 0, 0, open.array(), 0, open.byteLength());
        boolean inserted = false;
        boolean fits = true;
        long firstMillis = timestampMillis;
        try {
            SampleCursor cursor = cursors.open(chunk);
            for (int i = open.sampleCount(); i > 0 && cursor.next(); i--) {
                long t = cursor.timestampMillis();
                if (t == timestampMillis) {
                    boolean same = HistogramChecks.areEqual(cursor.histogram(), histogram);
                    return same ? Outcome.DUPLICATE : Outcome.CONFLICT;
                }
                firstMillis = Math.min(firstMillis, t);
                if (t > timestampMillis && !inserted) {
                    fits = fits && anew.append(timestampMillis, histogram);
                    inserted = true;
                }
                // Goes on if it does not fit: a sample at its time may follow.
                fits = fits && anew.append(t, cursor.histogram());
            }
        } catch (IOException e) {
            throw new IllegalStateException("BUG: an open chunk does not decode", e);
        }
        if (!fits) {
            return null;
        }
        Rows.beginChange(page, row);
        histograms.replace(page, row, anew);
        page.longs[Rows.longAt(row, Rows.OPEN_MIN)] = firstMillis;
        Rows.endChange(page, row);
        count++;
        return Outcome.STORED_LATE;
    }
}

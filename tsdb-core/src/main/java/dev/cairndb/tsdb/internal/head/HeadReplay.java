package dev.cairndb.tsdb.internal.head;

import dev.cairndb.chunks.ChunkEncoding;
import dev.cairndb.chunks.HeadChunkHandler;
import dev.cairndb.chunks.HistogramBuffer;
import dev.cairndb.chunks.HistogramSample;
import dev.cairndb.tsdb.internal.wal.RecordHandler;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Rebuilds the rows from chunks_head and the log, as Prometheus does: chunks first, then series and samples in log
 * order; samples that a mapped chunk or a block holds already are passed over. Two references of one label set become
 * one row.
 */
public final class HeadReplay implements RecordHandler, HeadChunkHandler {
    private final Rows rows;
    private final SeriesRegistry registry;
    private final OpenChunks chunks;
    private final HeadBounds bounds;
    private final HeadTombstones tombstones;
    private final HeadTruncation truncation;
    private final HeadChunkFiles chunkFiles;
    private final AnnotationReplay annotations;
    private final RefIndex slots = new RefIndex();
    private FoundChunks mappedChunks = new FoundChunks();
    /** Late chunks by their own references; {@link LateReplay} attaches those that count. */
    private final Map<Long, LateRows.MappedChunk> lateChunks = new HashMap<>();

    private final HistogramBuffer staleMarker = new HistogramBuffer();
    private long maxRef;
    private long samplesOfUnknownSeries;
    private long chunksSkipped;

    /**
     * @param floorMillis everything before is in blocks
     * @param executor may do a part of the work beside the caller, who does it if not
     */
    public HeadReplay(HeadState state, long floorMillis, Executor executor) {
        state.bounds.raiseFloor(floorMillis);
        rows = state.rows;
        registry = state.registry;
        chunks = state.chunks;
        bounds = state.bounds;
        tombstones = state.tombstones;
        truncation = state.truncation;
        chunkFiles = state.chunkFiles;
        annotations = new AnnotationReplay(state);
        registry.beginRestoring(executor);
    }

    @Override
    public void chunk(
            long seriesReference,
            long headChunkReference,
            long minTimestampMillis,
            long maxTimestampMillis,
            int encodingId,
            int sampleCount,
            boolean outOfOrder) {
        if (outOfOrder) {
            chunkFiles.addFileOf(headChunkReference);
        } else {
            chunkFiles.add(headChunkReference, maxTimestampMillis);
        }
        if (seriesReference < 0 || seriesReference > SERIES_REF_MAX) {
            chunksSkipped++;
            return;
        }
        // A reference that only a chunk has was lost from the log; it must not be given to another series.
        maxRef = Math.max(maxRef, seriesReference);
        if (!outOfOrder && maxTimestampMillis < bounds.floorMillis()) {
            return;
        }
        if (ChunkEncoding.ofId(encodingId) == null) {
            chunksSkipped++;
            return;
        }
        if (outOfOrder) {
            lateChunks.put(
                    headChunkReference,
                    new LateRows.MappedChunk(
                            seriesReference, headChunkReference, minTimestampMillis, maxTimestampMillis));
            return;
        }
        mappedChunks.add(seriesReference, minTimestampMillis, maxTimestampMillis, headChunkReference, encodingId);
    }

    @Override
    public void series(long seriesRef, byte[] labels, int offset, int length) {
        maxRef = Math.max(maxRef, seriesRef);
        int slot = slots.get(seriesRef);
        if (slot == RefIndex.ABSENT) {
            slot = registry.findOrRestore(labels, offset, length, seriesRef);
            slots.put(seriesRef, slot);
            rows.setFlag(slot, Rows.LOGGED);
            useNewest(slot, seriesRef);
            attachChunks(slot, seriesRef);
        }
    }

    /** A series whose row an image has brought. */
    void restored(int slot, long seriesRef) {
        maxRef = Math.max(maxRef, seriesRef);
        slots.put(seriesRef, slot);
        rows.setFlag(slot, Rows.LOGGED);
        attachChunks(slot, seriesRef);
    }

    /**
     * Of several references of one series the newest goes on: it was given when there was nothing left under the
     * others, so all their chunks are older. With an older one chunks written from now on would be read before those of
     * the newer.
     */
    private void useNewest(int slot, long seriesRef) {
        long present = rows.getLong(slot, Rows.REF);
        if (present != seriesRef) {
            rows.setLong(slot, Rows.REF, Math.max(present, seriesRef));
            truncation.keepOther(Math.min(present, seriesRef));
        }
    }

    private void attachChunks(int slot, long seriesRef) {
        mappedChunks.take(seriesRef, (minMillis, maxMillis, reference, encodingId) -> {
            if (rows.has(slot, Rows.HAS_SAMPLE) && minMillis <= rows.getLong(slot, Rows.LAST_TIMESTAMP)) {
                // Overlaps what an earlier reference of the same labels brought; the log has its samples.
                chunksSkipped++;
            } else {
                chunks.addMapped(slot, minMillis, maxMillis, reference, encodingId);
                bounds.include(minMillis, maxMillis);
            }
        });
    }

    @Override
    public void samples(
            long[] seriesRefs, long[] timestampsMillis, long[] startTimestampsMillis, long[] valueBits, int count) {
        long floor = bounds.floorMillis();
        long min = Long.MAX_VALUE;
        long max = Long.MIN_VALUE;
        for (int i = 0; i < count; i++) {
            long t = timestampsMillis[i];
            int slot = slots.get(seriesRefs[i]);
            if (slot == RefIndex.ABSENT) {
                samplesOfUnknownSeries++;
                // Its record is gone, but while its samples are there no other series may get the reference.
                maxRef = Math.max(maxRef, seriesRefs[i]);
            } else if (t >= floor) {
                Rows.Page page = rows.page(slot);
                if (isNew(page, slot, t, valueBits[i])) {
                    append(page, slot, t, startTimestampsMillis[i], valueBits[i]);
                    min = Math.min(min, t);
                    max = Math.max(max, t);
                }
            }
        }
        if (min <= max) {
            bounds.include(min, max);
        }
    }

    private void append(Rows.Page page, int slot, long timestampMillis, long startTimestampMillis, long valueBits) {
        if (valueBits == HistogramSample.STALE_NAN_BITS && OpenChunks.hasHistograms(page, slot)) {
            // Prometheus logs the marker before it knows what it ends.
            staleMarker.clear(Rows.kind(page, slot) == ChunkEncoding.FLOAT_HISTOGRAM.id());
            staleMarker.setSumBits(valueBits);
            chunks.appendHistogram(page, slot, timestampMillis, staleMarker);
        } else {
            chunks.append(page, slot, timestampMillis, startTimestampMillis, valueBits);
        }
    }

    @Override
    public void histogram(long seriesRef, long timestampMillis, long startTimestampMillis, HistogramSample histogram) {
        int slot = slots.get(seriesRef);
        if (slot == RefIndex.ABSENT) {
            samplesOfUnknownSeries++;
            maxRef = Math.max(maxRef, seriesRef);
            return;
        }
        Rows.Page page = rows.page(slot);
        boolean isNew = !Rows.hasSample(page, slot) || timestampMillis > Rows.lastTimestampMillis(page, slot);
        if (isNew && timestampMillis >= bounds.floorMillis()) {
            chunks.appendHistogram(page, slot, timestampMillis, histogram);
            bounds.include(timestampMillis, timestampMillis);
        }
    }

    private static boolean isNew(Rows.Page page, int slot, long timestampMillis, long valueBits) {
        if (!Rows.hasSample(page, slot)) {
            return true;
        }
        long last = Rows.lastTimestampMillis(page, slot);
        if (timestampMillis == last && page.ints[Rows.intAt(slot, Rows.OPEN)] == 0) {
            // The last sample of a mapped chunk: its value tells duplicates from conflicts later.
            page.longs[Rows.longAt(slot, Rows.LAST_VALUE)] = valueBits;
        }
        return timestampMillis > last;
    }

    @Override
    public void tombstone(long seriesRef, long minTimestampMillis, long maxTimestampMillis) {
        int slot = slots.get(seriesRef);
        if (slot == RefIndex.ABSENT) {
            return;
        }
        if (minTimestampMillis == Long.MIN_VALUE && maxTimestampMillis == Long.MAX_VALUE) {
            // The whole series was removed; its labels may come again.
            chunks.truncate(slot, Long.MAX_VALUE);
            rows.clearFlag(slot, Rows.HAS_SAMPLE);
        } else if (minTimestampMillis <= maxTimestampMillis && maxTimestampMillis >= bounds.floorMillis()) {
            // Prometheus cuts what is deleted to the samples a series has in the head: if it has none there, the range
            // in the log ends before it starts. Late samples of one before the floor are not in the late log any more,
            // and those that came later into it were not deleted.
            tombstones.add(slot, minTimestampMillis, maxTimestampMillis);
        }
    }

    @Override
    public void exemplar(long seriesRef, long timestampMillis, long valueBits, byte[] labels, int offset, int length) {
        int slot = slots.get(seriesRef);
        if (slot == RefIndex.ABSENT) {
            maxRef = Math.max(maxRef, seriesRef);
        } else if (timestampMillis >= bounds.floorMillis()) {
            annotations.exemplar(slot, timestampMillis, valueBits, labels, offset, length);
        }
    }

    @Override
    public void metadata(
            long seriesRef, int type, byte[] bytes, int unitOffset, int unitLength, int helpOffset, int helpLength) {
        int slot = slots.get(seriesRef);
        if (slot == RefIndex.ABSENT) {
            maxRef = Math.max(maxRef, seriesRef);
        } else {
            annotations.metadata(slot, type, bytes, unitOffset, unitLength, helpOffset, helpLength);
        }
    }

    /** References up to this one are not given to new series. */
    void keepFromNewSeries(long seriesRef) {
        maxRef = Math.max(maxRef, seriesRef);
    }

    /** The row of a series that was given, or {@link RefIndex#ABSENT}. */
    int slotOf(long seriesRef) {
        return slots.get(seriesRef);
    }

    /** A late chunk of chunks_head, or null. */
    LateRows.@Nullable MappedChunk lateChunk(long headChunkReference) {
        return lateChunks.get(headChunkReference);
    }

    /** After everything was read, the late log included. */
    public void finish(int lastSegment) {
        registry.endRestoring();
        registry.skipRefsUpTo(maxRef);
        truncation.limitKept(lastSegment);
        chunksSkipped += mappedChunks.left();
        mappedChunks = new FoundChunks();
        lateChunks.clear();
        // Series of which the log has nothing but the record: they would count as active until the next truncation.
        truncation.truncate(bounds.floorMillis(), bounds.floorMillis(), lastSegment);
    }

    public long samplesOfUnknownSeries() {
        return samplesOfUnknownSeries;
    }

    /** Chunks of series the log does not know, of overlapping references, and in encodings not known here. */
    public long chunksSkipped() {
        return chunksSkipped;
    }
}

package dev.cairndb.tsdb.internal.head;

import dev.cairndb.chunks.ChunkCursors;
import dev.cairndb.chunks.EncodedChunk;
import dev.cairndb.chunks.HistogramBuffer;
import dev.cairndb.chunks.HistogramSample;
import dev.cairndb.chunks.SampleCursor;
import dev.cairndb.chunks.SampleKind;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.tsdb.internal.wal.RecordHandler;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Brings late samples back from the late log, after the log was replayed and before {@link HeadReplay#finish}. A late
 * chunk of chunks_head counts if a marker names it, in place of its samples that the late log has before the marker; of
 * any other, the late log has the samples, or a block. A marker whose chunk is lost does not hold.
 *
 * <p>Prometheus takes a marker to say that all samples before it are in chunks, and reads all late chunks there are. It
 * may well have written some without a marker, when it read its log: so here a marker stands for the samples of its
 * chunk.
 */
public final class LateReplay implements RecordHandler {
    private final HeadState state;
    private final HeadReplay replay;
    private final Set<Long> attached = new HashSet<>();
    private final EncodedChunk mapped = new EncodedChunk();
    private final ChunkCursors cursors = new ChunkCursors();
    private long samplesOfUnknownSeries;
    private long chunksLost;

    /** @param replay has read chunks_head and the log */
    public LateReplay(HeadState state, HeadReplay replay) {
        this.state = state;
        this.replay = replay;
    }

    @Override
    public void series(long seriesRef, byte[] labels, int offset, int length) {
        // The log has them; Prometheus does not put any into the late one either.
        replay.keepFromNewSeries(seriesRef);
    }

    @Override
    public void samples(
            long[] seriesRefs, long[] timestampsMillis, long[] startTimestampsMillis, long[] valueBits, int count) {
        for (int i = 0; i < count; i++) {
            int slot = slotOf(seriesRefs[i]);
            if (slot != RefIndex.ABSENT) {
                LateRows late = state.lateRows();
                int row = late.rowOf(state.rows.page(slot), slot);
                Outcome unused = late.append(row, timestampsMillis[i], startTimestampsMillis[i], valueBits[i]);
            }
        }
    }

    private int slotOf(long seriesRef) {
        int slot = replay.slotOf(seriesRef);
        if (slot == RefIndex.ABSENT) {
            samplesOfUnknownSeries++;
            replay.keepFromNewSeries(seriesRef);
        }
        return slot;
    }

    @Override
    public void histogram(long seriesRef, long timestampMillis, long startTimestampMillis, HistogramSample histogram) {
        int slot = slotOf(seriesRef);
        if (slot != RefIndex.ABSENT) {
            LateRows late = state.lateRows();
            Outcome unused = late.append(late.rowOf(state.rows.page(slot), slot), timestampMillis, histogram);
        }
    }

    @Override
    public void mmapMarker(long seriesRef, long headChunkReference) throws IOException {
        LateRows.MappedChunk chunk = replay.lateChunk(headChunkReference);
        int slot = replay.slotOf(seriesRef);
        if (chunk == null && headChunkReference != 0) {
            chunksLost++;
        }
        if (slot == RefIndex.ABSENT) {
            replay.keepFromNewSeries(seriesRef);
        } else if (chunk != null && replay.slotOf(chunk.seriesRef()) == slot) {
            LateRows late = state.lateRows();
            int row = late.rowOf(state.rows.page(slot), slot);
            if (attach(late, row, chunk)) {
                state.chunkFiles.addLate(headChunkReference);
            } else {
                chunksLost++;
            }
        }
    }

    /** Puts the chunk in the place of those of its samples that the row has; false if it cannot be read. */
    private boolean attach(LateRows late, int row, LateRows.MappedChunk chunk) throws IOException {
        Set<Long> inChunk = new HashSet<>();
        try {
            state.chunkReader.read(chunk.reference(), mapped);
            for (SampleCursor sample = cursors.open(mapped); sample.next(); ) {
                inChunk.add(sample.timestampMillis());
            }
        } catch (CorruptionException e) {
            return false;
        }
        List<Kept> kept = new ArrayList<>();
        new UnmappedSamples(late).read(row, sample -> {
            if (!inChunk.contains(sample.timestampMillis())) {
                kept.add(Kept.of(sample));
            }
        });
        // A marker may come again, when the samples behind it were written once more.
        boolean isNew = attached.add(chunk.reference());
        late.replaceUnmapped(row, isNew ? chunk : null);
        kept.forEach(sample -> sample.appendTo(late, row));
        return true;
    }

    /** A sample that a marker's chunk does not have. */
    private record Kept(
            long timestampMillis,
            long startTimestampMillis,
            long valueBits,
            @Nullable HistogramBuffer histogram) {
        static Kept of(SampleCursor sample) {
            if (sample.kind() == SampleKind.FLOAT) {
                return new Kept(sample.timestampMillis(), sample.startTimestampMillis(), sample.valueBits(), null);
            }
            HistogramBuffer copy = new HistogramBuffer();
            copy.set(sample.histogram());
            return new Kept(sample.timestampMillis(), 0, 0, copy);
        }

        void appendTo(LateRows late, int row) {
            Outcome unused = histogram == null
                    ? late.append(row, timestampMillis, startTimestampMillis, valueBits)
                    : late.append(row, timestampMillis, histogram);
        }
    }

    @Override
    public void tombstone(long seriesRef, long minTimestampMillis, long maxTimestampMillis) {
        // What is deleted is in the log.
    }

    /** Markers of chunks that are not there. While the late log has such, no chunk may get the place of a lost one. */
    public long chunksLost() {
        return chunksLost;
    }

    /** Samples of series that are not known. */
    public long samplesOfUnknownSeries() {
        return samplesOfUnknownSeries;
    }
}

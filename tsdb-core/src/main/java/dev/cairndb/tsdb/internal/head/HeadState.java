package dev.cairndb.tsdb.internal.head;

import dev.cairndb.chunks.HeadChunkReader;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.tsdb.internal.exemplar.ExemplarRing;
import dev.cairndb.tsdb.internal.metadata.MetadataTable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What the parts of a head share. Filled by {@link HeadReplay} first, then owned by a {@link Head}. */
public final class HeadState {
    final HeadSettings settings;
    final Epochs epochs;
    final HeadChunkReader chunkReader;
    final Consumer<CorruptionException> onDamage;
    /** Guards rows, slab, open chunks and bounds; see {@link Rows} for what may be read without it. */
    final CommitLock commitLock = new CommitLock();

    final Rows rows = new Rows();
    final Slab slab = new Slab();
    final HeadTombstones tombstones = new HeadTombstones();
    final HeadBounds bounds;
    final SeriesRegistry registry;
    final ClosedChunks closed = new ClosedChunks(rows, slab);
    final OpenHistograms histograms;
    final OpenChunks chunks;
    final HeadChunkFiles chunkFiles = new HeadChunkFiles();
    final HeadTruncation truncation;
    final ExemplarRing exemplars;
    final MetadataTable metadata;

    /** Null as long as there was no late sample: most stores have none. Changed under the commit lock. */
    volatile @Nullable LateRows late;

    /** @param onDamage is told what is damaged in chunks_head, when it is read */
    public HeadState(
            HeadSettings settings,
            Epochs epochs,
            HeadChunkReader chunkReader,
            CacheBudget cacheBudget,
            Consumer<CorruptionException> onDamage) {
        this.onDamage = onDamage;
        this.settings = settings;
        this.epochs = epochs;
        this.chunkReader = chunkReader;
        bounds = new HeadBounds(settings.chunkRangeMillis());
        registry = new SeriesRegistry(rows, settings.limits(), cacheBudget);
        histograms = new OpenHistograms(slab, closed, settings.chunkRangeMillis(), false);
        chunks = new OpenChunks(
                rows,
                slab,
                closed,
                histograms,
                new LastClosedSample(slab, chunkReader),
                settings.chunkRangeMillis(),
                settings.floatEncoding(),
                false);
        exemplars = new ExemplarRing(settings.exemplarsMax());
        metadata = new MetadataTable(settings.metadataBytesMax());
        truncation = new HeadTruncation(rows, registry, chunks, bounds, tombstones, metadata, epochs, commitLock);
    }

    /** Makes {@link #late} if there is none. Under the commit lock. */
    LateRows lateRows() {
        LateRows present = late;
        if (present == null) {
            present = new LateRows(rows, chunkReader, settings.chunkRangeMillis(), settings.floatEncoding());
            late = present;
        }
        return present;
    }

    /** Ends what is under way and gives back what is shared with other stores; for a head that is not used. */
    public void discard() {
        registry.stopRestoring();
        registry.close();
    }
}

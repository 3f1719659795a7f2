package dev.cairndb.tsdb.internal.query;

import dev.cairndb.chunks.EncodedChunk;
import dev.cairndb.index.ChunkMetas;
import dev.cairndb.index.PostingCursor;
import dev.cairndb.index.PostingList;
import dev.cairndb.index.SeriesEntry;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.tsdb.internal.block.Block;
import dev.cairndb.tsdb.internal.block.Intervals;
import java.io.IOException;
import java.util.function.Consumer;

/**
 * Series of a block that have chunks in a range of time, of which not all is deleted; a block's series
 * references ascend in label order.
 */
public final class BlockSeriesSource implements SeriesSource, ChunkLoader {
    private final Block block;
    private final PostingCursor series = new PostingCursor();
    private final SeriesEntry entry = new SeriesEntry();
    private final long fromMillis;
    private final long toMillis;
    private final Consumer<CorruptionException> onDamage;
    /** Of the present series. */
    private Intervals deleted = Intervals.NONE;

    /**
     * @param block acquired by the caller, for as long as this is used
     * @param onDamage is told before it is thrown
     */
    public BlockSeriesSource(
            Block block, PostingList selected, long fromMillis, long toMillis, Consumer<CorruptionException> onDamage) {
        this.block = block;
        this.fromMillis = fromMillis;
        this.toMillis = toMillis;
        this.onDamage = onDamage;
        PostingCursor unused = series.reset(selected);
    }

    @Override
    public boolean next() throws IOException {
        while (series.next()) {
            readEntry();
            deleted = block.tombstones().of(Integer.toUnsignedLong(series.id()));
            ChunkMetas chunks = entry.chunks();
            for (int i = 0; i < chunks.count(); i++) {
                if (isInRange(chunks, i)
                        && !deleted.covers(chunks.minTimestampMillis(i), chunks.maxTimestampMillis(i))) {
                    return true;
                }
            }
        }
        return false;
    }

    private void readEntry() throws IOException {
        try {
            block.index().series(series.id(), entry);
        } catch (CorruptionException e) {
            onDamage.accept(e);
            throw e;
        }
    }

    private boolean isInRange(ChunkMetas chunks, int index) {
        return chunks.minTimestampMillis(index) <= toMillis && chunks.maxTimestampMillis(index) >= fromMillis;
    }

    @Override
    public byte[] labels() {
        return entry.labels();
    }

    @Override
    public int labelsLength() {
        return entry.labelsLength();
    }

    @Override
    public void addChunks(ChunkList target) {
        ChunkMetas chunks = entry.chunks();
        for (int i = 0; i < chunks.count(); i++) {
            if (isInRange(chunks, i)) {
                target.add(chunks.minTimestampMillis(i), chunks.maxTimestampMillis(i), this, chunks.ref(i), deleted);
            }
        }
    }

    @Override
    public void load(long reference, EncodedChunk target) throws IOException {
        try {
            block.chunks().read(reference, 0, 0, target);
        } catch (CorruptionException e) {
            onDamage.accept(e);
            throw e;
        }
    }
}

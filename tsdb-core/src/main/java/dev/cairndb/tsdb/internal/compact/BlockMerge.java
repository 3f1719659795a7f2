package dev.cairndb.tsdb.internal.compact;

import dev.cairndb.io.Clock;
import dev.cairndb.io.Storage;
import dev.cairndb.tsdb.ChunkCursor;
import dev.cairndb.tsdb.TsdbOptions;
import dev.cairndb.tsdb.internal.block.Block;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.BlockWriter;
import dev.cairndb.tsdb.internal.block.Tombstones;
import dev.cairndb.tsdb.internal.block.Ulid;
import dev.cairndb.tsdb.internal.limit.QueryBudget;
import dev.cairndb.tsdb.internal.query.BlockSeriesSource;
import dev.cairndb.tsdb.internal.query.MergedSeries;
import dev.cairndb.tsdb.internal.query.SeriesSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes one block with the samples of several, which may overlap in time. It streams: one series at a time is in
 * memory, whatever the size of the blocks. A chunk that overlaps no other of its series and has no deleted samples is
 * passed on undecoded; one that comes twice, once; the others are merged and encoded again. What tombstones cover is
 * left out, and the new block has none.
 *
 * <p>Two samples of a series at the same time are one in the result: that of the chunk that starts earlier, and among
 * those that start together of the block that comes first in time, then by name.
 *
 * <p>The result is durable and names the blocks it was made of as its parents, but stands beside them until {@link
 * dev.cairndb.tsdb.internal.block.BlockDirectory#add} puts it in their place: after a crash in between, the next
 * opening does so. Stateless; thread-safe.
 */
public final class BlockMerge {
    private static final Comparator<Block> BY_TIME = Comparator.<Block>comparingLong(
                    block -> block.meta().minTimestampMillis())
            .thenComparing(Block::ulid);

    private final Storage storage;
    private final Path directory;

    /** @param directory where the new blocks go */
    public BlockMerge(Storage storage, Path directory) {
        this.storage = storage;
        this.directory = directory;
    }

    /**
     * Merges blocks.
     *
     * @param blocks acquired by the caller, at least one
     * @param ulid name of the new block
     * @param stop asked for every series; true gives up, and what was written is removed
     * @return what the new block's meta.json says; null if all samples were deleted: then there is no new block
     * @throws CancellationException if it was stopped
     */
    public @Nullable BlockMeta run(List<Block> blocks, Ulid ulid, BooleanSupplier stop) throws IOException {
        if (blocks.isEmpty()) {
            throw new IllegalArgumentException("there is nothing to merge");
        }
        List<Block> sorted = blocks.stream().sorted(BY_TIME).toList();
        List<BlockMeta> metas = sorted.stream().map(Block::meta).toList();
        try (BlockWriter writer = BlockWriter.create(storage, directory, ulid)) {
            MergedSymbols symbols = new MergedSymbols(sorted);
            while (symbols.next()) {
                writer.addSymbol(symbols.array(), symbols.offset(), symbols.length());
            }
            writeSeries(sorted, writer, stop);
            return writer.finish(
                    metas.get(0).minTimestampMillis(),
                    metas.stream()
                            .mapToLong(BlockMeta::maxTimestampMillis)
                            .max()
                            .orElseThrow(),
                    BlockMeta.Compaction.merged(metas),
                    Tombstones.NONE);
        }
    }

    private static void writeSeries(List<Block> blocks, BlockWriter writer, BooleanSupplier stop) throws IOException {
        List<SeriesSource> sources = new ArrayList<>();
        for (Block block : blocks) {
            sources.add(
                    new BlockSeriesSource(block, block.index().all(), Long.MIN_VALUE, Long.MAX_VALUE, damage -> {}));
        }
        QueryBudget unlimited = new QueryBudget(TsdbOptions.QueryLimits.none(), Clock.system(), reason -> {});
        try (MergedSeries series = new MergedSeries(sources, Long.MIN_VALUE, Long.MAX_VALUE, unlimited, () -> {})) {
            while (series.next()) {
                if (stop.getAsBoolean()) {
                    throw new CancellationException("merging of blocks was stopped");
                }
                for (ChunkCursor chunks = series.trimmedChunks(); chunks.next(); ) {
                    writer.addChunk(chunks.chunk());
                }
                writer.endSeries(series.packedLabels(), 0, series.packedLabelsLength());
            }
        }
    }
}

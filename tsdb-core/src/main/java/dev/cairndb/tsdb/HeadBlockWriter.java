package dev.cairndb.tsdb;

import dev.cairndb.io.Storage;
import dev.cairndb.tsdb.internal.block.Block;
import dev.cairndb.tsdb.internal.block.BlockDirectory;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.BlockWriter;
import dev.cairndb.tsdb.internal.block.Tombstones;
import dev.cairndb.tsdb.internal.block.Ulid;
import dev.cairndb.tsdb.internal.block.UlidSource;
import dev.cairndb.tsdb.internal.head.NumberedSeries;
import dev.cairndb.tsdb.internal.query.ChunkList;
import dev.cairndb.tsdb.internal.query.TrimmedChunks;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Writes samples of the head that lie in a range of time as a block, and lets queries have it. Maintenance only. */
final class HeadBlockWriter {
    private final Storage storage;
    private final Path directory;
    private final BlockDirectory blocks;
    private final TsdbListener listener;
    private final UlidSource ulids;
    private final ChunkList chunks = new ChunkList();
    private final TrimmedChunks trimmed = new TrimmedChunks(chunks);
    private final LongAdder blocksCut = new LongAdder();

    HeadBlockWriter(TsdbBuilder builder, BlockDirectory blocks) {
        this.blocks = blocks;
        listener = builder.listener;
        storage = builder.storage;
        directory = builder.directory;
        ulids = new UlidSource(builder.clock, new SplittableRandom());
    }

    /**
     * Returns when the block is durable. Under an epoch pin.
     *
     * @param to exclusive
     * @param origin says of a new block how it came about
     * @return null if there are no samples in the range, and thus no block
     */
    @Nullable
    BlockMeta write(NumberedSeries series, long from, long to, Function<Ulid, BlockMeta.Compaction> origin)
            throws IOException {
        Ulid ulid = ulids.next();
        try (BlockWriter writer = BlockWriter.create(storage, directory, ulid)) {
            series.forEachSymbol(writer::addSymbol);
            while (series.next()) {
                chunks.clear();
                series.addChunks(chunks);
                trimmed.reset(from, to - 1);
                while (trimmed.next()) {
                    writer.addChunk(trimmed.chunk());
                }
                writer.endSeries(series.labels(), series.labelCount());
            }
            return writer.finish(from, to, origin.apply(ulid), Tombstones.NONE);
        } finally {
            chunks.clear();
        }
    }

    /** Opens blocks that were written, for the next view. */
    List<Block> open(List<Ulid> written) throws IOException {
        return written.isEmpty() ? List.of() : blocks.add(written);
    }

    /** Counts and announces blocks that the view shows now. */
    void announce(List<Block> shown) {
        blocksCut.add(shown.size());
        for (Block block : shown) {
            listener.blockCut(BlockHousekeeping.infoOf(block));
        }
    }

    long blocksCut() {
        return blocksCut.sum();
    }
}

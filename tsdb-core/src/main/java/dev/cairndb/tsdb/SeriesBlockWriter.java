package dev.cairndb.tsdb;

import dev.cairndb.io.Clock;
import dev.cairndb.io.Storage;
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
import java.util.SplittableRandom;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Writes series of a head as blocks into a directory. Not thread-safe. */
final class SeriesBlockWriter {
    private final Storage storage;
    private final Path directory;
    private final UlidSource ulids;
    private final ChunkList chunks = new ChunkList();
    private final TrimmedChunks trimmed = new TrimmedChunks(chunks);

    /** @param directory of the blocks' folders */
    SeriesBlockWriter(Storage storage, Path directory, Clock clock) {
        this.storage = storage;
        this.directory = directory;
        ulids = new UlidSource(clock, new SplittableRandom());
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
}

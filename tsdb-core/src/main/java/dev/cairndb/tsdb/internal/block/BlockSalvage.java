package dev.cairndb.tsdb.internal.block;

import dev.cairndb.chunks.ChunkCursors;
import dev.cairndb.chunks.ChunkSegmentReader;
import dev.cairndb.chunks.EncodedChunk;
import dev.cairndb.chunks.UnsupportedChunkException;
import dev.cairndb.index.ChunkMetas;
import dev.cairndb.index.IndexReader;
import dev.cairndb.index.IndexVerifier;
import dev.cairndb.index.SeriesEntry;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.DamagedFiles;
import dev.cairndb.io.FormatVersionException;
import dev.cairndb.io.Storage;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes what can be read of a damaged block into a new one, which takes its place; the damaged one is put aside.
 * Series and chunks are copied as they are if their checksums are right. Not thread-safe; for one block.
 */
public final class BlockSalvage {
    private final Storage storage;
    private final Path dataDirectory;
    private final Path damaged;
    private final LongConsumer bytesRead;
    private final ChunkCursors cursors = new ChunkCursors();
    private final EncodedChunk chunk = new EncodedChunk();
    private final Tombstones.Builder newTombstones = new Tombstones.Builder();
    private long minTimestampMillis = Long.MAX_VALUE;
    private long maxTimestampMillis = Long.MIN_VALUE;

    private BlockSalvage(Storage storage, Path dataDirectory, Path damaged, LongConsumer bytesRead) {
        this.storage = storage;
        this.dataDirectory = dataDirectory;
        this.damaged = damaged;
        this.bytesRead = bytesRead;
    }

    /**
     * @param damaged the block's folder
     * @param fresh name of the new block
     * @param bytesRead hears how many more bytes of chunks were read
     * @return the new block, or null if nothing could be read
     */
    public static @Nullable BlockMeta run(
            Storage storage, Path dataDirectory, Path damaged, Ulid fresh, LongConsumer bytesRead) throws IOException {
        BlockMeta written = new BlockSalvage(storage, dataDirectory, damaged, bytesRead).write(fresh);
        Path unused = DamagedFiles.moveAside(storage, damaged);
        return written;
    }

    private @Nullable BlockMeta write(Ulid fresh) throws IOException {
        Tombstones tombstones;
        try {
            tombstones = Tombstones.read(storage, damaged);
        } catch (CorruptionException | FormatVersionException e) {
            BlockMeta said = readMeta();
            if (said == null || said.stats().tombstones() > 0) {
                // Without them, what was deleted would come back.
                return null;
            }
            tombstones = Tombstones.NONE;
        }
        ChunkSegmentReader chunks = ChunkSegmentReader.openDamaged(storage, damaged.resolve(Block.CHUNKS), e -> {});
        try (IndexReader index = IndexReader.open(storage, damaged.resolve(Block.INDEX))) {
            return write(fresh, index, chunks, tombstones);
        } catch (CorruptionException | FormatVersionException | NoSuchFileException e) {
            return null;
        } finally {
            chunks.close();
        }
    }

    private @Nullable BlockMeta readMeta() throws IOException {
        try {
            return BlockMeta.read(storage, damaged);
        } catch (CorruptionException | FormatVersionException | NoSuchFileException e) {
            return null;
        }
    }

    private @Nullable BlockMeta write(Ulid fresh, IndexReader index, ChunkSegmentReader chunks, Tombstones tombstones)
            throws IOException {
        try (BlockWriter writer = BlockWriter.create(storage, dataDirectory, fresh)) {
            for (IndexReader.SymbolCursor symbols = index.symbols(); symbols.next(); ) {
                writer.addSymbol(symbols.array(), symbols.offset(), symbols.length());
            }
            IndexVerifier.forEachSeries(index, new IndexVerifier.Listener() {
                @Override
                public void damaged(CorruptionException damage) {
                    // It was told before; here it is left out.
                }

                @Override
                public void series(int ref, SeriesEntry entry) throws IOException {
                    copy(ref, entry, chunks, writer, tombstones);
                }
            });
            BlockMeta said = readMeta();
            BlockMeta.Compaction compaction = said == null ? ofUnknownOrigin(fresh) : without(said);
            return writer.finish(
                    said == null ? minTimestampMillis : Math.min(minTimestampMillis, said.minTimestampMillis()),
                    said == null ? maxTimestampMillis + 1 : Math.max(maxTimestampMillis + 1, said.maxTimestampMillis()),
                    compaction,
                    newTombstones.build());
        }
    }

    private void copy(int ref, SeriesEntry entry, ChunkSegmentReader chunks, BlockWriter writer, Tombstones tombstones)
            throws IOException {
        ChunkMetas metas = entry.chunks();
        boolean any = false;
        long lastMillis = Long.MIN_VALUE;
        for (int i = 0; i < metas.count(); i++) {
            try {
                chunks.read(metas.ref(i), metas.minTimestampMillis(i), metas.maxTimestampMillis(i), chunk);
                bytesRead.accept(chunk.length());
                cursors.verify(chunk);
            } catch (CorruptionException | UnsupportedChunkException e) {
                continue;
            }
            if (!any || chunk.minTimestampMillis() > lastMillis) {
                writer.addChunk(chunk);
                any = true;
                lastMillis = chunk.maxTimestampMillis();
                minTimestampMillis = Math.min(minTimestampMillis, chunk.minTimestampMillis());
                maxTimestampMillis = Math.max(maxTimestampMillis, lastMillis);
            }
        }
        writer.endSeries(entry.labels(), 0, entry.labelsLength());
        if (any) {
            Intervals deleted = tombstones.of(Integer.toUnsignedLong(ref));
            for (int i = 0; i < deleted.count(); i++) {
                Tombstones.Builder unused = newTombstones.add(
                        writer.lastSeriesRef(), deleted.minTimestampMillis(i), deleted.maxTimestampMillis(i));
            }
        }
    }

    /** What is not known to be in order must not make a store drop what its head holds up to the block's end. */
    private static BlockMeta.Compaction ofUnknownOrigin(Ulid fresh) {
        return new BlockMeta.Compaction(
                1, List.of(fresh), false, List.of(), false, List.of(BlockMeta.HINT_OUT_OF_ORDER));
    }

    /**
     * The damaged block is no parent, which would be deleted. With its sources what was shipped is not shipped again.
     */
    private static BlockMeta.Compaction without(BlockMeta damaged) {
        BlockMeta.Compaction old = damaged.compaction();
        return new BlockMeta.Compaction(old.level(), old.sources(), false, List.of(), false, old.hints());
    }
}

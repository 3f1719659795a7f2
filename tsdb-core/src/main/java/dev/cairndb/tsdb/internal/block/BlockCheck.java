package dev.cairndb.tsdb.internal.block;

import dev.cairndb.chunks.ChunkCursors;
import dev.cairndb.chunks.ChunkSegmentReader;
import dev.cairndb.chunks.EncodedChunk;
import dev.cairndb.chunks.UnsupportedChunkException;
import dev.cairndb.index.ChunkMetas;
import dev.cairndb.index.IndexReader;
import dev.cairndb.index.IndexVerifier;
import dev.cairndb.index.PackedLabels;
import dev.cairndb.index.SeriesEntry;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.FormatVersionException;
import dev.cairndb.io.Storage;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads a block from end to end: its four kinds of files, every series and posting list, every chunk to its last
 * sample, and compares what they say of each other. Changes nothing. Not thread-safe; for one block.
 */
public final class BlockCheck {
    private final Storage storage;
    private final Path directory;
    private final Listener listener;
    private final LongConsumer bytesRead;
    private final ChunkCursors cursors = new ChunkCursors();
    private final EncodedChunk chunk = new EncodedChunk();
    private @Nullable BlockMeta meta;
    private boolean whole = true;
    private long series;
    private long chunks;
    private long samples;
    private long chunksUnread;
    private long indexRead;

    /** @param bytesRead hears how many more bytes were read, series by series; in the end about as many as there are */
    public BlockCheck(Storage storage, Path directory, Listener listener, LongConsumer bytesRead) {
        this.storage = storage;
        this.directory = directory;
        this.listener = listener;
        this.bytesRead = bytesRead;
    }

    /** What damage of a block costs. */
    public enum Cost {
        /** The block cannot be opened. */
        BLOCK,
        /** A series, a list or a chunk cannot be read. */
        PART,
        /** Tombstones, of which there were none. */
        NOTHING,
        /** What meta.json says of the content is not so. */
        COUNTS
    }

    /** Hears what is found. */
    public interface Listener {
        void damaged(Path file, Cost cost, IOException damage);

        /** The chunk is in an encoding that is not read here. */
        void unsupported(Path chunks, UnsupportedChunkException reason);
    }

    public void run() throws IOException {
        readMeta();
        readTombstones();
        Path chunkFiles = directory.resolve(Block.CHUNKS);
        ChunkSegmentReader reader =
                ChunkSegmentReader.openDamaged(storage, chunkFiles, e -> damaged(chunkFiles, Cost.BLOCK, e));
        try {
            Path file = directory.resolve(Block.INDEX);
            try (IndexReader index = IndexReader.open(storage, file)) {
                IndexVerifier.verify(index, new Content(reader));
                readIndexTo(storage.size(file));
            } catch (CorruptionException | FormatVersionException | NoSuchFileException e) {
                damaged(file, Cost.BLOCK, e);
                return;
            }
            if (whole) {
                checkChain(chunkFiles, reader);
                checkCounts();
            }
        } finally {
            reader.close();
        }
    }

    private void readIndexTo(long position) {
        bytesRead.accept(position - indexRead);
        indexRead = position;
    }

    private void damaged(Path file, Cost cost, IOException damage) {
        whole = false;
        listener.damaged(file, cost, damage);
    }

    private void readMeta() throws IOException {
        Path file = directory.resolve(BlockMeta.FILE_NAME);
        try {
            BlockMeta found = BlockMeta.read(storage, directory);
            Ulid name = Ulid.tryParse(String.valueOf(directory.getFileName()));
            if (name != null && !name.equals(found.ulid())) {
                throw new CorruptionException(
                        file.toString(), 0, "ulid " + name, found.ulid().toString());
            }
            meta = found;
        } catch (CorruptionException | FormatVersionException | NoSuchFileException e) {
            damaged(file, Cost.BLOCK, e);
        }
    }

    private void readTombstones() throws IOException {
        try {
            Tombstones unused = Tombstones.read(storage, directory);
        } catch (CorruptionException | FormatVersionException e) {
            boolean none = meta != null && meta.stats().tombstones() == 0;
            damaged(
                    directory.resolve(Tombstones.FILE_NAME),
                    none && e instanceof CorruptionException ? Cost.NOTHING : Cost.BLOCK,
                    e);
        }
    }

    /** Also bytes between chunks that no series refers to. */
    private void checkChain(Path chunkFiles, ChunkSegmentReader reader) {
        try {
            long unused = reader.encodingIds();
        } catch (CorruptionException e) {
            damaged(chunkFiles, Cost.PART, e);
        }
    }

    private void checkCounts() {
        BlockMeta said = meta;
        if (said == null || chunksUnread > 0) {
            return;
        }
        BlockStats stats = said.stats();
        if (stats.samples() != samples || stats.series() != series || stats.chunks() != chunks) {
            Path file = directory.resolve(BlockMeta.FILE_NAME);
            damaged(
                    file,
                    Cost.COUNTS,
                    new CorruptionException(
                            file.toString(),
                            0,
                            series + " series, " + chunks + " chunks, " + samples + " samples",
                            stats.series() + ", " + stats.chunks() + ", " + stats.samples()));
        }
    }

    /** Samples of the chunks that can be read, deleted ones included. */
    public long samples() {
        return samples;
    }

    /** Reads the chunks of each series. */
    private final class Content implements IndexVerifier.Listener {
        private final ChunkSegmentReader reader;

        Content(ChunkSegmentReader reader) {
            this.reader = reader;
        }

        @Override
        public void damaged(CorruptionException damage) {
            BlockCheck.this.damaged(directory.resolve(Block.INDEX), Cost.PART, damage);
        }

        @Override
        public void series(int ref, SeriesEntry entry) throws IOException {
            series++;
            readIndexTo(Integer.toUnsignedLong(ref) * IndexReader.SERIES_REF_BYTES);
            ChunkMetas metas = entry.chunks();
            for (int i = 0; i < metas.count(); i++) {
                chunks++;
                read(entry, metas, i);
            }
        }

        private void read(SeriesEntry entry, ChunkMetas metas, int i) throws IOException {
            try {
                reader.read(metas.ref(i), metas.minTimestampMillis(i), metas.maxTimestampMillis(i), chunk);
                bytesRead.accept(chunk.length());
                cursors.verify(chunk);
                requireInRange(entry, metas, i);
                samples += chunk.sampleCount();
            } catch (UnsupportedChunkException e) {
                chunksUnread++;
                listener.unsupported(directory.resolve(Block.CHUNKS), e);
            } catch (CorruptionException e) {
                BlockCheck.this.damaged(directory.resolve(Block.CHUNKS), Cost.PART, e);
            }
        }

        private void requireInRange(SeriesEntry entry, ChunkMetas metas, int i) throws CorruptionException {
            BlockMeta said = meta;
            if (said != null
                    && (metas.minTimestampMillis(i) < said.minTimestampMillis()
                            || metas.maxTimestampMillis(i) >= said.maxTimestampMillis())) {
                throw new CorruptionException(
                        directory.resolve(Block.INDEX).toString(),
                        0,
                        "chunks from " + said.minTimestampMillis() + " up to " + said.maxTimestampMillis(),
                        metas.minTimestampMillis(i) + ".." + metas.maxTimestampMillis(i) + " of "
                                + PackedLabels.toString(entry.labels(), 0, entry.labelsLength()));
            }
        }
    }
}

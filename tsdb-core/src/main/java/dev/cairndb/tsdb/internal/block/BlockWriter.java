package dev.cairndb.tsdb.internal.block;

import dev.cairndb.chunks.ChunkSegmentWriter;
import dev.cairndb.chunks.EncodedChunk;
import dev.cairndb.index.ChunkMetas;
import dev.cairndb.index.IndexWriter;
import dev.cairndb.io.AppendFile;
import dev.cairndb.io.Storage;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Writes a block, streaming: memory does not grow with it. First {@link #addSymbol all strings} in byte order, then for
 * each series, in label order, {@link #addChunk its chunks} in time order and {@link #endSeries its labels}, then
 * {@link #finish}.
 *
 * <p>All is written under a temporary name; every file and folder is synced before the folder gets the block's name,
 * and the name is synced before {@code finish} returns. {@link #close} before that removes what was written. Not
 * thread-safe.
 */
public final class BlockWriter implements Closeable {
    private final Storage storage;
    private final Path dataDirectory;
    private final Ulid ulid;
    private final Path staged;
    private final ChunkSegmentWriter chunks;
    private final IndexWriter index;
    private final ChunkMetas series = new ChunkMetas();
    private boolean inSeries;
    private long lastSeriesRef;
    private long samples;
    private long histogramSamples;
    private boolean renamed;
    private boolean ended;

    private BlockWriter(
            Storage storage, Path dataDirectory, Ulid ulid, Path staged, ChunkSegmentWriter chunks, IndexWriter index) {
        this.storage = storage;
        this.dataDirectory = dataDirectory;
        this.ulid = ulid;
        this.staged = staged;
        this.chunks = chunks;
        this.index = index;
    }

    /** Starts a block with chunk files of Prometheus' size. */
    public static BlockWriter create(Storage storage, Path dataDirectory, Ulid ulid) throws IOException {
        return create(storage, dataDirectory, ulid, ChunkSegmentWriter.DEFAULT_SEGMENT_SIZE_BYTES_MAX);
    }

    /** Starts a block. */
    public static BlockWriter create(Storage storage, Path dataDirectory, Ulid ulid, long segmentSizeBytesMax)
            throws IOException {
        Path staged = dataDirectory.resolve(ulid + BlockDirectory.CREATION_SUFFIX);
        Path chunkDirectory = staged.resolve(Block.CHUNKS);
        try {
            storage.deleteRecursively(staged);
            storage.createDirectories(chunkDirectory);
            return new BlockWriter(
                    storage,
                    dataDirectory,
                    ulid,
                    staged,
                    new ChunkSegmentWriter(storage, chunkDirectory, segmentSizeBytesMax),
                    IndexWriter.create(storage, staged.resolve(Block.INDEX)));
        } catch (IOException | RuntimeException e) {
            remove(storage, staged, e);
            throw e;
        }
    }

    public Ulid ulid() {
        return ulid;
    }

    /** Adds a string used as a name or value; it may stay unused. */
    public void addSymbol(byte[] bytes, int offset, int length) throws IOException {
        index.addSymbol(bytes, offset, length);
    }

    /** Adds a chunk of the next series; its bytes are copied as they are. */
    public void addChunk(EncodedChunk chunk) throws IOException {
        if (!inSeries) {
            chunks.startSeries();
            inSeries = true;
        }
        long reference = chunks.write(chunk.encoding(), chunk.array(), chunk.offset(), chunk.length());
        series.add(chunk.minTimestampMillis(), chunk.maxTimestampMillis(), reference);
        int count = chunk.sampleCount();
        samples += count;
        switch (chunk.encoding()) {
            case XOR, XOR2 -> {}
            case HISTOGRAM, FLOAT_HISTOGRAM -> histogramSamples += count;
        }
    }

    /** Ends the series whose chunks were added, with its packed labels; a series without chunks is left out. */
    public void endSeries(byte[] packedLabels, int offset, int length) throws IOException {
        if (inSeries) {
            endSeries(index.addSeries(packedLabels, offset, length, series));
        }
    }

    /**
     * As {@link #endSeries(byte[], int, int)}, for who knows the numbers of the symbols.
     *
     * @param labels for each label the numbers (from 0, in the order added) of its name and of its value
     */
    public void endSeries(int[] labels, int labelCount) throws IOException {
        if (inSeries) {
            endSeries(index.addSeries(labels, labelCount, series));
        }
    }

    private void endSeries(int reference) {
        lastSeriesRef = Integer.toUnsignedLong(reference);
        series.clear();
        inSeries = false;
    }

    /** The reference in this block of the series that was written last, for its tombstones. */
    public long lastSeriesRef() {
        return lastSeriesRef;
    }

    /** Series with chunks so far. */
    public long seriesCount() {
        return index.seriesCount();
    }

    /**
     * Completes the block; when this returns it is on stable storage under its name.
     *
     * @param maxTimestampMillis exclusive
     * @return what its meta.json says, or null if no series was written: then there is no block
     */
    public @Nullable BlockMeta finish(
            long minTimestampMillis, long maxTimestampMillis, BlockMeta.Compaction compaction, Tombstones tombstones)
            throws IOException {
        if (ended || inSeries) {
            throw new IllegalStateException("block cannot be finished: ended=" + ended + ", in a series=" + inSeries);
        }
        if (index.seriesCount() == 0) {
            close();
            return null;
        }
        BlockMeta meta = new BlockMeta(
                ulid,
                minTimestampMillis,
                maxTimestampMillis,
                new BlockStats(
                        samples,
                        samples - histogramSamples,
                        histogramSamples,
                        index.seriesCount(),
                        chunks.chunkCount(),
                        tombstones.count()),
                compaction,
                null);
        chunks.finish();
        index.finish();
        index.close();
        tombstones.create(storage, staged);
        writeMeta(meta.toJson());
        storage.syncDirectory(staged);
        storage.rename(staged, dataDirectory.resolve(ulid.toString()));
        renamed = true;
        storage.syncDirectory(dataDirectory);
        ended = true;
        return meta;
    }

    private void writeMeta(byte[] json) throws IOException {
        try (AppendFile file = storage.create(staged.resolve(BlockMeta.FILE_NAME))) {
            file.write(json, 0, json.length);
            file.sync();
        }
    }

    /** Without {@link #finish} before it, gives the block up. What cannot be removed now goes at the next opening. */
    @Override
    public void close() throws IOException {
        if (ended) {
            return;
        }
        ended = true;
        try (index;
                chunks) {
            // closed before their folder is removed
        } finally {
            if (renamed) {
                // The new name may or may not survive a power cut: it must not, as the samples are written again.
                storage.rename(dataDirectory.resolve(ulid.toString()), staged);
            }
            storage.deleteRecursively(staged);
        }
    }

    private static void remove(Storage storage, Path staged, Exception reason) {
        try {
            storage.deleteRecursively(staged);
        } catch (IOException e) {
            reason.addSuppressed(e);
        }
    }
}

package dev.cairndb.tsdb.internal.block;

import dev.cairndb.chunks.ChunkSegmentReader;
import dev.cairndb.index.IndexReader;
import dev.cairndb.io.Storage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An open block: its metadata, index, chunks and tombstones. Immutable on disk until it is replaced or deleted, but for
 * what is deleted in it.
 *
 * <p>Its files are mapped, and unmapping under a reader would be fatal, so users are counted: whoever is not its owner
 * calls {@link #tryAcquire} before and {@link #release} after using it. The owner holds one count from the opening on;
 * when it gives that up and the last reader leaves, the files are unmapped, and a block that was deleted meanwhile goes
 * from the disk. Thread-safe.
 */
public final class Block {
    public static final String CHUNKS = "chunks";
    public static final String INDEX = "index";

    private volatile BlockMeta meta;
    private volatile Tombstones tombstones;
    private final IndexReader index;
    private final ChunkSegmentReader chunks;
    private final long sizeBytes;
    private final AtomicInteger users = new AtomicInteger(1);
    private volatile Path directory;
    private volatile Runnable afterClose = () -> {};

    private Block(
            Path directory,
            BlockMeta meta,
            Tombstones tombstones,
            IndexReader index,
            ChunkSegmentReader chunks,
            long sizeBytes) {
        this.directory = directory;
        this.meta = meta;
        this.tombstones = tombstones;
        this.index = index;
        this.chunks = chunks;
        this.sizeBytes = sizeBytes;
    }

    /** Opens the block in a directory; the caller becomes its owner. */
    public static Block open(Storage storage, Path directory) throws IOException {
        BlockMeta meta = BlockMeta.read(storage, directory);
        Tombstones tombstones = Tombstones.read(storage, directory);
        long sizeBytes = FolderBytes.ofBlock(storage, directory);
        ChunkSegmentReader chunks = ChunkSegmentReader.open(storage, directory.resolve(CHUNKS));
        try {
            IndexReader index = IndexReader.open(storage, directory.resolve(INDEX));
            return new Block(directory, meta, tombstones, index, chunks, sizeBytes);
        } catch (IOException | RuntimeException e) {
            chunks.close();
            throw e;
        }
    }

    public BlockMeta meta() {
        return meta;
    }

    public Ulid ulid() {
        return meta.ulid();
    }

    /** Where the block is now; a deleted block that is still read has another name. */
    public Path directory() {
        return directory;
    }

    /** What is deleted in the block at this moment. */
    public Tombstones tombstones() {
        return tombstones;
    }

    /**
     * Deletes more of the block. Readers pass over it from now on, those included that have begun; it is durable when
     * this returns. Of a block in use, by one thread at a time.
     */
    void delete(Storage storage, Tombstones more) throws IOException {
        Tombstones all =
                new Tombstones.Builder().addAll(tombstones).addAll(more).build();
        all.replace(storage, directory);
        tombstones = all;
        BlockMeta changed = meta.withStats(meta.stats().withTombstones(all.count()));
        BlockFile.replace(storage, directory, BlockMeta.FILE_NAME, changed.toJson());
        meta = changed;
    }

    public IndexReader index() {
        return index;
    }

    public ChunkSegmentReader chunks() {
        return chunks;
    }

    /** Bytes of its files when it was opened. */
    public long sizeBytes() {
        return sizeBytes;
    }

    /** Counts the caller as a user; false if the block is closed already. */
    public boolean tryAcquire() {
        int count;
        do {
            count = users.get();
            if (count == 0) {
                return false;
            }
        } while (!users.compareAndSet(count, count + 1));
        return true;
    }

    /** Ends one use. */
    public void release() {
        int left = users.decrementAndGet();
        if (left < 0) {
            throw new IllegalStateException("block released more often than acquired: " + meta.ulid());
        }
        if (left == 0) {
            closeFiles();
        }
    }

    private void closeFiles() {
        try (index;
                chunks) {
            // Both, and what is to be done then, whatever becomes of the others.
        } finally {
            afterClose.run();
        }
    }

    /** Ends one use of each, also of those behind one that fails. Throws what the first that failed threw. */
    static void releaseAll(Iterable<Block> blocks) {
        RuntimeException failure = null;
        for (Block block : blocks) {
            try {
                block.release();
            } catch (RuntimeException e) {
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    /** Tells the block, before its owner releases it, where it was moved to and what to do once nobody reads it. */
    void retired(Path newDirectory, Runnable action) {
        directory = newDirectory;
        afterClose = action;
    }

    @Override
    public String toString() {
        return "Block[" + meta.ulid() + ' ' + meta.minTimestampMillis() + ".." + meta.maxTimestampMillis() + ']';
    }
}

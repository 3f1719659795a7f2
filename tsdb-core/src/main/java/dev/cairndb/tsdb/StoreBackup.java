package dev.cairndb.tsdb;

import dev.cairndb.io.AppendFile;
import dev.cairndb.io.Clock;
import dev.cairndb.io.Storage;
import dev.cairndb.tsdb.internal.block.Block;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.ToldWork;
import dev.cairndb.tsdb.internal.block.Tombstones;
import dev.cairndb.tsdb.internal.head.Epochs;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;

/**
 * Copies a store into a directory that a store and Prometheus open: as {@link TsdbAdmin#backup}. Blocks that the store
 * deletes meanwhile are kept for it; if another process deletes one, it fails because a file is gone.
 */
final class StoreBackup {
    private static final String STAGING_SUFFIX = ".tmp-for-backup";
    private static final String FIRST_SEGMENT = "00000000";

    private final Store store;
    private final Storage storage;
    private final Clock clock;
    private final LongConsumer bytesCopied;
    private final long headBytes;

    /**
     * @param storage where the store's files are read and the copy is written
     * @param bytesCopied hears how many more bytes were copied: of blocks file by file, and before them what is in none
     * @param headBytes as how many what is in no block is told
     */
    StoreBackup(Store store, Storage storage, Clock clock, LongConsumer bytesCopied, long headBytes) {
        this.store = store;
        this.storage = storage;
        this.clock = clock;
        this.bytesCopied = bytesCopied;
        this.headBytes = headBytes;
    }

    /**
     * @param stop asked before every file
     * @throws IllegalStateException if it was stopped
     */
    void write(Path target, BooleanSupplier stop) throws IOException {
        Path directory = target.toAbsolutePath().normalize();
        Path parent = directory.getParent();
        if (parent == null || storage.exists(directory)) {
            throw alreadyThere(directory);
        }
        Path staged = directory.resolveSibling(directory.getFileName() + STAGING_SUFFIX);
        StoreFiles files = new StoreFiles(staged);
        storage.createDirectories(staged);
        Closeable held = lock(files.lock(), directory);
        try {
            // The lock may be that of one that was under way and is complete now.
            if (storage.exists(directory)) {
                throw alreadyThere(directory);
            }
            write(directory, files, stop);
            storage.syncDirectory(parent);
        } finally {
            held.close();
        }
    }

    /** @param staged whose lock is held, and stays when the directory is renamed */
    private void write(Path directory, StoreFiles staged, BooleanSupplier stop) throws IOException {
        boolean complete = false;
        try {
            staged.deleteAllButLock(storage);
            fill(staged, stop);
            storage.rename(staged.directory(), directory);
            complete = true;
        } catch (CancellationException e) {
            throw new IllegalStateException("the store was closed before the backup was complete", e);
        } finally {
            if (!complete) {
                staged.deleteAllButLock(storage);
                storage.delete(staged.lock());
                storage.delete(staged.directory());
            }
        }
    }

    private static IOException alreadyThere(Path directory) {
        return new FileAlreadyExistsException(
                directory.toString(), null, "a backup makes a directory of its own; name one that is not there");
    }

    /** That of the store which the copy will be: who holds it makes the copy, and may remove what another left. */
    private Closeable lock(Path file, Path directory) throws IOException {
        try {
            return storage.lock(file);
        } catch (IOException e) {
            throw new IOException(
                    "cannot begin a backup: is another one to the same directory under way? directory=" + directory, e);
        }
    }

    private void fill(StoreFiles staged, BooleanSupplier stop) throws IOException {
        List<Block> blocks = new ArrayList<>();
        try {
            // Before the blocks: while it is read nothing can be taken out of the head, but blocks are only files.
            writeHead(staged.directory(), blocks, stop);
            for (Block block : blocks) {
                copy(block, staged.directory(), stop);
            }
        } finally {
            blocks.forEach(Block::release);
        }
        beginLog(staged.wal());
        storage.syncDirectory(staged.directory());
    }

    /** @param blocks gets those that have the rest, open until they are released */
    private void writeHead(Path staged, List<Block> blocks, BooleanSupplier stop) throws IOException {
        Epochs.Epoch epoch = store.epochs().pin();
        try {
            StoreView view = store.acquire(TimeRange.all(), blocks);
            ToldWork work = new ToldWork(bytesCopied, headBytes, 1);
            List<BlockMeta> unused =
                    HeadBlocks.write(store.head(), view, new SeriesBlockWriter(storage, staged, clock), stop, work);
        } finally {
            store.epochs().unpin(epoch);
        }
    }

    /** With a segment without a record: promtool opens no directory without a log, and no log without a segment. */
    private void beginLog(Path log) throws IOException {
        storage.createDirectories(log);
        try (AppendFile segment = storage.create(log.resolve(FIRST_SEGMENT))) {
            segment.sync();
        }
        storage.syncDirectory(log);
    }

    private void copy(Block block, Path staged, BooleanSupplier stop) throws IOException {
        Path target = staged.resolve(block.ulid().toString());
        Path source = store.directoryOf(block);
        while (true) {
            try {
                copy(source, target, stop);
                return;
            } catch (NoSuchFileException e) {
                // This store may have deleted the block: then it is kept under another name for as long as it is used.
                Path moved = store.directoryOf(block);
                if (moved.equals(source)) {
                    throw e;
                }
                source = moved;
                storage.deleteRecursively(target);
            }
        }
    }

    /**
     * A block is renamed before it is deleted: if its meta.json is there at the end, all the rest was at the beginning.
     */
    private void copy(Path source, Path target, BooleanSupplier stop) throws IOException {
        Path chunks = target.resolve(Block.CHUNKS);
        storage.createDirectories(chunks);
        for (String name : storage.list(source.resolve(Block.CHUNKS))) {
            link(source.resolve(Block.CHUNKS).resolve(name), chunks.resolve(name), stop);
        }
        link(source.resolve(Block.INDEX), target.resolve(Block.INDEX), stop);
        if (storage.exists(source.resolve(Tombstones.FILE_NAME))) {
            link(source.resolve(Tombstones.FILE_NAME), target.resolve(Tombstones.FILE_NAME), stop);
        }
        link(source.resolve(BlockMeta.FILE_NAME), target.resolve(BlockMeta.FILE_NAME), stop);
        storage.syncDirectory(chunks);
        storage.syncDirectory(target);
    }

    private void link(Path file, Path newName, BooleanSupplier stop) throws IOException {
        if (stop.getAsBoolean()) {
            throw new CancellationException("stopped while blocks were copied");
        }
        storage.link(file, newName);
        bytesCopied.accept(storage.size(newName));
    }
}

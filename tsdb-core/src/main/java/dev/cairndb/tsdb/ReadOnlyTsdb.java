package dev.cairndb.tsdb;

import dev.cairndb.io.Clock;
import dev.cairndb.io.FileStorage;
import dev.cairndb.io.Storage;
import dev.cairndb.tsdb.TsdbOptions.QueryLimits;
import dev.cairndb.tsdb.internal.block.Block;
import dev.cairndb.tsdb.internal.block.ToldWork;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongConsumer;

/**
 * What a store's directory holds, this one's as well as Prometheus', read without changing anything: no lock is taken,
 * no file is written, moved or repaired. A store or a Prometheus may have the directory open and go on: this shows what
 * had been written at the opening, late samples included, each sample once. Damaged files are told to the listener, and
 * what is good in them is used, as by {@link TsdbBuilder#open}.
 *
 * <p>Opening reads the logs, and takes as much memory for what is in no block as a store does. Thread-safe. While it is
 * open it holds files that a store may have deleted.
 */
public final class ReadOnlyTsdb implements AutoCloseable {
    /** Each reads the directory again. */
    private static final int BACKUP_ATTEMPTS_MAX = 3;

    private final Storage storage;
    private final Path directory;
    private final boolean withHead;
    private final TsdbListener listener;
    private final Store store;
    /** As many as were read of the logs: about as much work as it is to write what they hold. */
    private final long headBytes;

    private ReadOnlyTsdb(
            Storage storage, Path directory, boolean withHead, TsdbListener listener, Store store, long headBytes) {
        this.storage = storage;
        this.directory = directory;
        this.withHead = withHead;
        this.listener = listener;
        this.store = store;
        this.headBytes = headBytes;
    }

    /**
     * Opens all that is there.
     *
     * @param listener hears of damage; of nothing else
     * @throws IOException if it is no directory of a store, or of a format that this version does not read, or if a log
     *     has a hole
     */
    public static ReadOnlyTsdb open(Path directory, TsdbListener listener) throws IOException {
        return open(directory, listener, ToldWork.NOBODY);
    }

    /**
     * Opens all that is there, as {@link #open(Path, TsdbListener)} does, and tells how far it is.
     *
     * @param bytesRead hears, on any thread, how many more bytes of the logs were read: those of the newest checkpoint,
     *     or of the newest snapshot, and all behind it; more than they have if something has to be read twice
     */
    public static ReadOnlyTsdb open(Path directory, TsdbListener listener, LongConsumer bytesRead) throws IOException {
        return open(FileStorage.instance(), directory, true, listener, bytesRead);
    }

    /** Opens the blocks alone, which takes next to no time and memory. */
    public static ReadOnlyTsdb openBlocks(Path directory, TsdbListener listener) throws IOException {
        return open(FileStorage.instance(), directory, false, listener);
    }

    static ReadOnlyTsdb open(Storage storage, Path directory, boolean withHead, TsdbListener listener)
            throws IOException {
        return open(storage, directory, withHead, listener, ToldWork.NOBODY);
    }

    private static ReadOnlyTsdb open(
            Storage storage, Path directory, boolean withHead, TsdbListener listener, LongConsumer bytesRead)
            throws IOException {
        new StoreFiles(directory).requireStore(storage);
        LongAdder bytes = new LongAdder();
        LongConsumer counted = count -> {
            bytes.add(count);
            bytesRead.accept(count);
        };
        Store store = new ReadOnlyOpening(storage, directory, withHead, listener, counted).run();
        return new ReadOnlyTsdb(storage, directory, withHead, listener, store, bytes.sum());
    }

    /** A view of the samples in a range of time, without limits; see {@link Querier}. */
    public Querier querier(TimeRange range) throws IOException {
        return store.querier(range, QueryLimits.none());
    }

    /**
     * A view of one block alone.
     *
     * @param ulid its name
     * @throws IllegalArgumentException if there is no such block
     */
    public Querier blockQuerier(String ulid) throws IOException {
        for (Block block : store.view().blocks()) {
            if (block.ulid().toString().equals(ulid)) {
                return store.querierOf(block);
            }
        }
        throw new IllegalArgumentException("no block of this name: " + ulid);
    }

    /** The blocks, oldest first. */
    public List<BlockInfo> blocks() {
        return store.view().blocks().stream().map(BlockHousekeeping::infoOf).toList();
    }

    /**
     * Copies what is there as {@link TsdbAdmin#backup} does; from a directory that is in use, all that was acknowledged
     * before the opening. If a block was deleted since, the directory is read anew.
     *
     * @throws IllegalStateException if the blocks alone were opened: it would be a backup with samples missing
     */
    public void backup(Path target) throws IOException {
        backup(target, ToldWork.NOBODY);
    }

    /**
     * Copies what is there, as {@link #backup(Path)} does, and tells how far it is.
     *
     * @param bytesCopied hears how many more bytes were copied; less than zero if it begins anew. In the end as many as
     *     {@link #blocks} have, and for what is in none as many as were read of the logs at the opening
     */
    public void backup(Path target, LongConsumer bytesCopied) throws IOException {
        if (!withHead) {
            throw new IllegalStateException(
                    "cannot back up: the blocks alone were opened, and not what is in none; use open, directory="
                            + directory);
        }
        long bytes =
                headBytes + blocks().stream().mapToLong(BlockInfo::sizeBytes).sum();
        ToldWork work = new ToldWork(bytesCopied, bytes, bytes);
        Store source = store;
        for (int attempt = 1; ; attempt++) {
            try {
                new StoreBackup(source, storage, Clock.system(), work, headBytes).write(target, () -> false);
                work.end();
                return;
            } catch (NoSuchFileException e) {
                if (attempt == BACKUP_ATTEMPTS_MAX) {
                    throw e;
                }
            } finally {
                if (source != store) {
                    source.close();
                }
            }
            work.reach(0);
            source = new ReadOnlyOpening(storage, directory, true, listener, ToldWork.NOBODY).run();
        }
    }

    /** Queriers that are open can be read on; new ones fail. Closing again does nothing. */
    @Override
    public void close() throws IOException {
        store.close();
    }
}

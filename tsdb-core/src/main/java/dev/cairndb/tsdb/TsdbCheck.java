package dev.cairndb.tsdb;

import dev.cairndb.io.FileStorage;
import dev.cairndb.io.Storage;
import dev.cairndb.tsdb.internal.block.ToldWork;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.LongConsumer;

/**
 * Looks for damage in the directory of a store, Prometheus' as well as this one's, without opening the store; and
 * repairs what can be repaired, so that a store and Prometheus open the directory and find all that is left. Nothing is
 * ever deleted: what is damaged is kept beside its place under a name that nobody reads.
 *
 * <p>Reads every byte that a checksum covers: records of the logs, chunks to their last sample, series and posting
 * lists. Memory grows with the number of series of a block, by a few bytes each. Thread-safe; each call reads anew.
 */
public final class TsdbCheck {
    private final Path directory;
    private final Storage storage;

    private TsdbCheck(Path directory, Storage storage) {
        this.directory = directory;
        this.storage = storage;
    }

    /** Of the directory of one store. */
    public static TsdbCheck of(Path directory) {
        return of(directory, FileStorage.instance());
    }

    public static TsdbCheck of(Path directory, Storage storage) {
        return new TsdbCheck(directory, storage);
    }

    /**
     * Reads everything and changes nothing. A store may have the directory open: the report says so, and passes over
     * the ends of files that are being written. A Prometheus on it cannot be seen, and its last writes may look like
     * damage.
     */
    public CheckReport verify() throws IOException {
        return verify(ToldWork.NOBODY);
    }

    /**
     * Reads everything and changes nothing, as {@link #verify()} does, and tells how far it is.
     *
     * @param bytesRead hears how many more bytes were read; in the end as many as the folders of logs,
     *     chunks, snapshot and blocks had
     */
    public CheckReport verify(LongConsumer bytesRead) throws IOException {
        return new DirectoryCheck(storage, requireStore(), isInUse(), false, bytesRead).run();
    }

    /**
     * Verifies, and repairs what was found.
     *
     * @param dryRun true to change nothing: the report says what would be done
     * @throws IOException if a store has the directory open
     */
    public CheckReport repair(boolean dryRun) throws IOException {
        return repair(dryRun, ToldWork.NOBODY);
    }

    /**
     * Verifies, and repairs what was found, as {@link #repair(boolean)} does, and tells how far it is.
     *
     * @param bytesRead as with {@link #verify(LongConsumer)}; with repairs, half of what a damaged block has is told when
     *     it was read, and half as it is written
     * @throws IOException if a store has the directory open
     */
    public CheckReport repair(boolean dryRun, LongConsumer bytesRead) throws IOException {
        Path store = requireStore();
        if (dryRun) {
            return verify(bytesRead);
        }
        Closeable lock = storage.lock(new StoreFiles(store).lock());
        try {
            return new DirectoryCheck(storage, store, false, true, bytesRead).run();
        } finally {
            lock.close();
        }
    }

    private Path requireStore() throws IOException {
        new StoreFiles(directory).requireStore(storage);
        return directory;
    }

    /** Without a lock file nobody has it open. With one the lock is taken and given back at once. */
    private boolean isInUse() throws IOException {
        Path lock = new StoreFiles(directory).lock();
        if (!storage.exists(lock)) {
            return false;
        }
        try {
            storage.lock(lock).close();
            return false;
        } catch (IOException e) {
            return true;
        }
    }
}

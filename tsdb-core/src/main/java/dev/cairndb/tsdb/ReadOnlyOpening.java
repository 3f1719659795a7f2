package dev.cairndb.tsdb;

import dev.cairndb.io.Clock;
import dev.cairndb.io.DamagedFiles;
import dev.cairndb.io.Storage;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Opens the files of a directory without changing any, while a store or a Prometheus may be writing them.
 *
 * <p>Files are only ever added, made longer or deleted, and what is deleted is in others by then. So what was read is
 * whole if all that was there before is still there afterwards, and otherwise it is read again. What a writer is in the
 * middle of is at the end of the newest file of its kind: the end of a log is cut there as after a crash, and chunks
 * behind such an end are in the log.
 */
final class ReadOnlyOpening {
    /** A writer deletes files every few minutes at most: a second look nearly always does. */
    private static final int LOOKS_MAX = 10;

    private static final long PAUSE_NANOS = Duration.ofMillis(50).toNanos();

    private final Storage storage;
    private final StoreFiles files;
    private final boolean withHead;
    private final TsdbListener listener;
    private final LongConsumer bytesRead;

    /**
     * @param withHead false for the blocks alone
     * @param bytesRead hears, on any thread, how many more bytes were read
     */
    ReadOnlyOpening(Storage storage, Path directory, boolean withHead, TsdbListener listener, LongConsumer bytesRead) {
        this.storage = storage;
        this.withHead = withHead;
        this.listener = listener;
        this.bytesRead = bytesRead;
        files = new StoreFiles(directory);
    }

    Store run() throws IOException {
        for (int look = 1; look <= LOOKS_MAX; look++) {
            Store store = look(look == LOOKS_MAX);
            if (store != null) {
                return store;
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        throw new IOException("cannot read a directory that changes faster than it can be read: found="
                + "files deleted in each of " + LOOKS_MAX + " attempts; try again later, directory="
                + files.directory());
    }

    /** Returns null if files went away while they were read. */
    private @Nullable Store look(boolean isLast) throws IOException {
        Set<Path> before = names();
        Heard heard = new Heard();
        Store store;
        try {
            store = open(heard);
        } catch (IOException e) {
            // A file that came and went since the look at the names is missed as well.
            boolean changed = e instanceof NoSuchFileException || !names().containsAll(before);
            if (isLast || !changed) {
                throw e;
            }
            return null;
        }
        boolean accepted = false;
        try {
            if (names().containsAll(before)) {
                heard.pass(listener, newestChunks(before));
                accepted = true;
            }
        } finally {
            if (!accepted) {
                store.close();
            }
        }
        return accepted ? store : null;
    }

    private Store open(TsdbListener heard) throws IOException {
        List<Path> notRead = new ArrayList<>();
        if (!withHead) {
            notRead.addAll(List.of(files.wal(), files.wbl(), files.chunksHead(), files.headFileList()));
            for (String name : storage.list(files.directory())) {
                if (StoreFiles.isSnapshotName(name)) {
                    notRead.add(files.directory().resolve(name));
                }
            }
        }
        TsdbBuilder builder = new TsdbBuilder(files.directory())
                .storage(new ReadOnlyStorage(storage, notRead, bytesRead))
                .clock(Clock.system())
                .listener(heard);
        return StoreOpening.openUnmaintained(builder);
    }

    /** What may not be gone when all is read. */
    private Set<Path> names() throws IOException {
        Set<Path> names = new HashSet<>();
        for (String name : storage.list(files.directory())) {
            if (StoreFiles.isBlockName(name) || withHead && StoreFiles.isSnapshotName(name)) {
                names.add(files.directory().resolve(name));
            }
        }
        if (withHead) {
            for (Path part : List.of(files.wal(), files.wbl(), files.chunksHead())) {
                for (String name : storage.list(part)) {
                    if (!name.endsWith(".tmp") && !DamagedFiles.isName(name)) {
                        names.add(part.resolve(name));
                    }
                }
            }
        }
        return names;
    }

    private @Nullable Path newestChunks(Set<Path> names) {
        Path newest = null;
        for (Path name : names) {
            boolean isOfHead = files.chunksHead().equals(name.getParent());
            if (isOfHead && (newest == null || newest.compareTo(name) < 0)) {
                newest = name;
            }
        }
        return newest;
    }

    /** Keeps what is found until it is known that a writer did not make it look so, and passes on what comes then. */
    private static final class Heard implements TsdbListener {
        private record Damage(Path file, IOException damage) {}

        private final List<Damage> held = new ArrayList<>();
        private @Nullable TsdbListener next;

        @Override
        public synchronized void damageFound(Path file, IOException damage) {
            TsdbListener told = next;
            if (told == null) {
                held.add(new Damage(file, damage));
            } else {
                told.damageFound(file, damage);
            }
        }

        /** @param newestChunks is being written; if its end is torn, the log has what is missing */
        synchronized void pass(TsdbListener listener, @Nullable Path newestChunks) {
            next = listener;
            for (Damage found : held) {
                if (!found.file.equals(newestChunks)) {
                    listener.damageFound(found.file, found.damage);
                }
            }
            held.clear();
        }
    }
}

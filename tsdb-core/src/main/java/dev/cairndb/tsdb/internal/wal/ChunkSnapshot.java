package dev.cairndb.tsdb.internal.wal;

import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.DamagedFiles;
import dev.cairndb.io.Storage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * What the head held at a place in the log, as Prometheus keeps it: a directory {@code chunk_snapshot.SEGMENT.OFFSET}
 * of records in the log's framing, one for each series with the chunk it was appending to, then deleted ranges and
 * exemplars (tsdb/docs/format/memory_snapshot.md). Together with chunks_head and the log behind that place it is the
 * head; the log before it stays where it is, because a Prometheus without the feature reads that alone.
 *
 * <p>Beside the records there may be {@code cairn.state}, which Prometheus passes over.
 *
 * @param position the log is needed from here on
 */
public record ChunkSnapshot(Path directory, LogPosition position) {
    static final String PREFIX = "chunk_snapshot.";
    static final String TEMPORARY_SUFFIX = ".tmp";
    static final String STATE_FILE = "cairn.state";

    /** The newest one among a store's files, or null. What an interrupted writer left is deleted. */
    public static @Nullable ChunkSnapshot newest(Storage storage, Path storeDirectory) throws IOException {
        for (String name : storage.list(storeDirectory)) {
            if (name.startsWith(PREFIX) && name.endsWith(TEMPORARY_SUFFIX)) {
                storage.deleteRecursively(storeDirectory.resolve(name));
            }
        }
        return find(storage, storeDirectory);
    }

    /** As {@link #newest}, without touching anything. */
    public static @Nullable ChunkSnapshot find(Storage storage, Path storeDirectory) throws IOException {
        ChunkSnapshot newest = null;
        for (String name : storage.list(storeDirectory)) {
            LogPosition position = positionOf(name);
            if (position != null && (newest == null || newest.position.compareTo(position) < 0)) {
                newest = new ChunkSnapshot(storeDirectory.resolve(name), position);
            }
        }
        return newest;
    }

    /** Deletes all of a store's snapshots but one; all of them if that is null. */
    public static void deleteOthers(Storage storage, Path storeDirectory, @Nullable ChunkSnapshot kept)
            throws IOException {
        for (String name : storage.list(storeDirectory)) {
            Path directory = storeDirectory.resolve(name);
            if (positionOf(name) != null && (kept == null || !directory.equals(kept.directory))) {
                delete(storage, storeDirectory, directory);
            }
        }
    }

    /** By another name: of one that a crash left without its state nobody would know what it stands on. */
    private static void delete(Storage storage, Path storeDirectory, Path snapshot) throws IOException {
        Path doomed = snapshot.resolveSibling(snapshot.getFileName() + TEMPORARY_SUFFIX);
        storage.deleteRecursively(doomed);
        storage.rename(snapshot, doomed);
        storage.syncDirectory(storeDirectory);
        storage.deleteRecursively(doomed);
        storage.syncDirectory(storeDirectory);
    }

    /** Gives it a name under which nobody takes it for a snapshot. */
    public void setAside(Storage storage) throws IOException {
        Path unused = DamagedFiles.moveAside(storage, directory);
    }

    static String nameOf(LogPosition position) {
        return String.format(Locale.ROOT, "%s%06d.%010d", PREFIX, position.segment(), position.offset());
    }

    private static @Nullable LogPosition positionOf(String name) {
        int dot = name.indexOf('.', PREFIX.length());
        if (!name.startsWith(PREFIX) || dot < 0) {
            return null;
        }
        int segment = SegmentDescriptor.segmentOf(name.substring(PREFIX.length(), dot));
        int offset = SegmentDescriptor.segmentOf(name.substring(dot + 1));
        return segment < 0 || offset < 0 ? null : new LogPosition(segment, offset);
    }

    /** The content of {@code cairn.state}, or null: Prometheus wrote this snapshot. */
    public byte @Nullable [] state(Storage storage) throws IOException {
        Path file = directory.resolve(STATE_FILE);
        return storage.exists(file) ? storage.readAll(file) : null;
    }

    /** Bytes of its records. */
    public long sizeBytes(Storage storage) throws IOException {
        LogDirectory files = LogDirectory.list(storage, directory);
        long sum = 0;
        for (int number : files.segments()) {
            sum += storage.size(files.segmentPath(number));
        }
        return sum;
    }

    /**
     * Gives all records to a handler, and returns how many there were.
     *
     * @param executor may read ahead of the caller, who does it if not
     * @throws CorruptionException at the first damage; what was given until then is of no use
     */
    public long read(Storage storage, SnapshotHandler handler, Executor executor) throws IOException {
        LogDirectory files = LogDirectory.list(storage, directory);
        if (files.segments().isEmpty()) {
            throw new CorruptionException(directory.toString(), 0, "a file of records", "none");
        }
        SnapshotDecoder decoder = new SnapshotDecoder();
        long records = 0;
        for (int number : files.segmentsBehindCheckpoint(false)) {
            Path file = files.segmentPath(number);
            try (RecordsAhead found = new RecordsAhead(storage, file, 0, executor)) {
                for (SegmentScanner.Event event = found.next();
                        event != SegmentScanner.Event.END;
                        event = found.next()) {
                    if (event == SegmentScanner.Event.DAMAGE) {
                        throw found.damage();
                    }
                    read(found, file, decoder, handler);
                    records++;
                }
            }
        }
        return records;
    }

    private static void read(RecordsAhead records, Path file, SnapshotDecoder decoder, SnapshotHandler handler)
            throws IOException {
        try {
            decoder.read(records.bytes(), records.offset(), records.length(), handler);
        } catch (CorruptionException e) {
            throw new CorruptionException(
                    file.toString(), records.recordOffset(), e.expected(), e.found() + " in a record");
        }
    }
}

package dev.cairndb.tsdb.internal.wal;

import dev.cairndb.io.AppendFile;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.Storage;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Writes a {@link ChunkSnapshot}. It is built under another name, synced and renamed: the name stands for a complete
 * one. Closing it before {@link #finish} leaves no snapshot. Not thread-safe.
 */
public final class ChunkSnapshotWriter implements Closeable {
    private static final int FLUSH_SIZE_BYTES = 1 << 16;
    /**
     * What waits in the system for a sync makes those of the log, for which appends wait, take as long: it is not to
     * become much.
     */
    private static final long UNSYNCED_BYTES_MAX = 8 << 20;

    private final Storage storage;
    private final Path storeDirectory;
    private final ChunkSnapshot snapshot;
    private final Path temporary;
    private final LogSegments files;
    private final LogScratch scratch = new LogScratch();
    private final LogBatch batch = new LogBatch();
    private long records;
    private long syncedBytes;

    private ChunkSnapshotWriter(
            Storage storage, Path storeDirectory, ChunkSnapshot snapshot, Path temporary, LogSettings settings) {
        this.storage = storage;
        this.storeDirectory = storeDirectory;
        this.snapshot = snapshot;
        this.temporary = temporary;
        // A record is a single series: compressed it is but a sixth smaller, and takes as long as all else to write.
        files = new LogSegments(storage, temporary, 0, settings.withCompression(LogCompression.NONE));
    }

    /** @param position taken before the first row was looked at */
    public static ChunkSnapshotWriter create(
            Storage storage, Path storeDirectory, LogPosition position, LogSettings settings) throws IOException {
        Path directory = storeDirectory.resolve(ChunkSnapshot.nameOf(position));
        Path temporary = storeDirectory.resolve(directory.getFileName() + ChunkSnapshot.TEMPORARY_SUFFIX);
        storage.deleteRecursively(temporary);
        storage.createDirectories(temporary);
        ChunkSnapshot snapshot = new ChunkSnapshot(directory, position);
        return new ChunkSnapshotWriter(storage, storeDirectory, snapshot, temporary, settings);
    }

    /** Adds a record that {@link SnapshotEncoder} made. */
    public void record(byte[] record, int offset, int length) throws IOException {
        batch.addRecord(record, offset, length);
        records++;
        if (batch.sizeBytes() >= FLUSH_SIZE_BYTES) {
            flush();
        }
    }

    /** Records added so far. */
    public long records() {
        return records;
    }

    /** Bytes written so far. */
    public long sizeBytes() {
        return files.sizeBytes();
    }

    private void flush() throws IOException {
        files.add(batch, scratch);
        batch.clear();
        files.flush(scratch);
        if (files.sizeBytes() - syncedBytes >= UNSYNCED_BYTES_MAX) {
            sync();
        }
    }

    private void sync() throws IOException {
        files.sync();
        syncedBytes = files.sizeBytes();
    }

    /** Makes the records added so far durable; that they count is for {@link #finish}. */
    public void syncRecords() throws IOException {
        flush();
        sync();
    }

    /** A file beside the records, which the caller syncs and closes. */
    public AppendFile create(String name) throws IOException {
        return storage.create(temporary.resolve(name));
    }

    /** Takes a file back that was created, whatever is in it. */
    public void delete(String name) throws IOException {
        storage.delete(temporary.resolve(name));
    }

    /** Makes it durable, gives it its name and deletes the older ones. */
    public void finish(ByteWriter state) throws IOException {
        flush();
        files.endSegment(scratch);
        try (AppendFile file = create(ChunkSnapshot.STATE_FILE)) {
            file.write(state.array(), 0, state.size());
            file.sync();
        }
        storage.syncDirectory(temporary);
        storage.rename(temporary, snapshot.directory());
        storage.syncDirectory(storeDirectory);
        ChunkSnapshot.deleteOthers(storage, storeDirectory, snapshot);
    }

    @Override
    public void close() throws IOException {
        files.close();
        storage.deleteRecursively(temporary);
    }
}

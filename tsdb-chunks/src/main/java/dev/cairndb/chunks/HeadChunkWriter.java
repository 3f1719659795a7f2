package dev.cairndb.chunks;

import dev.cairndb.io.AppendFile;
import dev.cairndb.io.BufferedAppends;
import dev.cairndb.io.MappedFile;
import dev.cairndb.io.Storage;
import dev.cairndb.io.StoreFailedException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Writes closed chunks of the head to the files of {@code chunks_head}. It always starts a new file, behind those that
 * exist, and only when there is something to write.
 *
 * <p>What {@link #write} was given can be read (by {@link HeadChunkReader}) after {@link #flush}, and survives a power
 * cut after {@link #sync}. When a write fails (a full disk), the chunks are kept and the next call tries again; after a
 * failed sync nobody knows what is in the file, and every further call is a {@link StoreFailedException}. Not
 * thread-safe.
 */
public final class HeadChunkWriter implements Closeable {
    /** Prometheus' size for a file. */
    public static final long DEFAULT_FILE_SIZE_BYTES_MAX = 128L << 20;

    private static final int BUFFER_BYTES = 32 << 10;

    private final Storage storage;
    private final Path directory;
    private final long fileSizeBytesMax;
    private final HeadFileList files;
    private byte @Nullable [] buffer;
    private @Nullable BufferedAppends active;
    private HeadFileEntry.Tally tally = new HeadFileEntry.Tally();
    private int lastFileNumber;
    private boolean nameSynced;
    private long syncedBytes;
    private boolean createFailed;
    private @Nullable IOException failure;

    private HeadChunkWriter(
            Storage storage, Path directory, long fileSizeBytesMax, HeadFileList files, int lastFileNumber) {
        this.storage = storage;
        this.directory = directory;
        this.fileSizeBytesMax = fileSizeBytesMax;
        this.files = files;
        this.lastFileNumber = lastFileNumber;
    }

    /**
     * Makes the directory if there is none. Damage has to be discarded before
     * ({@link HeadChunkReader#setDamagedAside}), because this looks at the numbers of the files. A last file that a
     * crash left without a header is deleted, because Prometheus does not open a directory that has one between others.
     *
     * @param files those that are there ({@link HeadChunkReader#scanned}); the writer's from now on
     */
    public static HeadChunkWriter open(Storage storage, Path directory, HeadFileList files) throws IOException {
        return open(storage, directory, files, DEFAULT_FILE_SIZE_BYTES_MAX);
    }

    static HeadChunkWriter open(Storage storage, Path directory, HeadFileList files, long fileSizeBytesMax)
            throws IOException {
        if (fileSizeBytesMax <= HeadChunkFile.HEADER_BYTES || fileSizeBytesMax > 0xFFFFFFFFL) {
            throw new IllegalArgumentException("fileSizeBytesMax=" + fileSizeBytesMax);
        }
        createDirectory(storage, directory);
        int[] numbers = NumberedFiles.list(storage, directory);
        int last = numbers.length == 0 ? 0 : numbers[numbers.length - 1];
        if (last > 0 && isUnbegun(storage, NumberedFiles.path(directory, last))) {
            storage.delete(NumberedFiles.path(directory, last));
            storage.syncDirectory(directory);
            last--;
        }
        Path newest = NumberedFiles.path(directory, last);
        if (last > 0 && storage.exists(newest)) {
            makeDurable(storage, directory, newest);
        }
        return new HeadChunkWriter(storage, directory, fileSizeBytesMax, files, last);
    }

    /**
     * A process that was killed may have left the last file unsynced. If a power cut took some of it, or its name,
     * after a next one was begun, there would be a hole that no reader can see, and that hides samples the log still
     * has.
     */
    private static void makeDurable(Storage storage, Path directory, Path last) throws IOException {
        try (AppendFile file = storage.append(last)) {
            file.sync();
        }
        storage.syncDirectory(directory);
    }

    private static void createDirectory(Storage storage, Path directory) throws IOException {
        if (storage.exists(directory)) {
            return;
        }
        storage.createDirectories(directory);
        Path parent = directory.getParent();
        if (parent != null) {
            storage.syncDirectory(parent);
        }
    }

    /** Whether not even the header of a file reached it. */
    private static boolean isUnbegun(Storage storage, Path file) throws IOException {
        try (MappedFile mapped = storage.map(file)) {
            return HeadChunkFile.isUnbegun(mapped);
        }
    }

    /**
     * Adds a chunk and returns its reference: number of the file in the upper 32 bits, offset of the record in the
     * lower. The reference can be read from the next {@link #flush} on.
     */
    public long write(
            long seriesReference,
            long minTimestampMillis,
            long maxTimestampMillis,
            ChunkEncoding encoding,
            boolean outOfOrder,
            byte[] data,
            int offset,
            int length)
            throws IOException {
        int size = HeadChunkFile.recordBytes(length);
        // Series reference and times of zero mean the end of a file.
        if (seriesReference == 0 || size < HeadChunkFile.RECORD_BYTES_MIN) {
            throw new IllegalArgumentException(
                    "cannot write head chunk: seriesReference=" + seriesReference + ", length=" + length);
        }
        checkNotFailed();
        BufferedAppends target = active;
        if (target == null || target.position() + size > fileSizeBytesMax) {
            target = cutAndBegin();
        }
        long at = target.position();
        boolean done = false;
        try {
            target.startCrc();
            target.putLong(seriesReference);
            target.putLong(minTimestampMillis);
            target.putLong(maxTimestampMillis);
            target.putByte(encoding.id() | (outOfOrder ? HeadChunkFile.OUT_OF_ORDER_BIT : 0));
            target.putUvarint(length);
            target.putBytes(data, offset, length);
            target.putCrc();
            done = true;
        } finally {
            if (!done) {
                target.rollBack(at);
            }
        }
        tally.add(seriesReference, minTimestampMillis, maxTimestampMillis, outOfOrder);
        return HeadChunkFile.reference(lastFileNumber, at);
    }

    private BufferedAppends cutAndBegin() throws IOException {
        cut();
        // Before the next: a file that is not the newest any more must not lose its end without a word.
        files.store(storage, directory);
        byte[] bytes = buffer;
        if (bytes == null) {
            bytes = new byte[BUFFER_BYTES];
            buffer = bytes;
        }
        BufferedAppends next = new BufferedAppends(create(NumberedFiles.path(directory, lastFileNumber + 1)), bytes);
        lastFileNumber++;
        active = next;
        nameSynced = false;
        syncedBytes = 0;
        tally = new HeadFileEntry.Tally();
        next.putHeader(HeadChunkFile.HEADER, HeadChunkFile.VERSION);
        return next;
    }

    private AppendFile create(Path file) throws IOException {
        if (createFailed) {
            // It may have left a file all the same.
            storage.delete(file);
        }
        createFailed = true;
        AppendFile created = storage.create(file);
        createFailed = false;
        return created;
    }

    /** Makes what was written readable. */
    public void flush() throws IOException {
        checkNotFailed();
        if (active != null) {
            active.flush();
        }
    }

    /** Makes what was written durable. */
    public void sync() throws IOException {
        checkNotFailed();
        if (active != null) {
            sync(active);
        }
    }

    private void sync(BufferedAppends file) throws IOException {
        file.flush();
        try {
            file.sync();
            if (!nameSynced) {
                storage.syncDirectory(directory);
                nameSynced = true;
            }
            syncedBytes = file.position();
        } catch (IOException e) {
            failure = e;
            throw e;
        }
    }

    private void checkNotFailed() throws StoreFailedException {
        if (failure != null) {
            throw new StoreFailedException("cannot write head chunks: a sync failed, directory=" + directory, failure);
        }
    }

    /**
     * Completes and syncs the file being written; the next chunk goes to a new one, so that this one can be deleted.
     */
    public void cut() throws IOException {
        checkNotFailed();
        BufferedAppends finished = active;
        if (finished != null) {
            sync(finished);
            if (!tally.isEmpty()) {
                files.put(lastFileNumber, tally.entry(finished.position()));
            }
            active = null;
            // A store whose head is drained keeps none.
            buffer = null;
            finished.close();
        }
    }

    /** To be called before files with lower numbers are deleted: they are not missed then. */
    public void forgetBefore(int fileNumber) throws IOException {
        files.forgetBefore(fileNumber);
        files.store(storage, directory);
    }

    /** Number of the newest file; 0 if there is none. */
    public int lastFileNumber() {
        return lastFileNumber;
    }

    /** Bytes of the file being written, those not flushed included; 0 if there is none. */
    public long activeFileSizeBytes() {
        return active == null ? 0 : active.position();
    }

    /**
     * Completes the file being written, as {@link #cut} does; it is closed also if that fails. What could not be synced
     * is dropped: the log has its samples, and what only the system's memory holds must not hide them after a power
     * cut.
     */
    @Override
    public void close() throws IOException {
        BufferedAppends open = active;
        if (open == null) {
            return;
        }
        active = null;
        try (open) {
            checkNotFailed();
            sync(open);
        } finally {
            if (failure != null) {
                cutToSynced();
            }
        }
    }

    private void cutToSynced() throws IOException {
        Path file = NumberedFiles.path(directory, lastFileNumber);
        if (syncedBytes == 0) {
            storage.delete(file);
            return;
        }
        try (AppendFile opened = storage.append(file)) {
            opened.truncate(syncedBytes);
        }
    }
}

package dev.cairndb.tsdb.internal.wal;

import dev.cairndb.io.AppendFile;
import dev.cairndb.io.Storage;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * The segment files of a log being written. A segment file is created when its first bytes are written, so a log that
 * is opened and closed without a write leaves nothing behind. Everything up to {@link #goodPosition} of the current
 * segment is whole records; what a failed write left behind it is cut off by {@link #heal}.
 *
 * <p>Used by one thread at a time; {@link #syncOpen}, {@link #unsyncedBytes}, {@link #sizeBytes}, {@link #currentSegment} and {@link
 * #firstSegment}, {@link #isEmptyWithout} and {@link #deleteBefore} may be called beside it.
 */
final class LogSegments implements Closeable {
    private final Storage storage;
    private final Path directory;
    private final LogSettings settings;
    private final ConcurrentSkipListMap<Integer, Long> closedSizesBytes = new ConcurrentSkipListMap<>();

    private boolean isDirectoryDurable;
    private volatile @Nullable AppendFile current;
    private volatile int currentSegment;
    private volatile long goodPosition;
    /** Of the current segment. */
    private volatile long durablePosition;

    LogSegments(Storage storage, Path directory, int nextSegment, LogSettings settings) {
        this.storage = storage;
        this.directory = directory;
        this.currentSegment = nextSegment;
        this.settings = settings;
    }

    void addClosed(int segment, long sizeBytes) {
        closedSizesBytes.put(segment, sizeBytes);
    }

    /** Number of the segment that is being written, or would be by the next write. */
    int currentSegment() {
        return currentSegment;
    }

    /** Number of the oldest segment. */
    int firstSegment() {
        var first = closedSizesBytes.firstEntry();
        return first != null ? first.getKey() : currentSegment;
    }

    @Nullable
    LogPosition endOfClosed() {
        var last = closedSizesBytes.lastEntry();
        return last == null ? null : new LogPosition(last.getKey(), last.getValue());
    }

    long sizeBytes() {
        long sum = goodPosition;
        for (long size : closedSizesBytes.values()) {
            sum += size;
        }
        return sum;
    }

    long sizeBytesBehind(LogPosition position) {
        long sum = goodPosition - (position.segment() == currentSegment ? position.offset() : 0);
        for (Map.Entry<Integer, Long> closed :
                closedSizesBytes.tailMap(position.segment()).entrySet()) {
            sum += closed.getValue() - (position.segment() == closed.getKey() ? position.offset() : 0);
        }
        return Math.max(0, sum);
    }

    long goodPosition() {
        return goodPosition;
    }

    /** Whether there is anything in the current segment. */
    boolean isBegun() {
        return goodPosition > 0;
    }

    /** Whether that much goes to the current segment, compressed or not: a write to an open file, no sync. */
    boolean surelyTakes(long batchBytes) {
        long framedBytesMax = 2 * batchBytes + SegmentDescriptor.PAGE_SIZE_BYTES;
        return isBegun() && goodPosition + framedBytesMax <= settings.segmentSizeBytesMax();
    }

    /**
     * Frames a batch behind what is staged. Returns false, with nothing staged of it, if it belongs into the next
     * segment; a batch larger than a segment gets one of its own.
     */
    boolean stage(LogBatch batch, LogScratch scratch) {
        RecordFramer framer = scratch.framer;
        long before = framer.position();
        batch.forEachRecord((bytes, offset, length) ->
                scratch.compressor.frame(bytes, offset, length, settings.compression(), framer));
        if (framer.position() > settings.segmentSizeBytesMax() && before > 0) {
            framer.rewind(before);
            return false;
        }
        return true;
    }

    /** Frames a batch behind what is staged; ends the segment first if it has no room for it. */
    void add(LogBatch batch, LogScratch scratch) throws IOException {
        if (!batch.isEmpty() && !stage(batch, scratch)) {
            flush(scratch);
            endSegment(scratch);
            stage(batch, scratch);
        }
    }

    /** Writes what is staged with a single write. */
    void flush(LogScratch scratch) throws IOException {
        RecordFramer framer = scratch.framer;
        if (framer.size() > 0) {
            file().write(framer.array(), 0, framer.size());
            goodPosition = framer.position();
            framer.reset(goodPosition);
        }
    }

    /** Syncs the current segment, if anything was written to it. */
    void sync() throws IOException {
        if (isBegun()) {
            sync(file(), segmentPath(currentSegment));
            durablePosition = goodPosition;
        }
    }

    /** Like {@link #sync}, beside writes: does nothing while no segment is open. */
    void syncOpen() throws SyncFailedException {
        AppendFile file = current;
        if (file != null) {
            long position = goodPosition;
            sync(file, segmentPath(currentSegment));
            durablePosition = position;
        }
    }

    /** What is in the current segment and was not there yet when it was last synced. */
    long unsyncedBytes() {
        return goodPosition - durablePosition;
    }

    /** Fills the last page, syncs and closes the current segment; the next write begins the next one. */
    void endSegment(LogScratch scratch) throws IOException {
        if (!isBegun()) {
            return;
        }
        scratch.framer.reset(goodPosition);
        scratch.framer.endPage();
        flush(scratch);
        AppendFile file = file();
        sync(file, segmentPath(currentSegment));
        closeQuietly(file);
        int ended = currentSegment;
        closedSizesBytes.put(ended, goodPosition);
        current = null;
        goodPosition = 0;
        durablePosition = 0;
        currentSegment = ended + 1;
        scratch.framer.reset(0);
    }

    /**
     * Cuts off what a failed write left behind the last whole record, so that a process that is killed while the disk
     * is full leaves a whole log: Prometheus reads no late log at a start at which it repairs the other one. If that
     * does not work, {@link #heal} does it later.
     */
    void cutTorn() {
        AppendFile file = current;
        if (file != null) {
            try {
                file.truncate(goodPosition);
            } catch (IOException e) {
                // On a disk that fails already.
            }
        }
    }

    /** Before the next write after a failed one: makes sure that nothing is behind the last whole record. */
    void heal() throws IOException {
        AppendFile file = current;
        if (file == null) {
            return;
        }
        try {
            file.truncate(goodPosition);
        } catch (IOException e) {
            // The handle itself may be what is broken. A new segment instead would leave a torn record in the middle
            // of the log, behind which Prometheus reads nothing: better to wait until this one can be cut.
            closeQuietly(file);
            current = null;
            AppendFile reopened = storage.append(segmentPath(currentSegment));
            current = reopened;
            reopened.truncate(goodPosition);
        }
    }

    /**
     * After a failed sync: drops what was written since the last one that worked. The system still shows it to whoever
     * reads the file next, but may never write it to the disk: a store opened on it would answer duplicates of what a
     * power cut takes away. Only for a log that answers nothing before it is synced.
     */
    void cutToDurable() {
        AppendFile file = current;
        if (file != null) {
            try {
                file.truncate(durablePosition);
                goodPosition = durablePosition;
            } catch (IOException e) {
                // On a disk that fails already. Nothing of this was answered.
            }
        }
    }

    /** Whether no segment would be there without those with smaller numbers. */
    boolean isEmptyWithout(int segment) {
        return current == null && !closedSizesBytes.isEmpty() && closedSizesBytes.lastKey() < segment;
    }

    /** Creates the current segment, if nothing was written to it yet. */
    void ensureCreated() throws IOException {
        AppendFile unused = file();
    }

    /**
     * Deletes closed segments with smaller numbers, oldest first. Each is gone for good before the next one goes: a
     * power cut must not leave a hole, with which no log is opened.
     */
    void deleteBefore(int segment) throws IOException {
        for (Integer closed : closedSizesBytes.headMap(segment).keySet()) {
            storage.delete(segmentPath(closed));
            closedSizesBytes.remove(closed);
            storage.syncDirectory(directory);
        }
    }

    @Override
    public void close() throws IOException {
        AppendFile file = current;
        current = null;
        if (file != null) {
            file.close();
        }
    }

    private AppendFile file() throws IOException {
        AppendFile file = current;
        if (file == null) {
            file = begin();
        }
        return file;
    }

    private AppendFile begin() throws IOException {
        if (!isDirectoryDurable) {
            makeDirectory();
        }
        Path path = segmentPath(currentSegment);
        // It exists if it was created by an attempt that failed afterwards, or by a heal() that could not cut it.
        AppendFile file = storage.exists(path) ? storage.append(path) : storage.create(path);
        current = file;
        if (file.size() != goodPosition) {
            file.truncate(goodPosition);
        }
        syncDirectory(directory);
        return file;
    }

    /** A directory that is there already may have been made by somebody who was killed before he could sync it. */
    private void makeDirectory() throws IOException {
        storage.createDirectories(directory);
        Path parent = directory.getParent();
        if (parent != null) {
            syncDirectory(parent);
        }
        isDirectoryDurable = true;
    }

    private void syncDirectory(Path path) throws SyncFailedException {
        try {
            storage.syncDirectory(path);
        } catch (IOException e) {
            throw new SyncFailedException(path.toString(), e);
        }
    }

    private Path segmentPath(int segment) {
        return directory.resolve(SegmentDescriptor.segmentName(segment));
    }

    private static void sync(AppendFile file, Path path) throws SyncFailedException {
        try {
            file.sync();
        } catch (IOException e) {
            throw new SyncFailedException(path.toString(), e);
        }
    }

    private static void closeQuietly(AppendFile file) {
        try {
            file.close();
        } catch (IOException e) {
            // Synced already, or about to be opened again: nothing is lost with the handle.
        }
    }
}

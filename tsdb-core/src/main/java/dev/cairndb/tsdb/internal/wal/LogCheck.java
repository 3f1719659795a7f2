package dev.cairndb.tsdb.internal.wal;

import dev.cairndb.io.AppendFile;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.Storage;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * Reads a log from end to end without changing it, and tells what {@link WalRecovery} would find; and mends it without
 * opening a store. Stateless but for the counts of one pass; not thread-safe.
 */
public final class LogCheck {
    private final Storage storage;
    private final Path directory;
    private final boolean mayStartLater;
    private final Listener listener;
    private final LongConsumer bytesRead;
    private final RecordDecoder decoder = new RecordDecoder();
    private long samples;
    private long files;
    private long bytes;

    /**
     * @param mayStartLater whether a log without a checkpoint may begin with another segment than the first, as that of
     *     late samples
     * @param bytesRead hears how many more bytes were read, segment by segment
     */
    public LogCheck(Storage storage, Path directory, boolean mayStartLater, Listener listener, LongConsumer bytesRead) {
        this.storage = storage;
        this.directory = directory;
        this.mayStartLater = mayStartLater;
        this.listener = listener;
        this.bytesRead = bytesRead;
    }

    /** Hears what is found. */
    public interface Listener {
        /** Records of a segment are lost. */
        void damaged(Path segment, CorruptionException damage);

        /** Segments are not there, from one number to another, both included: nothing is read without them. */
        void missing(Path directory, int firstSegment, int lastSegment);

        /** The newest segment ends as an interrupted write, or one under way, leaves it. */
        void tail(Path segment, long offset, long sizeBytes);
    }

    /** Reads everything a store would read. */
    public void run() throws IOException {
        LogDirectory log = LogDirectory.list(storage, directory);
        int checkpoint = log.lastCheckpoint();
        if (checkpoint >= 0) {
            LogDirectory inside = LogDirectory.list(storage, log.checkpointPath(checkpoint));
            findMissing(inside, inside.segments(), 0);
            for (int segment : inside.segments()) {
                scan(inside.segmentPath(segment), false);
            }
        }
        List<Integer> behind =
                log.segments().stream().filter(segment -> segment > checkpoint).toList();
        if (!behind.isEmpty()) {
            findMissing(log, behind, checkpoint < 0 && mayStartLater ? behind.get(0) : checkpoint + 1);
        }
        for (int segment : behind) {
            scan(log.segmentPath(segment), segment == log.lastSegment());
        }
    }

    private void findMissing(LogDirectory log, List<Integer> segments, int first) {
        int expected = first;
        for (int segment : segments) {
            if (segment > expected) {
                listener.missing(log.directory(), expected, segment - 1);
            }
            expected = segment + 1;
        }
    }

    private void scan(Path segment, boolean isLast) throws IOException {
        CorruptionException tail = null;
        files++;
        try (SegmentScanner scanner = new SegmentScanner(storage, segment)) {
            bytes += scanner.fileSize();
            for (SegmentScanner.Event event = scanner.next();
                    event != SegmentScanner.Event.END;
                    event = scanner.next()) {
                if (tail != null) {
                    // Something comes behind it: no write ended here.
                    listener.damaged(segment, tail);
                    tail = null;
                }
                if (event == SegmentScanner.Event.DAMAGE) {
                    if (isLast) {
                        tail = scanner.damage();
                    } else {
                        listener.damaged(segment, scanner.damage());
                    }
                } else {
                    decode(segment, scanner);
                }
            }
            if (tail != null) {
                listener.tail(segment, tail.offset(), scanner.fileSize() - tail.offset());
            }
            bytesRead.accept(scanner.fileSize());
        } catch (NoSuchFileException e) {
            // A store that runs has deleted it since.
        }
    }

    private void decode(Path segment, SegmentScanner scanner) {
        try {
            int type = decoder.read(scanner.bytes(), scanner.offset(), scanner.length());
            samples += RecordType.holdsSamples(type) ? decoder.count() : 0;
        } catch (CorruptionException e) {
            listener.damaged(
                    segment,
                    new CorruptionException(
                            segment.toString(), scanner.recordOffset(), e.expected(), e.found() + " in a record"));
        }
    }

    /** Samples in whole records, those of series that are gone included. */
    public long samples() {
        return samples;
    }

    public long files() {
        return files;
    }

    public long bytes() {
        return bytes;
    }

    /** Replaces a damaged segment by one with its whole records; the damaged one is kept. */
    public static void repair(Storage storage, Path segment) throws IOException {
        SegmentRepair.repair(storage, segment);
    }

    /**
     * Makes a log one that can be read though segments are missing: with empty ones in their place or, where the log
     * should begin, an empty checkpoint.
     */
    public static void fillGap(Storage storage, Path directory, int firstSegment, int lastSegment) throws IOException {
        LogDirectory log = LogDirectory.list(storage, directory);
        if (firstSegment == 0 && log.lastCheckpoint() < 0) {
            Path checkpoint = log.checkpointPath(lastSegment);
            storage.createDirectories(checkpoint);
            createEmpty(storage, checkpoint.resolve(SegmentDescriptor.segmentName(0)));
            storage.syncDirectory(checkpoint);
        } else {
            for (int segment = firstSegment; segment <= lastSegment; segment++) {
                createEmpty(storage, log.segmentPath(segment));
            }
        }
        storage.syncDirectory(directory);
    }

    private static void createEmpty(Storage storage, Path file) throws IOException {
        try (AppendFile created = storage.create(file)) {
            created.sync();
        }
    }
}

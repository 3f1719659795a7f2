package dev.cairndb.tsdb.internal.wal;

import dev.cairndb.io.AppendFile;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.Storage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Reads a log when a store is opened, before {@link WriteAheadLog#open}: the newest checkpoint, then the segments
 * behind it. It leaves a log that Prometheus reads to its end.
 *
 * <ul>
 *   <li>A torn tail, damage in the last segment with nothing whole behind it, is what an interrupted write leaves: it
 *       is cut off.
 *   <li>Other damage is reported. Every record that is whole, before and behind it, is given to the handler. The
 *       damaged file is copied to {@code NAME.damaged-N}, a name that Prometheus and this reader leave alone, and then
 *       replaced by one with the whole records alone.
 *   <li>A missing segment is an error: nothing is read.
 * </ul>
 *
 * <p>What was read is durable when it returns. Killed at any moment, it finds at the next opening what it found at this
 * one, or the result. Not thread-safe.
 */
public final class WalRecovery {
    private static final RecoveryListener NO_LISTENER = new RecoveryListener() {
        @Override
        public void logDamaged(CorruptionException damage) {}

        @Override
        public void logTailCut(Path segment, long sizeBytes, long cutBytes) {}
    };

    private final Storage storage;
    private final RecordHandler handler;
    private final RecoveryListener listener;
    private final Executor executor;
    private final RecordDecoder decoder = new RecordDecoder();

    private final Map<Integer, Long> checkpointRecords = new TreeMap<>();
    private final Map<Integer, Long> segmentRecords = new TreeMap<>();
    private final List<CorruptionException> damages = new ArrayList<>();
    private long cutBytes;
    private @Nullable LogPosition start;

    private WalRecovery(Storage storage, RecordHandler handler, RecoveryListener listener, Executor executor) {
        this.storage = storage;
        this.handler = handler;
        this.listener = listener;
        this.executor = executor;
    }

    /**
     * What was found. The record counts are by type byte ({@link RecordType#describe}), those of types that nobody here
     * decodes included; 0 stands for empty records.
     *
     * @param checkpoint last segment that the checkpoint stands for, -1 without one
     * @param lastSegment number of the newest segment, -1 without any
     * @param histogramsSkipped histograms of a schema that nobody knows, which are left out
     * @param damages all damage that was reported
     * @param cutBytes length of the torn tail that was cut off
     */
    public record Result(
            int checkpoint,
            int lastSegment,
            Map<Integer, Long> checkpointRecords,
            Map<Integer, Long> segmentRecords,
            long histogramsSkipped,
            List<CorruptionException> damages,
            long cutBytes) {}

    /** Hears about what is wrong with a log, while it is read. */
    public interface RecoveryListener {
        /** Something was lost, or at least is not as it was written. */
        void logDamaged(CorruptionException damage);

        /** A segment was cut at its last whole record, by an amount that an interrupted write explains. */
        void logTailCut(Path segment, long sizeBytes, long cutBytes);
    }

    /**
     * Reads and repairs a write-ahead log; a directory that does not exist is an empty log.
     *
     * @param executor may read ahead of the caller, who does it if not
     * @throws CorruptionException if a segment is missing
     */
    public static Result open(
            Storage storage, Path directory, RecordHandler handler, RecoveryListener listener, Executor executor)
            throws IOException {
        return new WalRecovery(storage, handler, listener, executor).run(directory, false);
    }

    /**
     * Reads and repairs the part of a log behind a place that {@link #reaches}: what is before it is known from
     * elsewhere.
     */
    public static Result openBehind(
            Storage storage,
            Path directory,
            LogPosition start,
            RecordHandler handler,
            RecoveryListener listener,
            Executor executor)
            throws IOException {
        WalRecovery recovery = new WalRecovery(storage, handler, listener, executor);
        recovery.start = start;
        return recovery.run(directory, false);
    }

    /**
     * Whether a place is in the log, with all records behind it: not cut off by a checkpoint, and not behind its end.
     */
    public static boolean reaches(Storage storage, Path directory, LogPosition place) throws IOException {
        LogDirectory log = LogDirectory.list(storage, directory);
        return log.lastCheckpoint() < place.segment()
                && log.segments().contains(place.segment())
                && storage.size(log.segmentPath(place.segment())) >= place.offset();
    }

    /**
     * Reads the part of a log before a place, checkpoint included, without repairing anything: damaged records are
     * passed over.
     */
    public static void readBefore(
            Storage storage, Path directory, LogPosition end, RecordHandler handler, Executor executor)
            throws IOException {
        WalRecovery recovery = new WalRecovery(storage, handler, NO_LISTENER, executor);
        LogDirectory log = LogDirectory.list(storage, directory);
        if (log.lastCheckpoint() >= 0) {
            LogDirectory checkpoint = LogDirectory.list(storage, log.checkpointPath(log.lastCheckpoint()));
            for (int segment : checkpoint.segmentsBehindCheckpoint(false)) {
                recovery.scan(checkpoint.segmentPath(segment), 0, new TreeMap<>());
            }
        }
        for (int segment : log.segmentsBehindCheckpoint(false)) {
            if (segment <= end.segment()) {
                recovery.scan(log.segmentPath(segment), 0, new TreeMap<>());
            }
        }
    }

    /** The same for a log that has no checkpoints and drops old segments instead, such as that of late samples. */
    public static Result openWithoutCheckpoints(
            Storage storage, Path directory, RecordHandler handler, RecoveryListener listener, Executor executor)
            throws IOException {
        return new WalRecovery(storage, handler, listener, executor).run(directory, true);
    }

    private Result run(Path directory, boolean mayStartLater) throws IOException {
        LogDirectory log = LogDirectory.list(storage, directory);
        List<Integer> segments = log.segmentsBehindCheckpoint(mayStartLater);
        int checkpoint = log.lastCheckpoint();
        deleteTemporaries(directory);
        LogPosition from = start;
        if (checkpoint >= 0 && from == null) {
            readCheckpoint(log.checkpointPath(checkpoint));
        }
        boolean checkpointIsWhole = damages.isEmpty() && from == null;
        for (int segment : segments) {
            if (from == null || segment >= from.segment()) {
                long offset = from != null && segment == from.segment() ? from.offset() : 0;
                readSegment(log.segmentPath(segment), offset, segmentRecords, segment == log.lastSegment());
            }
        }
        if (checkpointIsWhole) {
            deleteLeftovers(log);
        }
        if (storage.isDirectory(directory)) {
            storage.syncDirectory(directory);
        }
        return new Result(
                checkpoint,
                log.lastSegment(),
                Collections.unmodifiableMap(checkpointRecords),
                Collections.unmodifiableMap(segmentRecords),
                decoder.histogramsSkipped(),
                List.copyOf(damages),
                cutBytes);
    }

    /** A checkpoint got its name when it was complete: even its last file has no tail to be cut. */
    private void readCheckpoint(Path directory) throws IOException {
        LogDirectory checkpoint = LogDirectory.list(storage, directory);
        deleteTemporaries(directory);
        for (int segment : checkpoint.segmentsBehindCheckpoint(false)) {
            readSegment(checkpoint.segmentPath(segment), 0, checkpointRecords, false);
        }
    }

    private void readSegment(Path path, long offset, Map<Integer, Long> counts, boolean isLast) throws IOException {
        Scan scan = scan(path, offset, counts);
        if (scan.found.isEmpty()) {
            sync(path);
        } else if (isLast && scan.isTail) {
            cut(path, scan.wholeEnd, scan.size);
        } else {
            report(scan.found);
            SegmentRepair.repair(storage, path);
        }
    }

    /**
     * What a segment is like.
     *
     * @param isTail whether the damage found is at the end, with nothing whole behind it
     * @param wholeEnd where the last whole record ends
     */
    private record Scan(List<CorruptionException> found, boolean isTail, long wholeEnd, long size) {}

    /** Gives the records of a segment from an offset on. */
    private Scan scan(Path path, long offset, Map<Integer, Long> counts) throws IOException {
        List<CorruptionException> found = new ArrayList<>();
        boolean isTail = true;
        long wholeEnd = offset;
        try (RecordsAhead records = new RecordsAhead(storage, path, offset, executor)) {
            for (SegmentScanner.Event event = records.next();
                    event != SegmentScanner.Event.END;
                    event = records.next()) {
                if (event == SegmentScanner.Event.DAMAGE) {
                    found.add(records.damage());
                    continue;
                }
                // Whole records behind damage, or a checksum that fits a record that does not: no write ended here.
                isTail &= found.isEmpty();
                wholeEnd = records.position();
                try {
                    counts.merge(decoder.read(records.bytes(), records.offset(), records.length()), 1L, Long::sum);
                } catch (CorruptionException e) {
                    found.add(new CorruptionException(
                            path.toString(), records.recordOffset(), e.expected(), e.found() + " in a record"));
                    isTail = false;
                    continue;
                }
                decoder.deliver(handler);
            }
            return new Scan(found, isTail, wholeEnd, records.fileSize());
        }
    }

    /**
     * A writer that was killed leaves bytes that were read just now and yet do not survive a power cut. They must
     * before anybody gets an answer that rests on them, for example that his sample is here already.
     */
    private void sync(Path path) throws IOException {
        try (AppendFile file = storage.append(path)) {
            file.sync();
        }
    }

    private void cut(Path path, long wholeEnd, long size) throws IOException {
        try (AppendFile file = storage.append(path)) {
            file.truncate(Math.min(wholeEnd, size));
            file.sync();
        }
        cutBytes += Math.max(0, size - wholeEnd);
        listener.logTailCut(path, wholeEnd, Math.max(0, size - wholeEnd));
    }

    private void report(List<CorruptionException> found) {
        damages.addAll(found);
        found.forEach(listener::logDamaged);
    }

    /** What a checkpoint or a repair left when it was interrupted. */
    private void deleteTemporaries(Path directory) throws IOException {
        for (String name : storage.list(directory)) {
            if (SegmentDescriptor.isTemporary(name)) {
                storage.deleteRecursively(directory.resolve(name));
            }
        }
    }

    /** Segments and checkpoints that the newest checkpoint replaced, if their deletion was interrupted. */
    private void deleteLeftovers(LogDirectory log) throws IOException {
        for (int segment : log.segments()) {
            if (segment <= log.lastCheckpoint()) {
                storage.delete(log.segmentPath(segment));
            }
        }
        Checkpoint.deleteBefore(storage, log.directory(), log.lastCheckpoint());
    }
}

package dev.cairndb.tsdb;

import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.Storage;
import dev.cairndb.tsdb.internal.head.Epochs;
import dev.cairndb.tsdb.internal.head.Head;
import dev.cairndb.tsdb.internal.wal.Checkpoint;
import dev.cairndb.tsdb.internal.wal.LogCheck;
import dev.cairndb.tsdb.internal.wal.LogSettings;
import dev.cairndb.tsdb.internal.wal.WriteAheadLog;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/**
 * Takes out of head, chunks_head and logs what is in blocks, once the last query that may still read it there has
 * ended. Never waits: what is not possible yet is done by a later run.
 *
 * <p>Late samples come back from the late log alone, and the records of their series from the log: so that is truncated
 * after the late log is durable. Of the late log go only segments of which every sample is in a block: nothing rests on
 * chunks_head alone.
 */
final class StoreTruncation {
    private final Store store;
    private final Storage storage;
    private final Path walDirectory;
    private final LogSettings logSettings;
    private final Head head;
    private final WriteAheadLog log;
    private final WriteAheadLog lateLog;
    private final Epochs epochs;
    private final DamageLog damages;
    /** Everything before is in a block, and unread in the head. */
    private long allowedMillis = Long.MIN_VALUE;

    private long truncatedMillis = Long.MIN_VALUE;

    /** Late chunks up to this one are in blocks; nobody reads them in the head from {@link #allowedReference} down. */
    private long cutReference;

    /** What is in lower segments of the late log is in blocks. */
    private int cutLateSegment;

    private long allowedReference;
    private long droppedReference;
    /** What is in lower segments of the late log is in blocks, and unread in the head. */
    private int allowedLateSegment;

    private boolean lateLogTooLong;
    private boolean lateLogOutdated;

    /** @param lateLogOutdated whether the late log has markers that do not hold */
    StoreTruncation(
            Store store,
            Storage storage,
            Path walDirectory,
            LogSettings logSettings,
            boolean lateLogOutdated,
            DamageLog damages) {
        this.store = store;
        this.storage = storage;
        this.walDirectory = walDirectory;
        this.logSettings = logSettings;
        this.lateLogOutdated = lateLogOutdated;
        this.damages = damages;
        head = store.head();
        log = store.log();
        lateLog = store.lateLog();
        epochs = store.epochs();
    }

    /** To be called after the view was replaced by one that reads the head from this time on only. */
    void allow(long headFromMillis) {
        epochs.retire(() -> allowedMillis = Math.max(allowedMillis, headFromMillis));
    }

    /**
     * To be called after the view was replaced by one that reads late samples behind this chunk only.
     *
     * @param firstSegmentKept what the late log has in lower segments is in chunks up to that
     */
    void allowLate(long headChunkReference, int firstSegmentKept) {
        cutReference = headChunkReference;
        cutLateSegment = Math.max(cutLateSegment, firstSegmentKept);
        epochs.retire(() -> {
            allowedReference = Math.max(allowedReference, headChunkReference);
            allowedLateSegment = Math.max(allowedLateSegment, firstSegmentKept);
        });
    }

    /** Whether there are late samples in head and late log that are in blocks. */
    boolean waitsForLate() {
        return lateLogOutdated || lateLogTooLong || droppedReference < cutReference;
    }

    /**
     * Writes closed chunks to chunks_head. If the late log was found with a marker of a chunk that is lost, it is
     * written anew before late ones go there: another late chunk could come to the place of the lost one, and the
     * marker would seem to hold. Those in order do not wait for that.
     */
    void mapChunks() throws IOException {
        head.mapChunksInOrder();
        renewLateLog();
        head.mapLateChunks();
    }

    void run() throws IOException {
        boolean unused = epochs.disposeRetired();
        if (allowedReference > droppedReference) {
            head.dropLate(allowedReference);
            droppedReference = allowedReference;
            lateLogTooLong = true;
        }
        if (lateLogTooLong) {
            int newest = lateLog.cutSegment();
            if (!head.hasLate(droppedReference)) {
                // Nothing came meanwhile.
                allowedLateSegment = newest;
            }
            // First the markers, then what they name.
            lateLog.truncateBefore(allowedLateSegment);
            head.truncateChunkFiles(truncatedMillis);
            lateLogTooLong = false;
        }
        if (allowedMillis > truncatedMillis) {
            long upTo = allowedMillis;
            head.truncate(upTo, store.view().inOrderEndMillis());
            truncatedMillis = upTo;
            head.truncateChunkFiles(upTo);
            truncateLog(upTo);
            unused = epochs.disposeRetired();
        }
    }

    /**
     * Takes what is in blocks out of the late log, whoever reads it in the head: an opening would read it there once
     * more, also what was deleted in the blocks.
     */
    void truncateLateLog() throws IOException {
        int newest = lateLog.cutSegment();
        if (lateLog.sizeBytes() > 0) {
            // If nothing came since the cut, the segments behind it have no more than those before.
            lateLog.truncateBefore(head.hasLate(cutReference) ? cutLateSegment : newest);
        }
    }

    /**
     * If the late log has markers that do not hold: puts what is needed behind the rest of it, and deletes the rest.
     */
    void renewLateLog() throws IOException {
        if (!lateLogOutdated) {
            return;
        }
        int first = lateLog.cutSegment();
        head.relogLate();
        // Ends with a sync whatever the durability, and leaves no file open.
        int unused = lateLog.cutSegment();
        lateLog.truncateBefore(first);
        lateLogOutdated = false;
    }

    private void truncateLog(long upToMillis) throws IOException {
        // What an earlier run could not delete behind its checkpoint goes first: no checkpoint is written twice.
        log.truncateBefore(Checkpoint.newest(storage, walDirectory) + 1);
        int current = log.currentSegment();
        int first = log.firstSegment();
        int unused = log.cutSegment();
        int last = Checkpoint.lastSegmentFor(first, current);
        if (last < 0) {
            return;
        }
        head.syncChunkFiles();
        unused = lateLog.cutSegment();
        Checkpoint.Result result = writeCheckpoint(last, upToMillis);
        log.truncateBefore(result.lastSegment() + 1);
        Checkpoint.deleteBefore(storage, walDirectory, last);
        head.forgetRemovedSeries(last);
    }

    /**
     * Segments in front of a snapshot were not read at the opening: here damage in them shows. They are closed, so they
     * can be repaired as there; otherwise no checkpoint would come about, and the log would grow until the next full
     * replay.
     *
     * <p>Series whose records were in the damaged place come from the head: the segments behind still have their
     * samples.
     */
    private Checkpoint.Result writeCheckpoint(int last, long upToMillis) throws IOException {
        Set<Path> repaired = new HashSet<>();
        while (true) {
            Checkpoint.SeriesRecords lost =
                    repaired.isEmpty() ? Checkpoint.SeriesRecords.NONE : head::forEachLoggedSeries;
            try {
                return Checkpoint.write(
                        storage, walDirectory, last, upToMillis, head.neededOfLog(last), lost, logSettings);
            } catch (CorruptionException e) {
                Path segment = Path.of(e.file());
                if (!storage.exists(segment) || !repaired.add(segment)) {
                    throw e;
                }
                damages.found(segment, e);
                LogCheck.repair(storage, segment);
            }
        }
    }
}

package dev.cairndb.tsdb;

import dev.cairndb.io.Storage;
import dev.cairndb.tsdb.internal.head.Epochs;
import dev.cairndb.tsdb.internal.head.Head;
import dev.cairndb.tsdb.internal.wal.Checkpoint;
import dev.cairndb.tsdb.internal.wal.LogSettings;
import dev.cairndb.tsdb.internal.wal.WriteAheadLog;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Takes out of head, chunks_head and log what is in blocks, once the last query that may still read it there has ended.
 * Never waits: what is not possible yet is done by a later run.
 */
final class StoreTruncation {
    private final Storage storage;
    private final Path walDirectory;
    private final LogSettings logSettings;
    private final Head head;
    private final WriteAheadLog log;
    private final Epochs epochs;
    /** Everything before is in a block, and unread in the head. */
    private long allowedMillis = Long.MIN_VALUE;

    private long truncatedMillis = Long.MIN_VALUE;

    StoreTruncation(
            Storage storage, Path walDirectory, LogSettings logSettings, Head head, WriteAheadLog log, Epochs epochs) {
        this.storage = storage;
        this.walDirectory = walDirectory;
        this.logSettings = logSettings;
        this.head = head;
        this.log = log;
        this.epochs = epochs;
    }

    /** To be called after the view was replaced by one that reads the head from this time on only. */
    void allow(long headFromMillis) {
        epochs.retire(() -> allowedMillis = Math.max(allowedMillis, headFromMillis));
    }

    void run() throws IOException {
        boolean unused = epochs.disposeRetired();
        if (allowedMillis > truncatedMillis) {
            long upTo = allowedMillis;
            head.truncate(upTo);
            truncatedMillis = upTo;
            head.truncateChunkFiles(upTo);
            truncateLog(upTo);
            unused = epochs.disposeRetired();
        }
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
        Checkpoint.Result result =
                Checkpoint.write(storage, walDirectory, last, upToMillis, head.seriesToKeep(last), logSettings);
        log.truncateBefore(result.lastSegment() + 1);
        Checkpoint.deleteBefore(storage, walDirectory, last);
        head.forgetRemovedSeries(last);
    }
}

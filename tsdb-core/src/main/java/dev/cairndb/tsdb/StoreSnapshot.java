package dev.cairndb.tsdb;

import dev.cairndb.io.Storage;
import dev.cairndb.tsdb.internal.head.Head;
import dev.cairndb.tsdb.internal.head.SnapshotReplay;
import dev.cairndb.tsdb.internal.wal.ChunkSnapshot;
import dev.cairndb.tsdb.internal.wal.ChunkSnapshotWriter;
import dev.cairndb.tsdb.internal.wal.LogPosition;
import dev.cairndb.tsdb.internal.wal.LogSettings;
import dev.cairndb.tsdb.internal.wal.WriteAheadLog;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Writes snapshots of the head, so that the next opening need not read the log before: when a store is closed, and in
 * the background when the log behind the last one has grown. The log stays as it is: a snapshot only spares work, and
 * nothing is lost without it.
 */
final class StoreSnapshot {
    /**
     * A log shorter than this part of a segment (2 MiB of 128) is read sooner than a snapshot is written and synced.
     */
    private static final int PART_OF_SEGMENT = 64;

    private final Storage storage;
    private final StoreFiles files;
    private final LogSettings logSettings;
    private final Head head;
    private final WriteAheadLog log;
    private final StoreTruncation truncation;
    /**
     * Bytes that had been written to the log when the last snapshot that there is began; negative for what was there at
     * the opening.
     */
    private long writtenBytesBefore;
    /** The same of the last one that was tried. */
    private long triedBytesBefore;

    /** Whether there is a snapshot that an opening reads. */
    private boolean hasLast;

    private long lastSizeBytes;
    /** Reading one takes half as long as the records. */
    private boolean lastHasImage;

    /**
     * @param opened the snapshot that the head was read from, so that only the log behind it was read; null for none
     */
    StoreSnapshot(
            Storage storage,
            StoreFiles files,
            LogSettings logSettings,
            Head head,
            WriteAheadLog log,
            StoreTruncation truncation,
            @Nullable ChunkSnapshot opened)
            throws IOException {
        this.storage = storage;
        this.files = files;
        this.logSettings = logSettings;
        this.head = head;
        this.log = log;
        this.truncation = truncation;
        writtenBytesBefore = -(opened == null ? log.sizeBytes() : log.sizeBytesBehind(opened.position()));
        triedBytesBefore = writtenBytesBefore;
        lastSizeBytes = opened == null ? 0 : opened.sizeBytes(storage);
        hasLast = opened != null;
        lastHasImage = opened != null && storage.exists(SnapshotReplay.image(opened));
    }

    /**
     * If so much was logged since the last one that an opening would read more than a segment, and more than the
     * snapshot itself: so snapshots at most double what is written.
     */
    void writeDue() throws IOException {
        long written = log.writtenBytes();
        if (written - triedBytesBefore >= Math.max(logSettings.segmentSizeBytesMax(), lastSizeBytes)) {
            // Before: if it fails, because the disk is full for one, the next one comes no sooner than after this one.
            triedBytesBefore = written;
            writeNow(false);
        }
    }

    /** At the end, when no maintenance goes on any more. */
    void write() throws IOException {
        // What an opening would read.
        long behindBytes = log.writtenBytes() - writtenBytesBefore;
        boolean lacksImage = hasLast && !lastHasImage && head.isWorthAnImage();
        if (lacksImage || behindBytes >= logSettings.segmentSizeBytesMax() / PART_OF_SEGMENT) {
            writeNow(true);
        }
    }

    private void writeNow(boolean atEnd) throws IOException {
        log.checkWritable();
        long written = log.writtenBytes();
        // Chunks that a snapshot does not hold must be found in chunks_head.
        truncation.mapChunks();
        head.syncChunkFiles();
        int unused = log.cutSegment();
        LogPosition position = log.endOfCompleteSegments();
        ChunkSnapshot newest = ChunkSnapshot.newest(storage, files.directory());
        if (position == null || newest != null && newest.position().equals(position)) {
            // Nothing was logged since.
            return;
        }
        // Behind the snapshot's place, because there is no record for it in a snapshot.
        head.logMetadata();
        try (ChunkSnapshotWriter writer =
                ChunkSnapshotWriter.create(storage, files.directory(), position, logSettings)) {
            head.writeSnapshot(writer, atEnd);
            lastSizeBytes = writer.sizeBytes();
        }
        writtenBytesBefore = written;
        hasLast = true;
        lastHasImage = atEnd;
    }
}

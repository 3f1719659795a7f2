package dev.cairndb.tsdb.internal.head;

import dev.cairndb.io.AppendFile;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.tsdb.internal.wal.ChunkSnapshotWriter;
import dev.cairndb.tsdb.internal.wal.SnapshotEncoder;
import dev.cairndb.tsdb.internal.wal.WriteAheadLog;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Writes what the head holds into a snapshot, a bounded number of rows at a time under the commit lock. Appends may go
 * on: what they add is behind the snapshot's place in the log. Used by the maintenance thread, so that no row is
 * removed.
 */
final class HeadSnapshotter {
    private static final int ROWS_PER_STEP = 256;
    private static final int EXEMPLARS_PER_RECORD = 10_000;

    private final HeadState state;
    private final HeadChunkMapper mapper;
    private final HeadAppender appender;
    private final ChunkSnapshotWriter writer;
    private final WriteAheadLog log;
    private final boolean atEnd;
    private final ByteWriter packed = new ByteWriter(512);
    private final ByteWriter records = new ByteWriter(1 << 16);
    private final int[] ends = new int[ROWS_PER_STEP];
    private int count;
    /** Those that are not of series, each with its length in front, for an image. */
    private final ByteWriter otherRecords = new ByteWriter(64);

    // While exemplars are collected.
    private final List<Integer> exemplarEnds = new ArrayList<>();
    private long firstRef;
    private long firstTimestampMillis;

    /** @param atEnd the store is being closed: an image of the head is written beside the records */
    HeadSnapshotter(
            HeadState state,
            HeadChunkMapper mapper,
            HeadAppender appender,
            ChunkSnapshotWriter writer,
            WriteAheadLog log,
            boolean atEnd) {
        this.state = state;
        this.mapper = mapper;
        this.appender = appender;
        this.writer = writer;
        this.log = log;
        this.atEnd = atEnd;
    }

    void write() throws IOException {
        int limit = state.rows.limit();
        for (int from = 0; from < limit; from += ROWS_PER_STEP) {
            records.clear();
            count = 0;
            state.commitLock.lockForStep();
            try {
                copy(from, Math.min(from + ROWS_PER_STEP, limit));
            } finally {
                state.commitLock.unlock();
            }
            int start = 0;
            for (int i = 0; i < count; i++) {
                writer.record(records.array(), start, ends[i] - start);
                start = ends[i];
            }
        }
        // Chunks that were closed before their row was copied are not in the snapshot, and part of them may be in the
        // log before its place: also of those that appends closed until just now.
        mapper.map();
        mapper.sync();
        writeTombstones();
        writeExemplars();
        // A row may have what came after another was copied. A crash must not leave that here and take it from the log,
        // or of a commit a part would be there. Appends wait for that sync, and it would take the snapshot's bytes
        // along.
        writer.syncRecords();
        // Before the log is synced, for the same reason.
        Exception imageFailure = atEnd ? tryWriteImage() : null;
        int unused = log.cutSegment();
        // Whatever was copied of an append that failed, by now it is known that it did.
        appender.checkWhole();
        writer.finish(restOfState());
        if (imageFailure instanceof IOException e) {
            throw e;
        }
        if (imageFailure instanceof RuntimeException e) {
            throw e;
        }
    }

    /** Returns what was in the way: a snapshot is as good without an image. */
    private @Nullable Exception tryWriteImage() {
        try {
            boolean unused = state.epochs.disposeRetired();
            try (AppendFile file = writer.create(HeadImage.FILE)) {
                if (writeImage(file)) {
                    file.sync();
                    return null;
                }
            }
            writer.delete(HeadImage.FILE);
            return null;
        } catch (IOException | RuntimeException e) {
            try {
                writer.delete(HeadImage.FILE);
            } catch (IOException left) {
                e.addSuppressed(left);
            }
            return e;
        }
    }

    /** Appends that were under way when the stop began may still go on: they wait, and what they left is looked at. */
    private boolean writeImage(AppendFile file) throws IOException {
        state.commitLock.lock();
        state.registry.lockForImage();
        try {
            // A chunk that was closed since is neither in chunks_head nor in a row of the image.
            boolean isWhole = state.closed.waiting() == 0 && !state.truncation.isRemoving();
            return isWhole && new HeadImageWriter(state, file).write(otherRecords);
        } finally {
            state.registry.unlockForImage();
            state.commitLock.unlock();
        }
    }

    private void copy(int from, int to) {
        for (int slot = from; slot < to; slot++) {
            Rows.Page page = state.rows.page(slot);
            long ref = page.longs[Rows.longAt(slot, Rows.REF)];
            // A series without a record in the log has no sample there either.
            if (ref != 0 && !state.rows.has(slot, Rows.DEAD) && state.rows.has(slot, Rows.LOGGED)) {
                packed.clear();
                state.registry.packLabels(slot, packed);
                SnapshotEncoder.series(records, ref, packed.array(), 0, packed.size());
                state.chunks.putOpen(page, slot, records);
                ends[count++] = records.size();
            }
        }
    }

    private void writeTombstones() throws IOException {
        ByteWriter stones = new ByteWriter(64);
        state.tombstones.forEach((slot, deleted) -> {
            long ref = state.rows.getLong(slot, Rows.REF);
            for (int i = 0; i < deleted.count(); i++) {
                SnapshotEncoder.stone(stones, ref, deleted.minTimestampMillis(i), deleted.maxTimestampMillis(i));
            }
        });
        records.clear();
        SnapshotEncoder.tombstones(records, stones);
        otherRecord(0, records.size());
    }

    private void writeExemplars() throws IOException {
        records.clear();
        count = 0;
        state.exemplars.forEach(this::addExemplar);
        int start = 0;
        for (int end : exemplarEnds) {
            otherRecord(start, end);
            start = end;
        }
        if (records.size() > start) {
            otherRecord(start, records.size());
        }
    }

    private void otherRecord(int from, int to) throws IOException {
        writer.record(records.array(), from, to - from);
        if (atEnd) {
            otherRecords.putUvarint(to - from);
            otherRecords.putBytes(records.array(), from, to - from);
        }
    }

    private void addExemplar(
            byte[] series, long timestampMillis, long valueBits, byte[] labels, int offset, int length) {
        int slot = state.registry.find(state.registry.hash(series, 0, series.length), series, 0, series.length);
        if (slot < 0) {
            // Prometheus leaves out exemplars of series that the head has dropped, too.
            return;
        }
        long ref = state.registry.ref(slot);
        if (count == EXEMPLARS_PER_RECORD) {
            exemplarEnds.add(records.size());
            count = 0;
        }
        if (count++ == 0) {
            SnapshotEncoder.beginExemplars(records, ref, timestampMillis);
            firstRef = ref;
            firstTimestampMillis = timestampMillis;
        }
        SnapshotEncoder.exemplar(
                records, ref - firstRef, timestampMillis - firstTimestampMillis, valueBits, labels, offset, length);
    }

    private ByteWriter restOfState() throws IOException {
        Map<Integer, SnapshotState.ChunkFile> files = new TreeMap<>();
        state.chunkReader.fileSizesBytes().forEach((number, size) -> {
            Long maxMillis = state.chunkFiles.maxMillis(number);
            if (maxMillis != null) {
                files.put(number, new SnapshotState.ChunkFile(size, maxMillis));
            }
        });
        ByteWriter rest = new ByteWriter(256);
        new SnapshotState(state.registry.newestRef(), writer.records(), files).put(rest);
        return rest;
    }
}

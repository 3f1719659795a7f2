package dev.cairndb.tsdb.internal.head;

import dev.cairndb.io.ByteWriter;
import dev.cairndb.tsdb.internal.wal.ChunkSnapshotWriter;
import dev.cairndb.tsdb.internal.wal.SnapshotEncoder;
import dev.cairndb.tsdb.internal.wal.WriteAheadLog;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

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
    private final ChunkSnapshotWriter writer;
    private final WriteAheadLog log;
    private final ByteWriter packed = new ByteWriter(512);
    private final ByteWriter records = new ByteWriter(1 << 16);
    private final int[] ends = new int[ROWS_PER_STEP];
    private int count;

    // While exemplars are collected.
    private final List<Integer> exemplarEnds = new ArrayList<>();
    private long firstRef;
    private long firstTimestampMillis;

    HeadSnapshotter(HeadState state, HeadChunkMapper mapper, ChunkSnapshotWriter writer, WriteAheadLog log) {
        this.state = state;
        this.mapper = mapper;
        this.writer = writer;
        this.log = log;
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
        // log
        // before its place: also of those that appends closed until just now.
        mapper.map();
        mapper.sync();
        writeTombstones();
        writeExemplars();
        // A row may have what came after another was copied. A crash must not leave that here and take it from the log,
        // or of a commit a part would be there. Appends wait for that sync, and it would take the snapshot's bytes
        // along.
        writer.syncRecords();
        int unused = log.cutSegment();
        writer.finish(restOfState());
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
        writer.record(records.array(), 0, records.size());
    }

    private void writeExemplars() throws IOException {
        records.clear();
        count = 0;
        state.exemplars.forEach(this::addExemplar);
        int start = 0;
        for (int end : exemplarEnds) {
            writer.record(records.array(), start, end - start);
            start = end;
        }
        if (records.size() > start) {
            writer.record(records.array(), start, records.size() - start);
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

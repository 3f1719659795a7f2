package dev.cairndb.tsdb.internal.wal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.chunks.HistogramSample;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.FileStorage;
import dev.cairndb.io.Storage;
import dev.cairndb.testkit.GoldenData;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Snapshots that Prometheus wrote: each record, read and encoded again, has the same bytes. */
final class ChunkSnapshotGoldenTest {
    private final Storage storage = FileStorage.instance();
    private final GoldenData golden = new GoldenData(ChunkSnapshotGoldenTest.class);

    @Test
    void everyRecordIsReadAndComesOutAsItWas() throws IOException {
        for (Path directory : golden.folders("datadirs")) {
            Path data = directory.resolve("data");
            ChunkSnapshot snapshot = ChunkSnapshot.newest(storage, data);
            if (snapshot == null) {
                continue;
            }
            Encoding again = new Encoding();
            snapshot.read(storage, again, Runnable::run);
            again.endSeries();
            List<byte[]> records = rawRecords(snapshot.directory());
            assertEquals(records.size(), again.records.size(), directory.toString());
            for (int i = 0; i < records.size(); i++) {
                assertArrayEquals(records.get(i), again.records.get(i), directory + ", record " + i);
                golden.checked();
            }
            assertTrue(WalRecovery.reaches(storage, data.resolve("wal"), snapshot.position()), directory.toString());
        }
        golden.report(System.out);
    }

    private List<byte[]> rawRecords(Path directory) throws IOException {
        List<byte[]> records = new ArrayList<>();
        LogDirectory files = LogDirectory.list(storage, directory);
        for (int file : files.segments()) {
            try (SegmentScanner scanner = new SegmentScanner(storage, files.segmentPath(file))) {
                while (scanner.next() == SegmentScanner.Event.RECORD) {
                    records.add(
                            Arrays.copyOfRange(scanner.bytes(), scanner.offset(), scanner.offset() + scanner.length()));
                }
            }
        }
        return records;
    }

    /** Makes records of what it is given. */
    private static final class Encoding implements SnapshotHandler {
        final List<byte[]> records = new ArrayList<>();
        private final ByteWriter series = new ByteWriter(64);
        private final ByteWriter stones = new ByteWriter(64);
        private @Nullable ByteWriter exemplars;
        private long firstRef;
        private long firstMillis;

        @Override
        public void series(long seriesRef, byte[] labels, int offset, int length) {
            endSeries();
            SnapshotEncoder.series(series, seriesRef, labels, offset, length);
        }

        @Override
        public void chunk(
                long seriesRef,
                long minTimestampMillis,
                long maxTimestampMillis,
                int encodingId,
                byte[] data,
                int offset,
                int length,
                long lastValueBits,
                @Nullable HistogramSample lastHistogram) {
            SnapshotEncoder.chunk(series, minTimestampMillis, maxTimestampMillis, encodingId, data, offset, length);
            if (lastHistogram == null) {
                SnapshotEncoder.lastValue(series, lastValueBits);
            } else {
                SnapshotEncoder.lastHistogram(series, lastHistogram);
            }
            records.add(series.toByteArray());
            series.clear();
        }

        /** Only the next call tells that a series had no chunk. */
        void endSeries() {
            if (series.size() > 0) {
                SnapshotEncoder.noChunk(series);
                records.add(series.toByteArray());
                series.clear();
            }
            if (stones.size() > 0) {
                ByteWriter record = new ByteWriter(64);
                SnapshotEncoder.tombstones(record, stones);
                records.add(record.toByteArray());
                stones.clear();
            }
            if (exemplars != null) {
                records.add(exemplars.toByteArray());
                exemplars = null;
            }
        }

        @Override
        public void tombstone(long seriesRef, long minTimestampMillis, long maxTimestampMillis) {
            if (series.size() > 0) {
                endSeries();
            }
            SnapshotEncoder.stone(stones, seriesRef, minTimestampMillis, maxTimestampMillis);
        }

        @Override
        public void exemplar(
                long seriesRef, long timestampMillis, long valueBits, byte[] labels, int offset, int length) {
            ByteWriter record = exemplars;
            if (record == null) {
                endSeries();
                record = new ByteWriter(64);
                SnapshotEncoder.beginExemplars(record, seriesRef, timestampMillis);
                exemplars = record;
                firstRef = seriesRef;
                firstMillis = timestampMillis;
            }
            SnapshotEncoder.exemplar(
                    record, seriesRef - firstRef, timestampMillis - firstMillis, valueBits, labels, offset, length);
        }
    }
}

package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestStores.DIRECTORY;
import static dev.cairndb.tsdb.TestStores.HOUR;
import static dev.cairndb.tsdb.TestStores.MINUTE;
import static dev.cairndb.tsdb.TestStores.START;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairndb.index.Labels;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.ManualClock;
import dev.cairndb.tsdb.internal.wal.LogBatch;
import dev.cairndb.tsdb.internal.wal.LogListener;
import dev.cairndb.tsdb.internal.wal.LogPool;
import dev.cairndb.tsdb.internal.wal.LogSettings;
import dev.cairndb.tsdb.internal.wal.LogTasks;
import dev.cairndb.tsdb.internal.wal.RecordHandler;
import dev.cairndb.tsdb.internal.wal.WalRecovery;
import dev.cairndb.tsdb.internal.wal.WriteAheadLog;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a Prometheus deleted, as its log tells, is neither read nor cut into blocks. */
class HeadTombstonesTest {
    private static final Path WAL = DIRECTORY.resolve("wal");
    private static final Labels A = Labels.of("__name__", "a");
    private static final Labels B = Labels.of("__name__", "b");
    private static final Labels C = Labels.of("__name__", "c");

    private final TsdbRuntime runtime = TsdbRuntime.create();
    private final ManualClock clock = new ManualClock(START + 20 * HOUR);
    private CrashingStorage storage;
    private Map<Labels, TreeMap<Long, Long>> model;

    private Tsdb open() throws IOException {
        return TestStores.builder(storage, clock, runtime).open();
    }

    @BeforeEach
    void fill() throws IOException {
        storage = TestStores.storage(1);
        try (Tsdb db = open()) {
            for (long t = START; t < START + 150 * MINUTE; t += MINUTE) {
                for (Labels labels : List.of(A, B, C)) {
                    assertEquals(1, TestStores.append(db, labels, t, t).samplesAppended());
                }
            }
            db.admin().runMaintenance();
            model = Dump.of(db);
        }
    }

    @AfterEach
    void closeRuntime() {
        runtime.close();
    }

    private Map<Labels, Long> refs() throws IOException {
        Map<Labels, Long> refs = new TreeMap<>();
        var unused = WalRecovery.open(
                storage,
                WAL,
                new RecordHandler() {
                    @Override
                    public void series(long seriesRef, byte[] labels, int offset, int length) {
                        refs.put(Labels.ofPacked(labels, offset, length), seriesRef);
                    }

                    @Override
                    public void samples(
                            long[] seriesRefs,
                            long[] timestampsMillis,
                            long[] startTimestampsMillis,
                            long[] valueBits,
                            int count) {}

                    @Override
                    public void tombstone(long seriesRef, long minTimestampMillis, long maxTimestampMillis) {}
                },
                new WalRecovery.RecoveryListener() {
                    @Override
                    public void logDamaged(CorruptionException damage) {
                        throw new AssertionError(damage);
                    }

                    @Override
                    public void logTailCut(Path segment, long sizeBytes, long cutBytes) {}
                },
                Runnable::run);
        return refs;
    }

    private static final class Silent implements LogListener {
        @Override
        public void logUnavailable(IOException cause) {}

        @Override
        public void logHealed() {}

        @Override
        public void logFailed(Throwable cause) {}
    }

    /** As Prometheus does: only a record in the log. */
    private void delete(Labels labels, long minMillis, long maxMillis) throws IOException {
        long ref = refs().get(labels);
        ScheduledExecutorService threads = Executors.newSingleThreadScheduledExecutor();
        try (WriteAheadLog log = WriteAheadLog.open(
                storage,
                WAL,
                LogSettings.defaults(),
                new LogPool(2, 1),
                new LogTasks(threads, threads, threads),
                new Silent())) {
            LogBatch batch = log.newBatch();
            batch.addTombstone(ref, minMillis, maxMillis);
            log.awaitDurable(log.submit(batch));
        } finally {
            threads.shutdown();
        }
        TreeMap<Long, Long> samples = model.get(labels);
        samples.subMap(minMillis, true, maxMillis, true).clear();
        if (samples.isEmpty()) {
            model.remove(labels);
        }
    }

    private void check(Tsdb db, String where) throws IOException {
        try (Querier querier = db.querier(TimeRange.all())) {
            assertEquals(model, Dump.of(querier), where);
            assertEquals(model.values().stream().mapToLong(Map::size).sum(), Dump.samplesInChunks(querier), where);
        }
    }

    @Test
    void deletedRangesAreHiddenInQueriesChunksAndBlocks() throws IOException {
        delete(A, START + 10 * MINUTE, START + 20 * MINUTE);
        // Over the boundary of a block, and over several chunks.
        delete(A, START + 115 * MINUTE, START + 125 * MINUTE);
        delete(B, START + 1, START + 119 * MINUTE);
        delete(C, Long.MIN_VALUE, START + 120 * MINUTE);
        try (Tsdb db = open()) {
            check(db, "head");
            db.admin().flushAligned();
            assertEquals(1, db.admin().blocks().size());
            long inBlock = model.values().stream()
                    .mapToLong(samples -> samples.headMap(START + 120 * MINUTE).size())
                    .sum();
            assertEquals(inBlock, db.admin().blocks().get(0).sampleCount());
            assertEquals(2, db.admin().blocks().get(0).seriesCount());
            check(db, "cut");
        }
        try (Tsdb db = open()) {
            check(db, "reopened");
        }
    }

    @Test
    void aSeriesThatWasRemovedAsAWholeMayComeAgain() throws IOException {
        delete(A, Long.MIN_VALUE, Long.MAX_VALUE);
        try (Tsdb db = open()) {
            check(db, "removed");
            assertEquals(List.of("b", "c"), db.labelValues("__name__"));
            long t = START + 151 * MINUTE;
            assertEquals(1, TestStores.append(db, A, t, 7).samplesAppended());
            model.computeIfAbsent(A, key -> new TreeMap<>()).put(t, Double.doubleToRawLongBits(7));
            check(db, "back");
        }
        try (Tsdb db = open()) {
            check(db, "back and reopened");
            db.admin().flushAligned();
            check(db, "back and cut");
        }
        try (Tsdb db = open()) {
            check(db, "back, cut and reopened");
        }
    }

    @Test
    void aRangeInWhichEverythingIsDeletedMakesNoBlock() throws IOException {
        for (Labels labels : List.of(A, B, C)) {
            delete(labels, START, START + 120 * MINUTE - 1);
        }
        try (Tsdb db = open()) {
            db.admin().flushAligned();
            assertEquals(List.of(), db.admin().blocks());
            check(db, "cut");
        }
        try (Tsdb db = open()) {
            check(db, "reopened");
        }
    }
}

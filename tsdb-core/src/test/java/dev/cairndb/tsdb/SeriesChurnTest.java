package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestStores.HOUR;
import static dev.cairndb.tsdb.TestStores.MINUTE;
import static dev.cairndb.tsdb.TestStores.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.index.Matcher;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.ManualClock;
import dev.cairndb.tsdb.internal.wal.RecordHandler;
import dev.cairndb.tsdb.internal.wal.WalRecovery;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Series come and go: what they leave behind does not grow. {@code -Dcairn.churn=N} is series per cycle. */
@Timeout(180)
class SeriesChurnTest {
    private static final int SERIES = Integer.getInteger("cairn.churn", 2_500);
    private static final int CYCLES = 24;

    private final ManualClock clock = new ManualClock(START);
    private final TsdbRuntime runtime = TsdbRuntime.create();

    @AfterEach
    void closeRuntime() {
        runtime.close();
    }

    private Tsdb open(CrashingStorage storage) throws IOException {
        return TestStores.builder(storage, clock, runtime)
                .options(TestStores.OPTIONS
                        .withDurability(Durability.OS)
                        .withWalSegmentBytesMax(1 << 20)
                        .withRetention(Duration.ofHours(6)))
                .open();
    }

    private static Labels pod(int cycle, int number) {
        return Labels.of("__name__", "requests_total", "pod", "pod-" + cycle + "-" + number, "zone", "z" + number % 3);
    }

    @Test
    void memoryOfSeriesThatAreGoneIsUsedAgain() throws IOException {
        CrashingStorage storage = TestStores.storage(1);
        Map<String, Long> early = Map.of();
        try (Tsdb db = open(storage)) {
            SeriesHandle steady = db.series(Labels.of("__name__", "steady"));
            SeriesHandle rare = db.series(Labels.of("__name__", "rare"));
            for (int cycle = 0; cycle < CYCLES; cycle++) {
                runCycle(db, cycle, steady, rare);
                if (cycle == 8) {
                    early = db.stats().headBytes();
                }
            }
            TsdbStats stats = db.stats();
            assertEquals(0, stats.backgroundFailures());
            assertTrue(stats.seriesCreated() >= (long) CYCLES * SERIES, stats::toString);
            assertTrue(stats.seriesActive() < 4 * SERIES, stats::toString);
            for (Map.Entry<String, Long> part : stats.headBytes().entrySet()) {
                long before = early.get(part.getKey());
                assertTrue(
                        part.getValue() <= before * 3 / 2 + 64 * 1024,
                        part.getKey() + " grew from " + before + " to " + part.getValue());
            }
            assertTrue(stats.walBytes() < 64L * CYCLES * SERIES, "log of " + stats.walBytes() + " bytes");
            assertEquals(
                    List.of("rare", "requests_total", "steady"),
                    db.labelValues("__name__"),
                    "the handle of a removed series makes it again");
            System.out.println("SeriesChurnTest: " + stats.seriesCreated() + " series created, " + stats.seriesActive()
                    + " active, " + stats.headBytes());
        }
    }

    /** An hour of a steady series and of pods that live for it; the rare one has a sample every eighth hour. */
    private void runCycle(Tsdb db, int cycle, SeriesHandle steady, SeriesHandle rare) throws IOException {
        AppendBatch batch = db.newBatch();
        for (int step = 0; step < 3; step++) {
            clock.advance(Duration.ofMinutes(20));
            long t = clock.wallMillis();
            batch.add(steady, t, t);
            if (cycle % 8 == 0) {
                batch.add(rare, t, t);
            }
            for (int i = 0; i < SERIES; i++) {
                batch.add(db.series(pod(cycle, i)), t, i);
            }
            AppendResult result = batch.commit();
            assertEquals(0, result.rejectedTotal(), result::toString);
        }
        db.admin().runMaintenance();
        db.admin().runMaintenance();
    }

    @Test
    void aReferenceIsNeverGivenToAnotherSeries() throws IOException {
        CrashingStorage storage = TestStores.storage(2);
        Map<Long, Labels> known = new HashMap<>();
        for (int life = 0; life < 12; life++) {
            try (Tsdb db = open(storage)) {
                for (int step = 0; step < 4; step++) {
                    clock.advance(Duration.ofMinutes(40));
                    AppendBatch batch = db.newBatch();
                    for (int i = 0; i < 20; i++) {
                        // Half of them come again in each life, with a new reference if they were removed.
                        batch.add(db.series(pod(i < 10 ? 0 : life, i)), clock.wallMillis(), i);
                    }
                    assertEquals(20, batch.commit().samplesAppended());
                    db.admin().runMaintenance();
                }
                if (life % 3 == 2) {
                    // Long enough for all to be cut, truncated and dropped from checkpoints.
                    for (int i = 0; i < 5; i++) {
                        clock.advance(Duration.ofHours(4));
                        TestStores.append(db, Labels.of("__name__", "steady"), clock.wallMillis(), 1);
                        db.admin().runMaintenance();
                        db.admin().runMaintenance();
                    }
                }
            }
            storage = storage.crash(life);
            readSeries(storage, known);
        }
        assertTrue(known.size() > 100, known.size() + " references");
    }

    /** Fails if the log uses a reference for two label sets. */
    private static void readSeries(CrashingStorage storage, Map<Long, Labels> known) throws IOException {
        RecordHandler handler = new RecordHandler() {
            @Override
            public void series(long seriesRef, byte[] labels, int offset, int length) {
                Labels found = Labels.ofPacked(labels, offset, length);
                Labels before = known.putIfAbsent(seriesRef, found);
                assertTrue(before == null || before.equals(found), seriesRef + " is " + before + " and " + found);
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
        };
        Path wal = TestStores.DIRECTORY.resolve("wal");
        WalRecovery.RecoveryListener listener = new WalRecovery.RecoveryListener() {
            @Override
            public void logDamaged(CorruptionException damage) {
                throw new AssertionError(damage);
            }

            @Override
            public void logTailCut(Path segment, long sizeBytes, long cutBytes) {}
        };
        var unused = WalRecovery.open(storage.crashedCopy(1), wal, handler, listener, Runnable::run);
    }

    @Test
    void seriesWithoutSamplesDoNotCountAfterARestart() throws IOException {
        CrashingStorage storage = TestStores.storage(3);
        try (Tsdb db = open(storage)) {
            SeriesHandle steady = db.series(Labels.of("__name__", "steady"));
            for (int cycle = 0; cycle < 5; cycle++) {
                runCycle(db, cycle, steady, steady);
            }
            db.admin().flushAligned();
        }
        TsdbOptions.SeriesLimits limits = new TsdbOptions.SeriesLimits(2 * SERIES + 2, 2 * SERIES + 2, 10, 100, 100);
        try (Tsdb db = TestStores.builder(storage, clock, runtime)
                .options(TestStores.OPTIONS.withLimits(limits))
                .open()) {
            assertTrue(db.stats().seriesActive() <= 2 * SERIES + 1, db.stats()::toString);
            assertEquals(
                    1,
                    TestStores.append(db, Labels.of("__name__", "new"), clock.wallMillis() + 1, 1)
                            .samplesAppended());
        }
    }

    @Test
    void appendsAndQueriesGoOnWhileSeriesAreRemoved() throws Exception {
        CrashingStorage storage = TestStores.storage(4);
        AtomicBoolean stop = new AtomicBoolean();
        Ledger ledger = new Ledger();
        try (Tsdb db = TestStores.builder(storage, clock, runtime)
                .options(TestStores.OPTIONS.withDurability(Durability.OS).withWalSegmentBytesMax(1 << 20))
                .open()) {
            clock.advance(Duration.ofHours(30));
            Threads threads = new Threads();
            CyclicBarrier inStep = new CyclicBarrier(2);
            for (int i = 0; i < 2; i++) {
                int number = i;
                threads.start(() -> {
                    for (int round = 0; round < 150; round++) {
                        long t = START + round * 10 * MINUTE;
                        List<Labels> series = new ArrayList<>();
                        for (int n = 0; n < 30; n++) {
                            // Gone after a few hours, and back after some more.
                            series.add(pod(number, n + 30 * (round / 20 % 4)));
                        }
                        AppendResult result = ledger.append(db, series, t);
                        assertEquals(30, result.samplesAppended(), result::toString);
                        // Neither runs so far ahead that the other's samples are too old.
                        int unused = inStep.await(60, TimeUnit.SECONDS);
                    }
                    stop.set(true);
                });
            }
            threads.start(() -> {
                while (!stop.get() && !threads.failed()) {
                    db.admin().runMaintenance();
                }
            });
            threads.start(() -> {
                while (!stop.get() && !threads.failed()) {
                    ledger.checkWhileWriting(db, "while series are removed");
                }
            });
            threads.start(() -> {
                while (!stop.get() && !threads.failed()) {
                    for (String pod : db.labelValues("pod", Matcher.equal("zone", "z1"))) {
                        assertTrue(pod.matches("pod-[01]-[0-9]+"), pod);
                    }
                }
            });
            threads.join();
            ledger.check(db, "at the end");
            assertTrue(db.stats().seriesRemoved() > 100, db.stats()::toString);
        }
        try (Tsdb db = open(storage)) {
            ledger.check(db, "reopened");
        }
    }

    @Test
    void replayGivesWhatMemoryHadForEverySeries() throws Exception {
        CrashingStorage storage = TestStores.storage(5);
        Map<Labels, TreeMap<Long, Long>> before;
        Tsdb db = open(storage);
        Threads threads = new Threads();
        for (int i = 0; i < 4; i++) {
            int number = i;
            threads.start(() -> {
                // All threads write the same series, each with values of its own: what is stored depends on the race.
                AppendBatch batch = db.newBatch();
                for (int round = 0; round < 300; round++) {
                    for (int n = 0; n < 20; n++) {
                        batch.add(db.series(pod(0, n)), START + round * 1_000L + n % 3 * number, number);
                    }
                    AppendResult unused = batch.commit();
                }
            });
        }
        threads.join();
        before = Dump.of(db);
        db.close();
        assertEquals(20, before.size());
        try (Tsdb reopened = open(storage)) {
            assertEquals(before, Dump.of(reopened));
        }
        assertTrue(clock.wallMillis() < START + HOUR);
    }
}

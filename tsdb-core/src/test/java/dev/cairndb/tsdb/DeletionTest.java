package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestStores.HOUR;
import static dev.cairndb.tsdb.TestStores.MINUTE;
import static dev.cairndb.tsdb.TestStores.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.index.Matcher;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.ManualClock;
import dev.cairndb.testkit.StorageFault;
import dev.cairndb.testkit.StorageOperation;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What was deleted is not seen any more, wherever it lies, and does not come back. */
class DeletionTest {
    private static final List<Labels> SERIES = List.of(
            Labels.of("__name__", "m", "i", "0"),
            Labels.of("__name__", "m", "i", "1"),
            Labels.of("__name__", "m", "i", "2"),
            Labels.of("__name__", "n", "i", "0"));
    private static final Matcher OF_M = Matcher.equal("__name__", "m");
    private static final long LATE_HOURS = 20;

    private final TsdbRuntime runtime = TsdbRuntime.create();
    private final ManualClock clock = new ManualClock(START + 100 * HOUR);
    private final Map<Labels, TreeMap<Long, Long>> model = new TreeMap<>();

    @AfterEach
    void closeRuntime() {
        runtime.close();
    }

    private Tsdb open(CrashingStorage storage) throws IOException {
        return TestStores.builder(storage, clock, runtime)
                .options(TestStores.OPTIONS.withOutOfOrderWindow(Duration.ofHours(LATE_HOURS)))
                .open();
    }

    private void put(Tsdb db, Labels labels, long t) throws IOException {
        assertEquals(1, TestStores.append(db, labels, t, t).samplesAppended(), () -> labels + " " + t);
        model.computeIfAbsent(labels, absent -> new TreeMap<>()).put(t, Double.doubleToRawLongBits(t));
    }

    /** Two blocks, a late one over the older of them, a head, and late samples that are in no block. */
    private CrashingStorage filled(long seed) throws IOException {
        model.clear();
        CrashingStorage storage = TestStores.storage(seed);
        try (Tsdb db = open(storage)) {
            for (long t = START; t < START + 6 * HOUR; t += 2 * MINUTE) {
                for (Labels labels : SERIES) {
                    put(db, labels, t);
                }
            }
            for (long t = START + MINUTE; t < START + HOUR; t += 10 * MINUTE) {
                put(db, SERIES.get(0), t);
            }
            db.admin().cutBlocks();
            assertEquals(3, db.admin().blocks().size());
            for (long t = START + HOUR + MINUTE; t < START + 5 * HOUR; t += 10 * MINUTE) {
                put(db, SERIES.get(1), t);
            }
        }
        return storage;
    }

    private void delete(Tsdb db, long from, long to, Matcher... matchers) throws IOException {
        forget(from, to, matchers);
        db.admin().delete(TimeRange.ofMillis(from, to), matchers);
    }

    private void forget(long from, long to, Matcher... matchers) {
        model.forEach((labels, samples) -> {
            for (Matcher matcher : matchers) {
                String value = labels.get(matcher.name());
                if (!matcher.matches(value == null ? "" : value)) {
                    return;
                }
            }
            samples.subMap(from, true, to, true).clear();
        });
        model.values().removeIf(TreeMap::isEmpty);
    }

    private void check(Tsdb db, String where) throws IOException {
        assertEquals(model, Dump.of(db), where);
    }

    /** Sends a sample while the store does something, and goes on when the store has taken it. */
    private void putMeanwhile(Tsdb db, Labels labels, long t, Threads threads) {
        long before = db.stats().samplesAppended();
        threads.start(() -> assertEquals(1, TestStores.append(db, labels, t, t).samplesAppended()));
        while (db.stats().samplesAppended() == before && !threads.failed()) {
            Thread.yield();
        }
    }

    @Test
    void aLateSampleThatComesDuringADeletionStaysAlsoAfterACrash() throws Exception {
        CrashingStorage storage = filled(4);
        Labels old = SERIES.get(0);
        CrashingStorage crashed;
        try (Tsdb db = open(storage)) {
            Threads threads = new Threads();
            // Two samples come into the deleted range, of a series that has it in blocks alone: one before late samples
            // are cut, and
            // one behind it that keeps what the late log has of both.
            AtomicInteger came = new AtomicInteger();
            storage.duringSync(path -> {
                boolean first = path.startsWith(TestStores.DIRECTORY.resolve("wal"));
                boolean second = path.toString().contains("tmp-for-creation");
                if (first && came.compareAndSet(0, 1)) {
                    putMeanwhile(db, old, START + MINUTE + 1, threads);
                } else if (second && came.compareAndSet(1, 2)) {
                    putMeanwhile(db, old, START + MINUTE + 2, threads);
                }
            });
            delete(db, START, START + 2 * HOUR, OF_M);
            storage.duringSync(path -> {});
            threads.join();
            assertEquals(2, came.get());
            for (long t : new long[] {START + MINUTE + 1, START + MINUTE + 2}) {
                model.computeIfAbsent(old, absent -> new TreeMap<>()).put(t, Double.doubleToRawLongBits(t));
            }
            check(db, "deleted");
            crashed = storage.crashedCopy(4);
        }
        try (Tsdb db = open(crashed)) {
            check(db, "after a crash");
        }
    }

    @Test
    void nobodySeesWhatWasDeletedWhateverComesThen() throws IOException {
        CrashingStorage storage = filled(1);
        try (Tsdb db = open(storage)) {
            try (Querier before = db.querier(TimeRange.all())) {
                delete(db, START + 30 * MINUTE, START + 100 * MINUTE, OF_M);
                delete(db, START + 3 * HOUR, START + 5 * HOUR, OF_M, Matcher.equal("i", "1"));
                delete(db, START + 330 * MINUTE, Long.MAX_VALUE, OF_M, Matcher.equal("i", "2"));
                assertEquals(model, Dump.of(before), "by a querier that was open");
            }
            check(db, "deleted");
            try (Querier querier = db.querier(TimeRange.all())) {
                long samples = model.values().stream().mapToLong(Map::size).sum();
                assertEquals(samples, Dump.samplesInChunks(querier), "in chunks");
            }
        }
        try (Tsdb db = open(storage)) {
            check(db, "opened again");
        }
        try (Tsdb db = open(storage.crash(1))) {
            check(db, "after a power cut");
            db.admin().flushAligned();
            check(db, "cut");
            assertTrue(db.admin().cleanTombstones() > 0);
            check(db, "rewritten");
            assertEquals(0, db.admin().cleanTombstones());
            db.admin().compactBlocks();
            check(db, "merged");
        }
    }

    @Test
    void samplesOfOpenChunksAndLateOnesGoAlike() throws IOException {
        CrashingStorage storage = filled(1);
        try (Tsdb db = open(storage)) {
            delete(db, Long.MIN_VALUE, Long.MAX_VALUE, OF_M);
            check(db, "all of m");
            assertEquals(List.of(SERIES.get(3)), List.copyOf(Dump.of(db).keySet()));
            try (Querier querier = db.querier(TimeRange.all());
                    SeriesCursor series = querier.select(OF_M)) {
                assertFalse(series.next(), "a series of which nothing is left is not shown");
            }
            put(db, SERIES.get(0), START + 6 * HOUR + MINUTE);
            check(db, "one that came later");
            assertTrue(db.stats().wblBytes() == 0, "late ones are not kept in their log");
        }
        try (Tsdb db = open(storage.crash(2))) {
            check(db, "after a power cut");
            db.admin().flushAligned();
            db.admin().runMaintenance();
            check(db, "cut and merged");
        }
    }

    @Test
    void aLateSampleIsRefusedWhereTheHeadHidesIt() throws IOException {
        CrashingStorage storage = filled(1);
        try (Tsdb db = open(storage)) {
            delete(db, START + 3 * HOUR, START + 5 * HOUR + MINUTE, OF_M);
            long inHead = START + 5 * HOUR + 30_000;
            AppendResult refused = TestStores.append(db, SERIES.get(0), inHead, 1);
            assertEquals(1, refused.rejected(Rejection.DELETED));
            assertEquals(1, refused.rejectedTotal());
            // The same sample once more is none that is there.
            refused = TestStores.append(db, SERIES.get(0), START + 5 * HOUR, START + 5 * HOUR);
            assertEquals(1, refused.rejected(Rejection.DELETED));
            put(db, SERIES.get(0), START + 5 * HOUR + MINUTE + 1);
            put(db, SERIES.get(3), inHead);
            put(db, SERIES.get(0), START + 8 * HOUR);
            check(db, "refused");
            db.admin().cutBlocks();
            db.admin().cutBlocks();
            put(db, SERIES.get(0), inHead);
            check(db, "once it is in a block the range is free");
        }
        try (Tsdb db = open(storage)) {
            check(db, "opened again");
        }
    }

    @Test
    void theNewestSampleOnceMoreIsNotTakenForOneThatIsThere() throws IOException {
        CrashingStorage storage = TestStores.storage(1);
        try (Tsdb db = open(storage)) {
            put(db, SERIES.get(0), START);
            delete(db, START, START + 2 * HOUR, OF_M);
            AppendResult refused = TestStores.append(db, SERIES.get(0), START, START);
            assertEquals(1, refused.rejected(Rejection.DELETED));
            put(db, SERIES.get(0), START + 1);
            check(db, "sent again");
        }
    }

    @Test
    void whatComesIntoADeletedRangeThatWasCutOutlivesAPowerCut() throws IOException {
        CrashingStorage storage = filled(1);
        try (Tsdb db = open(storage)) {
            delete(db, START + 3 * HOUR, START + 5 * HOUR, OF_M);
            put(db, SERIES.get(3), START + 9 * HOUR);
            db.admin().cutBlocks();
            db.admin().cutBlocks();
            put(db, SERIES.get(0), START + 4 * HOUR);
            put(db, SERIES.get(1), START + 5 * HOUR);
            check(db, "sent again");
            try (Tsdb again = open(storage.crashedCopy(1))) {
                check(again, "after a power cut");
                again.admin().cutBlocks();
                check(again, "after a power cut, and cut");
            }
        }
    }

    @Test
    void whatComesIntoADeletedRangeOfWhichNoBlockCameOutlivesAPowerCut() throws IOException {
        CrashingStorage storage = filled(1);
        try (Tsdb db = open(storage)) {
            delete(db, Long.MIN_VALUE, START + 7 * HOUR, Dump.EVERYTHING);
            put(db, SERIES.get(3), START + 12 * HOUR);
            db.admin().cutBlocks();
            db.admin().cutBlocks();
            long t = START + 5 * HOUR + MINUTE;
            AppendResult result = TestStores.append(db, SERIES.get(0), t, t);
            if (result.rejectedTotal() == 0) {
                model.computeIfAbsent(SERIES.get(0), absent -> new TreeMap<>()).put(t, Double.doubleToRawLongBits(t));
            }
            check(db, "sent again");
            try (Tsdb again = open(storage.crashedCopy(1))) {
                check(again, "after a power cut");
            }
        }
    }

    @Test
    void lateSamplesThatAQueryStillReadsDoNotComeBackEither() throws IOException {
        CrashingStorage storage = filled(1);
        try (Tsdb db = open(storage);
                Querier before = db.querier(TimeRange.all())) {
            db.admin().cutBlocks();
            put(db, SERIES.get(3), START + 5 * HOUR + MINUTE);
            delete(db, START + HOUR, START + 3 * HOUR, OF_M);
            check(db, "deleted");
            try (Tsdb again = open(storage.crashedCopy(1))) {
                check(again, "after a power cut");
            }
            assertFalse(Dump.of(before).isEmpty());
        }
    }

    @Test
    void theSnapshotOfAHeadTellsWhatWasDeleted() throws IOException {
        CrashingStorage storage = TestStores.storage(1);
        try (Tsdb db = open(storage)) {
            for (int i = 0; i < 2_000; i++) {
                put(db, SERIES.get(i % 4), START + i * 1_000L);
            }
            delete(db, START + 100_000, START + 900_000, OF_M);
        }
        assertTrue(storage.list(TestStores.DIRECTORY).stream().anyMatch(name -> name.startsWith("chunk_snapshot")));
        try (Tsdb db = open(storage)) {
            check(db, "from a snapshot");
            delete(db, START + 1_000_000, START + 1_100_000, OF_M);
        }
        try (Tsdb db = open(storage)) {
            check(db, "from a snapshot and the log behind it");
        }
    }

    @Test
    void deletionsOutliveCheckpointsOfTheLog() throws IOException {
        CrashingStorage storage = filled(1);
        try (Tsdb db = open(storage)) {
            delete(db, START + 5 * HOUR, START + 330 * MINUTE, OF_M);
            for (int hour = 6; hour < 9; hour++) {
                for (long t = START + hour * HOUR; t < START + (hour + 1) * HOUR; t += 2_000) {
                    put(db, SERIES.get(3), t);
                }
                db.admin().cutBlocks();
            }
            assertTrue(storage.list(TestStores.DIRECTORY.resolve("wal")).stream()
                    .anyMatch(name -> name.startsWith("checkpoint")));
            check(db, "behind a checkpoint");
        }
        try (Tsdb db = open(storage)) {
            check(db, "opened again");
        }
    }

    @Test
    void aDeletionNeedsMatchers() throws IOException {
        try (Tsdb db = open(TestStores.storage(1))) {
            assertThrows(IllegalArgumentException.class, () -> db.admin().delete(TimeRange.all()));
        }
    }

    @Test
    void afterAPowerCutAtAnyCallNothingElseIsGoneAndTheDeletionCanBeRepeated() throws Exception {
        long from = START + 30 * MINUTE;
        long to = START + 5 * HOUR;
        int cuts = 0;
        CrashingStorage filled = filled(1);
        Map<Labels, TreeMap<Long, Long>> before = copy();
        for (long call = 1; ; call++) {
            CrashingStorage storage = filled.crashedCopy(call);
            Tsdb db = open(storage);
            storage.faults().failFrom(StorageFault.DEATH, StorageOperation.changing(), path -> true, call);
            boolean done;
            try {
                delete(db, from, to, OF_M);
                done = true;
            } catch (IOException e) {
                done = false;
            }
            boolean ended = storage.faults().injected() == 0;
            CrashingStorage after = storage.crash(call);
            try {
                db.close();
            } catch (IOException e) {
                // It is dead.
            }
            String where = "power cut at call " + call;
            try (Tsdb again = open(after)) {
                Map<Labels, TreeMap<Long, Long>> found = Dump.of(again);
                if (done) {
                    assertEquals(model, found, where);
                }
                found.forEach((labels, samples) ->
                        assertTrue(before.get(labels).entrySet().containsAll(samples.entrySet()), where));
                model.forEach((labels, samples) -> assertTrue(
                        found.getOrDefault(labels, new TreeMap<>()).entrySet().containsAll(samples.entrySet()),
                        () -> where + ": " + labels));
                again.admin().delete(TimeRange.ofMillis(from, to), OF_M);
                check(again, where + ", repeated");
                again.admin().runMaintenance();
                check(again, where + ", repeated and merged");
            }
            if (ended) {
                break;
            }
            cuts++;
        }
        assertTrue(cuts > 20, "only " + cuts + " cuts");
        System.out.println("DeletionTest: " + cuts + " power cuts");
    }

    private Map<Labels, TreeMap<Long, Long>> copy() {
        Map<Labels, TreeMap<Long, Long>> copy = new TreeMap<>();
        model.forEach((labels, samples) -> copy.put(labels, new TreeMap<>(samples)));
        return copy;
    }
}

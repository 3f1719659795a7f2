package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestStores.DIRECTORY;
import static dev.cairndb.tsdb.TestStores.HOUR;
import static dev.cairndb.tsdb.TestStores.MINUTE;
import static dev.cairndb.tsdb.TestStores.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.index.Matcher;
import dev.cairndb.io.Clock;
import dev.cairndb.objstore.InMemoryObjectStore;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.ManualClock;
import dev.cairndb.testkit.StorageFault;
import dev.cairndb.testkit.StorageOperation;
import dev.cairndb.tsdb.internal.block.BlockContents;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.Ulid;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Blocks become longer ones with time; every sample is seen once, whatever happens on the way. */
class CompactionTest {
    /** A multiple of all ranges up to 54 h. */
    private static final long FROM = START / (54 * HOUR) * 54 * HOUR;

    private static final long RANGE = 2 * HOUR;

    private final TsdbRuntime runtime = TsdbRuntime.create();
    private final ManualClock clock = new ManualClock(FROM + 200 * HOUR);
    private final Map<Labels, TreeMap<Long, Long>> expected = new TreeMap<>();

    @AfterEach
    void closeRuntime() {
        runtime.close();
    }

    private static Ulid ulid(int number) {
        return Ulid.parse("0%025d".formatted(number));
    }

    private TsdbBuilder builder(CrashingStorage storage) {
        return TestStores.builder(storage, clock, runtime);
    }

    /** Samples of some series in the n-th range; those of different blocks may be at the same times. */
    private void write(CrashingStorage storage, int number, int range, boolean late) throws IOException {
        long from = FROM + range * RANGE;
        BlockContents contents = new BlockContents();
        for (int series = number % 3; series < 6; series++) {
            TreeMap<Long, Long> samples = new TreeMap<>();
            for (long t = from + number * 1_000L; t < from + RANGE && samples.size() < 150; t += 20_000) {
                samples.put(t, Double.doubleToRawLongBits(t + series));
            }
            Labels labels = Labels.of("__name__", "m", "i", String.valueOf(series));
            contents.series.put(labels, samples);
            expected.computeIfAbsent(labels, absent -> new TreeMap<>()).putAll(samples);
        }
        BlockMeta.Compaction compaction =
                late ? BlockMeta.Compaction.late(ulid(number)) : BlockMeta.Compaction.firstLevel(ulid(number));
        assertNotNull(contents.write(storage, DIRECTORY, ulid(number), from, from + RANGE, compaction));
    }

    private CrashingStorage ranges(long seed, int count) throws IOException {
        expected.clear();
        CrashingStorage storage = TestStores.storage(seed);
        for (int i = 0; i < count; i++) {
            write(storage, i + 1, i, false);
        }
        return storage;
    }

    /** Start in ranges, length in ranges, level. */
    private static List<String> shapes(Tsdb db) {
        return db.admin().blocks().stream()
                .map(block -> (block.minTimestampMillis() - FROM) / RANGE + "+"
                        + (block.maxTimestampMillis() - block.minTimestampMillis()) / RANGE + " level "
                        + block.compactionLevel() + (block.late() ? " late" : ""))
                .toList();
    }

    @Test
    void blocksBecomeLongerOnesByAndBy() throws IOException {
        CrashingStorage storage = ranges(1, 11);
        try (Tsdb db = builder(storage).open()) {
            assertEquals(4, db.admin().compactBlocks());
            assertEquals(List.of("0+9 level 3", "9+1 level 1", "10+1 level 1"), shapes(db));
            assertEquals(expected, Dump.of(db));
            assertEquals(0, db.admin().compactBlocks());
            assertEquals(4, db.stats().blockMerges());
        }
        CrashingStorage after = storage.crash(1);
        BlockMeta meta;
        try (Tsdb db = builder(after).open()) {
            assertEquals(List.of("0+9 level 3", "9+1 level 1", "10+1 level 1"), shapes(db));
            assertEquals(expected, Dump.of(db));
            meta = BlockMeta.read(
                    after, DIRECTORY.resolve(db.admin().blocks().get(0).ulid()));
        }
        List<Ulid> sources = new ArrayList<>();
        for (int i = 1; i <= 9; i++) {
            sources.add(ulid(i));
        }
        assertEquals(sources, meta.compaction().sources());
        assertEquals(3, meta.compaction().parents().size());
    }

    @Test
    void retentionAndOptionsSayHowLongBlocksBecome() throws IOException {
        TsdbOptions options = TestStores.OPTIONS;
        for (Map.Entry<TsdbOptions, String> entry : Map.of(
                        options.withBlockRangeMax(Duration.ofHours(5)), "11",
                        options.withBlockRangeMax(Duration.ofHours(6)), "5",
                        options.withBlockRangeMax(Duration.ofHours(18)), "3",
                        options.withRetention(Duration.ofHours(60)), "5",
                        options.withRetention(Duration.ofHours(59)), "11")
                .entrySet()) {
            CrashingStorage storage = ranges(1, 11);
            try (Tsdb db = builder(storage).options(entry.getKey()).open()) {
                db.admin().runMaintenance();
                assertEquals(
                        entry.getValue(),
                        String.valueOf(db.admin().blocks().size()),
                        () -> entry.getKey().toString());
                assertEquals(expected, Dump.of(db));
            }
        }
    }

    @Test
    void lateBlocksAreMergedWithTheirNeighboursOnceNothingComesThereAnyMore() throws IOException {
        CrashingStorage storage = ranges(1, 4);
        write(storage, 20, 0, true);
        write(storage, 21, 0, true);
        write(storage, 22, 2, true);
        Labels series = Labels.of("__name__", "other");
        try (Tsdb db = builder(storage)
                .options(TestStores.OPTIONS.withOutOfOrderWindow(Duration.ofHours(6)))
                .open()) {
            // The window begins in the second range.
            put(db, series, FROM + 9 * HOUR);
            db.admin().runMaintenance();
            assertEquals(List.of("0+3 level 4", "2+1 level 1 late", "3+1 level 1"), shapes(db));
            assertEquals(expected, Dump.of(db));
            put(db, series, FROM + 11 * HOUR + 59 * MINUTE);
            clock.advance(Duration.ofHours(1));
            db.admin().runMaintenance();
            assertTrue(shapes(db).contains("2+1 level 1 late"), () -> shapes(db).toString());
            put(db, series, FROM + 12 * HOUR);
            clock.advance(Duration.ofHours(1));
            db.admin().runMaintenance();
            assertEquals("0+3 level 5", shapes(db).get(0));
            assertTrue(db.admin().blocks().stream().noneMatch(BlockInfo::late));
            assertEquals(expected, Dump.of(db));
        }
        try (Tsdb db = builder(storage.crash(1)).open()) {
            assertEquals(expected, Dump.of(db));
        }
    }

    private void put(Tsdb db, Labels labels, long t) throws IOException {
        assertEquals(1, TestStores.append(db, labels, t, t).samplesAppended());
        expected.computeIfAbsent(labels, absent -> new TreeMap<>()).put(t, Double.doubleToRawLongBits(t));
    }

    @Test
    void aLateBlockAheadOfWhatWasCutNeverHidesTheHead() throws IOException {
        CrashingStorage storage = ranges(1, 2);
        write(storage, 20, 2, true);
        write(storage, 21, 4, true);
        Labels series = Labels.of("__name__", "head");
        try (Tsdb db = builder(storage)
                .options(TestStores.OPTIONS.withOutOfOrderWindow(Duration.ofHours(1)))
                .open()) {
            put(db, series, FROM + 4 * HOUR + MINUTE);
            put(db, series, FROM + 20 * HOUR);
            // Without a cut: what is in the head lies beside the late blocks.
            db.admin().compactBlocks();
            assertEquals(expected, Dump.of(db));
        }
        try (Tsdb db = builder(storage).open()) {
            assertEquals(expected, Dump.of(db));
        }
    }

    @Test
    void whatWasDeletedIsLeftOutAndABlockOfNothingElseGoes() throws IOException {
        CrashingStorage storage = ranges(1, 4);
        try (Tsdb db = builder(storage).open()) {
            db.admin().delete(TimeRange.ofMillis(FROM, FROM + RANGE + 20 * MINUTE), Matcher.equal("__name__", "m"));
            expected.values()
                    .forEach(samples ->
                            samples.headMap(FROM + RANGE + 20 * MINUTE, true).clear());
            assertEquals(expected, Dump.of(db));
            db.admin().runMaintenance();
            assertEquals(expected, Dump.of(db));
            assertEquals(List.of("0+3 level 2", "3+1 level 1"), shapes(db));
            long inBlock = expected.values().stream()
                    .mapToLong(samples -> samples.headMap(FROM + 3 * RANGE).size())
                    .sum();
            assertEquals(inBlock, db.admin().blocks().get(0).sampleCount());
            db.admin().delete(TimeRange.ofMillis(FROM, FROM + 3 * RANGE), Matcher.equal("__name__", "m"));
            db.admin().runMaintenance();
            assertEquals(List.of("3+1 level 1"), shapes(db));
        }
    }

    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void newestBlocksOfWhichAllIsDeletedAreTriedOnceEach() throws IOException {
        CrashingStorage storage = ranges(1, 1);
        // Both end the head: the plan takes them together, and then the older alone.
        write(storage, 2, 0, false);
        try (Tsdb db = builder(storage).open()) {
            db.admin().delete(TimeRange.all(), Dump.EVERYTHING);
            assertEquals(0, db.admin().compactBlocks());
            assertEquals(2, db.admin().blocks().size());
            assertEquals(Map.of(), Dump.of(db));
        }
    }

    @Test
    void aQueryThatBeganBeforeReadsOn() throws IOException {
        CrashingStorage storage = ranges(1, 11);
        try (Tsdb db = builder(storage).open()) {
            try (Querier querier = db.querier(TimeRange.all());
                    SeriesCursor series = querier.select(Dump.EVERYTHING)) {
                assertTrue(series.next());
                assertTrue(db.admin().compactBlocks() > 0);
                assertEquals(expected, Dump.of(querier));
                assertEquals(expected, Dump.of(db));
                assertEquals(12, blockFolders(storage), "the merged ones are still read");
            }
            assertEquals(3, blockFolders(storage));
        }
    }

    private static long blockFolders(CrashingStorage storage) throws IOException {
        return storage.list(DIRECTORY).stream()
                .filter(name -> Ulid.tryParse(name.substring(0, Math.min(name.length(), Ulid.TEXT_LENGTH))) != null)
                .count();
    }

    @Test
    void closingTheStoreStopsAMergeAndTheNextOpeningGoesOnWithIt() throws Exception {
        CrashingStorage storage = ranges(1, 4);
        AtomicReference<Thread> closer = new AtomicReference<>();
        CountDownLatch merging = new CountDownLatch(1);
        AtomicInteger replaced = new AtomicInteger(-1);
        Tsdb db =
                builder(storage).clock(new WaitingClock(clock, merging, closer)).open();
        Thread worker = new Thread(
                () -> {
                    try {
                        replaced.set(db.admin().compactBlocks());
                    } catch (IOException e) {
                        throw new IllegalStateException(e);
                    }
                },
                WaitingClock.WAITS);
        worker.start();
        merging.await();
        Thread closing = new Thread(() -> {
            try {
                db.close();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        closing.start();
        closer.set(closing);
        worker.join();
        closing.join();
        assertEquals(0, replaced.get());
        assertEquals(expected, dumpAfter(storage));
    }

    /** Lets a thread of a given name go on behind its third look only when another one waits for it. */
    private record WaitingClock(
            Clock clock, CountDownLatch reached, AtomicReference<Thread> awaited, AtomicInteger looks)
            implements Clock {
        static final String WAITS = "waits";

        WaitingClock(Clock clock, CountDownLatch reached, AtomicReference<Thread> awaited) {
            this(clock, reached, awaited, new AtomicInteger());
        }

        @Override
        public long wallMillis() {
            return clock.wallMillis();
        }

        @Override
        public long monotonicNanos() {
            if (Thread.currentThread().getName().equals(WAITS) && looks.incrementAndGet() == 4) {
                reached.countDown();
                Thread other = awaited.get();
                while (other == null || other.getState() != Thread.State.WAITING) {
                    Thread.yield();
                    other = awaited.get();
                }
            }
            return clock.monotonicNanos();
        }
    }

    private Map<Labels, TreeMap<Long, Long>> dumpAfter(CrashingStorage storage) throws IOException {
        assertEquals(
                List.of(),
                storage.list(DIRECTORY).stream()
                        .filter(name -> name.endsWith(".tmp-for-creation"))
                        .toList());
        try (Tsdb db = builder(storage).open()) {
            Map<Labels, TreeMap<Long, Long>> found = Dump.of(db);
            db.admin().runMaintenance();
            assertEquals(List.of("0+3 level 2", "3+1 level 1"), shapes(db));
            return found;
        }
    }

    @Test
    void withABucketTheCompactorOfTheBucketDoesItUnlessToldOtherwise() throws IOException {
        CrashingStorage storage = ranges(1, 4);
        try (InMemoryObjectStore bucket = new InMemoryObjectStore();
                Tsdb db = builder(storage)
                        .objectStore(bucket)
                        .externalLabels(Labels.of("replica", "a"))
                        .open()) {
            db.admin().runMaintenance();
            assertEquals(4, db.admin().blocks().size());
            assertEquals(4, shipped(bucket).size());
        }
    }

    @Test
    void whatIsMergedHereOfShippedBlocksIsNotShippedAgain() throws IOException {
        CrashingStorage storage = ranges(1, 4);
        try (InMemoryObjectStore bucket = new InMemoryObjectStore();
                Tsdb db = builder(storage)
                        .options(TestStores.OPTIONS.withBlockRangeMax(Duration.ofHours(6)))
                        .objectStore(bucket)
                        .externalLabels(Labels.of("replica", "a"))
                        .open()) {
            assertEquals(0, db.admin().compactBlocks(), "nothing is merged before it is shipped");
            db.admin().runMaintenance();
            Set<String> before = shipped(bucket);
            assertEquals(4, before.size());
            db.admin().runMaintenance();
            assertEquals(List.of("0+3 level 2", "3+1 level 1"), shapes(db));
            db.admin().runMaintenance();
            assertEquals(before, shipped(bucket));
            assertEquals(expected, Dump.of(db));
        }
    }

    @Test
    void whatWasDeletedIsNotShipped() throws IOException {
        CrashingStorage storage = ranges(1, 2);
        try (InMemoryObjectStore bucket = new InMemoryObjectStore();
                Tsdb db = builder(storage)
                        .objectStore(bucket)
                        .externalLabels(Labels.of("replica", "a"))
                        .open()) {
            db.admin().delete(TimeRange.ofMillis(FROM, FROM + 20 * MINUTE), Dump.EVERYTHING);
            expected.values()
                    .forEach(
                            samples -> samples.headMap(FROM + 20 * MINUTE, true).clear());
            assertEquals(2, db.admin().shipBlocks());
            Set<String> shipped = shipped(bucket);
            assertEquals(2, shipped.size());
            assertTrue(!shipped.contains(ulid(1).toString()) && shipped.contains(ulid(2).toString()));
            assertEquals(
                    shipped,
                    new TreeSet<>(
                            db.admin().blocks().stream().map(BlockInfo::ulid).toList()));
            assertEquals(expected, Dump.of(db));
        }
    }

    @Test
    void aFullDiskIsNotFilledEachTimeBlocksAreShipped() throws IOException {
        CrashingStorage storage = ranges(1, 3);
        try (InMemoryObjectStore bucket = new InMemoryObjectStore();
                Tsdb db = builder(storage)
                        .objectStore(bucket)
                        .externalLabels(Labels.of("replica", "a"))
                        .open()) {
            db.admin().delete(TimeRange.ofMillis(FROM, FROM + 20 * MINUTE), Dump.EVERYTHING);
            storage.faults()
                    .failFrom(
                            StorageFault.NO_SPACE,
                            Set.of(StorageOperation.WRITE),
                            path -> path.toString().contains("tmp-for-creation"),
                            1);
            assertThrows(IOException.class, () -> db.admin().shipBlocks());
            long injected = storage.faults().injected();
            assertTrue(injected > 0);
            assertEquals(2, shipped(bucket).size(), "the others are sent");
            clock.advance(Duration.ofMinutes(9));
            assertEquals(0, db.admin().shipBlocks());
            assertEquals(injected, storage.faults().injected());
            storage.faults().clear();
            clock.advance(Duration.ofMinutes(1));
            assertEquals(1, db.admin().shipBlocks());
            assertEquals(3, shipped(bucket).size());
        }
    }

    private static Set<String> shipped(InMemoryObjectStore bucket) throws IOException {
        Set<String> blocks = new TreeSet<>();
        bucket.list("", true, entry -> {
            String key = entry.name();
            if (key.endsWith("/meta.json")) {
                blocks.add(key.substring(0, key.indexOf('/')));
            }
        });
        return blocks;
    }

    @Test
    void afterAPowerCutAtAnyCallEverySampleIsThereOnce() throws Exception {
        int cuts = 0;
        CrashingStorage written = ranges(1, 4);
        write(written, 20, 0, true);
        for (long call = 1; ; call++) {
            CrashingStorage storage = written.crashedCopy(call);
            Tsdb db = builder(storage).open();
            storage.faults().failFrom(StorageFault.DEATH, StorageOperation.changing(), path -> true, call);
            boolean ended;
            try {
                db.admin().compactBlocks();
                ended = storage.faults().injected() == 0;
            } catch (IOException e) {
                ended = false;
            }
            assertEquals(expected, Dump.of(db), "before power cut at call " + call);
            CrashingStorage after = storage.crash(call);
            try {
                db.close();
            } catch (IOException e) {
                // It is dead.
            }
            checkOpensAndMerges(after, "power cut at call " + call);
            if (ended) {
                break;
            }
            cuts++;
        }
        assertTrue(cuts > 20, "only " + cuts + " cuts");
        System.out.println("CompactionTest: " + cuts + " power cuts");
    }

    @Test
    void afterAnErrorAtAnyCallTheNextRunMerges() throws Exception {
        int errors = 0;
        CrashingStorage written = ranges(1, 4);
        for (StorageFault fault : List.of(StorageFault.IO_ERROR, StorageFault.NO_SPACE)) {
            for (long call = 1; ; call++) {
                CrashingStorage storage = written.crashedCopy(call);
                String where = fault + " at call " + call;
                boolean injected;
                try (Tsdb db = builder(storage).open()) {
                    storage.faults().failOnce(fault, StorageOperation.changing(), path -> true, call);
                    try {
                        db.admin().compactBlocks();
                    } catch (IOException e) {
                        assertTrue(storage.faults().injected() > 0, where);
                    }
                    injected = storage.faults().injected() > 0;
                    storage.faults().clear();
                    assertEquals(expected, Dump.of(db), where);
                    db.admin().compactBlocks();
                    assertEquals(2, db.admin().blocks().size(), where);
                    assertEquals(expected, Dump.of(db), where);
                }
                checkOpensAndMerges(storage, where);
                if (!injected) {
                    break;
                }
                errors++;
            }
        }
        assertTrue(errors > 40, "only " + errors + " errors");
    }

    private void checkOpensAndMerges(CrashingStorage storage, String where) throws IOException {
        try (Tsdb db = builder(storage).open()) {
            assertEquals(expected, Dump.of(db), where);
            db.admin().compactBlocks();
            long left =
                    db.admin().blocks().stream().filter(block -> !block.late()).count();
            assertEquals(2, left, where);
            assertEquals(expected, Dump.of(db), where);
        }
    }
}

package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestStores.HOUR;
import static dev.cairndb.tsdb.TestStores.MINUTE;
import static dev.cairndb.tsdb.TestStores.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.index.Matcher;
import dev.cairndb.objstore.InMemoryObjectStore;
import dev.cairndb.objstore.ObjectBody;
import dev.cairndb.objstore.ObjectEntry;
import dev.cairndb.objstore.ObjectKey;
import dev.cairndb.objstore.ObjectStore;
import dev.cairndb.objstore.ObjectStoreException;
import dev.cairndb.objstore.ObjectStoreObserver.Operation;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.FlakyObjectStore;
import dev.cairndb.testkit.ManualClock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Blocks leave the disk by age and size, never before they were shipped if there is a bucket. */
class RetentionAndShippingTest {
    private static final List<Labels> SERIES = List.of(Labels.of("__name__", "a"), Labels.of("__name__", "b"));

    private final TsdbRuntime runtime = TsdbRuntime.create();
    private final ManualClock clock = new ManualClock(START);
    private final FlakyObjectStore bucket = new FlakyObjectStore(new InMemoryObjectStore());
    private final List<String> events = new ArrayList<>();
    private CrashingStorage storage;
    private long t = START;

    @BeforeEach
    void makeStorage() throws IOException {
        storage = TestStores.storage(1);
    }

    @AfterEach
    void closeRuntime() {
        runtime.close();
    }

    private TsdbBuilder builder(TsdbOptions options) {
        return TestStores.builder(storage, clock, runtime)
                .options(options.withDurability(Durability.OS))
                .listener(new TsdbListener() {
                    @Override
                    public void blockCut(BlockInfo block) {
                        events.add("cut " + block.minTimestampMillis());
                    }

                    @Override
                    public void blockShipped(BlockInfo block) {
                        events.add("shipped " + block.minTimestampMillis());
                    }

                    @Override
                    public void blockDeleted(BlockInfo block) {
                        events.add("deleted " + block.minTimestampMillis());
                    }
                });
    }

    private Tsdb openWithBucket(TsdbOptions options) throws IOException {
        return builder(options)
                .objectStore(bucket)
                .externalLabels(Labels.of("replica", "a"))
                .open();
    }

    private void append(Tsdb db, long spanMillis) throws IOException {
        for (long end = t + spanMillis; t < end; t += 5 * MINUTE) {
            AppendBatch batch = db.newBatch();
            for (Labels labels : SERIES) {
                batch.add(db.series(labels), t, t);
            }
            assertEquals(SERIES.size(), batch.commit().samplesAppended());
            clock.advance(Duration.ofMinutes(5));
        }
    }

    private TreeSet<String> shippedBlocks() throws Exception {
        TreeSet<String> complete = new TreeSet<>();
        bucket.list("", true, entry -> {
            if (entry.toString().contains("meta.json")) {
                complete.add(entry.toString().replaceAll(".*?([0-9A-HJKMNP-TV-Z]{26}).*", "$1"));
            }
        });
        return complete;
    }

    @Test
    void withoutABucketBlocksGoByAge() throws IOException {
        try (Tsdb db =
                builder(TestStores.OPTIONS.withRetention(Duration.ofHours(6))).open()) {
            append(db, 20 * HOUR);
            db.admin().runMaintenance();
            List<BlockInfo> blocks = db.admin().blocks();
            long newest = blocks.get(blocks.size() - 1).maxTimestampMillis();
            for (BlockInfo block : blocks) {
                assertTrue(newest - block.maxTimestampMillis() < 6 * HOUR, block::toString);
            }
            assertEquals(3, blocks.size());
            assertTrue(events.contains("deleted " + START), events::toString);
            assertEquals(
                    events.stream().filter(event -> event.startsWith("deleted")).count(),
                    db.stats().blocksDeleted());
            TreeMap<Long, Long> samples = Dump.of(db).get(SERIES.get(0));
            assertEquals(blocks.get(0).minTimestampMillis(), samples.firstKey());
            assertEquals(t - 5 * MINUTE, samples.lastKey());
            assertEquals((t - samples.firstKey()) / (5 * MINUTE), samples.size());
        }
    }

    @Test
    void withoutABucketBlocksGoBySizeTheOldestFirst() throws IOException {
        TsdbOptions unmerged = TestStores.OPTIONS.withBlockRangeMax(Duration.ofHours(2));
        TsdbStats before;
        try (Tsdb db = builder(unmerged).open()) {
            append(db, 20 * HOUR);
            db.admin().runMaintenance();
            before = db.stats();
            assertTrue(before.blocks() >= 8);
        }
        long bytesMax = before.walBytes() + before.blockBytes() * 2 / 3;
        try (Tsdb db = builder(unmerged.withRetentionBytes(bytesMax)).open()) {
            db.admin().runMaintenance();
            TsdbStats stats = db.stats();
            assertTrue(stats.blockBytes() + stats.walBytes() <= bytesMax, stats::toString);
            assertTrue(stats.blocks() >= 3 && stats.blocks() < before.blocks(), stats::toString);
            List<BlockInfo> blocks = db.admin().blocks();
            assertTrue(blocks.get(0).minTimestampMillis() > START);
            assertEquals(
                    stats.headMinTimestampMillis(),
                    blocks.get(blocks.size() - 1).maxTimestampMillis());
        }
    }

    @Test
    void noBlockGoesBeforeItWasShipped() throws Exception {
        bucket.plan((call, operation, name) -> FlakyObjectStore.Fault.BEFORE);
        TreeSet<String> cut = new TreeSet<>();
        try (Tsdb db = openWithBucket(
                TestStores.OPTIONS.withRetention(Duration.ofHours(3)).withRetentionBytes(1))) {
            append(db, 20 * HOUR);
            db.admin().runMaintenance();
            db.admin().blocks().forEach(block -> cut.add(block.ulid()));
            assertTrue(cut.size() >= 8, cut::toString);
            assertEquals(0, db.stats().blocksDeleted());
            assertEquals(START, Dump.of(db).get(SERIES.get(0)).firstKey());
        }
        try (Tsdb db = openWithBucket(
                TestStores.OPTIONS.withRetention(Duration.ofHours(3)).withRetentionBytes(1))) {
            db.admin().runMaintenance();
            assertEquals(cut.size(), db.admin().blocks().size());
            bucket.heal();
            assertEquals(cut.size(), db.admin().shipBlocks());
            assertEquals(0, db.admin().shipBlocks(), "each is shipped once");
            assertEquals(cut, shippedBlocks());
            db.admin().runMaintenance();
            assertTrue(db.admin().blocks().size() < cut.size(), db.admin().blocks()::toString);
        }
        assertEquals(cut, shippedBlocks(), "what goes from the disk stays in the bucket");
    }

    @Test
    void shippingHealsWhateverCallFails() throws Exception {
        for (FlakyObjectStore.Fault fault : FlakyObjectStore.Fault.values()) {
            bucket.plan((call, operation, name) -> call % 5 == 3 || call % 7 == 0 ? fault : null);
            try (Tsdb db = openWithBucket(TestStores.OPTIONS)) {
                append(db, 6 * HOUR);
                db.admin().flushAligned();
                int shipped = 0;
                for (int i = 0; i < 40 && shipped < db.admin().blocks().size(); i++) {
                    db.admin().runMaintenance();
                    shipped = shippedBlocks(db);
                }
                bucket.heal();
                int unused = db.admin().shipBlocks();
                TreeSet<String> local = new TreeSet<>();
                db.admin().blocks().forEach(block -> local.add(block.ulid()));
                assertEquals(local, shippedBlocks(), fault::toString);
            }
        }
        long shippedEvents =
                events.stream().filter(event -> event.startsWith("shipped")).count();
        assertEquals(shippedBlocks().size(), shippedEvents, events::toString);
    }

    @Test
    void theHeadIsCutWhileABlockIsSent() throws Exception {
        cutWhileABlockIsSent(false);
    }

    @Test
    void theHeadIsNotCutInAThreadOfTheBucket() throws Exception {
        cutWhileABlockIsSent(true);
    }

    private void cutWhileABlockIsSent(boolean otherThread) throws Exception {
        try (Tsdb db = builder(TestStores.OPTIONS)
                .objectStore(new SendingStore(bucket, otherThread, events))
                .externalLabels(Labels.of("replica", "a"))
                .open()) {
            append(db, 5 * HOUR);
            db.admin().cutBlocks();
            assertEquals(1, db.admin().blocks().size());
            events.clear();
            bucket.plan((call, operation, name) -> {
                if (operation == Operation.PUT && name.contains("/chunks/") && events.isEmpty()) {
                    events.add("sent");
                    try {
                        append(db, 5 * HOUR);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }
                return null;
            });
            assertEquals(1, db.admin().shipBlocks());
            List<String> cuts =
                    List.of("cut " + (START + 2 * HOUR), "cut " + (START + 4 * HOUR), "cut " + (START + 6 * HOUR));
            List<String> expected = new ArrayList<>(List.of("sent", "file sent", "shipped " + START));
            expected.addAll(otherThread ? 2 : 1, cuts);
            assertEquals(expected, events);
            assertEquals(3, db.admin().shipBlocks());
        }
    }

    /** Reads what it is sent in another thread or not, and tells when a file of chunks was sent. */
    private record SendingStore(ObjectStore store, boolean otherThread, List<String> events) implements ObjectStore {
        @Override
        public void put(ObjectKey key, ObjectBody body) throws ObjectStoreException {
            AtomicReference<ObjectStoreException> failure = new AtomicReference<>();
            Runnable sending = () -> {
                try {
                    store.put(key, body);
                } catch (ObjectStoreException e) {
                    failure.set(e);
                }
            };
            try {
                if (otherThread) {
                    Thread thread = new Thread(sending);
                    thread.start();
                    thread.join();
                } else {
                    sending.run();
                }
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            if (failure.get() != null) {
                throw failure.get();
            }
            if (key.value().contains("/chunks/") && !events.contains("file sent")) {
                events.add("file sent");
            }
        }

        @Override
        public boolean putIfAbsent(ObjectKey key, ObjectBody body) throws ObjectStoreException {
            return store.putIfAbsent(key, body);
        }

        @Override
        public long size(ObjectKey key) throws ObjectStoreException {
            return store.size(key);
        }

        @Override
        public int read(ObjectKey key, long offset, ByteBuffer target) throws ObjectStoreException {
            return store.read(key, offset, target);
        }

        @Override
        public void list(String prefix, boolean recursive, Consumer<ObjectEntry> sink) throws ObjectStoreException {
            store.list(prefix, recursive, sink);
        }

        @Override
        public void delete(ObjectKey key) throws ObjectStoreException {
            store.delete(key);
        }

        @Override
        public void close() {
            store.close();
        }
    }

    /** The bucket may fail the listing. */
    private int shippedBlocks(Tsdb db) {
        return (int) Math.min(db.stats().blocksShipped(), Integer.MAX_VALUE);
    }

    @Test
    void aFlushCutsUpToTheLastBoundaryAndLeavesTheRest() throws IOException {
        try (Tsdb db = builder(TestStores.OPTIONS).open()) {
            db.admin().flushAligned();
            assertEquals(List.of(), db.admin().blocks());
            append(db, HOUR);
            db.admin().flushAligned();
            assertEquals(List.of(), db.admin().blocks());
            append(db, 4 * HOUR);
            Map<Labels, TreeMap<Long, Long>> before = Dump.of(db);
            db.admin().flushAligned();
            db.admin().flushAligned();
            assertEquals(
                    List.of("cut " + START, "cut " + (START + 2 * HOUR)), events, "one block for each whole range");
            assertEquals(START + 4 * HOUR, db.stats().headMinTimestampMillis());
            assertEquals(before, Dump.of(db));
        }
        try (Tsdb db = builder(TestStores.OPTIONS).open()) {
            assertEquals(5 * 12, Dump.of(db).get(SERIES.get(0)).size());
        }
    }

    @Test
    void aBucketNeedsExternalLabels() {
        assertThrows(
                IllegalArgumentException.class,
                () -> TestStores.builder(storage, clock, runtime)
                        .objectStore(bucket)
                        .open());
        assertEquals(List.of(), storage.openFiles());
    }

    @Test
    void aBlockInTheBucketThatWasForgottenIsNotSentAgainAfterADelete() throws Exception {
        TsdbOptions options = TestStores.OPTIONS.withRetention(Duration.ofDays(9));
        try (Tsdb db = openWithBucket(options)) {
            append(db, 8 * HOUR);
            db.admin().runMaintenance();
        }
        TreeSet<String> shipped = shippedBlocks();
        assertTrue(shipped.size() >= 2, shipped::toString);
        storage.delete(TestStores.DIRECTORY.resolve("thanos.shipper.json"));
        try (Tsdb db = openWithBucket(options)) {
            db.admin().delete(TimeRange.ofMillis(START, START + HOUR), Matcher.equal("__name__", "a"));
            db.admin().runMaintenance();
            assertEquals(shipped, shippedBlocks());
            db.admin().cleanTombstones();
            db.admin().runMaintenance();
            assertEquals(shipped, shippedBlocks());
        }
    }
}

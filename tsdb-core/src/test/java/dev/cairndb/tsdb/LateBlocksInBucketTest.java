package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestStores.HOUR;
import static dev.cairndb.tsdb.TestStores.MINUTE;
import static dev.cairndb.tsdb.TestStores.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.objstore.InMemoryObjectStore;
import dev.cairndb.objstore.ObjectEntry;
import dev.cairndb.objstore.ObjectKey;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.FlakyObjectStore;
import dev.cairndb.testkit.ManualClock;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.ThanosMeta;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Late samples of a store come into the bucket in rounds: each is seen there, in one block for its range. */
class LateBlocksInBucketTest {
    private static final Labels SERIES = Labels.of("__name__", "m");
    private static final TsdbOptions OPTIONS =
            TestStores.OPTIONS.withDurability(Durability.OS).withOutOfOrderWindow(Duration.ofHours(12));

    private final TsdbRuntime runtime = TsdbRuntime.create();
    private final ManualClock clock = new ManualClock(START);
    private final InMemoryObjectStore bucket = new InMemoryObjectStore();
    private final FlakyObjectStore flaky = new FlakyObjectStore(bucket);
    private final TreeMap<Long, Long> sent = new TreeMap<>();
    private final List<String> notShippable = new ArrayList<>();
    private CrashingStorage storage;

    @BeforeEach
    void makeStorage() throws IOException {
        storage = TestStores.storage(1);
    }

    @AfterEach
    void closeRuntime() {
        runtime.close();
    }

    private Tsdb open(TsdbOptions options) throws IOException {
        return TestStores.builder(storage, clock, runtime)
                .options(options)
                .objectStore(flaky)
                .externalLabels(Labels.of("replica", "a"))
                .listener(new TsdbListener() {
                    @Override
                    public void blockNotShippable(BlockInfo block, String reason) {
                        notShippable.add(reason);
                    }
                })
                .open();
    }

    private void send(Tsdb db, long fromHour, long toHour, long firstMinute, long everyMinutes) throws IOException {
        AppendBatch batch = db.newBatch();
        long count = 0;
        for (long t = START + fromHour * HOUR + firstMinute * MINUTE;
                t < START + toHour * HOUR;
                t += everyMinutes * MINUTE) {
            batch.add(db.series(SERIES), t, t);
            sent.put(t, Double.doubleToRawLongBits(t));
            count++;
        }
        long newest = sent.lastKey();
        if (newest > clock.wallMillis()) {
            clock.advance(Duration.ofMillis(newest - clock.wallMillis()));
        }
        assertEquals(count, batch.commit().samplesAppended());
    }

    private void maintain(Tsdb db) throws IOException {
        db.admin().cutBlocks();
        db.admin().runMaintenance();
        assertEquals(Map.of(SERIES, sent), Dump.of(db));
    }

    /** Visible blocks of the bucket: stream, range in hours, marks. */
    private TreeSet<String> visible() throws IOException {
        TreeSet<String> keys = new TreeSet<>();
        bucket.list("", true, (ObjectEntry entry) -> keys.add(entry.name()));
        TreeSet<String> visible = new TreeSet<>();
        for (String key : keys) {
            String folder = key.substring(0, key.indexOf('/') + 1);
            if (key.endsWith("/meta.json") && !keys.contains(folder + "deletion-mark.json")) {
                ByteBuffer json = ByteBuffer.allocate((int) bucket.size(ObjectKey.of(key)));
                bucket.read(ObjectKey.of(key), 0, json);
                BlockMeta meta = BlockMeta.fromJson(key, json.array());
                ThanosMeta thanos = meta.thanos();
                String name = (thanos == null ? "" : thanos.labels().get("replica")) + " "
                        + (meta.minTimestampMillis() - START) / HOUR + "-"
                        + (meta.maxTimestampMillis() - START) / HOUR + " of "
                        + meta.compaction().sources().size()
                        + (keys.contains(folder + "no-compact-mark.json") ? " open" : "");
                assertTrue(visible.add(name), "twice: " + name);
            }
        }
        return visible;
    }

    @Test
    void roundsOfLateSamplesAreOneBlockThatIsClosedInTheEnd() throws Exception {
        try (Tsdb db = open(OPTIONS)) {
            send(db, 0, 2, 0, 1);
            send(db, 8, 12, 0, 1);
            maintain(db);
            assertEquals(new TreeSet<>(List.of("a 0-2 of 1", "a 8-10 of 1")), visible());
            send(db, 2, 5, 0, 2);
            maintain(db);
            assertEquals(
                    new TreeSet<>(List.of("a 0-2 of 1", "a 8-10 of 1", "a-late 2-4 of 1 open", "a-late 4-6 of 1 open")),
                    visible());
            send(db, 2, 4, 1, 2);
            maintain(db);
            assertEquals(
                    new TreeSet<>(List.of("a 0-2 of 1", "a 8-10 of 1", "a-late 2-4 of 2 open", "a-late 4-6 of 1 open")),
                    visible());
        }
        try (Tsdb db = open(OPTIONS)) {
            send(db, 12, 17, 0, 1);
            maintain(db);
            assertTrue(visible().containsAll(List.of("a-late 2-4 of 2", "a-late 4-6 of 1 open")), visible()::toString);
            // What waits in the head keeps its range open too.
            send(db, 5, 6, 0, 2);
            send(db, 17, 20, 0, 1);
            db.admin().runMaintenance();
            assertTrue(visible().contains("a-late 4-6 of 1 open"), visible()::toString);
            maintain(db);
            assertTrue(visible().contains("a-late 4-6 of 2"), visible()::toString);
        }
        assertEquals(List.of(), notShippable);
    }

    @Test
    void whatIsLateIsShippedThoughNothingArrivesAnyMoreAndItsRangeStaysOpen() throws Exception {
        try (Tsdb db = open(OPTIONS)) {
            send(db, 8, 12, 0, 1);
            send(db, 2, 4, 0, 2);
            db.admin().runMaintenance();
            assertEquals(Set.of("a 8-10 of 1"), visible());
            clock.advance(Duration.ofHours(2));
            db.admin().runMaintenance();
            Set<String> open = Set.of("a 8-10 of 1", "a-late 2-4 of 1 open");
            assertEquals(open, visible());
            clock.advance(Duration.ofDays(10));
            db.admin().runMaintenance();
            assertEquals(open, visible());
            // Somebody who was away as long as all others is still inside the window.
            send(db, 2, 4, 1, 2);
            maintain(db);
            assertEquals(Set.of("a 8-10 of 1", "a-late 2-4 of 2 open"), visible());
            send(db, 16, 17, 0, 1);
            maintain(db);
            assertTrue(visible().contains("a-late 2-4 of 2"), visible()::toString);
        }
        assertEquals(List.of(), notShippable);
    }

    @Test
    void aLateBlockOutlivesRetentionUntilItsRangeIsClosed() throws Exception {
        try (Tsdb db = open(OPTIONS.withRetention(Duration.ofHours(4)))) {
            send(db, 0, 1, 0, 1);
            send(db, 8, 12, 0, 1);
            db.admin().runMaintenance();
            send(db, 2, 4, 0, 1);
            db.admin().cutBlocks();
            db.admin().runMaintenance();
            assertEquals(List.of(START + 2 * HOUR, START + 8 * HOUR), starts(db));
            send(db, 12, 18, 0, 1);
            db.admin().runMaintenance();
            db.admin().runMaintenance();
            assertEquals(List.of(START + 12 * HOUR, START + 14 * HOUR), starts(db));
        }
    }

    private static List<Long> starts(Tsdb db) {
        return db.admin().blocks().stream().map(BlockInfo::minTimestampMillis).toList();
    }

    /**
     * Late samples all the time, a bucket that fails at any call, and a store that is killed: in the end all is there.
     */
    @Test
    void whateverFailsTheBucketHasEachLateRangeOnce() throws Exception {
        for (int seed = 0; seed < 10; seed++) {
            Random random = new Random(seed);
            sent.clear();
            storage = TestStores.storage(seed);
            for (String key : keys()) {
                bucket.delete(ObjectKey.of(key));
            }
            long base = clock.wallMillis() - START;
            long hour = (base / HOUR / 2 + 1) * 2;
            Tsdb db = open(OPTIONS);
            send(db, hour, hour + 1, 0, 1);
            for (int round = 0; round < 12; round++) {
                send(db, hour + 1 + round, hour + 2 + round, 0, 1);
                if (round > 3) {
                    sendLate(db, hour + 1 + round - 3, random);
                }
                flaky.plan((number, operation, name) -> random.nextInt(6) == 0
                        ? FlakyObjectStore.Fault.values()[random.nextInt(FlakyObjectStore.Fault.values().length)]
                        : null);
                db.admin().cutBlocks();
                db.admin().runMaintenance();
                flaky.heal();
                checkOneBlockForATime();
                if (random.nextInt(4) == 0) {
                    storage = killed(db);
                    db = open(OPTIONS);
                }
            }
            db.admin().cutBlocks();
            db.admin().runMaintenance();
            assertEquals(Map.of(SERIES, sent), Dump.of(db), "seed " + seed);
            TreeSet<String> late = new TreeSet<>(visible().tailSet("a-late"));
            assertEquals(
                    db.admin().blocks().stream()
                            .filter(block -> isLate(block.ulid()))
                            .count(),
                    late.size(),
                    late::toString);
            db.close();
            assertEquals(List.of(), notShippable);
        }
    }

    private CrashingStorage killed(Tsdb db) {
        CrashingStorage after = storage.kill();
        try {
            db.close();
        } catch (IOException e) {
            // It is dead.
        }
        return after;
    }

    private boolean isLate(String ulid) {
        try {
            return BlockMeta.read(storage, TestStores.DIRECTORY.resolve(ulid))
                    .compaction()
                    .isOutOfOrder();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Between the minutes, where nothing was sent in order. */
    private void sendLate(Tsdb db, long hour, Random random) throws IOException {
        AppendBatch batch = db.newBatch();
        long offset = 1 + random.nextInt(50_000);
        for (int i = 0; i < 20; i++) {
            long t = START + hour * HOUR + random.nextInt(60) * MINUTE + offset;
            batch.add(db.series(SERIES), t, t);
            sent.put(t, Double.doubleToRawLongBits(t));
        }
        batch.commit();
    }

    /** Those that Thanos takes to be visible: without those whose sources are all in another one. */
    private void checkOneBlockForATime() throws IOException {
        List<BlockMeta> late = new ArrayList<>();
        for (String key : keys()) {
            if (key.endsWith("/meta.json")) {
                ByteBuffer json = ByteBuffer.allocate((int) bucket.size(ObjectKey.of(key)));
                bucket.read(ObjectKey.of(key), 0, json);
                BlockMeta meta = BlockMeta.fromJson(key, json.array());
                if (meta.compaction().isOutOfOrder()) {
                    late.add(meta);
                }
            }
        }
        List<BlockMeta> seen = new ArrayList<>();
        for (BlockMeta meta : late) {
            boolean covered = late.stream()
                    .anyMatch(other -> !other.equals(meta)
                            && other.compaction()
                                    .sources()
                                    .containsAll(meta.compaction().sources()));
            if (!covered) {
                for (BlockMeta other : seen) {
                    assertTrue(
                            !other.overlaps(meta.minTimestampMillis(), meta.maxTimestampMillis() - 1),
                            () -> meta + " overlaps " + other);
                }
                seen.add(meta);
            }
        }
    }

    private TreeSet<String> keys() throws IOException {
        TreeSet<String> keys = new TreeSet<>();
        bucket.list("", true, (ObjectEntry entry) -> keys.add(entry.name()));
        return keys;
    }
}

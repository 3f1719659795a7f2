package dev.cairndb.tsdb.internal.ship;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairndb.index.Labels;
import dev.cairndb.objstore.InMemoryObjectStore;
import dev.cairndb.objstore.ObjectBody;
import dev.cairndb.objstore.ObjectEntry;
import dev.cairndb.objstore.ObjectKey;
import dev.cairndb.objstore.ObjectStoreException;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.FlakyObjectStore;
import dev.cairndb.testkit.FlakyObjectStore.Fault;
import dev.cairndb.testkit.ManualClock;
import dev.cairndb.tsdb.admin.BlockMark;
import dev.cairndb.tsdb.internal.block.BlockContents;
import dev.cairndb.tsdb.internal.block.BlockDirectory;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.RecordingListener;
import dev.cairndb.tsdb.internal.block.ThanosMeta;
import dev.cairndb.tsdb.internal.block.Ulid;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Late blocks in the bucket: their stream, what they replace, and the marks that keep a compactor from them. */
class LateShippingTest {
    private static final Path DATA = Path.of("/data");
    private static final Labels EXTERNAL = Labels.of("replica", "a", "region", "eu");
    private static final Labels LATE = Shipper.Settings.lateLabels(EXTERNAL, "replica");
    private static final long OPEN = Long.MIN_VALUE;
    private static final long CLOSED = Long.MAX_VALUE;
    private static final long RANGE = 7_200_000;
    private static final long START = 1_700_006_400_000L;

    private final ManualClock clock = new ManualClock(START + 12 * RANGE);
    private final InMemoryObjectStore bucket = new InMemoryObjectStore();
    private final FlakyObjectStore flaky = new FlakyObjectStore(bucket);
    private final CrashingStorage storage = new CrashingStorage(1);
    private final Map<Ulid, String> refused = new HashMap<>();
    private final List<String> failed = new ArrayList<>();
    private Labels lateLabels = LATE;
    private String prefix = "";

    private final Shipper.Listener listener = new Shipper.Listener() {
        @Override
        public void blockShipped(BlockMeta meta) {}

        @Override
        public void blockNotShipped(BlockMeta meta, IOException reason) {
            failed.add(meta.ulid() + " " + reason);
        }

        @Override
        public void blockRefused(BlockMeta meta, String reason) {
            assertEquals(null, refused.put(meta.ulid(), reason), "told once");
        }

        @Override
        public void stateDamaged(Path file, IOException reason) {
            throw new AssertionError(reason);
        }
    };

    @BeforeEach
    void makeDirectory() throws IOException {
        storage.createDurableDirectories(DATA);
    }

    /** Block {@code number} is made a minute after the one before it. */
    private static Ulid ulid(int number) {
        return new Ulid(START + 10 * RANGE + number * 60_000L << 16, number);
    }

    /** A late block of the n-th range, made of the late blocks with these numbers. */
    private void writeLate(int number, int range, Integer... sources) throws IOException {
        List<Ulid> of = sources.length == 0
                ? List.of(ulid(number))
                : List.of(sources).stream().map(LateShippingTest::ulid).toList();
        write(
                number,
                range,
                range + 1,
                new BlockMeta.Compaction(
                        sources.length == 0 ? 1 : 2,
                        of,
                        false,
                        List.of(),
                        false,
                        List.of(BlockMeta.HINT_OUT_OF_ORDER)));
    }

    private void write(int number, int fromRange, int toRange, BlockMeta.Compaction compaction) throws IOException {
        BlockContents.random(number, 3, 20, START + fromRange * RANGE, START + toRange * RANGE)
                .write(storage, DATA, ulid(number), START + fromRange * RANGE, START + toRange * RANGE, compaction);
    }

    private void remove(int... numbers) throws IOException {
        for (int number : numbers) {
            storage.deleteRecursively(DATA.resolve(ulid(number).toString()));
        }
    }

    private Shipper shipper() throws IOException {
        return Shipper.open(
                storage,
                DATA,
                flaky,
                new Shipper.Settings(prefix, EXTERNAL, lateLabels, false, false),
                clock,
                listener);
    }

    private Shipper.Report pass(Shipper shipper, long lateFromMillis) throws IOException {
        try (BlockDirectory blocks = BlockDirectory.open(storage, DATA, new RecordingListener());
                BlockDirectory.Acquired acquired = blocks.acquireAll()) {
            return shipper.ship(acquired.blocks(), lateFromMillis, () -> false);
        }
    }

    private TreeSet<String> objects() throws ObjectStoreException {
        TreeSet<String> objects = new TreeSet<>();
        bucket.list("", true, (ObjectEntry entry) -> objects.add(entry.name()));
        return objects;
    }

    private boolean has(int number, String file) throws ObjectStoreException {
        return objects().contains(ulid(number) + "/" + file);
    }

    private byte[] read(String key) throws ObjectStoreException {
        ByteBuffer bytes = ByteBuffer.allocate((int) bucket.size(ObjectKey.of(key)));
        bucket.read(ObjectKey.of(key), 0, bytes);
        return bytes.array();
    }

    private Map<String, String> labelsOf(int number) throws IOException {
        ThanosMeta thanos =
                BlockMeta.fromJson("", read(ulid(number) + "/meta.json")).thanos();
        assertNotNull(thanos);
        return thanos.labels();
    }

    @Test
    void theReplicaLabelNamesTheStream() {
        assertEquals(Labels.of("region", "eu", "replica", "a-late"), LATE);
        assertEquals(
                Labels.of("region", "eu", "replica", "a", "who", "late"), Shipper.Settings.lateLabels(EXTERNAL, "who"));
        assertEquals(EXTERNAL, Shipper.Settings.lateLabels(EXTERNAL, ""));
    }

    @Test
    void lateBlocksHaveAStreamOfTheirOwnAndAreKeptFromTheCompactorWhileTheirRangeIsOpen() throws Exception {
        write(1, 0, 1, BlockMeta.Compaction.firstLevel(ulid(1)));
        writeLate(2, 0);
        Shipper shipper = shipper();
        assertEquals(new Shipper.Report(2, 0, 0, 0), pass(shipper, OPEN));
        assertEquals(Map.of("replica", "a", "region", "eu"), labelsOf(1));
        assertEquals(Map.of("replica", "a-late", "region", "eu"), labelsOf(2));
        assertFalse(has(1, "no-compact-mark.json"));
        JsonNode mark = new ObjectMapper().readTree(read(ulid(2) + "/no-compact-mark.json"));
        assertEquals(ulid(2).toString(), mark.path("id").asText());
        assertEquals(1, mark.path("version").asInt());
        assertEquals("manual", mark.path("reason").asText());
        assertEquals(clock.wallMillis() / 1000, mark.path("no_compact_time").asLong());
        List<String> puts = flaky.journal().stream()
                .filter(call -> call.startsWith("PUT " + ulid(2)))
                .toList();
        assertTrue(puts.get(0).endsWith("no-compact-mark.json"), "before the block can be seen: " + puts);
        assertTrue(puts.get(puts.size() - 1).endsWith("meta.json"));

        long calls = flaky.calls();
        assertEquals(new Shipper.Report(0, 0, 0, 0), pass(shipper, START + RANGE - 1));
        assertEquals(calls, flaky.calls());
        assertTrue(has(2, "no-compact-mark.json"));
        pass(shipper, START + RANGE);
        assertFalse(has(2, "no-compact-mark.json"));
        calls = flaky.calls();
        pass(shipper, START + RANGE);
        assertEquals(calls, flaky.calls());
    }

    @Test
    void aMergedBlockReplacesThoseItWasMadeOf() throws Exception {
        for (String top : List.of("", "eu/1")) {
            prefix = top;
            String at = top.isEmpty() ? "" : top + "/";
            writeLate(1, 0);
            Shipper shipper = shipper();
            pass(shipper, OPEN);
            writeLate(2, 0, 1, 20);
            remove(1);
            assertEquals(new Shipper.Report(1, 0, 0, 0), pass(shipper, OPEN));
            writeLate(3, 0, 1, 20, 21);
            remove(2);
            assertEquals(new Shipper.Report(1, 0, 0, 0), pass(shipper(), OPEN));
            TreeSet<String> objects = objects();
            for (int number = 1; number <= 3; number++) {
                assertTrue(objects.contains(at + ulid(number) + "/meta.json"));
                assertEquals(number != 3, objects.contains(at + ulid(number) + "/deletion-mark.json"), "" + number);
            }
            JsonNode mark = new ObjectMapper().readTree(read(at + ulid(1) + "/deletion-mark.json"));
            assertEquals(ulid(1).toString(), mark.path("id").asText());
            assertEquals(1, mark.path("version").asInt());
            assertTrue(mark.path("details").asText().contains(ulid(2).toString()), mark::toString);
            assertEquals(clock.wallMillis() / 1000, mark.path("deletion_time").asLong());
            storage.deleteRecursively(DATA);
            storage.createDurableDirectories(DATA);
        }
    }

    /**
     * Whatever call fails, with its effect or without: what was visible stays visible, and a second pass ends the work.
     */
    @Test
    void aPassThatBreaksOffAnywhereIsContinued() throws Exception {
        for (Fault fault : Fault.values()) {
            for (long call = 1; ; call++) {
                storage.deleteRecursively(DATA);
                storage.createDurableDirectories(DATA);
                objects().forEach(key -> bucket.delete(ObjectKey.of(key)));
                flaky.heal();
                writeLate(1, 0);
                writeLate(4, 1);
                pass(shipper(), OPEN);
                writeLate(2, 0, 1, 20);
                remove(1);
                long failing = flaky.calls() + call;
                flaky.plan((number, operation, name) -> number == failing ? fault : null);
                Shipper shipper = shipper();
                pass(shipper, CLOSED);
                String where = fault + " at call " + call;
                checkVisible(where);
                boolean ended = flaky.calls() < failing;
                flaky.heal();
                pass(call % 2 == 0 ? shipper : shipper(), CLOSED);
                checkVisible(where);
                assertTrue(has(2, "meta.json"), where);
                assertTrue(has(1, "deletion-mark.json"), where);
                assertFalse(has(2, "no-compact-mark.json"), where);
                assertFalse(has(4, "no-compact-mark.json"), where);
                assertEquals(Set.of(), refused.keySet(), where);
                if (ended) {
                    assertTrue(call > 8, "only " + call + " calls");
                    break;
                }
            }
        }
    }

    /** The samples of block 1 are visible: in it, without a deletion mark, or in the one that replaces it. */
    private void checkVisible(String where) throws IOException {
        boolean merged = has(2, "meta.json");
        assertTrue(has(1, "meta.json"), where);
        assertTrue(merged || !has(1, "deletion-mark.json"), where);
        boolean compactable = merged && !has(2, "no-compact-mark.json");
        assertTrue(!compactable || has(4, "meta.json"), where);
    }

    @Test
    void nothingIsSentThatTheBucketHasAlready() throws Exception {
        writeLate(1, 0);
        pass(shipper(), CLOSED);
        // A compactor made one block of this and another.
        writeCompacted(9, 0, 4, LATE, 1, 2);
        deleteInBucket(1);
        storage.delete(DATA.resolve("thanos.shipper.json"));
        assertEquals(new Shipper.Report(1, 0, 0, 0), pass(shipper(), CLOSED));
        assertFalse(has(1, "meta.json"));
        assertFalse(has(9, "deletion-mark.json"));
    }

    @Test
    void aBlockOfOthersInTheWayRefusesTheBlockOnce() throws Exception {
        writeLate(1, 0);
        pass(shipper(), CLOSED);
        writeCompacted(9, 0, 4, LATE, 1, 30);
        deleteInBucket(1);
        writeLate(2, 0, 1, 20);
        remove(1);
        writeLate(3, 2);
        writeLate(4, 5);
        Shipper shipper = shipper();
        TreeSet<String> before = objects();
        assertEquals(new Shipper.Report(1, 0, 0, 2), pass(shipper, OPEN));
        assertEquals(Set.of(ulid(2), ulid(3)), refused.keySet());
        assertTrue(refused.get(ulid(2)).contains(ulid(9).toString()), refused::toString);
        TreeSet<String> added = objects();
        added.removeAll(before);
        assertTrue(added.stream().allMatch(key -> key.startsWith(ulid(4).toString())), added::toString);
        assertFalse(shipper.mayBeDeleted(BlockMeta.read(storage, DATA.resolve(ulid(2).toString()))));
        // Nothing behind a block that is not there is given to the compactor.
        assertEquals(new Shipper.Report(0, 0, 0, 2), pass(shipper, CLOSED));
        assertTrue(has(4, "no-compact-mark.json"));
    }

    @Test
    void blocksOfOtherStreamsAreNotInTheWay() throws Exception {
        writeCompacted(9, 0, 4, EXTERNAL, 30);
        writeCompacted(10, 0, 4, Labels.of("replica", "b-late", "region", "eu"), 31);
        bucket.put(ObjectKey.of(ulid(11) + "/meta.json"), ObjectBody.ofBytes(new byte[] {'{'}));
        bucket.put(ObjectKey.of(ulid(12) + "/index"), ObjectBody.ofBytes(new byte[] {1}));
        bucket.put(ObjectKey.of("debug/x"), ObjectBody.ofBytes(new byte[] {1}));
        writeLate(1, 0);
        assertEquals(new Shipper.Report(1, 0, 0, 0), pass(shipper(), OPEN));
        assertEquals(Map.of(), refused);
    }

    @Test
    void lateBlocksThatOverlapWaitUntilTheyAreMerged() throws Exception {
        writeLate(1, 0);
        writeLate(2, 0);
        writeLate(3, 1);
        Shipper shipper = shipper();
        assertEquals(new Shipper.Report(1, 0, 2, 0), pass(shipper, CLOSED));
        assertFalse(has(1, "index") || has(2, "index"));
        // What a compactor made of it and its neighbours could overlap the block that is to come.
        assertTrue(has(3, "no-compact-mark.json"));
        writeLate(4, 0, 1, 2);
        remove(1, 2);
        assertEquals(new Shipper.Report(1, 0, 0, 0), pass(shipper, CLOSED));
        assertTrue(has(4, "meta.json"));
        assertFalse(has(4, "no-compact-mark.json") || has(3, "no-compact-mark.json"));
    }

    @Test
    void aLateBlockStaysHereAsLongAsItsRangeIsOpen() throws Exception {
        writeLate(1, 0);
        BlockMeta meta = BlockMeta.read(storage, DATA.resolve(ulid(1).toString()));
        Shipper shipper = shipper();
        assertFalse(shipper.isShipped(meta) || shipper.mayBeDeleted(meta));
        pass(shipper, OPEN);
        assertTrue(shipper.isShipped(meta));
        assertFalse(shipper.mayBeDeleted(meta));
        pass(shipper, CLOSED);
        assertTrue(shipper.mayBeDeleted(meta));
        // Another process finds out again.
        Shipper later = shipper();
        assertFalse(later.mayBeDeleted(meta));
        pass(later, CLOSED);
        assertTrue(later.mayBeDeleted(meta));
    }

    @Test
    void inTheStreamOfAllOverlapsAreExpected() throws Exception {
        lateLabels = EXTERNAL;
        write(1, 0, 1, BlockMeta.Compaction.firstLevel(ulid(1)));
        writeLate(2, 0);
        Shipper shipper = shipper();
        assertEquals(new Shipper.Report(2, 0, 0, 0), pass(shipper, OPEN));
        assertEquals(Map.of("replica", "a", "region", "eu"), labelsOf(2));
        // The compactor merges the two, and a later late block is merged with the first here.
        writeCompacted(9, 0, 1, EXTERNAL, 1, 2);
        writeLate(3, 0, 2, 20);
        remove(2);
        assertEquals(new Shipper.Report(1, 0, 0, 0), pass(shipper, OPEN));
        assertTrue(has(2, "deletion-mark.json"));
        assertFalse(has(1, "deletion-mark.json") || has(9, "deletion-mark.json"));
        assertTrue(objects().stream().noneMatch(key -> key.endsWith("no-compact-mark.json")));
        assertTrue(shipper.mayBeDeleted(BlockMeta.read(storage, DATA.resolve(ulid(3).toString()))));
    }

    @Test
    void marksHaveTheFormOfThanos() {
        Ulid ulid = Ulid.parse("01M7YJ24919M2NHXW5AWKDV3BJ");
        assertArrayEquals(
                ("{\"id\":\"01M7YJ24919M2NHXW5AWKDV3BJ\",\"version\":1,\"details\":\"why \\\"x\\\"\","
                                + "\"deletion_time\":1700000000}")
                        .getBytes(StandardCharsets.UTF_8),
                BlockMarks.json(ulid, BlockMark.DELETION, "why \"x\"", 1_700_000_000));
    }

    private void deleteInBucket(int number) throws ObjectStoreException {
        objects().stream()
                .filter(key -> key.startsWith(ulid(number).toString()))
                .forEach(key -> bucket.delete(ObjectKey.of(key)));
    }

    /** A block in the bucket that is not here. */
    private void writeCompacted(int number, int fromRange, int toRange, Labels labels, Integer... sources)
            throws IOException {
        List<Ulid> of = List.of(sources).stream().map(LateShippingTest::ulid).toList();
        write(number, fromRange, toRange, new BlockMeta.Compaction(2, of, false, List.of(), false, List.of()));
        BlockMeta meta = BlockMeta.read(storage, DATA.resolve(ulid(number).toString()));
        Map<String, String> external = new TreeMap<>();
        labels.forEach(external::put);
        ThanosMeta thanos = new ThanosMeta(external, 0, "compactor", List.of(), List.of(), 0, 0, null);
        bucket.put(
                ObjectKey.of(ulid(number) + "/meta.json"),
                ObjectBody.ofBytes(meta.withThanos(thanos).toJson()));
        remove(number);
    }
}

package dev.cairndb.tsdb.internal.ship;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.chunks.EncodedChunk;
import dev.cairndb.chunks.FloatAppender;
import dev.cairndb.chunks.Xor2Appender;
import dev.cairndb.chunks.XorAppender;
import dev.cairndb.index.Labels;
import dev.cairndb.io.AppendFile;
import dev.cairndb.objstore.InMemoryObjectStore;
import dev.cairndb.objstore.ObjectBody;
import dev.cairndb.objstore.ObjectEntry;
import dev.cairndb.objstore.ObjectKey;
import dev.cairndb.objstore.ObjectStore;
import dev.cairndb.objstore.ObjectStoreException;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.FlakyObjectStore;
import dev.cairndb.testkit.FlakyObjectStore.Fault;
import dev.cairndb.testkit.ManualClock;
import dev.cairndb.testkit.StorageFault;
import dev.cairndb.testkit.StorageOperation;
import dev.cairndb.tsdb.internal.block.BlockContents;
import dev.cairndb.tsdb.internal.block.BlockDirectory;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.BlockStats;
import dev.cairndb.tsdb.internal.block.BlockWriter;
import dev.cairndb.tsdb.internal.block.RecordingListener;
import dev.cairndb.tsdb.internal.block.ThanosMeta;
import dev.cairndb.tsdb.internal.block.Tombstones;
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
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ShipperTest {
    private static final Path DATA = Path.of("/data");
    private static final Labels EXTERNAL = Labels.of("replica", "a", "tenant_id", "\u65e5\u672c");
    private static final Labels LATE = Labels.of("replica", "a-late", "tenant_id", "\u65e5\u672c");
    private static final Shipper.Settings SETTINGS = new Shipper.Settings("", EXTERNAL, LATE, true, false);
    private static final BooleanSupplier GO_ON = () -> false;

    private final ManualClock clock = new ManualClock(1_700_000_000_000L);
    private final InMemoryObjectStore bucket = new InMemoryObjectStore();
    private final FlakyObjectStore flaky = new FlakyObjectStore(bucket);
    private final Listener listener = new Listener();
    private CrashingStorage storage = new CrashingStorage(1);

    private static final class Listener implements Shipper.Listener {
        final List<Ulid> shipped = new ArrayList<>();
        final Map<Ulid, IOException> failed = new HashMap<>();
        final Map<Ulid, String> refused = new HashMap<>();
        int stateDamaged;

        @Override
        public void blockShipped(BlockMeta meta) {
            shipped.add(meta.ulid());
        }

        @Override
        public void blockNotShipped(BlockMeta meta, IOException reason) {
            failed.put(meta.ulid(), reason);
        }

        @Override
        public void blockRefused(BlockMeta meta, String reason) {
            assertEquals(null, refused.put(meta.ulid(), reason), "told once");
        }

        @Override
        public void stateDamaged(Path file, IOException reason) {
            stateDamaged++;
        }
    }

    @BeforeEach
    void makeDirectory() throws IOException {
        storage.createDurableDirectories(DATA);
    }

    private static Ulid ulid(int number) {
        return new Ulid((long) number << 16, number);
    }

    private void write(int number) throws IOException {
        write(number, BlockMeta.Compaction.firstLevel(ulid(number)));
    }

    private void write(int number, BlockMeta.Compaction compaction) throws IOException {
        BlockContents.random(number, 3, 200, 0, 1_000)
                .write(storage, DATA, ulid(number), number * 1_000L, number * 1_000L + 1_000, compaction);
    }

    private static BlockMeta.Compaction merged(Integer... sources) {
        List<Ulid> list = List.of(sources).stream().map(ShipperTest::ulid).toList();
        return new BlockMeta.Compaction(2, list, false, List.of(), false, List.of());
    }

    private Shipper shipper() throws IOException {
        return Shipper.open(storage, DATA, flaky, SETTINGS, clock, listener);
    }

    private Shipper.Report pass(Shipper shipper) throws IOException {
        return pass(shipper, GO_ON);
    }

    private Shipper.Report pass(Shipper shipper, BooleanSupplier stop) throws IOException {
        try (BlockDirectory blocks = BlockDirectory.open(storage, DATA, new RecordingListener());
                BlockDirectory.Acquired acquired = blocks.acquireAll()) {
            return shipper.ship(acquired.blocks(), Long.MIN_VALUE, stop);
        }
    }

    private static TreeMap<String, Long> list(ObjectStore store) throws ObjectStoreException {
        TreeMap<String, Long> objects = new TreeMap<>();
        store.list("", true, (ObjectEntry entry) -> objects.put(entry.name(), entry.sizeBytes()));
        return objects;
    }

    private static byte[] read(ObjectStore store, String key) throws ObjectStoreException {
        ByteBuffer bytes = ByteBuffer.allocate((int) store.size(ObjectKey.of(key)));
        store.read(ObjectKey.of(key), 0, bytes);
        return bytes.array();
    }

    /** Whatever has a meta.json is complete, to the byte. */
    private void checkVisibleBlocksAreComplete(String where) throws IOException {
        for (String key : list(bucket).keySet()) {
            if (!key.endsWith("/meta.json")) {
                continue;
            }
            BlockMeta meta = BlockMeta.fromJson(key, read(bucket, key));
            String folder = key.substring(0, key.length() - "meta.json".length());
            assertEquals(folder, meta.ulid() + "/", where);
            ThanosMeta thanos = meta.thanos();
            assertNotNull(thanos);
            assertTrue(thanos.files().size() >= 3, where);
            for (ThanosMeta.File file : thanos.files()) {
                if (!file.path().equals("meta.json")) {
                    byte[] local =
                            storage.readAll(DATA.resolve(meta.ulid().toString()).resolve(file.path()));
                    assertArrayEquals(local, read(bucket, folder + file.path()), where);
                    assertEquals(local.length, file.sizeBytes(), where);
                }
            }
        }
    }

    @Test
    void whatABucketThrowsKeepsBackNoOtherBlock() throws Exception {
        for (int number = 1; number <= 6; number++) {
            write(number);
        }
        flaky.plan((call, operation, name) -> {
            if (name.compareTo(ulid(5).toString()) < 0) {
                throw new IllegalStateException("a defect");
            }
            return null;
        });
        Shipper shipper = shipper();
        assertEquals(new Shipper.Report(2, 4, 0, 0), pass(shipper));
        assertEquals(List.of(ulid(5), ulid(6)), listener.shipped);
        assertEquals(4, listener.failed.size());
        assertTrue(listener.failed.get(ulid(1)).getCause() instanceof IllegalStateException);
        flaky.heal();
        assertEquals(new Shipper.Report(4, 0, 0, 0), pass(shipper()), "it is remembered which were sent");
    }

    @Test
    void blocksAreShippedOldestFirstWithMetaAtLast() throws Exception {
        write(2);
        write(1);
        byte[] localMeta = storage.readAll(DATA.resolve(ulid(1).toString()).resolve("meta.json"));
        Shipper shipper = shipper();
        assertEquals(new Shipper.Report(2, 0, 0, 0), pass(shipper));
        assertEquals(List.of(ulid(1), ulid(2)), listener.shipped);
        List<String> puts = flaky.journal().stream()
                .filter(call -> call.startsWith("PUT "))
                .map(call -> call.substring(4))
                .toList();
        List<String> expected = new ArrayList<>();
        for (int number : new int[] {1, 2}) {
            for (String file : List.of("chunks/000001", "index", "meta.json")) {
                expected.add(ulid(number) + "/" + file);
            }
        }
        assertEquals(expected, puts);
        checkVisibleBlocksAreComplete("");
        assertArrayEquals(
                localMeta, storage.readAll(DATA.resolve(ulid(1).toString()).resolve("meta.json")));

        ThanosMeta thanos =
                BlockMeta.fromJson("", read(bucket, ulid(1) + "/meta.json")).thanos();
        assertNotNull(thanos);
        assertEquals(Map.of("replica", "a", "tenant_id", "\u65e5\u672c"), thanos.labels());
        assertEquals("receive", thanos.source());
        assertEquals(0, thanos.resolutionMillis());
        assertEquals(List.of("000001"), thanos.segmentFiles());
        assertEquals("2023-11-14T22:13:20Z", thanos.uploadTime());
        assertEquals(
                List.of("chunks/000001", "index", "meta.json"),
                thanos.files().stream().map(ThanosMeta.File::path).toList());
        assertEquals(64, thanos.files().get(0).sha256().length());
    }

    @Test
    void aSecondPassDoesNothingAndAsksNothing() throws Exception {
        write(1);
        Shipper shipper = shipper();
        pass(shipper);
        long calls = flaky.calls();
        assertEquals(new Shipper.Report(0, 0, 0, 0), pass(shipper));
        assertEquals(new Shipper.Report(0, 0, 0, 0), pass(shipper()));
        assertEquals(calls, flaky.calls());
    }

    @Test
    void withoutItsFileTheBucketIsAskedAndNothingSentAgain() throws Exception {
        write(1);
        pass(shipper());
        long calls = flaky.calls();
        storage.delete(DATA.resolve("thanos.shipper.json"));
        assertEquals(new Shipper.Report(1, 0, 0, 0), pass(shipper()));
        assertEquals(calls + 1, flaky.calls());
        storage.delete(DATA.resolve("thanos.shipper.json"));
        try (AppendFile file = storage.create(DATA.resolve("thanos.shipper.json"))) {
            file.write(new byte[] {'{'}, 0, 1);
        }
        assertEquals(new Shipper.Report(1, 0, 0, 0), pass(shipper()));
        assertEquals(1, listener.stateDamaged);
        assertEquals(Set.of(ulid(1)), ShippedBlocks.read(storage, DATA));
    }

    @Test
    void aPassThatBreaksOffAnywhereIsContinued() throws Exception {
        write(1);
        write(2);
        pass(shipper());
        TreeMap<String, Long> complete = list(bucket);
        for (Fault fault : Fault.values()) {
            for (long call = 1; ; call++) {
                list(bucket).keySet().forEach(key -> bucket.delete(ObjectKey.of(key)));
                storage.delete(DATA.resolve("thanos.shipper.json"));
                long failing = flaky.calls() + call;
                flaky.plan((number, operation, name) -> number == failing ? fault : null);
                Shipper shipper = shipper();
                Shipper.Report first = pass(shipper);
                String where = fault + " at call " + call;
                checkVisibleBlocksAreComplete(where);
                for (int number : new int[] {1, 2}) {
                    boolean local = ShippedBlocks.read(storage, DATA).contains(ulid(number));
                    assertTrue(!local || list(bucket).containsKey(ulid(number) + "/meta.json"), where);
                }
                if (flaky.calls() < failing) {
                    assertEquals(new Shipper.Report(2, 0, 0, 0), first);
                    assertTrue(call > 8);
                    break;
                }
                assertEquals(1, first.failed(), where);
                assertEquals(1, first.shipped(), where);
                flaky.heal();
                long putsBefore = puts();
                pass(call % 2 == 0 ? shipper : shipper());
                assertEquals(complete, list(bucket), where);
                checkVisibleBlocksAreComplete(where);
                assertEquals(Set.of(ulid(1), ulid(2)), ShippedBlocks.read(storage, DATA), where);
                assertTrue(puts() - putsBefore <= 6, where);
            }
        }
    }

    private long puts() {
        return flaky.journal().stream().filter(call -> call.startsWith("PUT ")).count();
    }

    @Test
    void whatIsThereWithTheRightSizeIsNotSentAgain() throws Exception {
        write(1);
        String folder = ulid(1) + "/";
        Path local = DATA.resolve(ulid(1).toString());
        bucket.put(
                ObjectKey.of(folder + "chunks/000001"),
                ObjectBody.ofBytes(storage.readAll(local.resolve("chunks/000001"))));
        bucket.put(ObjectKey.of(folder + "index"), ObjectBody.ofBytes(new byte[3]));
        pass(shipper());
        assertEquals(2, puts());
        checkVisibleBlocksAreComplete("");
    }

    @Test
    void aDamagedBlockDoesNotKeepBackTheOthers() throws Exception {
        write(1);
        write(2);
        Shipper shipper = shipper();
        try (BlockDirectory blocks = BlockDirectory.open(storage, DATA, new RecordingListener());
                BlockDirectory.Acquired acquired = blocks.acquireAll()) {
            storage.delete(DATA.resolve(ulid(1).toString()).resolve("index"));
            assertEquals(new Shipper.Report(1, 1, 0, 0), shipper.ship(acquired.blocks(), Long.MIN_VALUE, GO_ON));
        }
        assertEquals(Set.of(ulid(1)), listener.failed.keySet());
        assertEquals(List.of(ulid(2)), listener.shipped);
        assertFalse(list(bucket).containsKey(ulid(1) + "/meta.json"));
    }

    @Test
    void aBlockThatThanosCannotReadIsKeptAndToldOfOnce() throws Exception {
        write(1);
        writeXor2(2);
        write(3);
        Shipper shipper = shipper();
        assertEquals(new Shipper.Report(2, 0, 0, 1), pass(shipper));
        assertEquals(List.of(ulid(1), ulid(3)), listener.shipped);
        assertEquals(Set.of(ulid(2)), listener.refused.keySet());
        assertTrue(listener.refused.get(ulid(2)).contains("encoding XOR2 (4), which Thanos"), "" + listener.refused);
        assertTrue(list(bucket).keySet().stream().noneMatch(key -> key.startsWith(ulid(2) + "/")));
        assertFalse(shipper.isShipped(BlockMeta.read(storage, DATA.resolve(ulid(2).toString()))));
        assertEquals(new Shipper.Report(0, 0, 0, 1), pass(shipper));
        Shipper.Settings forced = new Shipper.Settings("", EXTERNAL, LATE, true, true);
        assertEquals(new Shipper.Report(1, 0, 0, 0), pass(Shipper.open(storage, DATA, flaky, forced, clock, listener)));
        checkVisibleBlocksAreComplete("");
        storage.deleteRecursively(DATA.resolve(ulid(2).toString()));
        assertEquals(new Shipper.Report(0, 0, 0, 0), pass(shipper));
    }

    /** One series of two chunks, of which the second is in XOR2. */
    private void writeXor2(int number) throws IOException {
        byte[] labels = Labels.of("__name__", "mixed").packed();
        long from = number * 1_000L;
        try (BlockWriter writer = BlockWriter.create(storage, DATA, ulid(number))) {
            for (String symbol : List.of("__name__", "mixed")) {
                byte[] bytes = symbol.getBytes(StandardCharsets.UTF_8);
                writer.addSymbol(bytes, 0, bytes.length);
            }
            EncodedChunk chunk = new EncodedChunk();
            long t = from;
            for (FloatAppender appender : List.of(new XorAppender(), new Xor2Appender())) {
                byte[] buffer = new byte[64];
                appender.start(buffer, 0);
                appender.append(t, 0, 1);
                chunk.wrap(appender.encoding(), t, t, buffer, 0, appender.byteLength());
                writer.addChunk(chunk);
                t++;
            }
            writer.endSeries(labels, 0, labels.length);
            writer.finish(from, from + 1_000, BlockMeta.Compaction.firstLevel(ulid(number)), Tombstones.NONE);
        }
    }

    @Test
    void aRefusalConcernsOneBlockAnOutageAllThatFollow() throws Exception {
        write(1);
        write(2);
        write(3);
        write(4);
        flaky.plan((number, operation, name) -> name.startsWith(ulid(1).toString()) ? Fault.BEFORE : null);
        flaky.failuresRetryable(false);
        assertEquals(new Shipper.Report(3, 1, 0, 0), pass(shipper()));
        list(bucket).keySet().forEach(key -> bucket.delete(ObjectKey.of(key)));
        storage.delete(DATA.resolve("thanos.shipper.json"));
        flaky.failuresRetryable(true);
        flaky.plan((number, operation, name) -> Fault.BEFORE);
        assertEquals(new Shipper.Report(0, 3, 1, 0), pass(shipper()));
        flaky.heal();
        assertEquals(new Shipper.Report(4, 0, 0, 0), pass(shipper()));
    }

    @Test
    void aPassCanBeStoppedAnywhere() throws Exception {
        write(1);
        write(2);
        Shipper shipper = shipper();
        for (int asked = 1; asked < 20; asked++) {
            AtomicInteger left = new AtomicInteger(asked);
            pass(shipper, () -> left.getAndDecrement() <= 0);
            checkVisibleBlocksAreComplete("");
        }
        assertEquals(new Shipper.Report(0, 0, 0, 0), pass(shipper));
        assertEquals(Set.of(ulid(1), ulid(2)), ShippedBlocks.read(storage, DATA));
    }

    @Test
    void mergedBlocksAreShippedUnlessTheirSourcesWere() throws Exception {
        write(1);
        write(2);
        Shipper shipper = shipper();
        pass(shipper);
        write(3, merged(1, 2));
        write(4, merged(7, 8));
        assertEquals(new Shipper.Report(1, 0, 0, 0), pass(shipper));
        assertEquals(List.of(ulid(1), ulid(2), ulid(4)), listener.shipped);
        // Sources are remembered while the block that holds them is here, then forgotten.
        storage.deleteRecursively(DATA.resolve(ulid(1).toString()));
        storage.deleteRecursively(DATA.resolve(ulid(2).toString()));
        assertEquals(new Shipper.Report(0, 0, 0, 0), pass(shipper()));
        assertEquals(Set.of(ulid(1), ulid(2), ulid(4), ulid(7), ulid(8)), ShippedBlocks.read(storage, DATA));
        storage.deleteRecursively(DATA.resolve(ulid(3).toString()));
        assertEquals(new Shipper.Report(0, 0, 0, 0), pass(shipper()));
        assertEquals(Set.of(ulid(4), ulid(7), ulid(8)), ShippedBlocks.read(storage, DATA));
        // A block made of one that was sent whole is not sent.
        write(5, merged(7, 8));
        assertEquals(new Shipper.Report(0, 0, 0, 0), pass(shipper()));
    }

    @Test
    void onlyShippedBlocksMayGo() throws Exception {
        write(1);
        Shipper shipper = shipper();
        BlockMeta meta = BlockMeta.read(storage, DATA.resolve(ulid(1).toString()));
        assertFalse(shipper.isShipped(meta));
        pass(shipper);
        assertTrue(shipper.isShipped(meta));
        assertTrue(shipper().isShipped(meta));
        BlockMeta empty = new BlockMeta(ulid(9), 0, 1, BlockStats.EMPTY, merged(), null);
        assertTrue(shipper.isShipped(empty));
    }

    @Test
    void aPrefixComesBeforeTheFolderAndOtherFilesStayHere() throws Exception {
        write(1);
        for (String name : List.of("cairn.cache", "chunks/cairn.sum", "chunks/000001.bak")) {
            storage.create(DATA.resolve(ulid(1).toString()).resolve(name)).close();
        }
        Shipper shipper = Shipper.open(
                storage, DATA, flaky, new Shipper.Settings("eu/1", EXTERNAL, LATE, false, false), clock, listener);
        pass(shipper);
        String folder = "eu/1/" + ulid(1) + "/";
        assertEquals(
                Set.of(folder + "chunks/000001", folder + "index", folder + "meta.json"),
                list(bucket).keySet());
        String json = new String(read(bucket, folder + "meta.json"), java.nio.charset.StandardCharsets.UTF_8);
        assertFalse(json.contains("hash"));
    }

    @Test
    void externalLabelsAreRequired() {
        IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class, () -> new Shipper.Settings("", Labels.empty(), LATE, false, false));
        assertTrue(e.getMessage().contains("external labels"), e.getMessage());
        assertThrows(IllegalArgumentException.class, () -> new Shipper.Settings("../x", EXTERNAL, LATE, false, false));
    }

    @Test
    void afterAPowerCutWhileShippingNothingIsMissingAndNothingIsTakenAsShipped() throws Exception {
        for (long call = 1; ; call++) {
            storage = new CrashingStorage(call);
            storage.createDurableDirectories(DATA);
            write(1);
            write(2);
            list(bucket).keySet().forEach(key -> bucket.delete(ObjectKey.of(key)));
            storage.faults().failFrom(StorageFault.DEATH, Set.of(StorageOperation.values()), path -> true, call);
            boolean ended = true;
            try {
                pass(shipper());
                ended = storage.faults().injected() == 0;
            } catch (IOException e) {
                ended = false;
            }
            storage = storage.crash(call);
            String where = "power cut at call " + call;
            checkVisibleBlocksAreComplete(where);
            for (Ulid known : ShippedBlocks.read(storage, DATA)) {
                assertTrue(list(bucket).containsKey(known + "/meta.json"), where);
            }
            pass(shipper());
            assertEquals(6, list(bucket).size(), where);
            checkVisibleBlocksAreComplete(where);
            assertEquals(List.of(), storage.openFiles(), where);
            if (ended) {
                assertTrue(call > 30, "only " + call + " calls");
                return;
            }
        }
    }
}

package dev.cairndb.tsdb.internal.ship;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.objstore.InMemoryObjectStore;
import dev.cairndb.objstore.ObjectBody;
import dev.cairndb.objstore.ObjectEntry;
import dev.cairndb.objstore.ObjectKey;
import dev.cairndb.objstore.ObjectStore;
import dev.cairndb.objstore.ObjectStoreException;
import dev.cairndb.objstore.ObjectStoreObserver.Operation;
import dev.cairndb.objstore.ObjectStores;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.FlakyObjectStore;
import dev.cairndb.testkit.FlakyObjectStore.Fault;
import dev.cairndb.testkit.ManualClock;
import dev.cairndb.testkit.StorageFault;
import dev.cairndb.testkit.StorageOperation;
import dev.cairndb.tsdb.TsdbStats;
import dev.cairndb.tsdb.internal.block.BlockContents;
import dev.cairndb.tsdb.internal.block.BlockDirectory;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.RecordingListener;
import dev.cairndb.tsdb.internal.block.ThanosMeta;
import dev.cairndb.tsdb.internal.block.Ulid;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Three blocks on their way into a bucket, and everything that can come between. */
class ShippingFaultsTest {
    private static final Path DATA = Path.of("/data");
    private static final Labels EXTERNAL = Labels.of("replica", "a");
    private static final Shipper.Settings SETTINGS = new Shipper.Settings("", EXTERNAL, EXTERNAL, false, false);
    private static final BooleanSupplier GO_ON = () -> false;
    private static final int BLOCKS = 3;

    private final ManualClock clock = new ManualClock(1_700_000_000_000L);
    private final List<Ulid> shipped = new ArrayList<>();
    private final Map<Ulid, IOException> failed = new TreeMap<>();
    private CrashingStorage storage = new CrashingStorage(1);
    private InMemoryObjectStore bucket = new InMemoryObjectStore();
    private FlakyObjectStore flaky = new FlakyObjectStore(bucket);

    @BeforeEach
    void writeBlocks() throws IOException {
        storage.createDurableDirectories(DATA);
        for (int number = BLOCKS; number >= 1; number--) {
            BlockContents.random(number, 4, 300, 0, 1_000)
                    .write(
                            storage,
                            DATA,
                            ulid(number),
                            number * 1_000L,
                            number * 1_000L + 1_000,
                            BlockMeta.Compaction.firstLevel(ulid(number)));
        }
    }

    private static Ulid ulid(int number) {
        return new Ulid((long) number << 16, number);
    }

    private Shipper shipper(ObjectStore store) throws IOException {
        return Shipper.open(storage, DATA, store, SETTINGS, clock, new Shipper.Listener() {
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
                throw new AssertionError(meta.ulid() + ": " + reason);
            }

            @Override
            public void stateDamaged(Path file, IOException reason) {
                throw new AssertionError(file.toString(), reason);
            }
        });
    }

    private Shipper.Report pass(Shipper shipper, BooleanSupplier stop) throws IOException {
        try (BlockDirectory blocks = BlockDirectory.open(storage, DATA, new RecordingListener());
                BlockDirectory.Acquired acquired = blocks.acquireAll()) {
            return shipper.ship(acquired.blocks(), Long.MIN_VALUE, stop);
        }
    }

    private TreeMap<String, byte[]> contents() throws ObjectStoreException {
        TreeMap<String, byte[]> contents = new TreeMap<>();
        List<ObjectEntry> entries = new ArrayList<>();
        bucket.list("", true, entries::add);
        for (ObjectEntry entry : entries) {
            ByteBuffer bytes = ByteBuffer.allocate((int) entry.sizeBytes());
            int read = bucket.read(entry.key(), 0, bytes);
            assertEquals(entry.sizeBytes(), read);
            contents.put(entry.name(), bytes.array());
        }
        return contents;
    }

    /** What a reader of the bucket takes for complete is complete, to the byte. */
    private int completeBlocks(String where) throws IOException {
        TreeMap<String, byte[]> contents = contents();
        int complete = 0;
        for (Map.Entry<String, byte[]> object : contents.entrySet()) {
            if (object.getKey().endsWith("/meta.json")) {
                BlockMeta meta = BlockMeta.fromJson(object.getKey(), object.getValue());
                ThanosMeta thanos = Objects.requireNonNull(meta.thanos());
                for (ThanosMeta.File file : thanos.files()) {
                    if (!file.path().equals("meta.json")) {
                        byte[] local = storage.readAll(
                                DATA.resolve(meta.ulid().toString()).resolve(file.path()));
                        assertArrayEquals(local, contents.get(meta.ulid() + "/" + file.path()), where);
                    }
                }
                complete++;
            }
        }
        return complete;
    }

    private void emptyBucket() {
        bucket = new InMemoryObjectStore();
        flaky = new FlakyObjectStore(bucket);
        shipped.clear();
        failed.clear();
    }

    /** Puts of objects that were there already as they should be. */
    private List<String> putsInVain(Set<String> before) {
        return flaky.journal().stream()
                .filter(call -> call.startsWith("PUT ") && before.contains(call.substring("PUT ".length())))
                .toList();
    }

    @Test
    void aProcessKilledAtAnyCallLosesNothingAndSendsNothingTwice() throws Exception {
        for (Fault last : Fault.values()) {
            for (long call = 1; ; call++) {
                emptyBucket();
                storage.delete(DATA.resolve("thanos.shipper.json"));
                storage.syncDirectory(DATA);
                long death = call;
                flaky.plan((number, operation, name) -> number < death ? null : number == death ? last : Fault.BEFORE);
                Shipper.Report first = pass(shipper(flaky), () -> flaky.calls() >= death);
                String where = last + " at call " + call;
                boolean died = flaky.calls() >= death;
                int complete = completeBlocks(where);
                assertTrue(complete >= first.shipped(), where);
                storage = storage.crash(call);
                Set<String> before = contents().keySet();
                flaky = new FlakyObjectStore(bucket);
                assertEquals(0, pass(shipper(flaky), GO_ON).failed(), where);
                assertEquals(List.of(), putsInVain(before), where);
                assertEquals(BLOCKS, completeBlocks(where), where);
                assertEquals(3 * BLOCKS, contents().size(), where);
                if (!died) {
                    assertTrue(call > 4 * BLOCKS, "only " + call + " calls");
                    break;
                }
            }
        }
    }

    @Test
    void oneBlockThatTheBucketNeverTakesDoesNotKeepBackTheOthers() throws Exception {
        for (Fault fault : Fault.values()) {
            emptyBucket();
            storage.delete(DATA.resolve("thanos.shipper.json"));
            flaky.plan((number, operation, name) ->
                    operation == Operation.PUT && name.equals(ulid(1) + "/index") ? fault : null);
            Shipper shipper = shipper(flaky);
            assertEquals(new Shipper.Report(BLOCKS - 1, 1, 0, 0), pass(shipper, GO_ON));
            assertEquals(List.of(ulid(2), ulid(3)), shipped);
            assertEquals(Set.of(ulid(1)), failed.keySet());
            assertEquals(BLOCKS - 1, completeBlocks(fault.toString()));
            TsdbStats.Shipping waiting = shipper.progress();
            assertEquals(1, waiting.blocksWaiting());
            assertTrue(waiting.bytesWaiting() > 0, waiting.toString());
            flaky.heal();
            assertEquals(new Shipper.Report(1, 0, 0, 0), pass(shipper, GO_ON));
            assertEquals(BLOCKS, completeBlocks(fault.toString()));
        }
    }

    @Test
    void aBlockWhoseFileCannotBeReadDoesNotKeepBackTheOthers() throws Exception {
        for (String file : List.of("chunks/000001", "index")) {
            emptyBucket();
            storage.delete(DATA.resolve("thanos.shipper.json"));
            Path unreadable = DATA.resolve(ulid(2).toString()).resolve(file);
            storage.faults().failFrom(StorageFault.IO_ERROR, Set.of(StorageOperation.READ), unreadable::equals, 1);
            Shipper shipper = shipper(flaky);
            assertEquals(new Shipper.Report(BLOCKS - 1, 1, 0, 0), pass(shipper, GO_ON));
            assertEquals(List.of(ulid(1), ulid(3)), shipped);
            assertEquals(BLOCKS - 1, completeBlocks(file));
            assertFalse(contents().containsKey(ulid(2) + "/" + file));
            storage.faults().clear();
            assertEquals(new Shipper.Report(1, 0, 0, 0), pass(shipper, GO_ON));
            assertEquals(BLOCKS, completeBlocks(file));
        }
    }

    @Test
    void aBucketThatThrottlesIsAskedAgain() throws Exception {
        Random random = new Random(7);
        flaky.plan((number, operation, name) ->
                random.nextInt(3) == 0 ? (random.nextBoolean() ? Fault.BEFORE : Fault.AFTER) : null);
        ObjectStore patient = ObjectStores.retrying(flaky, 20, Duration.ofMillis(1), Duration.ofMillis(2));
        Shipper shipper = shipper(patient);
        assertEquals(new Shipper.Report(BLOCKS, 0, 0, 0), pass(shipper, GO_ON));
        assertEquals(List.of(ulid(1), ulid(2), ulid(3)), shipped);
        assertEquals(BLOCKS, completeBlocks("throttled"));
        assertTrue(flaky.calls() > 8L * BLOCKS, "calls: " + flaky.calls());
        // Some were sent again, since only the answer was lost.
        TsdbStats.Shipping progress = shipper.progress();
        long objects = contents().entrySet().stream()
                .filter(object -> !object.getKey().endsWith("meta.json"))
                .mapToLong(object -> object.getValue().length)
                .sum();
        assertTrue(progress.bytesSent() > objects && progress.bytesSent() < 6 * objects, progress.toString());
        assertEquals(0, progress.bytesWaiting());
    }

    @Test
    void aStopEndsAFileInTheMiddleAndThatIsNoFailure() throws Exception {
        AtomicBoolean stop = new AtomicBoolean();
        Shipper shipper = shipper(new Reading(flaky, bytes -> stop.set(true)));
        assertEquals(new Shipper.Report(0, 0, BLOCKS, 0), pass(shipper, stop::get));
        assertTrue(contents().isEmpty());
        assertEquals(Map.of(), failed);
        assertEquals(BLOCKS, shipper.progress().blocksWaiting());
        assertEquals(new Shipper.Report(BLOCKS, 0, 0, 0), pass(shipper(flaky), GO_ON));
    }

    @Test
    void progressGoesDownToNothingWhileFilesAreSent() throws Exception {
        List<TsdbStats.Shipping> seen = new ArrayList<>();
        Shipper[] shipper = new Shipper[1];
        shipper[0] = shipper(new Reading(flaky, bytes -> seen.add(shipper[0].progress())));
        assertEquals(new TsdbStats.Shipping(0, 0, 0, 0, 0, 0), shipper[0].progress());
        pass(shipper[0], GO_ON);
        assertEquals(BLOCKS, seen.get(0).blocksWaiting());
        assertEquals(1, seen.get(seen.size() - 1).blocksWaiting());
        assertTrue(seen.size() > 6 * BLOCKS, "" + seen.size());
        for (int i = 1; i < seen.size(); i++) {
            assertTrue(seen.get(i).bytesWaiting() <= seen.get(i - 1).bytesWaiting(), seen.toString());
            assertTrue(seen.get(i).bytesSent() >= seen.get(i - 1).bytesSent(), seen.toString());
        }
        TsdbStats.Shipping end = shipper[0].progress();
        assertEquals(new TsdbStats.Shipping(1, 0, 0, 0, 0, end.bytesSent()), end);
        assertTrue(seen.get(0).bytesWaiting() >= end.bytesSent() - 256, seen.get(0) + " " + end);
    }

    /** Tells of bytes of bodies as they are read, some hundred at a time. */
    private static final class Reading implements ObjectStore {
        private final ObjectStore store;
        private final Heard heard;

        interface Heard {
            void read(int bytes);
        }

        Reading(ObjectStore store, Heard heard) {
            this.store = store;
            this.heard = heard;
        }

        @Override
        public void put(ObjectKey key, ObjectBody body) throws ObjectStoreException {
            store.put(
                    key,
                    key.value().endsWith("meta.json")
                            ? body
                            : new ObjectBody() {
                                @Override
                                public long length() {
                                    return body.length();
                                }

                                @Override
                                public InputStream open() throws IOException {
                                    return new FilterInputStream(body.open()) {
                                        @Override
                                        public int read(byte[] bytes, int offset, int length) throws IOException {
                                            int count = super.read(bytes, offset, Math.min(length, 256));
                                            heard.read(count);
                                            return count;
                                        }
                                    };
                                }
                            });
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
}

package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestStores.HOUR;
import static dev.cairndb.tsdb.TestStores.MINUTE;
import static dev.cairndb.tsdb.TestStores.START;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.index.Matcher;
import dev.cairndb.io.AppendFile;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.objstore.InMemoryObjectStore;
import dev.cairndb.objstore.ObjectBody;
import dev.cairndb.objstore.ObjectKey;
import dev.cairndb.objstore.ObjectStore;
import dev.cairndb.objstore.ObjectStoreException;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.FlakyObjectStore;
import dev.cairndb.testkit.FlakyObjectStore.Fault;
import dev.cairndb.testkit.ManualClock;
import dev.cairndb.testkit.StorageFault;
import dev.cairndb.testkit.StorageOperation;
import dev.cairndb.tsdb.admin.BlockMark;
import dev.cairndb.tsdb.admin.BucketAdmin;
import dev.cairndb.tsdb.admin.BucketBlock;
import dev.cairndb.tsdb.admin.BucketFinding;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Blocks of a bucket are listed, checked, copied and marked; whatever fails, no half block is seen as a whole one. */
class BucketAdminTest {
    private static final Labels STREAM = Labels.of("replica", "a");
    private static final Path SCRATCH = Path.of("/scratch");
    private static final Path COPIES = Path.of("/copies");
    private static final int SERIES = 20;

    private final TsdbRuntime runtime = TsdbRuntime.create();
    private final ManualClock clock = new ManualClock(START);
    private final InMemoryObjectStore bucket = new InMemoryObjectStore();
    private CrashingStorage storage;
    private BucketAdmin admin;

    @BeforeEach
    void makeStorage() throws IOException {
        storage = TestStores.storage(1);
        storage.createDurableDirectories(SCRATCH);
        storage.createDurableDirectories(COPIES);
        admin = BucketAdmin.of(bucket, storage, clock);
    }

    @AfterEach
    void closeRuntime() {
        runtime.close();
    }

    private TsdbBuilder store() {
        return TestStores.builder(storage, clock, runtime).options(TestStores.OPTIONS.withDurability(Durability.OS));
    }

    /** With the first sample behind them, so that they can be cut. */
    private void append(Tsdb db, int hours) throws IOException {
        for (long t = clock.wallMillis(), end = t + hours * HOUR; t <= end; t += MINUTE) {
            AppendBatch batch = db.newBatch();
            for (int i = 0; i < SERIES; i++) {
                batch.add(db.series(Labels.of("__name__", "m", "i", "" + i)), t, t + i);
            }
            assertEquals(SERIES, batch.commit().samplesAppended());
            clock.advance(Duration.ofMinutes(1));
        }
    }

    /** Ships blocks of two hours. */
    private List<BucketBlock> fill(int hours) throws IOException {
        try (Tsdb db = store().objectStore(bucket).externalLabels(STREAM).open()) {
            append(db, hours);
            db.admin().flushAligned();
            db.admin().shipBlocks();
        }
        return admin.blocks().blocks();
    }

    private static ObjectKey key(BucketBlock block, String path) {
        return ObjectKey.of(block.block().ulid() + "/" + path);
    }

    private static byte[] read(ObjectStore store, ObjectKey key) throws ObjectStoreException {
        ByteBuffer bytes = ByteBuffer.allocate((int) store.size(key));
        assertEquals(bytes.capacity(), store.read(key, 0, bytes));
        return bytes.array();
    }

    private static TreeMap<String, byte[]> objects(ObjectStore store) throws ObjectStoreException {
        List<ObjectKey> keys = new ArrayList<>();
        store.list("", true, entry -> keys.add(entry.key()));
        TreeMap<String, byte[]> objects = new TreeMap<>();
        for (ObjectKey key : keys) {
            objects.put(key.value(), read(store, key));
        }
        return objects;
    }

    private static void assertSame(TreeMap<String, byte[]> expected, TreeMap<String, byte[]> found, String where) {
        assertEquals(expected.keySet(), found.keySet(), where);
        expected.forEach((name, bytes) -> assertArrayEquals(bytes, found.get(name), where + ", " + name));
    }

    private List<BucketFinding> verify(BucketBlock block) throws IOException {
        return admin.verify(block.block().ulid(), SCRATCH, bytes -> {});
    }

    @Test
    void aBlockIsDescribedByItsMetaAndItsObjects() throws Exception {
        BucketBlock block = fill(4).get(0);
        assertEquals(START, block.block().minTimestampMillis());
        assertEquals(START + 2 * HOUR, block.block().maxTimestampMillis());
        assertEquals(SERIES, block.block().seriesCount());
        assertEquals(SERIES * 120L, block.block().sampleCount());
        assertEquals(SERIES, block.block().chunkCount());
        assertEquals(STREAM, block.externalLabels());
        assertEquals(List.of(block.block().ulid()), block.sources());
        assertEquals("receive", block.source());
        assertEquals(0, block.resolutionMillis());
        assertEquals(Set.of(), block.marks());
        long bytes = 0;
        for (String path : List.of("chunks/000001", "index", "meta.json")) {
            bytes += bucket.size(key(block, path));
        }
        assertEquals(bytes, block.block().sizeBytes());
    }

    @Test
    void whatIsNoCompleteBlockIsToldApart() throws Exception {
        List<BucketBlock> blocks = fill(6);
        bucket.delete(key(blocks.get(0), "meta.json"));
        bucket.put(key(blocks.get(1), "meta.json"), ObjectBody.ofBytes("{".getBytes(StandardCharsets.UTF_8)));
        bucket.put(ObjectKey.of("debug/metas/x.json"), ObjectBody.ofBytes(new byte[1]));
        BucketAdmin.Inventory found = admin.blocks();
        assertEquals(blocks.size() - 2, found.blocks().size());
        assertEquals(List.of(blocks.get(0).block().ulid()), found.incomplete());
        assertEquals(1, found.findings().size());
        assertEquals("meta.json", found.findings().get(0).object());
        assertEquals(List.of(), verify(blocks.get(0)), "nothing is wrong with what is on its way");
        assertEquals(found.findings(), verify(blocks.get(1)));
    }

    @Test
    void aWholeBlockIsReadToItsLastByteAndLeavesNothingBehind() throws Exception {
        for (BucketBlock block : fill(4)) {
            AtomicLong bytes = new AtomicLong();
            assertEquals(List.of(), admin.verify(block.block().ulid(), SCRATCH, bytes::addAndGet));
            assertEquals(block.block().sizeBytes(), bytes.get());
        }
        assertEquals(List.of(), storage.list(SCRATCH));
    }

    @Test
    void everyKindOfDamageIsFoundInItsFile() throws Exception {
        BucketBlock block = fill(2).get(0);
        for (String path : List.of("chunks/000001", "index")) {
            byte[] whole = read(bucket, key(block, path));
            bucket.delete(key(block, path));
            assertEquals(path, verify(block).get(0).object(), "no object");
            byte[] cut = Arrays.copyOf(whole, whole.length - 1);
            bucket.put(key(block, path), ObjectBody.ofBytes(cut));
            assertTrue(verify(block).get(0).problem().contains("found=" + cut.length + " bytes"), "cut");
            int found = 0;
            for (int at = 0; at < whole.length; at += whole.length / 40) {
                byte[] flipped = whole.clone();
                flipped[at] ^= 0x40;
                bucket.put(key(block, path), ObjectBody.ofBytes(flipped));
                List<BucketFinding> findings = verify(block);
                found += findings.isEmpty() ? 0 : 1;
                assertTrue(
                        findings.stream().allMatch(finding -> finding.object().startsWith(path.substring(0, 5))),
                        findings::toString);
            }
            // Some bytes between the entries of an index are padding.
            assertTrue(path.equals("index") ? found > 30 : found >= 40, found + " found in " + path);
            bucket.put(key(block, path), ObjectBody.ofBytes(whole));
            assertEquals(List.of(), verify(block));
        }
        assertEquals(List.of(), storage.list(SCRATCH));
    }

    @Test
    void aBlockForWhichThereIsNoRoomIsNotRead() throws Exception {
        BucketBlock block = fill(2).get(0);
        storage.freeBytes(block.block().sizeBytes() / 2);
        IOException refused = assertThrows(IOException.class, () -> verify(block));
        assertTrue(String.valueOf(refused.getMessage()).contains("no room"), refused::toString);
    }

    @Test
    void blocksThatACompactorWouldStopAtAreFound() throws Exception {
        List<BucketBlock> blocks = fill(4);
        assertEquals(List.of(), overlaps());
        BucketBlock first = blocks.get(0);
        // The same range once more, under another name.
        String name = "01" + "Z".repeat(24);
        String meta = new String(read(bucket, key(first, "meta.json")), StandardCharsets.UTF_8);
        ObjectKey twin = ObjectKey.of(name + "/meta.json");
        put(twin, meta.replace(first.block().ulid(), name));
        List<BucketFinding> found = overlaps();
        assertEquals(1, found.size());
        assertEquals(name, found.get(0).ulid());
        assertTrue(found.get(0).problem().contains("overlaps " + first.block().ulid()), found::toString);
        put(twin, meta.replace(first.block().ulid(), name).replace("\"replica\": \"a\"", "\"replica\": \"b\""));
        assertEquals(List.of(), overlaps(), "another stream");
        put(
                twin,
                meta.replace("\"ulid\": \"" + first.block().ulid(), "\"ulid\": \"" + name)
                        .replace(
                                "\"sources\": [",
                                "\"sources\": [ \"" + blocks.get(1).block().ulid() + "\","));
        assertEquals(
                List.of(),
                overlaps().stream()
                        .filter(finding -> finding.ulid().equals(first.block().ulid()))
                        .toList(),
                "merged into the twin");
        put(twin, meta.replace(first.block().ulid(), name));
        BucketAdmin.Inventory both = admin.blocks();
        for (String one : List.of(name, first.block().ulid())) {
            assertEquals(
                    1,
                    admin.overlaps(both, block -> block.block().ulid().equals(one))
                            .size());
        }
        String third = blocks.get(1).block().ulid();
        assertEquals(
                List.of(), admin.overlaps(both, block -> block.block().ulid().equals(third)));
        assertTrue(admin.mark(name, BlockMark.DELETION, ""));
        clock.advance(Duration.ofHours(24).minusMillis(1));
        assertEquals(1, overlaps().size(), "a compactor still sees it");
        clock.advance(Duration.ofMillis(1));
        assertEquals(List.of(), overlaps(), "on its way out");
    }

    private List<BucketFinding> overlaps() throws IOException {
        return admin.overlaps(admin.blocks(), block -> true);
    }

    private void put(ObjectKey key, String text) throws ObjectStoreException {
        bucket.put(key, ObjectBody.ofBytes(text.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void marksArePutOnceAndTakenOff() throws Exception {
        String ulid = fill(2).get(0).block().ulid();
        for (BlockMark mark : BlockMark.values()) {
            assertTrue(admin.mark(ulid, mark, "why \"x\""));
            byte[] before = read(bucket, ObjectKey.of(ulid + "/" + mark.fileName()));
            clock.advance(Duration.ofHours(1));
            assertFalse(admin.mark(ulid, mark, "other"));
            assertArrayEquals(before, read(bucket, ObjectKey.of(ulid + "/" + mark.fileName())));
        }
        assertEquals(Set.of(BlockMark.values()), admin.blocks().blocks().get(0).marks());
        for (BlockMark mark : BlockMark.values()) {
            assertTrue(admin.unmark(ulid, mark));
            assertFalse(admin.unmark(ulid, mark));
        }
        assertEquals(Set.of(), admin.blocks().blocks().get(0).marks());
        IOException unknown =
                assertThrows(IOException.class, () -> admin.mark("01" + "Z".repeat(24), BlockMark.DELETION, ""));
        assertTrue(String.valueOf(unknown.getMessage()).contains("no such block"), unknown::toString);
        assertThrows(IOException.class, () -> admin.unmark("01" + "Z".repeat(24), BlockMark.DELETION));
        assertThrows(IllegalArgumentException.class, () -> admin.mark("x", BlockMark.DELETION, ""));
    }

    @Test
    void aCopyBetweenBucketsThatBreaksOffAnywhereIsContinuedAndNeverSeenHalf() throws Exception {
        String ulid = fill(2).get(0).block().ulid();
        assertTrue(admin.mark(ulid, BlockMark.NO_COMPACT, "late"));
        TreeMap<String, byte[]> whole = objects(bucket);
        for (Fault fault : Fault.values()) {
            for (int failing = 1, failures = 1; failures > 0; failing++) {
                FlakyObjectStore target = new FlakyObjectStore(new InMemoryObjectStore());
                int call = failing;
                target.plan((number, operation, name) -> number == call ? fault : null);
                BucketAdmin to = BucketAdmin.of(target, storage, clock);
                String where = fault + " at call " + call;
                failures = 0;
                try {
                    boolean unused = admin.copy(ulid, to, bytes -> {});
                } catch (ObjectStoreException e) {
                    failures++;
                }
                target.heal();
                if (objects(target).containsKey(ulid + "/meta.json")) {
                    assertSame(whole, objects(target), where);
                }
                boolean unused = admin.copy(ulid, to, bytes -> {});
                assertSame(whole, objects(target), where + ", continued");
                assertFalse(admin.copy(ulid, to, bytes -> {}), "there already");
            }
        }
    }

    @Test
    void whatWasCopiedIsNotCopiedAgain() throws Exception {
        String ulid = fill(2).get(0).block().ulid();
        FlakyObjectStore target = new FlakyObjectStore(new InMemoryObjectStore());
        target.plan((number, operation, name) -> name.endsWith("/index") ? Fault.BEFORE : null);
        BucketAdmin to = BucketAdmin.of(target, storage, clock);
        assertThrows(ObjectStoreException.class, () -> admin.copy(ulid, to, bytes -> {}));
        target.heal();
        AtomicLong bytes = new AtomicLong();
        assertTrue(admin.copy(ulid, to, bytes::addAndGet));
        assertEquals(
                1,
                target.journal().stream()
                        .filter(call -> call.startsWith("PUT") && call.contains("/chunks/"))
                        .count());
        assertEquals(
                bucket.size(ObjectKey.of(ulid + "/index")) + bucket.size(ObjectKey.of(ulid + "/chunks/000001")),
                bytes.get());
    }

    @Test
    void aBlockThatIsNotWholeIsNotCopied() throws Exception {
        BucketBlock block = fill(2).get(0);
        bucket.delete(key(block, "index"));
        InMemoryObjectStore target = new InMemoryObjectStore();
        BucketAdmin to = BucketAdmin.of(target, storage, clock);
        assertThrows(CorruptionException.class, () -> admin.copy(block.block().ulid(), to, bytes -> {}));
        assertThrows(
                CorruptionException.class, () -> admin.download(block.block().ulid(), COPIES, bytes -> {}));
        assertEquals(0, objects(target).size());
        assertEquals(List.of(), storage.list(COPIES));
    }

    @Test
    void aDownloadSurvivesADeathAtEveryStepAndIsNeverSeenHalf() throws Exception {
        String ulid = fill(2).get(0).block().ulid();
        TreeMap<String, byte[]> whole = objects(bucket);
        boolean died = true;
        for (int step = 1; died; step++) {
            CrashingStorage disk = TestStores.storage(step);
            disk.createDurableDirectories(COPIES);
            disk.faults().failFrom(StorageFault.DEATH, StorageOperation.changing(), path -> true, step);
            died = false;
            try {
                boolean unused = BucketAdmin.of(bucket, disk, clock).download(ulid, COPIES, bytes -> {});
            } catch (IOException e) {
                died = true;
            }
            CrashingStorage next = step % 2 == 0 ? disk.crash(step) : disk.kill();
            String where = "dead at step " + step;
            if (next.exists(COPIES.resolve(ulid))) {
                assertSame(whole, files(next, ulid), where);
            }
            boolean unused = BucketAdmin.of(bucket, next, clock).download(ulid, COPIES, bytes -> {});
            assertSame(whole, files(next, ulid), where + ", continued");
            assertSame(whole, files(next.crash(step), ulid), where + ", continued, power cut");
        }
    }

    /** What lies in a block's folder, by the names that it has in a bucket. */
    private static TreeMap<String, byte[]> files(CrashingStorage disk, String ulid) throws IOException {
        TreeMap<String, byte[]> files = new TreeMap<>();
        Path folder = COPIES.resolve(ulid);
        assertEquals(List.of("chunks", "index", "meta.json"), disk.list(folder));
        for (String path : List.of("chunks/000001", "index", "meta.json")) {
            files.put(ulid + "/" + path, disk.readAll(folder.resolve(path)));
        }
        return files;
    }

    @Test
    void nothingIsCopiedIntoADirectoryWithALog() throws Exception {
        String ulid = fill(6).get(0).block().ulid();
        storage.createDirectories(COPIES.resolve("wal"));
        IOException refused = assertThrows(IOException.class, () -> admin.download(ulid, COPIES, bytes -> {}));
        assertTrue(String.valueOf(refused.getMessage()).contains("it has the log of a store"), refused.getMessage());
        assertEquals(List.of("wal"), storage.list(COPIES));
    }

    @Test
    void aStoreOpensWhatWasCopiedIntoItsDirectory() throws Exception {
        List<BucketBlock> blocks = fill(6);
        for (BucketBlock block : blocks) {
            assertTrue(admin.download(block.block().ulid(), COPIES, bytes -> {}));
            assertFalse(admin.download(block.block().ulid(), COPIES, bytes -> {}));
        }
        try (Tsdb db = Tsdb.builder(COPIES)
                .storage(storage)
                .clock(clock)
                .runtime(runtime)
                .options(TestStores.OPTIONS)
                .open()) {
            assertEquals(
                    blocks.stream()
                            .mapToLong(block -> block.block().sampleCount())
                            .sum(),
                    Dump.of(db).values().stream().mapToLong(TreeMap::size).sum());
        }
    }

    @Test
    void blocksOfAStoreGetExternalLabelsOnTheirWayIntoABucket() throws Exception {
        try (Tsdb db = store().open()) {
            append(db, 4);
            db.admin().flushAligned();
        }
        List<BucketBlock> local = admin.blocksIn(TestStores.DIRECTORY).blocks();
        assertEquals(2, local.size());
        for (BucketBlock block : local) {
            Path folder = TestStores.DIRECTORY.resolve(block.block().ulid());
            IOException noLabels =
                    assertThrows(IOException.class, () -> admin.upload(folder, Labels.empty(), bytes -> {}));
            assertTrue(String.valueOf(noLabels.getMessage()).contains("no external labels"), noLabels::toString);
            assertTrue(admin.upload(folder, STREAM, bytes -> {}));
            assertFalse(admin.upload(folder, STREAM, bytes -> {}));
        }
        List<BucketBlock> shipped = admin.blocks().blocks();
        assertEquals(2, shipped.size());
        for (BucketBlock block : shipped) {
            assertEquals(STREAM, block.externalLabels());
            assertEquals("bucket.upload", block.source());
            assertEquals(List.of(), verify(block));
        }
    }

    @Test
    void aBlockOfAStoreThatWouldOverlapOthersOfItsLabelsIsRefused() throws Exception {
        BucketBlock there = fill(2).get(0);
        storage = TestStores.storage(2);
        admin = BucketAdmin.of(bucket, storage, clock);
        clock.jumpWallTo(START);
        try (Tsdb db = store().open()) {
            append(db, 2);
            db.admin().flushAligned();
        }
        BucketBlock block = admin.blocksIn(TestStores.DIRECTORY).blocks().get(0);
        Path folder = TestStores.DIRECTORY.resolve(block.block().ulid());
        IOException refused = assertThrows(IOException.class, () -> admin.upload(folder, STREAM, bytes -> {}));
        assertTrue(String.valueOf(refused.getMessage()).contains(there.block().ulid()), refused::toString);
        assertEquals(1, admin.blocks().blocks().size());
        assertTrue(admin.upload(folder, Labels.of("replica", "b"), bytes -> {}));
    }

    @Test
    void aBlockInWhichSomethingIsDeletedIsRefused() throws Exception {
        try (Tsdb db = store().open()) {
            append(db, 2);
            db.admin().flushAligned();
            db.admin().delete(TimeRange.all(), Matcher.equal("i", "3"));
            BlockInfo block = db.admin().blocks().get(0);
            Path folder = TestStores.DIRECTORY.resolve(block.ulid());
            IOException refused = assertThrows(IOException.class, () -> admin.upload(folder, STREAM, bytes -> {}));
            assertTrue(String.valueOf(refused.getMessage()).contains("deleted"), refused::toString);
            assertEquals(0, objects(bucket).size());
        }
    }

    private Path localBlock(TsdbOptions options) throws IOException {
        try (Tsdb db = store().options(options).open()) {
            append(db, 2);
            db.admin().flushAligned();
            return TestStores.DIRECTORY.resolve(db.admin().blocks().get(0).ulid());
        }
    }

    private void replace(Path file, byte[] bytes) throws IOException {
        storage.delete(file);
        try (AppendFile out = storage.create(file)) {
            out.write(bytes, 0, bytes.length);
        }
    }

    private IOException assertNotUploaded(Path folder) throws IOException {
        IOException refused = assertThrows(IOException.class, () -> admin.upload(folder, STREAM, bytes -> {}));
        assertEquals(0, objects(bucket).size(), refused::toString);
        return refused;
    }

    @Test
    void aDamagedBlockOfADirectoryDoesNotComeIntoABucket() throws Exception {
        Path folder = localBlock(TestStores.OPTIONS);
        for (String path : List.of("chunks/000001", "index")) {
            Path file = folder.resolve(path);
            byte[] whole = storage.readAll(file);
            storage.delete(file);
            assertNotUploaded(folder);
            replace(file, Arrays.copyOf(whole, whole.length / 2));
            assertNotUploaded(folder);
            byte[] flipped = whole.clone();
            flipped[whole.length / 2] ^= 0x40;
            replace(file, flipped);
            assertNotUploaded(folder);
            replace(file, whole);
        }
        storage.rename(folder.resolve("chunks/000001"), folder.resolve("chunks/000002"));
        String gap = String.valueOf(assertNotUploaded(folder).getMessage());
        assertTrue(gap.contains("chunks/000001"), gap);
        storage.rename(folder.resolve("chunks/000002"), folder.resolve("chunks/000001"));
        assertTrue(admin.upload(folder, STREAM, bytes -> {}));
    }

    @Test
    void aBlockFromABucketThatWasCutSinceIsNotSentBack() throws Exception {
        BucketBlock block = fill(2).get(0);
        assertTrue(admin.download(block.block().ulid(), COPIES, bytes -> {}));
        Path folder = COPIES.resolve(block.block().ulid());
        Path index = folder.resolve("index");
        byte[] whole = storage.readAll(index);
        replace(index, Arrays.copyOf(whole, whole.length - 1));
        InMemoryObjectStore target = new InMemoryObjectStore();
        BucketAdmin to = BucketAdmin.of(target, storage, clock);
        assertThrows(CorruptionException.class, () -> to.upload(folder, Labels.empty(), bytes -> {}));
        assertEquals(0, objects(target).size());
    }

    @Test
    void aBlockThatThanosCannotReadDoesNotComeIntoABucket() throws Exception {
        Path folder = localBlock(TestStores.OPTIONS.withFloatEncoding(FloatEncoding.XOR2));
        String refused = String.valueOf(assertNotUploaded(folder).getMessage());
        assertTrue(refused.contains("XOR2"), refused);
    }

    @Test
    void whatGoesFromTheTargetOrIsNotWholeThereIsNotTakenForACopy() throws Exception {
        String ulid = fill(2).get(0).block().ulid();
        InMemoryObjectStore target = new InMemoryObjectStore();
        BucketAdmin to = BucketAdmin.of(target, storage, clock);
        assertTrue(admin.copy(ulid, to, bytes -> {}));
        assertTrue(to.mark(ulid, BlockMark.DELETION, ""));
        IOException marked = assertThrows(IOException.class, () -> admin.copy(ulid, to, bytes -> {}));
        assertTrue(String.valueOf(marked.getMessage()).contains("marked for deletion"), marked::toString);
        target.delete(ObjectKey.of(ulid + "/meta.json"));
        IOException left = assertThrows(IOException.class, () -> admin.copy(ulid, to, bytes -> {}));
        assertTrue(String.valueOf(left.getMessage()).contains("what a deletion left"), left::toString);
        assertFalse(objects(target).containsKey(ulid + "/meta.json"));
        assertTrue(to.unmark(ulid, BlockMark.DELETION));
        assertTrue(admin.copy(ulid, to, bytes -> {}));
        target.delete(ObjectKey.of(ulid + "/index"));
        assertThrows(CorruptionException.class, () -> admin.copy(ulid, to, bytes -> {}));
    }

    @Test
    void aBlockThatWasMergedAtTheTargetIsThere() throws Exception {
        List<BucketBlock> blocks = fill(4);
        String ulid = blocks.get(0).block().ulid();
        InMemoryObjectStore target = new InMemoryObjectStore();
        BucketAdmin to = BucketAdmin.of(target, storage, clock);
        assertTrue(admin.copy(ulid, to, bytes -> {}));
        String merged = "01" + "Z".repeat(24);
        String meta = new String(read(bucket, key(blocks.get(0), "meta.json")), StandardCharsets.UTF_8)
                .replace("\"ulid\": \"" + ulid, "\"ulid\": \"" + merged)
                .replace(
                        "\"sources\": [",
                        "\"sources\": [ \"" + blocks.get(1).block().ulid() + "\",");
        target.put(ObjectKey.of(merged + "/meta.json"), ObjectBody.ofBytes(meta.getBytes(StandardCharsets.UTF_8)));
        assertTrue(to.mark(ulid, BlockMark.DELETION, ""));
        assertFalse(admin.copy(ulid, to, bytes -> {}));
        assertTrue(to.mark(merged, BlockMark.DELETION, ""));
        assertThrows(IOException.class, () -> admin.copy(ulid, to, bytes -> {}), "both go");
    }

    @Test
    void aBlockOfAStoreWhoseOnlyCopyGoesIsNotThere() throws Exception {
        Path folder = localBlock(TestStores.OPTIONS);
        String ulid = String.valueOf(folder.getFileName());
        assertTrue(admin.upload(folder, STREAM, bytes -> {}));
        String merged = "01" + "Z".repeat(24);
        String meta = new String(read(bucket, ObjectKey.of(ulid + "/meta.json")), StandardCharsets.UTF_8)
                .replace("\"ulid\": \"" + ulid, "\"ulid\": \"" + merged);
        put(ObjectKey.of(merged + "/meta.json"), meta);
        for (String path : List.of("meta.json", "index", "chunks/000001")) {
            bucket.delete(ObjectKey.of(ulid + "/" + path));
        }
        assertFalse(admin.upload(folder, STREAM, bytes -> {}), "there as a part");
        assertTrue(admin.mark(merged, BlockMark.DELETION, ""));
        IOException goes = assertThrows(IOException.class, () -> admin.upload(folder, STREAM, bytes -> {}));
        assertTrue(String.valueOf(goes.getMessage()).contains("marked for deletion"), goes::toString);
    }

    @Test
    void aBlockOfADirectoryThatIsNotWholeIsNotTakenForACopy() throws Exception {
        String ulid = fill(2).get(0).block().ulid();
        assertTrue(admin.download(ulid, COPIES, bytes -> {}));
        assertFalse(admin.download(ulid, COPIES, bytes -> {}));
        storage.delete(COPIES.resolve(ulid).resolve("index"));
        assertThrows(CorruptionException.class, () -> admin.download(ulid, COPIES, bytes -> {}));
    }
}

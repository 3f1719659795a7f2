package dev.cairndb.tsdb.internal.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.io.AppendFile;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.DamagedFiles;
import dev.cairndb.io.FormatVersionException;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.StorageFault;
import dev.cairndb.testkit.StorageOperation;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BlockDirectoryTest {
    private static final Path DATA = Path.of("/data");

    private final CrashingStorage storage = new CrashingStorage(1);
    private final RecordingListener listener = new RecordingListener();

    @BeforeEach
    void makeDirectory() throws IOException {
        storage.createDurableDirectories(DATA);
    }

    private static Ulid ulid(int number) {
        return new Ulid((long) number << 16, number);
    }

    private static Path path(int number) {
        return DATA.resolve(ulid(number).toString());
    }

    /** Block n holds 1,000 ms from n * 1,000 on. */
    private BlockContents write(int number) throws IOException {
        BlockContents contents = contents(number);
        contents.write(storage, DATA, ulid(number), number * 1_000L, number * 1_000L + 1_000);
        return contents;
    }

    private static BlockContents contents(int number) {
        return BlockContents.random(number, 4, 30, number * 1_000L, number * 1_000L + 1_000);
    }

    private void writeMerged(int number, int... parents) throws IOException {
        List<BlockMeta.Parent> list = new ArrayList<>();
        for (int parent : parents) {
            list.add(new BlockMeta.Parent(ulid(parent), parent * 1_000L, parent * 1_000L + 1_000));
        }
        List<Ulid> sources = list.stream().map(BlockMeta.Parent::ulid).toList();
        contents(number)
                .write(
                        storage,
                        DATA,
                        ulid(number),
                        number * 1_000L,
                        number * 1_000L + 1_000,
                        new BlockMeta.Compaction(2, sources, false, list, false, List.of()));
    }

    private BlockDirectory open() throws IOException {
        return BlockDirectory.open(storage, DATA, listener);
    }

    private static List<Ulid> ulids(BlockDirectory blocks) {
        return blocks.snapshot().stream().map(Block::ulid).toList();
    }

    private void put(Path file, byte[] bytes) throws IOException {
        try (AppendFile out = storage.create(file)) {
            out.write(bytes, 0, bytes.length);
        }
    }

    @Test
    void blocksAreOpenedInTimeOrder() throws Exception {
        BlockContents second = write(2);
        write(3);
        write(1);
        try (BlockDirectory blocks = open()) {
            assertEquals(List.of(ulid(1), ulid(2), ulid(3)), ulids(blocks));
            assertEquals(second, BlockContents.of(blocks.snapshot().get(1)));
            assertTrue(blocks.sizeBytes() > 1_000);
            try (BlockDirectory.Acquired acquired = blocks.acquire(1_999, 2_000)) {
                assertEquals(2, acquired.blocks().size());
            }
            try (BlockDirectory.Acquired acquired = blocks.acquire(4_000, 9_000)) {
                assertEquals(0, acquired.blocks().size());
            }
        }
        assertEquals(List.of(), storage.openFiles());
    }

    @Test
    void aDirectoryThatDoesNotExistHasNoBlocks() throws Exception {
        try (BlockDirectory blocks = BlockDirectory.open(storage, Path.of("/nowhere"), listener)) {
            assertEquals(List.of(), blocks.snapshot());
            assertEquals(Long.MIN_VALUE, blocks.inOrderMaxTimestampMillis());
        }
    }

    @Test
    void leftoversAreRemovedAndEverythingElseIsLeftAlone() throws Exception {
        write(1);
        for (String suffix : List.of(".tmp-for-creation", ".tmp-for-deletion", ".tmp")) {
            storage.createDirectories(DATA.resolve(ulid(7) + suffix).resolve("chunks"));
            storage.createDirectories(DATA.resolve("checkpoint.00000001" + suffix));
        }
        for (String name : List.of("wal", "chunks_head", "lost+found", "01m7yj239a9ehz0kfcpy25m72d")) {
            storage.createDirectories(DATA.resolve(name));
        }
        put(DATA.resolve(ulid(8).toString()), new byte[1]);
        put(DATA.resolve("notes.tmp"), new byte[1]);
        List<String> before = storage.list(DATA);
        open().close();
        assertEquals(3, listener.leftovers.size());
        List<String> expected = before.stream()
                .filter(name -> !name.startsWith(ulid(7).toString()))
                .toList();
        assertEquals(expected, storage.list(DATA));
        assertEquals(Set.of(), listener.damaged.keySet());
    }

    @Test
    void damagedBlocksAreReportedAndPutAside() throws Exception {
        for (int i = 1; i <= 7; i++) {
            write(i);
        }
        storage.delete(path(1).resolve("meta.json"));
        flip(path(2).resolve("index"), 0);
        flip(path(3).resolve("chunks/000001"), 4);
        storage.delete(path(4).resolve("index"));
        flip(path(5).resolve("tombstones"), 8);
        storage.rename(path(6), path(60));
        storage.createDirectories(path(50));
        try (BlockDirectory blocks = open()) {
            // What was damaged of block 5 is a file that says that nothing is deleted.
            assertEquals(List.of(ulid(5), ulid(7)), ulids(blocks));
        }
        assertEquals(7, listener.damaged.size());
        assertEquals(NoSuchFileException.class, reason(1).getClass());
        assertEquals(CorruptionException.class, reason(2).getClass());
        assertEquals(FormatVersionException.class, reason(3).getClass());
        assertEquals(NoSuchFileException.class, reason(4).getClass());
        assertEquals(
                CorruptionException.class, listener.damaged.get("tombstones").getClass());
        assertEquals(CorruptionException.class, reason(60).getClass());
        assertEquals(NoSuchFileException.class, reason(50).getClass());
        List<String> left = storage.list(DATA);
        assertEquals(8, left.size());
        // Of a version that is not known: perhaps not damaged at all.
        assertTrue(left.containsAll(List.of(ulid(3).toString(), ulid(5).toString(), ulid(7).toString())));
        assertEquals(5, left.stream().filter(DamagedFiles::isName).count());
        assertEquals(List.of("chunks", "index", "meta.json", "tombstones.damaged-1"), storage.list(path(5)));
        assertEquals(List.of(), storage.openFiles());
    }

    private IOException reason(int number) {
        return listener.damaged.get(ulid(number).toString());
    }

    private void flip(Path file, int offset) throws IOException {
        byte[] bytes = storage.readAll(file);
        bytes[offset] ^= 0x40;
        storage.delete(file);
        put(file, bytes);
    }

    @Test
    void blocksThatLiveOnInOthersAreRemovedAlsoDamagedOnes() throws Exception {
        write(1);
        write(2);
        write(3);
        writeMerged(4, 1, 2);
        writeMerged(5, 4);
        storage.delete(path(2).resolve("index"));
        try (BlockDirectory blocks = open()) {
            assertEquals(List.of(ulid(3), ulid(5)), ulids(blocks));
        }
        assertEquals(Set.of(), listener.damaged.keySet());
        assertEquals(List.of(ulid(3).toString(), ulid(5).toString()), storage.list(DATA));
    }

    @Test
    void aBlockMarkedDeletableIsRemoved() throws Exception {
        BlockMeta.Compaction compaction =
                new BlockMeta.Compaction(1, List.of(ulid(1)), true, List.of(), false, List.of());
        contents(1).write(storage, DATA, ulid(1), 1_000, 2_000, compaction);
        open().close();
        assertEquals(List.of(), storage.list(DATA));
    }

    @Test
    void addingABlockReplacesItsParentsInOneStep() throws Exception {
        write(1);
        write(2);
        try (BlockDirectory blocks = open()) {
            BlockDirectory.Acquired reader = blocks.acquireAll();
            writeMerged(3, 1, 2);
            assertEquals(List.of(ulid(1), ulid(2)), ulids(blocks));
            blocks.add(List.of(ulid(3)));
            assertEquals(List.of(ulid(3)), ulids(blocks));
            // the old reader still has the old blocks
            assertEquals(contents(1), BlockContents.of(reader.blocks().get(0)));
            assertEquals(contents(2), BlockContents.of(reader.blocks().get(1)));
            assertTrue(storage.exists(DATA.resolve(ulid(1) + ".tmp-for-deletion")));
            assertEquals(
                    DATA.resolve(ulid(1) + ".tmp-for-deletion"),
                    reader.blocks().get(0).directory());
            reader.close();
            assertEquals(List.of(ulid(3).toString()), storage.list(DATA));
            assertEquals(2, storage.openFiles().size());
        }
        assertEquals(List.of(), storage.openFiles());
    }

    @Test
    void whenOneOfSeveralCannotBeOpenedNothingIsAdded() throws Exception {
        write(1);
        try (BlockDirectory blocks = open()) {
            write(2);
            writeMerged(3, 1);
            storage.delete(path(3).resolve("index"));
            assertThrows(NoSuchFileException.class, () -> blocks.add(List.of(ulid(2), ulid(3))));
            assertEquals(List.of(ulid(1)), ulids(blocks));
            assertEquals(2, storage.openFiles().size());
        }
    }

    @Test
    void aDeletedBlockGoesWithItsLastReader() throws Exception {
        write(1);
        write(2);
        try (BlockDirectory blocks = open()) {
            BlockDirectory.Acquired first = blocks.acquireAll();
            BlockDirectory.Acquired second = blocks.acquire(1_000, 1_000);
            blocks.delete(List.of(ulid(1), ulid(77)));
            assertEquals(List.of(ulid(2)), ulids(blocks));
            first.close();
            first.close();
            assertEquals(contents(1), BlockContents.of(second.blocks().get(0)));
            Block block = second.blocks().get(0);
            second.close();
            assertFalse(block.tryAcquire());
            assertThrows(IllegalStateException.class, block::release);
            assertEquals(List.of(ulid(2).toString()), storage.list(DATA));
        }
    }

    @Test
    void aBlockThatCannotBeRenamedIsReportedAndComesBack() throws Exception {
        write(1);
        try (BlockDirectory blocks = open()) {
            storage.faults().failOnce(StorageFault.IO_ERROR, Set.of(StorageOperation.RENAME), path -> true, 1);
            blocks.delete(List.of(ulid(1)));
            assertEquals(List.of(), ulids(blocks));
            assertEquals(List.of(ulid(1).toString()), listener.failed);
        }
        try (BlockDirectory blocks = open()) {
            assertEquals(List.of(ulid(1)), ulids(blocks));
        }
    }

    @Test
    void onlyBlocksCutInOrderEndTheHead() throws Exception {
        write(1);
        for (String hint : List.of("from-out-of-order", "from-stale-series", "from-selected-series")) {
            int number = 2 + listener.leftovers.size();
            listener.leftovers.add(hint);
            contents(number)
                    .write(
                            storage,
                            DATA,
                            ulid(number),
                            number * 1_000L,
                            number * 1_000L + 1_000,
                            new BlockMeta.Compaction(1, List.of(ulid(number)), false, List.of(), false, List.of(hint)));
        }
        try (BlockDirectory blocks = open()) {
            assertEquals(4, blocks.snapshot().size());
            assertEquals(2_000, blocks.inOrderMaxTimestampMillis());
        }
    }

    @Test
    void aBlockThatCannotBeLetGoKeepsNoOtherOpen() throws Exception {
        write(1);
        write(2);
        write(3);
        BlockDirectory blocks = open();
        blocks.snapshot().get(0).release();
        assertEquals(2, blocks.snapshot().stream().filter(Block::tryAcquire).count());
        blocks.snapshot().stream().skip(1).forEach(Block::release);
        assertThrows(IllegalStateException.class, blocks::close);
        assertEquals(List.of(), storage.openFiles());
    }

    @Test
    void aClosedDirectoryRefusesAndItsReadersGoOn() throws Exception {
        write(1);
        BlockDirectory blocks = open();
        BlockDirectory.Acquired reader = blocks.acquireAll();
        blocks.close();
        blocks.close();
        assertThrows(IllegalStateException.class, blocks::acquireAll);
        assertThrows(IllegalStateException.class, () -> blocks.add(List.of()));
        assertThrows(IllegalStateException.class, () -> blocks.delete(List.of()));
        assertEquals(contents(1), BlockContents.of(reader.blocks().get(0)));
        reader.close();
        assertEquals(List.of(), storage.openFiles());
    }

    @Test
    void readersAlwaysSeeEachBlockOnceWhileBlocksAreReplaced() throws Exception {
        write(1);
        ExecutorService executor = Executors.newFixedThreadPool(3);
        try (BlockDirectory blocks = open()) {
            AtomicBoolean done = new AtomicBoolean();
            Callable<Integer> reader = () -> {
                int reads = 0;
                while (!done.get()) {
                    try (BlockDirectory.Acquired acquired = blocks.acquireAll()) {
                        assertEquals(1, acquired.blocks().size());
                        assertTrue(BlockContents.of(acquired.blocks().get(0)).sampleCount() > 0);
                        reads++;
                    }
                }
                return reads;
            };
            List<Future<Integer>> readers = List.of(executor.submit(reader), executor.submit(reader));
            for (int i = 2; i < 60; i++) {
                writeMerged(i, i - 1);
                blocks.add(List.of(ulid(i)));
            }
            done.set(true);
            for (Future<Integer> result : readers) {
                assertTrue(result.get() > 0);
            }
            assertEquals(List.of(ulid(59).toString()), storage.list(DATA));
        } finally {
            executor.shutdownNow();
        }
        assertNotNull(listener);
        assertEquals(List.of(), listener.failed);
        assertEquals(List.of(), storage.openFiles());
    }
}

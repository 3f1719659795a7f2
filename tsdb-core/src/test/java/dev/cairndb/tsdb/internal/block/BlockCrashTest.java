package dev.cairndb.tsdb.internal.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.StorageFault;
import dev.cairndb.testkit.StorageOperation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * The life of blocks with a power cut, or a failure, at every single call to the storage. The story: blocks 1 and 2 are
 * written, then 3 that replaces both, then 4, then 3 is deleted.
 */
class BlockCrashTest {
    private static final Path DATA = Path.of("/data");
    private static final int SEEDS = 10;

    private static Ulid ulid(int number) {
        return new Ulid((long) number << 16, number);
    }

    private static BlockContents contents(int number) {
        return BlockContents.random(number, 3, 20, 0, 1_000);
    }

    /** What was done for certain: for every block whether it must be there. */
    private static final class Story {
        final Map<Integer, Boolean> certain = new TreeMap<>();
        /** The step under way: either state of these is right. */
        final List<Integer> open = new ArrayList<>();

        void run(CrashingStorage storage) throws IOException {
            RecordingListener listener = new RecordingListener();
            try (BlockDirectory blocks = BlockDirectory.open(storage, DATA, listener)) {
                write(storage, blocks, 1, List.of());
                write(storage, blocks, 2, List.of());
                write(storage, blocks, 3, List.of(1, 2));
                write(storage, blocks, 4, List.of());
                open.add(3); // may be gone or, if removing it fails, back
                blocks.delete(List.of(ulid(3)));
                if (listener.failed.isEmpty()) {
                    open.clear();
                    certain.put(3, false);
                }
            }
        }

        private void write(CrashingStorage storage, BlockDirectory blocks, int number, List<Integer> parents)
                throws IOException {
            open.add(number);
            open.addAll(parents);
            List<BlockMeta.Parent> list = parents.stream()
                    .map(p -> new BlockMeta.Parent(ulid(p), 0, 1_000))
                    .toList();
            List<Ulid> sources = parents.isEmpty()
                    ? List.of(ulid(number))
                    : parents.stream().map(p -> ulid(p)).toList();
            contents(number)
                    .write(
                            storage,
                            DATA,
                            ulid(number),
                            0,
                            1_000,
                            new BlockMeta.Compaction(1, sources, false, list, false, List.of()));
            // From here on the new block is durable and its parents are as good as gone.
            open.clear();
            certain.put(number, true);
            parents.forEach(parent -> certain.put(parent, false));
            blocks.add(List.of(ulid(number)));
        }

        void check(CrashingStorage storage, String where) throws IOException {
            RecordingListener listener = new RecordingListener();
            List<Integer> present = new ArrayList<>();
            try (BlockDirectory blocks = BlockDirectory.open(storage, DATA, listener)) {
                for (Block block : blocks.snapshot()) {
                    int number = (int) block.ulid().low();
                    present.add(number);
                    assertEquals(contents(number), BlockContents.of(block), where);
                }
                assertEquals(Map.of(), listener.damaged, where);
                assertEquals(List.of(), listener.failed, where);
            }
            for (int number = 1; number <= 4; number++) {
                if (!open.contains(number)) {
                    assertEquals(certain.getOrDefault(number, false), present.contains(number), where + ": " + number);
                }
            }
            assertFalse(present.contains(3) && (present.contains(1) || present.contains(2)), where);
            boolean merging = open.contains(3) && open.contains(1);
            if (merging) {
                boolean both = present.contains(1) && present.contains(2);
                assertTrue(both || present.contains(3), where + ": samples lost");
            }
            for (String name : storage.list(DATA)) {
                assertEquals(Ulid.TEXT_LENGTH, name.length(), where);
            }
            assertEquals(List.of(), storage.openFiles(), where);
        }
    }

    private static CrashingStorage fresh(long seed) throws IOException {
        CrashingStorage storage = new CrashingStorage(seed);
        storage.createDurableDirectories(DATA);
        return storage;
    }

    @Test
    void afterAPowerCutAtAnyCallBlocksAreWholeOrAbsent() throws Exception {
        int cuts = 0;
        for (int seed = 0; seed < SEEDS; seed++) {
            for (long call = 1; ; call++) {
                CrashingStorage storage = fresh(seed);
                storage.faults().failFrom(StorageFault.DEATH, StorageOperation.changing(), path -> true, call);
                Story story = new Story();
                boolean ended = run(story, storage);
                story.check(storage.crash(seed * 1_000 + call), "power cut at call " + call + ", seed " + seed);
                if (ended) {
                    break;
                }
                cuts++;
            }
        }
        assertTrue(cuts > 100 * SEEDS, "only " + cuts + " cuts");
        System.out.println("BlockCrashTest: " + cuts + " power cuts");
    }

    @Test
    void afterAnErrorOfAnyCallTheStoreGoesOnAndNothingIsHalf() throws Exception {
        int errors = 0;
        for (StorageFault fault : List.of(StorageFault.IO_ERROR, StorageFault.NO_SPACE)) {
            for (long call = 1; ; call++) {
                CrashingStorage storage = fresh(call);
                storage.faults().failOnce(fault, StorageOperation.changing(), path -> true, call);
                Story story = new Story();
                run(story, storage);
                boolean injected = storage.faults().injected() > 0;
                storage.faults().clear();
                String where = fault + " at call " + call;
                assertEquals(List.of(), storage.openFiles(), where);
                // a retry of what failed must be possible in the same process, here with a new name
                contents(5).write(storage, DATA, ulid(5), 0, 1_000);
                storage.deleteRecursively(DATA.resolve(ulid(5).toString()));
                storage.syncDirectory(DATA);
                if (!injected) {
                    break;
                }
                checkAfterError(story, storage.kill(), where);
                errors++;
            }
        }
        assertTrue(errors > 200, "only " + errors + " errors");
        System.out.println("BlockCrashTest: " + errors + " failing calls");
    }

    /** As after a power cut, except that a block whose removal failed was reported and may be back. */
    private static void checkAfterError(Story story, CrashingStorage storage, String where) throws IOException {
        RecordingListener listener = new RecordingListener();
        try (BlockDirectory blocks = BlockDirectory.open(storage, DATA, listener)) {
            List<Integer> present = new ArrayList<>();
            for (Block block : blocks.snapshot()) {
                int number = (int) block.ulid().low();
                present.add(number);
                assertEquals(contents(number), BlockContents.of(block), where);
            }
            story.certain.forEach((number, there) -> {
                if (there && !story.open.contains(number)) {
                    assertTrue(present.contains(number), where + ": lost " + number);
                }
            });
            assertFalse(present.contains(3) && (present.contains(1) || present.contains(2)), where);
        }
        assertEquals(Map.of(), listener.damaged, where);
    }

    private static boolean run(Story story, CrashingStorage storage) {
        try {
            story.run(storage);
            return storage.faults().injected() == 0;
        } catch (IOException e) {
            return false;
        }
    }
}

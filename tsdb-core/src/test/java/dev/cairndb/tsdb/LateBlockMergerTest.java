package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestStores.DIRECTORY;
import static dev.cairndb.tsdb.TestStores.HOUR;
import static dev.cairndb.tsdb.TestStores.MINUTE;
import static dev.cairndb.tsdb.TestStores.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.index.PostingCursor;
import dev.cairndb.io.AppendFile;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.ManualClock;
import dev.cairndb.testkit.StorageFault;
import dev.cairndb.testkit.StorageOperation;
import dev.cairndb.tsdb.internal.block.Block;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.Tombstones;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** However often late samples come into a range, there is one late block for it, and every sample is seen once. */
class LateBlockMergerTest {
    private final TsdbRuntime runtime = TsdbRuntime.create();
    private final ManualClock clock = new ManualClock(START + 24 * HOUR);
    private final List<String> events = new ArrayList<>();
    private final WrittenBlocks written = new WrittenBlocks(START, MINUTE);

    @AfterEach
    void closeRuntime() {
        runtime.close();
    }

    private Tsdb open(CrashingStorage storage) throws IOException {
        return TestStores.builder(storage, clock, runtime)
                .listener(new TsdbListener() {
                    @Override
                    public void blocksMerged(BlockInfo merged, List<BlockInfo> replaced) {
                        events.add(merged.minTimestampMillis() + " of " + replaced.size());
                    }
                })
                .open();
    }

    private CrashingStorage threeLateBlocksOfARange(long seed) throws IOException {
        written.expected.clear();
        CrashingStorage storage = TestStores.storage(seed);
        written.write(storage, 1, 0, true);
        written.write(storage, 2, 0, true);
        written.write(storage, 3, 0, true);
        written.write(storage, 4, 0, false);
        return storage;
    }

    private static List<Long> starts(Tsdb db) {
        return db.admin().blocks().stream().map(BlockInfo::minTimestampMillis).toList();
    }

    @Test
    void lateBlocksOfARangeBecomeOne() throws Exception {
        CrashingStorage storage = threeLateBlocksOfARange(1);
        written.write(storage, 5, 1, true);
        written.write(storage, 6, 2, true);
        written.write(storage, 7, 2, true);
        written.write(storage, 8, 2, false);
        try (Tsdb db = open(storage)) {
            assertEquals(8, db.admin().blocks().size());
            assertEquals(written.expected, Dump.of(db));
            db.admin().cutBlocks();
            assertEquals(written.expected, Dump.of(db));
            assertEquals(
                    List.of(
                            START,
                            START,
                            START + WrittenBlocks.RANGE,
                            START + 2 * WrittenBlocks.RANGE,
                            START + 2 * WrittenBlocks.RANGE),
                    starts(db));
            assertEquals(List.of(START + " of 3", START + 2 * WrittenBlocks.RANGE + " of 2"), events);
            events.clear();
            db.admin().runMaintenance();
            assertEquals(List.of(), events);
        }
        try (Tsdb db = open(storage)) {
            assertEquals(5, db.admin().blocks().size());
            assertEquals(written.expected, Dump.of(db));
        }
        written.write(storage, 9, 0, true);
        try (Tsdb db = open(storage)) {
            db.admin().cutBlocks();
            assertEquals(List.of(START + " of 2"), events);
            assertEquals(5, db.admin().blocks().size());
            assertEquals(written.expected, Dump.of(db));
            BlockInfo merged = db.admin().blocks().stream()
                    .filter(block -> block.compactionLevel() == 3)
                    .findFirst()
                    .orElseThrow();
            BlockMeta meta = BlockMeta.read(storage, DIRECTORY.resolve(merged.ulid()));
            assertEquals(
                    List.of(WrittenBlocks.ulid(1), WrittenBlocks.ulid(2), WrittenBlocks.ulid(3), WrittenBlocks.ulid(9)),
                    meta.compaction().sources());
            assertEquals(List.of(BlockMeta.HINT_OUT_OF_ORDER), meta.compaction().hints());
        }
    }

    @Test
    void aQueryThatBeganBeforeReadsOn() throws Exception {
        CrashingStorage storage = threeLateBlocksOfARange(1);
        try (Tsdb db = open(storage)) {
            try (Querier querier = db.querier(TimeRange.all())) {
                db.admin().cutBlocks();
                assertEquals(2, db.admin().blocks().size());
                assertEquals(written.expected, Dump.of(querier));
                assertEquals(5, WrittenBlocks.folders(storage), "the merged ones are still read");
            }
            assertEquals(2, WrittenBlocks.folders(storage));
        }
    }

    @Test
    void deletedSamplesStayDeletedAndABlockOfThemGoes() throws Exception {
        CrashingStorage storage = threeLateBlocksOfARange(1);
        for (int number = 1; number <= 3; number++) {
            Path directory = DIRECTORY.resolve(WrittenBlocks.ulid(number).toString());
            Block block = Block.open(storage, directory);
            Tombstones.Builder stones = new Tombstones.Builder();
            PostingCursor series = block.index().all().cursor();
            while (series.next()) {
                stones.add(Integer.toUnsignedLong(series.id()), Long.MIN_VALUE, Long.MAX_VALUE);
            }
            block.release();
            storage.delete(directory.resolve(Tombstones.FILE_NAME));
            stones.build().create(storage, directory);
        }
        try (Tsdb db = open(storage)) {
            Map<Labels, TreeMap<Long, Long>> before = Dump.of(db);
            db.admin().cutBlocks();
            assertEquals(List.of(START), starts(db));
            assertEquals(before, Dump.of(db));
        }
    }

    @Test
    void aDamagedBlockKeepsNoOtherFromBeingMergedAndIsTriedOnce() throws Exception {
        CrashingStorage storage = threeLateBlocksOfARange(1);
        written.write(storage, 6, 2, true);
        written.write(storage, 7, 2, true);
        Path chunks = DIRECTORY.resolve(WrittenBlocks.ulid(2).toString()).resolve("chunks/000001");
        byte[] bytes = storage.readAll(chunks);
        bytes[bytes.length / 2] ^= 1;
        storage.delete(chunks);
        try (AppendFile file = storage.create(chunks)) {
            file.write(bytes, 0, bytes.length);
        }
        try (Tsdb db = open(storage)) {
            CorruptionException damage = assertThrows(CorruptionException.class, db.admin()::cutBlocks);
            assertTrue(damage.getMessage().contains(WrittenBlocks.ulid(2).toString()), damage::getMessage);
            assertEquals(List.of(START + 2 * WrittenBlocks.RANGE + " of 2"), events);
            db.admin().cutBlocks();
            assertEquals(5, db.admin().blocks().size());
        }
    }

    @Test
    void afterAPowerCutAtAnyCallEverySampleIsThereOnce() throws Exception {
        int cuts = 0;
        for (long call = 1; ; call++) {
            CrashingStorage storage = threeLateBlocksOfARange(call);
            Tsdb db = open(storage);
            storage.faults().failFrom(StorageFault.DEATH, StorageOperation.changing(), path -> true, call);
            boolean ended;
            try {
                db.admin().cutBlocks();
                ended = storage.faults().injected() == 0;
            } catch (IOException e) {
                ended = false;
            }
            assertEquals(written.expected, Dump.of(db), "before power cut at call " + call);
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
    }

    @Test
    void afterAnErrorAtAnyCallTheNextRunMerges() throws Exception {
        int errors = 0;
        for (StorageFault fault : List.of(StorageFault.IO_ERROR, StorageFault.NO_SPACE)) {
            for (long call = 1; ; call++) {
                CrashingStorage storage = threeLateBlocksOfARange(call);
                String where = fault + " at call " + call;
                boolean injected;
                try (Tsdb db = open(storage)) {
                    storage.faults().failOnce(fault, StorageOperation.changing(), path -> true, call);
                    try {
                        db.admin().cutBlocks();
                    } catch (IOException e) {
                        assertTrue(storage.faults().injected() > 0, where);
                    }
                    injected = storage.faults().injected() > 0;
                    storage.faults().clear();
                    assertEquals(written.expected, Dump.of(db), where);
                    db.admin().cutBlocks();
                    assertEquals(2, db.admin().blocks().size(), where);
                    assertEquals(written.expected, Dump.of(db), where);
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
        try (Tsdb db = open(storage)) {
            assertEquals(written.expected, Dump.of(db), where);
            db.admin().cutBlocks();
            assertEquals(2, db.admin().blocks().size(), where);
            assertEquals(written.expected, Dump.of(db), where);
        }
    }
}

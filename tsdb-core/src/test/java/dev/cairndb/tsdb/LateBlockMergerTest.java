package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestStores.DIRECTORY;
import static dev.cairndb.tsdb.TestStores.HOUR;
import static dev.cairndb.tsdb.TestStores.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
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
import dev.cairndb.tsdb.internal.block.BlockContents;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.Tombstones;
import dev.cairndb.tsdb.internal.block.Ulid;
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
    private static final long RANGE = 2 * HOUR;

    private final TsdbRuntime runtime = TsdbRuntime.create();
    private final ManualClock clock = new ManualClock(START + 24 * HOUR);
    private final List<String> events = new ArrayList<>();
    private final Map<Labels, TreeMap<Long, Long>> expected = new TreeMap<>();

    @AfterEach
    void closeRuntime() {
        runtime.close();
    }

    private static Ulid ulid(int number) {
        return Ulid.parse("0%025d".formatted(number));
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

    /** Samples of some series in the n-th range; those of different blocks may be at the same times. */
    private void write(CrashingStorage storage, int number, int range, boolean late) throws IOException {
        long from = START + range * RANGE;
        BlockContents contents = new BlockContents();
        for (int series = number % 3; series < 6; series++) {
            TreeMap<Long, Long> samples = new TreeMap<>();
            for (long t = from + number * 60_000L; t < from + RANGE && samples.size() < 150; t += 20_000) {
                samples.put(t, Double.doubleToRawLongBits(t + series));
            }
            Labels labels = Labels.of("__name__", "m", "i", String.valueOf(series));
            contents.series.put(labels, samples);
            expected.computeIfAbsent(labels, absent -> new TreeMap<>()).putAll(samples);
        }
        BlockMeta.Compaction compaction = new BlockMeta.Compaction(
                1,
                List.of(ulid(number)),
                false,
                List.of(),
                false,
                late ? List.of(BlockMeta.HINT_OUT_OF_ORDER) : List.of());
        assertNotNull(contents.write(storage, DIRECTORY, ulid(number), from, from + RANGE, compaction));
    }

    private CrashingStorage threeLateBlocksOfARange(long seed) throws IOException {
        expected.clear();
        CrashingStorage storage = TestStores.storage(seed);
        write(storage, 1, 0, true);
        write(storage, 2, 0, true);
        write(storage, 3, 0, true);
        write(storage, 4, 0, false);
        return storage;
    }

    private static List<Long> starts(Tsdb db) {
        return db.admin().blocks().stream().map(BlockInfo::minTimestampMillis).toList();
    }

    @Test
    void lateBlocksOfARangeBecomeOne() throws Exception {
        CrashingStorage storage = threeLateBlocksOfARange(1);
        write(storage, 5, 1, true);
        write(storage, 6, 2, true);
        write(storage, 7, 2, true);
        write(storage, 8, 2, false);
        try (Tsdb db = open(storage)) {
            assertEquals(8, db.admin().blocks().size());
            assertEquals(expected, Dump.of(db));
            db.admin().cutBlocks();
            assertEquals(expected, Dump.of(db));
            assertEquals(List.of(START, START, START + RANGE, START + 2 * RANGE, START + 2 * RANGE), starts(db));
            assertEquals(List.of(START + " of 3", START + 2 * RANGE + " of 2"), events);
            events.clear();
            db.admin().runMaintenance();
            assertEquals(List.of(), events);
        }
        try (Tsdb db = open(storage)) {
            assertEquals(5, db.admin().blocks().size());
            assertEquals(expected, Dump.of(db));
        }
        write(storage, 9, 0, true);
        try (Tsdb db = open(storage)) {
            db.admin().cutBlocks();
            assertEquals(List.of(START + " of 2"), events);
            assertEquals(5, db.admin().blocks().size());
            assertEquals(expected, Dump.of(db));
            BlockInfo merged = db.admin().blocks().stream()
                    .filter(block -> block.compactionLevel() == 3)
                    .findFirst()
                    .orElseThrow();
            BlockMeta meta = BlockMeta.read(storage, DIRECTORY.resolve(merged.ulid()));
            assertEquals(
                    List.of(ulid(1), ulid(2), ulid(3), ulid(9)),
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
                assertEquals(expected, Dump.of(querier));
                assertEquals(5, blockFolders(storage), "the merged ones are still read");
            }
            assertEquals(2, blockFolders(storage));
        }
    }

    private static long blockFolders(CrashingStorage storage) throws IOException {
        return storage.list(DIRECTORY).stream()
                .filter(name -> Ulid.tryParse(name.substring(0, Math.min(name.length(), Ulid.TEXT_LENGTH))) != null)
                .count();
    }

    @Test
    void deletedSamplesStayDeletedAndABlockOfThemGoes() throws Exception {
        CrashingStorage storage = threeLateBlocksOfARange(1);
        for (int number = 1; number <= 3; number++) {
            Path directory = DIRECTORY.resolve(ulid(number).toString());
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
        write(storage, 6, 2, true);
        write(storage, 7, 2, true);
        Path chunks = DIRECTORY.resolve(ulid(2).toString()).resolve("chunks/000001");
        byte[] bytes = storage.readAll(chunks);
        bytes[bytes.length / 2] ^= 1;
        storage.delete(chunks);
        try (AppendFile file = storage.create(chunks)) {
            file.write(bytes, 0, bytes.length);
        }
        try (Tsdb db = open(storage)) {
            CorruptionException damage = assertThrows(CorruptionException.class, db.admin()::cutBlocks);
            assertTrue(damage.getMessage().contains(ulid(2).toString()), damage::getMessage);
            assertEquals(List.of(START + 2 * RANGE + " of 2"), events);
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
                    assertEquals(expected, Dump.of(db), where);
                    db.admin().cutBlocks();
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
        try (Tsdb db = open(storage)) {
            assertEquals(expected, Dump.of(db), where);
            db.admin().cutBlocks();
            assertEquals(2, db.admin().blocks().size(), where);
            assertEquals(expected, Dump.of(db), where);
        }
    }
}

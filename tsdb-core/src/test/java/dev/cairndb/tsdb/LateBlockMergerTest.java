package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestStores.DIRECTORY;
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
import dev.cairndb.tsdb.internal.block.Block;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.Tombstones;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** However often late samples come into a range, there is one late block for it, and every sample is seen once. */
class LateBlockMergerTest {
    @RegisterExtension
    final MergeFixture fixture = new MergeFixture(START, 24, MINUTE);

    private final List<String> events = new ArrayList<>();
    private final WrittenBlocks written = fixture.written;

    private Tsdb open(CrashingStorage storage) throws IOException {
        return fixture.builder(storage)
                .listener(new TsdbListener() {
                    @Override
                    public void blocksMerged(BlockInfo merged, List<BlockInfo> replaced) {
                        events.add(merged.minTimestampMillis() + " of " + replaced.size());
                    }
                })
                .open();
    }

    private CrashingStorage threeLateBlocksOfARange() throws IOException {
        written.expected.clear();
        CrashingStorage storage = TestStores.storage(1);
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
        CrashingStorage storage = threeLateBlocksOfARange();
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
        CrashingStorage storage = threeLateBlocksOfARange();
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
        CrashingStorage storage = threeLateBlocksOfARange();
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
        CrashingStorage storage = threeLateBlocksOfARange();
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
        int cuts = faults().cutPowerAtEachCall();
        assertTrue(cuts > 20, "only " + cuts + " cuts");
    }

    @Test
    void afterAnErrorAtAnyCallTheNextRunMerges() throws Exception {
        int errors = faults().failEachCall();
        assertTrue(errors > 40, "only " + errors + " errors");
    }

    private MergeFaults faults() throws IOException {
        return new MergeFaults(fixture, threeLateBlocksOfARange(), TsdbAdmin::cutBlocks, block -> true);
    }
}

package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.MergeFixture.FROM;
import static dev.cairndb.tsdb.TestStores.DIRECTORY;
import static dev.cairndb.tsdb.TestStores.HOUR;
import static dev.cairndb.tsdb.TestStores.MINUTE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.index.Matcher;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.Ulid;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Blocks become longer ones with time; every sample is seen once. */
class CompactionTest {
    @RegisterExtension
    final MergeFixture fixture = MergeFixture.ofAllRanges();

    private final WrittenBlocks written = fixture.written;

    @Test
    void blocksBecomeLongerOnesByAndBy() throws IOException {
        CrashingStorage storage = written.ranges(1, 11);
        try (Tsdb db = fixture.builder(storage).open()) {
            assertEquals(4, db.admin().compactBlocks());
            assertEquals(List.of("0+9 level 3", "9+1 level 1", "10+1 level 1"), written.shapes(db));
            assertEquals(written.expected, Dump.of(db));
            assertEquals(0, db.admin().compactBlocks());
            assertEquals(4, db.stats().blockMerges());
        }
        CrashingStorage after = storage.crash(1);
        BlockMeta meta;
        try (Tsdb db = fixture.builder(after).open()) {
            assertEquals(List.of("0+9 level 3", "9+1 level 1", "10+1 level 1"), written.shapes(db));
            assertEquals(written.expected, Dump.of(db));
            meta = BlockMeta.read(
                    after, DIRECTORY.resolve(db.admin().blocks().get(0).ulid()));
        }
        List<Ulid> sources = new ArrayList<>();
        for (int i = 1; i <= 9; i++) {
            sources.add(WrittenBlocks.ulid(i));
        }
        assertEquals(sources, meta.compaction().sources());
        assertEquals(3, meta.compaction().parents().size());
    }

    @Test
    void retentionAndOptionsSayHowLongBlocksBecome() throws IOException {
        TsdbOptions options = TestStores.OPTIONS;
        for (Map.Entry<TsdbOptions, String> entry : Map.of(
                        options.withBlockRangeMax(Duration.ofHours(5)), "11",
                        options.withBlockRangeMax(Duration.ofHours(6)), "5",
                        options.withBlockRangeMax(Duration.ofHours(18)), "3",
                        options.withRetention(Duration.ofHours(60)), "5",
                        options.withRetention(Duration.ofHours(59)), "11")
                .entrySet()) {
            CrashingStorage storage = written.ranges(1, 11);
            try (Tsdb db = fixture.builder(storage).options(entry.getKey()).open()) {
                db.admin().runMaintenance();
                assertEquals(
                        entry.getValue(),
                        String.valueOf(db.admin().blocks().size()),
                        () -> entry.getKey().toString());
                assertEquals(written.expected, Dump.of(db));
            }
        }
    }

    @Test
    void lateBlocksAreMergedWithTheirNeighboursOnceNothingComesThereAnyMore() throws IOException {
        CrashingStorage storage = written.ranges(1, 4);
        written.write(storage, 20, 0, true);
        written.write(storage, 21, 0, true);
        written.write(storage, 22, 2, true);
        Labels series = Labels.of("__name__", "other");
        try (Tsdb db = fixture.builder(storage)
                .options(TestStores.OPTIONS.withOutOfOrderWindow(Duration.ofHours(6)))
                .open()) {
            // The window begins in the second range.
            put(db, series, FROM + 9 * HOUR);
            db.admin().runMaintenance();
            assertEquals(List.of("0+3 level 4", "2+1 level 1 late", "3+1 level 1"), written.shapes(db));
            assertEquals(written.expected, Dump.of(db));
            put(db, series, FROM + 11 * HOUR + 59 * MINUTE);
            fixture.clock.advance(Duration.ofHours(1));
            db.admin().runMaintenance();
            assertTrue(
                    written.shapes(db).contains("2+1 level 1 late"),
                    () -> written.shapes(db).toString());
            put(db, series, FROM + 12 * HOUR);
            fixture.clock.advance(Duration.ofHours(1));
            db.admin().runMaintenance();
            assertEquals("0+3 level 5", written.shapes(db).get(0));
            assertTrue(db.admin().blocks().stream().noneMatch(BlockInfo::late));
            assertEquals(written.expected, Dump.of(db));
        }
        try (Tsdb db = fixture.builder(storage.crash(1)).open()) {
            assertEquals(written.expected, Dump.of(db));
        }
    }

    private void put(Tsdb db, Labels labels, long t) throws IOException {
        assertEquals(1, TestStores.append(db, labels, t, t).samplesAppended());
        written.expected.computeIfAbsent(labels, absent -> new TreeMap<>()).put(t, Double.doubleToRawLongBits(t));
    }

    @Test
    void aLateBlockAheadOfWhatWasCutNeverHidesTheHead() throws IOException {
        CrashingStorage storage = written.ranges(1, 2);
        written.write(storage, 20, 2, true);
        written.write(storage, 21, 4, true);
        Labels series = Labels.of("__name__", "head");
        try (Tsdb db = fixture.builder(storage)
                .options(TestStores.OPTIONS.withOutOfOrderWindow(Duration.ofHours(1)))
                .open()) {
            put(db, series, FROM + 4 * HOUR + MINUTE);
            put(db, series, FROM + 20 * HOUR);
            // Without a cut: what is in the head lies beside the late blocks.
            db.admin().compactBlocks();
            assertEquals(written.expected, Dump.of(db));
        }
        try (Tsdb db = fixture.builder(storage).open()) {
            assertEquals(written.expected, Dump.of(db));
        }
    }

    @Test
    void whatWasDeletedIsLeftOutAndABlockOfNothingElseGoes() throws IOException {
        CrashingStorage storage = written.ranges(1, 4);
        try (Tsdb db = fixture.builder(storage).open()) {
            db.admin()
                    .delete(
                            TimeRange.ofMillis(FROM, FROM + WrittenBlocks.RANGE + 20 * MINUTE),
                            Matcher.equal("__name__", "m"));
            written.expected
                    .values()
                    .forEach(samples -> samples.headMap(FROM + WrittenBlocks.RANGE + 20 * MINUTE, true)
                            .clear());
            assertEquals(written.expected, Dump.of(db));
            db.admin().runMaintenance();
            assertEquals(written.expected, Dump.of(db));
            assertEquals(List.of("0+3 level 2", "3+1 level 1"), written.shapes(db));
            long inBlock = written.expected.values().stream()
                    .mapToLong(samples ->
                            samples.headMap(FROM + 3 * WrittenBlocks.RANGE).size())
                    .sum();
            assertEquals(inBlock, db.admin().blocks().get(0).sampleCount());
            db.admin().delete(TimeRange.ofMillis(FROM, FROM + 3 * WrittenBlocks.RANGE), Matcher.equal("__name__", "m"));
            db.admin().runMaintenance();
            assertEquals(List.of("3+1 level 1"), written.shapes(db));
        }
    }

    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void newestBlocksOfWhichAllIsDeletedAreTriedOnceEach() throws IOException {
        CrashingStorage storage = written.ranges(1, 1);
        // Both end the head: the plan takes them together, and then the older alone.
        written.write(storage, 2, 0, false);
        try (Tsdb db = fixture.builder(storage).open()) {
            db.admin().delete(TimeRange.all(), Dump.EVERYTHING);
            assertEquals(0, db.admin().compactBlocks());
            assertEquals(2, db.admin().blocks().size());
            assertEquals(Map.of(), Dump.of(db));
        }
    }

    @Test
    void aQueryThatBeganBeforeReadsOn() throws IOException {
        CrashingStorage storage = written.ranges(1, 11);
        try (Tsdb db = fixture.builder(storage).open()) {
            try (Querier querier = db.querier(TimeRange.all());
                    SeriesCursor series = querier.select(Dump.EVERYTHING)) {
                assertTrue(series.next());
                assertTrue(db.admin().compactBlocks() > 0);
                assertEquals(written.expected, Dump.of(querier));
                assertEquals(written.expected, Dump.of(db));
                assertEquals(12, WrittenBlocks.folders(storage), "the merged ones are still read");
            }
            assertEquals(3, WrittenBlocks.folders(storage));
        }
    }
}

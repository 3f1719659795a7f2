package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestStores.DIRECTORY;
import static dev.cairndb.tsdb.TestStores.HOUR;
import static dev.cairndb.tsdb.TestStores.MINUTE;
import static dev.cairndb.tsdb.TestStores.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.ManualClock;
import dev.cairndb.testkit.StorageFault;
import dev.cairndb.testkit.StorageFaults;
import dev.cairndb.testkit.StorageOperation;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.Ulid;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Late samples become blocks of their own, by their own clock; head and late log are rid of them then. */
class LateBlocksTest {
    private static final long NEWEST = START + 12 * HOUR + 30 * MINUTE;

    private final TsdbRuntime runtime = TsdbRuntime.create();
    private final ManualClock clock = new ManualClock(NEWEST);
    private Ledger ledger = new Ledger();
    private final List<Labels> series = new ArrayList<>();
    private CrashingStorage storage;

    LateBlocksTest() throws IOException {
        storage = TestStores.storage(1);
        for (int i = 0; i < 3; i++) {
            series.add(Labels.of("__name__", "m" + i));
        }
    }

    @AfterEach
    void close() {
        runtime.close();
    }

    private Tsdb open() throws IOException {
        return TestStores.builder(storage, clock, runtime).open();
    }

    /** In order, then late in three ranges. */
    private void fill(Tsdb db) throws IOException {
        append(db, NEWEST - 40 * MINUTE, NEWEST);
        append(db, START + 3 * HOUR, START + 7 * HOUR);
        append(db, START + HOUR, START + 2 * HOUR);
    }

    private void append(Tsdb db, long from, long to) throws IOException {
        for (long t = from; t < to; t += 5 * MINUTE) {
            AppendResult result = ledger.append(db, series, t);
            assertEquals(0, result.rejectedTotal(), result::toString);
        }
    }

    private List<BlockMeta> metas(Tsdb db) throws IOException {
        List<BlockMeta> metas = new ArrayList<>();
        for (BlockInfo block : db.admin().blocks()) {
            metas.add(BlockMeta.read(storage, DIRECTORY.resolve(block.ulid())));
        }
        return metas;
    }

    @Test
    void eachRangeWithLateSamplesBecomesABlockThatSaysSo() throws IOException {
        try (Tsdb db = open()) {
            fill(db);
            long log = db.stats().wblBytes();
            assertTrue(log > 0);
            db.admin().cutBlocks();
            List<BlockMeta> metas = metas(db);
            assertEquals(4, metas.size());
            for (int i = 0; i < metas.size(); i++) {
                BlockMeta meta = metas.get(i);
                assertEquals(START + i * 2 * HOUR, meta.minTimestampMillis());
                assertEquals(START + (i + 1) * 2 * HOUR, meta.maxTimestampMillis());
                assertEquals(1, meta.compaction().level());
                assertEquals(List.of(meta.ulid()), meta.compaction().sources());
                assertEquals(
                        List.of(BlockMeta.HINT_OUT_OF_ORDER), meta.compaction().hints());
                assertEquals(
                        List.of(new BlockMeta.Parent(Ulid.ZERO, 0, 0)),
                        meta.compaction().parents());
            }
            assertEquals(0, db.stats().wblBytes(), "the late log is not needed any more");
            ledger.check(db, "after the cut");
            // Late samples in the same ranges come after the cut.
            append(db, START + 3 * HOUR + MINUTE, START + 4 * HOUR);
            ledger.check(db, "late once more");
            db.admin().cutBlocks();
            assertEquals(4, db.admin().blocks().size(), "late blocks of a range are merged");
            assertEquals(1, db.stats().blockMerges());
            assertTrue(db.admin().blocks().stream().allMatch(BlockInfo::late));
            ledger.check(db, "after the second cut");
        }
        try (Tsdb db = open()) {
            ledger.check(db, "opened again");
            db.admin().cutBlocks();
            assertEquals(4, db.admin().blocks().size(), "what was cut came back");
        }
    }

    @Test
    void theyAreCutAfterABlockRangeWhateverBecomesOfTheSamplesInOrder() throws IOException {
        try (Tsdb db = open()) {
            fill(db);
            db.admin().runMaintenance();
            clock.advance(Duration.ofMinutes(119));
            db.admin().runMaintenance();
            assertEquals(0, db.admin().blocks().size());
            clock.advance(Duration.ofMinutes(1));
            db.admin().runMaintenance();
            assertEquals(4, db.admin().blocks().size());
            clock.advance(Duration.ofHours(3));
            db.admin().runMaintenance();
            assertEquals(4, db.admin().blocks().size());
            ledger.check(db, "after the cut");
        }
    }

    @Test
    void aLargeLogIsNotWaitedFor() throws IOException {
        try (Tsdb db = open()) {
            append(db, NEWEST - MINUTE, NEWEST);
            db.admin().runMaintenance();
            List<Labels> many = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                many.add(Labels.of("__name__", "many", "number", "" + i));
            }
            for (long t = START; db.stats().wblBytes() <= 8 << 15; t += MINUTE) {
                assertEquals(0, ledger.append(db, many, t).rejectedTotal());
            }
            db.admin().runMaintenance();
            assertNotEquals(0, db.admin().blocks().size());
            assertEquals(0, db.stats().wblBytes());
            ledger.check(db, "after the cut");
        }
    }

    @Test
    void aQuerierKeepsReadingWhatWasCutBesideIt() throws IOException {
        try (Tsdb db = open()) {
            fill(db);
            try (Querier before = db.querier(TimeRange.all())) {
                db.admin().cutBlocks();
                append(db, START + 5 * HOUR + MINUTE, START + 6 * HOUR);
                db.admin().runMaintenance();
                assertNotEquals(0, db.stats().wblBytes(), "dropped under a reader");
                assertTrue(Dump.of(before).get(series.get(0)).containsKey(START + HOUR));
                ledger.check(db, "beside a reader");
            }
            db.admin().runMaintenance();
            ledger.check(db, "after the reader");
        }
        try (Tsdb db = open()) {
            ledger.check(db, "opened again");
        }
    }

    @Test
    void nothingIsInChunksHeadAloneAfterACut() throws IOException {
        try (Tsdb db = open()) {
            fill(db);
            try (Querier before = db.querier(TimeRange.all())) {
                db.admin().cutBlocks();
                // Late chunks come into chunks_head before what was cut goes out of the late log.
                for (int minute = 1; minute <= 4; minute++) {
                    append(db, START + 3 * HOUR + minute * MINUTE, START + 6 * HOUR);
                }
                db.admin().runMaintenance();
                assertTrue(Dump.of(before).get(series.get(0)).containsKey(START + HOUR));
            }
            db.admin().runMaintenance();
        }
        removeFilesOfChunksHead();
        try (Tsdb db = open()) {
            ledger.check(db, "without chunks_head");
        }
    }

    @Test
    void nothingIsInChunksHeadAloneAfterTheLateLogWasWrittenAnew() throws IOException {
        for (int life = 0; life < 2; life++) {
            try (Tsdb db = open()) {
                append(db, NEWEST + life * MINUTE, NEWEST + (life + 1) * MINUTE);
                append(db, START + life * MINUTE, START + 12 * HOUR);
                db.admin().runMaintenance();
            }
        }
        Path newest = filesOfChunksHead().get(1);
        storage.delete(newest);
        try (Tsdb db = open()) {
            // There are markers of lost chunks.
            db.admin().runMaintenance();
            ledger.check(db, "without " + newest);
        }
        removeFilesOfChunksHead();
        try (Tsdb db = open()) {
            ledger.check(db, "without chunks_head");
        }
    }

    private List<Path> filesOfChunksHead() throws IOException {
        Path chunksHead = DIRECTORY.resolve("chunks_head");
        List<Path> files = new ArrayList<>();
        for (String name : storage.list(chunksHead)) {
            files.add(chunksHead.resolve(name));
        }
        return files;
    }

    private void removeFilesOfChunksHead() throws IOException {
        List<Path> files = filesOfChunksHead();
        assertNotEquals(List.of(), files);
        for (Path file : files) {
            storage.delete(file);
        }
    }

    @Test
    void seriesWithLateSamplesAloneLiveUntilTheyAreCut() throws IOException {
        Labels alone = Labels.of("__name__", "alone");
        try (Tsdb db = open()) {
            append(db, NEWEST - MINUTE, NEWEST);
            ledger.append(db, List.of(alone), START + HOUR);
            clock.advance(Duration.ofHours(4));
            append(db, NEWEST + HOUR, NEWEST + 4 * HOUR);
            db.admin().runMaintenance();
            ledger.check(db, "after cuts of samples in order");
        }
        storage = storage.crash(1);
        try (Tsdb db = open()) {
            ledger.check(db, "after a power cut");
            db.admin().cutBlocks();
            ledger.check(db, "after the late cut");
        }
    }

    @Test
    void aPowerCutAtAnyCallLosesNothing() throws IOException {
        int cuts = failAtEveryCall("power cut", (faults, call) -> {
            faults.failFrom(StorageFault.DEATH, StorageOperation.changing(), path -> true, call);
            return () -> storage = storage.crash(call);
        });
        System.out.println("LateBlocksTest: " + cuts + " power cuts");
    }

    @Test
    void anErrorOfAnyCallLosesNothing() throws IOException {
        int unused = failAtEveryCall("error", (faults, call) -> {
            faults.failOnce(StorageFault.IO_ERROR, StorageOperation.changing(), path -> true, call);
            return () -> {
                faults.clear();
                assertEquals(List.of(), storage.openFiles());
            };
        });
    }

    /** How a call is made to fail; returns what follows upon the failure. */
    private interface Failing {
        Runnable at(StorageFaults faults, long call);
    }

    private int failAtEveryCall(String what, Failing failing) throws IOException {
        CrashingStorage prepared = prepared();
        Ledger before = ledger;
        int failed = 0;
        for (long call = 1; ; call++) {
            storage = prepared.crashedCopy(call);
            ledger = before.copy();
            Runnable afterwards = failing.at(storage.faults(), call);
            cutAndAppend();
            boolean injected = storage.faults().injected() > 0;
            afterwards.run();
            checkTwice(what + " at call " + call);
            if (!injected) {
                break;
            }
            failed++;
        }
        assertTrue(failed > 60, failed + " failed calls");
        return failed;
    }

    private CrashingStorage prepared() throws IOException {
        try (Tsdb db = open()) {
            fill(db);
            db.admin().runMaintenance();
            append(db, START + 8 * HOUR, START + 9 * HOUR);
        }
        return storage;
    }

    /** What fails is passed over: it is not acknowledged. */
    private void cutAndAppend() {
        long t = START + 3 * HOUR + MINUTE;
        try (Tsdb db = open()) {
            attempt(() -> ledger.append(db, series, t));
            attempt(db.admin()::cutBlocks);
            attempt(() -> ledger.append(db, series, t + MINUTE));
            attempt(db.admin()::cutBlocks);
            attempt(() -> ledger.append(db, series, t + 2 * MINUTE));
        } catch (IOException e) {
            // not opened, or not closed in good order
        }
    }

    private interface Step {
        void run() throws IOException;
    }

    private static void attempt(Step step) {
        try {
            step.run();
        } catch (IOException e) {
            // as said
        }
    }

    private void checkTwice(String where) throws IOException {
        int blocks = 0;
        for (int opening = 1; opening <= 2; opening++) {
            try (Tsdb db = open()) {
                ledger.checkWhileWriting(db, where + ", opening " + opening);
                db.admin().cutBlocks();
                ledger.checkWhileWriting(db, where + ", cut " + opening);
                int before = blocks;
                blocks = db.admin().blocks().size();
                assertTrue(opening == 1 || blocks == before, where + ": what was cut came back");
            }
        }
    }
}

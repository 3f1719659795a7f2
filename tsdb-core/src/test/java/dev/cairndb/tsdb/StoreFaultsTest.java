package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestStores.DIRECTORY;
import static dev.cairndb.tsdb.TestStores.HOUR;
import static dev.cairndb.tsdb.TestStores.MINUTE;
import static dev.cairndb.tsdb.TestStores.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.io.StoreFailedException;
import dev.cairndb.io.StoreUnavailableException;
import dev.cairndb.objstore.InMemoryObjectStore;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.ManualClock;
import dev.cairndb.testkit.StorageFault;
import dev.cairndb.testkit.StorageOperation;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A store's life with a power cut, or a failure, at every single call to its storage: nothing acknowledged is lost, and
 * nothing is there twice. {@code -Dcairn.everyCall=true} also lets those calls fail that the normal build steps over.
 */
@Timeout(120)
class StoreFaultsTest {
    private static final Predicate<Path> ANYWHERE = path -> true;
    private static final Set<StorageOperation> ALL = EnumSet.allOf(StorageOperation.class);

    private static final int STRIDE = Boolean.getBoolean("cairn.everyCall") ? 1 : 5;

    private final TsdbRuntime runtime = TsdbRuntime.create();
    private final InMemoryObjectStore bucket = new InMemoryObjectStore();

    @AfterEach
    void closeRuntime() {
        runtime.close();
        assertEquals(0, runtime.threadCount());
    }

    /** One store and what it was sent; the story is the same each time. */
    private final class Story {
        final Ledger ledger = new Ledger();
        final ManualClock clock = new ManualClock(START);
        final List<Labels> series = new ArrayList<>();
        final TsdbOptions options;
        CrashingStorage storage;
        long t = START;

        Story() throws IOException {
            this(TestStores.OPTIONS);
        }

        Story(TsdbOptions options) throws IOException {
            this.options = options;
            storage = TestStores.storage(1);
            for (int i = 0; i < 4; i++) {
                series.add(Labels.of("__name__", "m" + i));
            }
        }

        Tsdb open() throws IOException {
            return TestStores.builder(storage, clock, runtime)
                    .options(options)
                    .objectStore(bucket)
                    .externalLabels(Labels.of("replica", "a"))
                    .open();
        }

        /** Two cuts, so that the next ones have a log to truncate; then a store at rest. */
        void prepare() throws IOException {
            try (Tsdb db = open()) {
                append(db, 4 * HOUR, 10 * MINUTE);
                db.admin().runMaintenance();
                series.set(3, Labels.of("__name__", "late"));
                append(db, 2 * HOUR, 10 * MINUTE);
                db.admin().runMaintenance();
                append(db, HOUR, 10 * MINUTE);
                assertTrue(db.admin().blocks().size() >= 2);
            }
            storage = storage.crashedCopy(1);
        }

        /** With cuts, truncation, a checkpoint, shipping. What fails is passed over. */
        void live(Tsdb db) {
            append(db, HOUR, 10 * MINUTE);
            attempt(db.admin()::runMaintenance);
            series.set(2, Labels.of("__name__", "new"));
            append(db, 2 * HOUR, 20 * MINUTE);
            attempt(db.admin()::runMaintenance);
            append(db, 20 * MINUTE, 10 * MINUTE);
        }

        boolean hasCheckpoint() throws IOException {
            return storage.list(DIRECTORY.resolve("wal")).stream().anyMatch(name -> name.startsWith("checkpoint."));
        }

        void append(Tsdb db, long spanMillis, long stepMillis) {
            for (long end = t + spanMillis; t < end; t += stepMillis) {
                clock.advance(Duration.ofMillis(stepMillis));
                attempt(() -> ledger.append(db, series, t));
            }
        }

        /** On a copy. */
        void checkAfterPowerCut(long seed, String where) throws IOException {
            CrashingStorage present = storage;
            storage = present.crashedCopy(seed);
            try (Tsdb db = open()) {
                ledger.check(db, where + " and a power cut");
            } finally {
                storage = present;
            }
        }

        void check(String where) throws IOException {
            try (Tsdb db = open()) {
                ledger.check(db, where);
                long acknowledged = ledger.acknowledgedCount();
                clock.advance(Duration.ofMinutes(1));
                ledger.append(db, series, t);
                assertEquals(acknowledged + series.size(), ledger.acknowledgedCount(), where);
                // Long enough for the next cut, and the next checkpoint over what a crash left of the one before.
                t += HOUR;
                for (int cut = 0; cut < 2; cut++) {
                    append(db, 3 * HOUR, HOUR);
                    db.admin().runMaintenance();
                }
                ledger.check(db, where + ", after the next maintenance");
            }
            assertEquals(List.of(), storage.openFiles(), where);
        }
    }

    private interface Step {
        void run() throws IOException;
    }

    private static void attempt(Step step) {
        try {
            step.run();
        } catch (IOException e) {
            // What the store refuses is not acknowledged.
        }
    }

    private static void closeQuietly(Tsdb db) {
        attempt(db::close);
    }

    @Test
    void aPowerCutAtAnyCallLosesNothing() throws IOException {
        int cuts = 0;
        for (long call = 1; ; call++) {
            Story story = new Story();
            story.prepare();
            story.storage.faults().failFrom(StorageFault.DEATH, StorageOperation.changing(), ANYWHERE, call);
            boolean injected = liveAndClose(story);
            assertTrue(injected || story.hasCheckpoint(), "a checkpoint is part of the story");
            story.storage = story.storage.crash(call);
            story.check("power cut at call " + call);
            if (!injected) {
                break;
            }
            cuts++;
        }
        assertTrue(cuts > 100, cuts + " cuts");
        System.out.println("StoreFaultsTest: " + cuts + " power cuts");
    }

    /** Who appends writes the log, and the call that the kill comes in is often one of those. */
    @Test
    void aKillAtAnyCallLosesNothingThatWasAcknowledgedBeforeItsSync() throws IOException {
        int kills = 0;
        for (Durability durability : List.of(Durability.OS, Durability.INTERVAL)) {
            for (long call = 1; ; call += STRIDE) {
                Story story = new Story(TestStores.LARGE_SEGMENTS.withDurability(durability));
                story.prepare();
                story.storage.faults().failFrom(StorageFault.DEATH, StorageOperation.changing(), ANYWHERE, call);
                boolean injected = liveAndClose(story);
                story.storage = story.storage.kill();
                story.check(durability + ", kill at call " + call);
                if (!injected) {
                    break;
                }
                kills++;
            }
        }
        assertTrue(kills > 150 / STRIDE, kills + " kills");
        System.out.println("StoreFaultsTest: " + kills + " kills");
    }

    /** What the store took stays in its log, also when it was the thread of an append that could not write it. */
    @Test
    void anErrorOfAnyCallLosesNothingThatWasAcknowledgedBeforeItsSync() throws IOException {
        int errors = 0;
        for (Durability durability : List.of(Durability.OS, Durability.INTERVAL)) {
            for (long call = 1; ; call += STRIDE) {
                String where = durability + ", error of call " + call;
                Story story = new Story(TestStores.LARGE_SEGMENTS.withDurability(durability));
                story.prepare();
                story.storage.faults().failOnce(StorageFault.IO_ERROR, StorageOperation.changing(), ANYWHERE, call);
                boolean injected = liveAndClose(story);
                story.storage.faults().clear();
                assertEquals(List.of(), story.storage.openFiles(), where);
                story.storage = story.storage.kill();
                story.check(where);
                if (!injected) {
                    break;
                }
                errors++;
            }
        }
        assertTrue(errors > 150 / STRIDE, errors + " errors");
        System.out.println("StoreFaultsTest: " + errors + " failing calls without sync");
    }

    private static boolean liveAndClose(Story story) {
        try {
            Tsdb db = story.open();
            story.live(db);
            closeQuietly(db);
        } catch (IOException e) {
            // Died while opening.
        }
        return story.storage.faults().injected() > 0;
    }

    @Test
    void anErrorOfAnyCallLosesNothingAndLeavesNothingOpen() throws IOException {
        int errors = 0;
        for (StorageFault fault : List.of(StorageFault.IO_ERROR, StorageFault.NO_SPACE)) {
            Set<StorageOperation> operations = fault == StorageFault.IO_ERROR ? ALL : StorageOperation.changing();
            for (long call = 1; ; call += STRIDE) {
                String where = fault + " at call " + call;
                Story story = new Story();
                story.prepare();
                story.storage.faults().failOnce(fault, operations, ANYWHERE, call);
                boolean injected = liveAndClose(story);
                story.storage.faults().clear();
                assertEquals(List.of(), story.storage.openFiles(), where);
                story.checkAfterPowerCut(call, where);
                story.check(where);
                if (!injected) {
                    break;
                }
                errors++;
            }
        }
        assertTrue(errors > 200 / STRIDE, errors + " errors");
        System.out.println("StoreFaultsTest: " + errors + " failing calls");
    }

    @Test
    void segmentsThatCouldNotBeDeletedGoWithTheNextCheckpoint() throws IOException {
        for (int failing = 1; failing <= 4; failing++) {
            Story story = new Story();
            story.prepare();
            try (Tsdb db = story.open()) {
                for (int cut = 0; cut < 6; cut++) {
                    story.append(db, 2 * HOUR, 20 * MINUTE);
                    story.storage
                            .faults()
                            .failOnce(
                                    StorageFault.IO_ERROR,
                                    EnumSet.of(StorageOperation.DELETE),
                                    path -> path.getParent().endsWith("wal"),
                                    failing);
                    attempt(db.admin()::runMaintenance);
                    story.storage.faults().clear();
                }
                assertTrue(story.storage.faults().injected() > 0, "nothing failed");
                db.admin().runMaintenance();
                story.append(db, 4 * HOUR, 20 * MINUTE);
                db.admin().runMaintenance();
                assertTrue(story.storage.list(DIRECTORY.resolve("wal")).size() < 10);
            }
            story.check("delete " + failing + " failed");
        }
    }

    @Test
    void blocksAreCutAlsoWhenChunksCannotBeMapped() throws IOException {
        Story story = new Story();
        story.prepare();
        try (Tsdb db = story.open()) {
            story.append(db, 4 * HOUR, 10 * MINUTE);
            int blocks = db.admin().blocks().size();
            story.storage
                    .faults()
                    .failFrom(
                            StorageFault.IO_ERROR,
                            StorageOperation.changing(),
                            path -> path.startsWith(DIRECTORY.resolve("chunks_head")),
                            1);
            assertThrows(IOException.class, db.admin()::runMaintenance);
            assertTrue(db.admin().blocks().size() > blocks);
            assertTrue(db.stats().blocksShipped() > 0);
            story.append(db, 2 * HOUR, 10 * MINUTE);
            assertThrows(IOException.class, db.admin()::flushAligned);
            story.ledger.check(db, "nothing is mapped");
            story.storage.faults().clear();
            closeQuietly(db);
        }
        story.check("reopened");
    }

    @Test
    void aFullDiskRefusesWritesUntilThereIsSpace() throws Exception {
        Story story = new Story();
        story.prepare();
        try (Tsdb db = story.open()) {
            story.storage.freeBytes(200);
            for (int i = 0; i < 10; i++) {
                story.append(db, MINUTE, MINUTE);
            }
            story.clock.advance(Duration.ofMinutes(1));
            assertThrows(StoreUnavailableException.class, () -> story.ledger.append(db, story.series, story.t));
            story.ledger.check(db, "reads go on");
            assertThrows(IOException.class, db.admin()::flushAligned);
            story.ledger.check(db, "after a cut without space");
            long acknowledged = story.ledger.acknowledgedCount();

            story.storage.freeBytes(Long.MAX_VALUE);
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            while (story.ledger.acknowledgedCount() == acknowledged && System.nanoTime() < deadline) {
                story.append(db, MINUTE, MINUTE);
                Thread.sleep(20);
            }
            assertTrue(story.ledger.acknowledgedCount() > acknowledged, "the store did not heal");
            db.admin().runMaintenance();
            story.ledger.check(db, "healed");
            CrashingStorage next = story.storage.crash(7);
            closeQuietly(db);
            story.storage = next;
        }
        story.check("after a power cut");
    }

    @Test
    void afterAFailedSyncTheStoreTakesNothingUntilItIsReopened() throws IOException {
        Story story = new Story();
        story.prepare();
        try (Tsdb db = story.open()) {
            story.append(db, 5 * MINUTE, MINUTE);
            story.storage
                    .faults()
                    .failOnce(
                            StorageFault.IO_ERROR,
                            EnumSet.of(StorageOperation.SYNC),
                            path -> path.startsWith(DIRECTORY.resolve("wal")),
                            1);
            story.clock.advance(Duration.ofMinutes(10));
            assertThrows(StoreFailedException.class, () -> story.ledger.append(db, story.series, story.t));
            story.t += MINUTE;
            for (int i = 0; i < 3; i++) {
                assertThrows(StoreFailedException.class, () -> story.ledger.append(db, story.series, story.t));
            }
            story.ledger.check(db, "reads go on");
            closeQuietly(db);
        }
        story.storage = story.storage.crash(3);
        story.check("reopened");
    }
}

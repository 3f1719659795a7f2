package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestStores.DIRECTORY;
import static dev.cairndb.tsdb.TestStores.HOUR;
import static dev.cairndb.tsdb.TestStores.MINUTE;
import static dev.cairndb.tsdb.TestStores.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.index.Matcher;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.ManualClock;
import dev.cairndb.testkit.StorageFault;
import dev.cairndb.testkit.StorageOperation;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A backup has all that was there, is whole or not there, and is a store like any other. */
class BackupTest {
    private static final long NEWEST = START + 9 * HOUR;
    private static final Path TARGET = Path.of("/backup");
    private static final Path STAGED = Path.of("/backup.tmp-for-backup");

    private final TsdbRuntime runtime = TsdbRuntime.create();
    private final ManualClock clock = new ManualClock(NEWEST + HOUR);
    private final List<Labels> series = List.of(Labels.of("__name__", "a"), Labels.of("__name__", "b", "x", "y"));
    private CrashingStorage storage = TestStores.storage(1);

    BackupTest() throws IOException {}

    @AfterEach
    void close() {
        runtime.close();
    }

    private Tsdb open() throws IOException {
        return TestStores.builder(storage, clock, runtime).open();
    }

    private Tsdb openBackup() throws IOException {
        return Tsdb.builder(TARGET)
                .storage(storage)
                .clock(clock)
                .runtime(runtime)
                .options(TestStores.OPTIONS)
                .open();
    }

    /** Blocks, a head, late samples in a block and others that are in none, and something deleted of all of them. */
    private void fill(Tsdb db) throws IOException {
        append(db, START, START + 5 * HOUR);
        append(db, START + 6 * HOUR, NEWEST);
        append(db, START + 5 * HOUR, START + 5 * HOUR + 20 * MINUTE);
        db.admin().cutBlocks();
        db.admin().delete(TimeRange.ofMillis(START + HOUR, NEWEST - 10 * MINUTE), Matcher.equal("__name__", "b"));
        append(db, START + 5 * HOUR + 30 * MINUTE, START + 6 * HOUR);
        append(db, NEWEST, NEWEST + 20 * MINUTE);
    }

    private void append(Tsdb db, long from, long to) throws IOException {
        for (long t = from; t < to; t += MINUTE) {
            for (Labels labels : series) {
                AppendResult unused = TestStores.append(db, labels, t, t);
            }
        }
    }

    @Test
    void ofAStoreThatIsOpenHasItsSamples() throws IOException {
        try (Tsdb db = open()) {
            fill(db);
            Map<Labels, TreeMap<Long, Long>> all = Dump.of(db);
            db.admin().backup(TARGET);
            append(db, NEWEST + 20 * MINUTE, NEWEST + 30 * MINUTE);
            try (Tsdb copy = openBackup()) {
                assertEquals(all, Dump.of(copy));
            }
            assertFalse(storage.exists(STAGED));
        }
    }

    @Test
    void takesWhatComesNext() throws IOException {
        try (Tsdb db = open()) {
            fill(db);
            db.admin().backup(TARGET);
            clock.advance(Duration.ofMillis(8 * HOUR));
            append(db, NEWEST + 20 * MINUTE, NEWEST + 8 * HOUR);
            try (Tsdb copy = openBackup()) {
                append(copy, NEWEST + 20 * MINUTE, NEWEST + 8 * HOUR);
                assertEquals(Dump.of(db), Dump.of(copy));
                copy.admin().cutBlocks();
                assertEquals(Dump.of(db), Dump.of(copy), "cut");
            }
        }
    }

    @Test
    void survivesAPowerCutOnceItIsComplete() throws IOException {
        Map<Labels, TreeMap<Long, Long>> all;
        try (Tsdb db = open()) {
            fill(db);
            all = Dump.of(db);
            db.admin().backup(TARGET);
        }
        storage = storage.crash(2);
        try (Tsdb copy = openBackup()) {
            assertEquals(all, Dump.of(copy));
        }
    }

    @Test
    void isWholeOrNotThereWhateverFails() throws IOException {
        try (Tsdb db = open()) {
            fill(db);
            Map<Labels, TreeMap<Long, Long>> all = Dump.of(db);
            int failures = 0;
            for (int nth = 1; ; nth++) {
                long injected = storage.faults().injected();
                storage.faults()
                        .failOnce(
                                StorageFault.NO_SPACE,
                                StorageOperation.changing(),
                                path -> path.toString().startsWith("/backup"),
                                nth);
                boolean done = true;
                try {
                    db.admin().backup(TARGET);
                } catch (IOException e) {
                    done = false;
                    failures++;
                }
                storage.faults().clear();
                if (storage.exists(TARGET)) {
                    try (Tsdb copy = openBackup()) {
                        assertEquals(all, Dump.of(copy), "call " + nth);
                    }
                    storage.deleteRecursively(TARGET);
                } else {
                    assertFalse(done, "call " + nth);
                }
                if (injected == storage.faults().injected()) {
                    break;
                }
            }
            assertTrue(failures > 20, failures + " failures");
        }
    }

    @Test
    void neverWritesIntoWhatIsThere() throws IOException {
        try (Tsdb db = open()) {
            fill(db);
            storage.createDirectories(TARGET);
            assertThrows(FileAlreadyExistsException.class, () -> db.admin().backup(TARGET));
            assertEquals(List.of(), storage.list(TARGET));
        }
    }

    @Test
    void ofADirectoryThatAnotherStoreHasOpenHasItsSamples() throws IOException {
        try (Tsdb db = open()) {
            fill(db);
            try (ReadOnlyTsdb look = ReadOnlyTsdb.open(storage, DIRECTORY, true, TsdbListener.NONE)) {
                // Blocks are gone that were there at the opening.
                append(db, NEWEST + 20 * MINUTE, NEWEST + 50 * MINUTE);
                assertTrue(db.admin().cleanTombstones() > 0, "blocks were rewritten");
                Map<Labels, TreeMap<Long, Long>> all = Dump.of(db);
                look.backup(TARGET);
                try (Tsdb copy = openBackup()) {
                    assertEquals(all, Dump.of(copy));
                }
            }
        }
    }

    /** Does something while the index of a block is copied, once. */
    private Disturbed whileCopying(Disturbed.Before work) {
        boolean[] done = {false};
        return new Disturbed(storage, path -> {
            // A block is opened by mapping its index, before that is copied.
            boolean isCopied = path.endsWith("index") && storage.exists(STAGED);
            if (isCopied && !done[0]) {
                done[0] = true;
                work.reading(path);
            }
        });
    }

    @Test
    @Timeout(120)
    void otherWorkGoesOnWhileBlocksAreCopied() throws Exception {
        Tsdb[] opened = {null};
        List<BlockInfo> before = new ArrayList<>();
        Threads threads = new Threads();
        Disturbed disturbed = whileCopying(path -> {
            Tsdb db = opened[0];
            threads.start(() -> {
                append(db, NEWEST + 20 * MINUTE, NEWEST + 50 * MINUTE);
                assertTrue(db.admin().cleanTombstones() > 0, "blocks were rewritten");
                db.admin().flushAligned();
                db.admin().runMaintenance();
            });
            try {
                threads.join();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        try (Tsdb db = TestStores.builder(disturbed, clock, runtime).open()) {
            opened[0] = db;
            fill(db);
            before.addAll(db.admin().blocks());
            Map<Labels, TreeMap<Long, Long>> all = Dump.of(db);
            db.admin().backup(TARGET);
            assertNotEquals(before, db.admin().blocks());
            try (Tsdb copy = openBackup()) {
                assertEquals(all, Dump.of(copy));
            }
            assertEquals(
                    List.of(),
                    storage.list(DIRECTORY).stream()
                            .filter(name -> name.contains("tmp"))
                            .toList(),
                    "blocks that were kept for the backup");
        }
        assertEquals(List.of(), storage.openFiles());
    }

    @Test
    @Timeout(120)
    void closingTheStoreStopsIt() throws Exception {
        Tsdb[] opened = {null};
        Threads threads = new Threads();
        Disturbed disturbed = whileCopying(path -> {
            threads.start(opened[0]::close);
            while (threads.all().get(0).getState() != Thread.State.WAITING) {
                Thread.onSpinWait();
            }
        });
        try (Tsdb db = TestStores.builder(disturbed, clock, runtime).open()) {
            opened[0] = db;
            fill(db);
            IllegalStateException stopped =
                    assertThrows(IllegalStateException.class, () -> db.admin().backup(TARGET));
            assertTrue(String.valueOf(stopped.getMessage()).contains("the store was closed"), stopped::toString);
        }
        threads.join();
        assertFalse(storage.exists(TARGET));
        assertFalse(storage.exists(STAGED));
        assertEquals(List.of(), storage.openFiles());
    }

    @Test
    void twoIntoOneDirectoryDoNotDisturbEachOther() throws IOException {
        boolean[] refused = {false};
        Disturbed disturbed = whileCopying(path -> {
            try (ReadOnlyTsdb other = ReadOnlyTsdb.open(storage, DIRECTORY, true, TsdbListener.NONE)) {
                IOException told = assertThrows(IOException.class, () -> other.backup(TARGET));
                assertTrue(String.valueOf(told.getMessage()).contains("under way"), told::toString);
                refused[0] = true;
            }
        });
        try (Tsdb db = TestStores.builder(disturbed, clock, runtime).open()) {
            fill(db);
            db.admin().backup(TARGET);
            assertTrue(refused[0]);
            try (Tsdb copy = openBackup()) {
                assertEquals(Dump.of(db), Dump.of(copy));
            }
        }
    }

    @Test
    void whatOneThatDiedLeftIsNotInTheNext() throws IOException {
        try (Tsdb db = open()) {
            fill(db);
            storage.createDirectories(
                    STAGED.resolve("01ARZ3NDEKTSV4RRFFQ69G5FAV").resolve("chunks"));
            storage.create(STAGED.resolve("cairn.lock")).close();
            storage.create(STAGED.resolve("file")).close();
            db.admin().backup(TARGET);
            assertFalse(storage.exists(STAGED));
            assertFalse(storage.exists(TARGET.resolve("01ARZ3NDEKTSV4RRFFQ69G5FAV")));
            assertFalse(storage.exists(TARGET.resolve("file")));
            try (Tsdb copy = openBackup()) {
                assertEquals(Dump.of(db), Dump.of(copy));
            }
        }
    }

    @Test
    void ofAnEmptyStoreIsAnEmptyStore() throws IOException {
        try (Tsdb db = open()) {
            db.admin().backup(TARGET);
        }
        try (Tsdb copy = openBackup();
                ReadOnlyTsdb look = ReadOnlyTsdb.open(storage, TARGET, true, TsdbListener.NONE)) {
            assertTrue(Dump.of(copy).isEmpty());
            assertEquals(List.of(), look.blocks());
        }
    }
}

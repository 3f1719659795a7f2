package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestStores.DIRECTORY;
import static dev.cairndb.tsdb.TestStores.HOUR;
import static dev.cairndb.tsdb.TestStores.MINUTE;
import static dev.cairndb.tsdb.TestStores.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.index.Matcher;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.DirectoryCopy;
import dev.cairndb.testkit.GoldenData;
import dev.cairndb.testkit.ManualClock;
import dev.cairndb.testkit.StorageOperation;
import dev.cairndb.tsdb.internal.block.SampleText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A directory can be read while a store has it open, whatever is in it, and nothing in it changes. */
class ReadOnlyTsdbTest {
    private static final long NEWEST = START + 9 * HOUR;

    private final TsdbRuntime runtime = TsdbRuntime.create();
    private final ManualClock clock = new ManualClock(NEWEST);
    private final CrashingStorage storage = TestStores.storage(1);
    private final List<Labels> series = List.of(Labels.of("__name__", "a"), Labels.of("__name__", "b", "x", "y"));

    @TempDir
    Path temporary;

    ReadOnlyTsdbTest() throws IOException {}

    @AfterEach
    void close() {
        runtime.close();
    }

    private Tsdb open() throws IOException {
        return TestStores.builder(storage, clock, runtime).open();
    }

    private ReadOnlyTsdb look() throws IOException {
        return ReadOnlyTsdb.open(storage, DIRECTORY, true, TsdbListener.NONE);
    }

    /** Blocks, a head, and late samples: some in a block, some not. */
    private Ledger fill(Tsdb db) throws IOException {
        Ledger ledger = new Ledger();
        append(db, ledger, START, START + 5 * HOUR);
        append(db, ledger, START + 6 * HOUR, NEWEST);
        append(db, ledger, START + 5 * HOUR, START + 5 * HOUR + 20 * MINUTE);
        db.admin().cutBlocks();
        append(db, ledger, START + 5 * HOUR + 30 * MINUTE, START + 6 * HOUR);
        append(db, ledger, NEWEST, NEWEST + 20 * MINUTE);
        return ledger;
    }

    private void append(Tsdb db, Ledger ledger, long from, long to) throws IOException {
        for (long t = from; t < to; t += MINUTE) {
            AppendResult result = ledger.append(db, series, t);
            assertEquals(0, result.rejectedTotal(), result::toString);
        }
    }

    private static Map<Labels, TreeMap<Long, Long>> dump(ReadOnlyTsdb store) throws IOException {
        try (Querier querier = store.querier(TimeRange.all())) {
            return Dump.of(querier);
        }
    }

    @Test
    void showsWhatAStoreHoldsThatIsOpen() throws IOException {
        clock.advance(Duration.ofMillis(HOUR));
        try (Tsdb db = open()) {
            Ledger ledger = fill(db);
            try (ReadOnlyTsdb store = look()) {
                assertEquals(Dump.of(db), dump(store));
                assertEquals(db.admin().blocks(), store.blocks());
                append(db, ledger, NEWEST + 20 * MINUTE, NEWEST + 30 * MINUTE);
                db.admin().flushAligned();
                assertTrue(
                        Dump.of(db).toString().length() > dump(store).toString().length(), "a view of its opening");
            }
            ledger.check(db, "the store goes on");
        }
    }

    @Test
    void writesNothing() throws IOException {
        clock.advance(Duration.ofMillis(HOUR));
        try (Tsdb db = open()) {
            Ledger unused = fill(db);
            Map<StorageOperation, Long> before = changes();
            try (ReadOnlyTsdb store = look()) {
                assertFalse(dump(store).isEmpty());
            }
            assertEquals(before, changes());
        }
    }

    private Map<StorageOperation, Long> changes() {
        Map<StorageOperation, Long> calls = new HashMap<>();
        for (StorageOperation operation : StorageOperation.changing()) {
            calls.put(operation, storage.faults().calls(operation));
        }
        calls.put(StorageOperation.LOCK, storage.faults().calls(StorageOperation.LOCK));
        return calls;
    }

    @Test
    void looksAgainIfTheStoreCutsABlockMeanwhile() throws IOException {
        clock.advance(Duration.ofMillis(4 * HOUR));
        try (Tsdb db = open()) {
            Ledger ledger = fill(db);
            append(db, ledger, NEWEST + 20 * MINUTE, NEWEST + 4 * HOUR);
            Map<Labels, TreeMap<Long, Long>> all = Dump.of(db);
            int[] segments = {0};
            Disturbed disturbed = new Disturbed(storage, path -> {
                // Blocks and chunks are read then, and the log is about to be.
                if (path.startsWith(DIRECTORY.resolve("wal")) && segments[0]++ == 1) {
                    db.admin().cutBlocks();
                }
            });
            int blocks = db.admin().blocks().size();
            try (ReadOnlyTsdb store = ReadOnlyTsdb.open(disturbed, DIRECTORY, true, TsdbListener.NONE)) {
                assertTrue(store.blocks().size() > blocks, "the block that was cut meanwhile");
                assertEquals(all, dump(store));
            }
        }
    }

    @Test
    void showsTheBlocksAlone() throws IOException {
        clock.advance(Duration.ofMillis(HOUR));
        try (Tsdb db = open()) {
            Ledger unused = fill(db);
            try (ReadOnlyTsdb store = ReadOnlyTsdb.open(storage, DIRECTORY, false, TsdbListener.NONE)) {
                List<BlockInfo> blocks = store.blocks();
                assertEquals(db.admin().blocks(), blocks);
                long samples = 0;
                for (BlockInfo block : blocks) {
                    try (Querier querier = store.blockQuerier(block.ulid())) {
                        long found = count(Dump.of(querier));
                        assertEquals(block.sampleCount(), found);
                        samples += found;
                    }
                }
                assertEquals(samples, count(dump(store)));
                assertTrue(samples < count(Dump.of(db)));
                assertThrows(IllegalArgumentException.class, () -> store.blockQuerier("01AAAAAAAAAAAAAAAAAAAAAAAA"));
            }
        }
    }

    @Test
    void theBlocksAloneAreNoBackup() throws IOException {
        clock.advance(Duration.ofMillis(HOUR));
        try (Tsdb db = open()) {
            Ledger unused = fill(db);
            Path target = Path.of("/backup");
            try (ReadOnlyTsdb store = ReadOnlyTsdb.open(storage, DIRECTORY, false, TsdbListener.NONE)) {
                IllegalStateException refused = assertThrows(IllegalStateException.class, () -> store.backup(target));
                assertTrue(String.valueOf(refused.getMessage()).contains("the blocks alone were opened"));
            }
            assertFalse(storage.exists(target));
        }
    }

    @Test
    void doesNotShowWhatNeverStandsStill() throws IOException {
        try (Tsdb db = open()) {
            append(db, new Ledger(), START, START + HOUR);
        }
        int[] looks = {0};
        Path[] passing = {DIRECTORY.resolve("wal").resolve("passing-0")};
        storage.create(passing[0]).close();
        Disturbed disturbed = new Disturbed(storage, path -> {
            if (path.endsWith("00000000") && storage.exists(passing[0])) {
                storage.delete(passing[0]);
                passing[0] = passing[0].resolveSibling("passing-" + ++looks[0]);
                storage.create(passing[0]).close();
            }
        });
        IOException refused =
                assertThrows(IOException.class, () -> ReadOnlyTsdb.open(disturbed, DIRECTORY, true, TsdbListener.NONE));
        assertTrue(
                String.valueOf(refused.getMessage()).contains("changes faster than it can be read"), refused::toString);
        assertTrue(looks[0] >= 10, looks[0] + " looks");
        assertEquals(List.of(), storage.openFiles());
    }

    @Test
    void aListenerThatFailsLeavesNoFileOpen() throws IOException {
        try (Tsdb db = open()) {
            append(db, new Ledger(), START, START + 5 * HOUR);
            db.admin().cutBlocks();
        }
        Path block = storage.list(DIRECTORY).stream()
                .filter(StoreFiles::isBlockName)
                .map(DIRECTORY::resolve)
                .findFirst()
                .orElseThrow();
        storage.delete(block.resolve("index"));
        TsdbListener failing = new TsdbListener() {
            @Override
            public void damageFound(Path file, IOException damage) {
                throw new IllegalArgumentException("a listener's");
            }
        };
        assertThrows(IllegalArgumentException.class, () -> ReadOnlyTsdb.open(storage, DIRECTORY, true, failing));
        assertEquals(List.of(), storage.openFiles());
    }

    private static long count(Map<Labels, TreeMap<Long, Long>> samples) {
        return samples.values().stream().mapToLong(Map::size).sum();
    }

    @Test
    void aDirectoryOfNoStoreIsRefused() throws IOException {
        Path other = Files.createDirectories(temporary.resolve("other"));
        assertThrows(IOException.class, () -> ReadOnlyTsdb.open(other, TsdbListener.NONE));
        assertThrows(
                NotDirectoryException.class, () -> ReadOnlyTsdb.open(temporary.resolve("none"), TsdbListener.NONE));
    }

    /** Damage, interrupted writes and leftovers among them. */
    @Test
    void directoriesOfPrometheusShowWhatAStoreShowsOfThemAndStayAsTheyAre() throws Exception {
        GoldenData golden = new GoldenData(ReadOnlyTsdbTest.class);
        for (Path folder : golden.folders("datadirs")) {
            String name = String.valueOf(folder.getFileName());
            Path copy = DirectoryCopy.copy(folder.resolve("data"), temporary.resolve(name));
            Map<String, String> before = bytes(copy);
            String read = read(copy);
            assertEquals(before, bytes(copy), name);
            assertEquals(opened(copy), read, name);
            golden.checked();
        }
        golden.report(System.out);
    }

    private static String read(Path directory) throws IOException {
        try (ReadOnlyTsdb store = ReadOnlyTsdb.open(directory, TsdbListener.NONE);
                Querier querier = store.querier(TimeRange.all())) {
            return Dump.texts(querier, SampleText::of).toString();
        } catch (IOException e) {
            return "not opened";
        }
    }

    private static String opened(Path directory) throws IOException {
        try (Tsdb db = Tsdb.builder(directory).options(TestStores.OPTIONS).open()) {
            return Dump.texts(db, SampleText::of).toString();
        } catch (IOException e) {
            return "not opened";
        }
    }

    private static Map<String, String> bytes(Path directory) throws IOException {
        Map<String, String> files = new TreeMap<>();
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : (Iterable<Path>) paths::iterator) {
                files.put(
                        directory.relativize(path).toString(),
                        Files.isDirectory(path) ? "" : String.valueOf(Arrays.hashCode(Files.readAllBytes(path))));
            }
        }
        return files;
    }

    @Test
    void aHoleInTheLogIsAnError() throws IOException {
        for (int life = 0; life < 3; life++) {
            try (Tsdb db = open()) {
                append(db, new Ledger(), START + life * HOUR, START + (life + 1) * HOUR);
            }
        }
        storage.delete(DIRECTORY.resolve("wal").resolve("00000001"));
        assertThrows(IOException.class, this::look);
    }

    @Test
    void aSelectionOfABlockSeesNothingOfTheHead() throws IOException {
        clock.advance(Duration.ofMillis(HOUR));
        try (Tsdb db = open()) {
            Ledger unused = fill(db);
            try (ReadOnlyTsdb store = look();
                    Querier querier = store.blockQuerier(store.blocks().get(0).ulid())) {
                assertEquals(List.of("a", "b"), querier.labelValues("__name__", Matcher.regex("__name__", ".+")));
                assertEquals(store.blocks().get(0).sampleCount(), count(Dump.of(querier)));
            }
        }
    }
}

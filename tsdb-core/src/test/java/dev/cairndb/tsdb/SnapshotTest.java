package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestStores.DIRECTORY;
import static dev.cairndb.tsdb.TestStores.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.index.Matcher;
import dev.cairndb.io.AppendFile;
import dev.cairndb.io.Storage;
import dev.cairndb.remote.MetricType;
import dev.cairndb.remote.RemoteWriteEncoder;
import dev.cairndb.remote.RemoteWriteLimits;
import dev.cairndb.remote.RemoteWriteRequest;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.ManualClock;
import dev.cairndb.testkit.StorageFault;
import dev.cairndb.testkit.StorageOperation;
import dev.cairndb.tsdb.internal.head.RequestSamples;
import dev.cairndb.tsdb.internal.wal.ChunkSnapshot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A store that was closed in good order starts from a snapshot, and is the same as one that read its whole log. */
class SnapshotTest {
    private static final int SERIES = 12;

    private final TsdbRuntime runtime = TsdbRuntime.create();
    private final ManualClock clock = new ManualClock(START);
    private final List<Path> damaged = new ArrayList<>();
    private CrashingStorage storage = newStorage();
    private int rounds;

    private static CrashingStorage newStorage() {
        try {
            return TestStores.storage(7);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @AfterEach
    void closeRuntime() {
        runtime.close();
    }

    private Tsdb open() throws IOException {
        return TestStores.builder(storage, clock, runtime)
                .listener(new TsdbListener() {
                    @Override
                    public void damageFound(Path file, IOException damage) {
                        damaged.add(file);
                    }
                })
                .open();
    }

    private void append(Tsdb db, int more) throws IOException {
        for (int i = 0; i < more; i++) {
            AppendBatch batch = db.newBatch();
            for (int series = 0; series < SERIES; series++) {
                batch.add(db.series(labels(series)), clock.wallMillis(), rounds * 0.1 + series);
            }
            assertEquals(SERIES, batch.commit().samplesAppended());
            clock.advance(Duration.ofSeconds(15));
            rounds++;
        }
    }

    private static Labels labels(int series) {
        return Labels.of("__name__", "m", "series", String.valueOf(series));
    }

    private List<String> snapshots() throws IOException {
        return storage.list(DIRECTORY).stream()
                .filter(name -> name.startsWith("chunk_snapshot."))
                .toList();
    }

    @Test
    void whatWasThereIsThereAfterManyCleanStopsAndKills() throws IOException {
        for (int turn = 0; turn < 6; turn++) {
            CrashingStorage killed = null;
            try (Tsdb db = open()) {
                append(db, 50);
                if (turn == 3) {
                    killed = storage.crashedCopy(turn);
                }
            }
            assertEquals(1, snapshots().size(), "turn " + turn);
            if (killed != null) {
                storage = killed;
            }
        }
        try (Tsdb db = open()) {
            assertEquals(300 * SERIES, samples(db));
            assertEquals(Map.of(), db.stats().walRecordsUnknown());
            append(db, 3);
        }
        assertEquals(List.of(), damaged);
    }

    @Test
    void aLogThatGrowsIsReadFromASnapshotAlsoAfterAKill() throws IOException {
        CrashingStorage killed;
        try (Tsdb db = open()) {
            long before = db.stats().walBytes();
            append(db, 3);
            db.admin().runMaintenance();
            assertEquals(List.of(), snapshots(), "the log is short");
            while (db.stats().walBytes() - before < 3 * TestStores.OPTIONS.walSegmentBytesMax()) {
                append(db, 50);
                db.admin().runMaintenance();
                assertTrue(snapshots().size() <= 1, "one is enough");
            }
            append(db, 5);
            killed = storage.crashedCopy(1);
        }
        storage = killed;
        assertEquals(1, snapshots().size());
        // Nobody reads what is before the snapshot.
        Path first = DIRECTORY.resolve("wal").resolve("00000000");
        byte[] content = storage.readAll(first);
        storage.delete(first);
        try (AppendFile file = storage.create(first)) {
            file.write(new byte[content.length], 0, content.length);
        }
        try (Tsdb db = open()) {
            assertEquals((long) rounds * SERIES, samples(db));
            append(db, 2);
        }
        assertEquals(List.of(), damaged);
    }

    @Test
    void aStopWritesOneAlsoOfWhatWasReadFromTheLogAlone() throws IOException {
        try (Tsdb db = open()) {
            while (snapshots().isEmpty()) {
                append(db, 50);
                db.admin().runMaintenance();
            }
            append(db, 50);
            storage = storage.crashedCopy(1);
        }
        List<String> before = snapshots();
        assertEquals(1, before.size());
        open().close();
        List<String> first = snapshots();
        assertNotEquals(before, first, "the next opening would read the log again");
        open().close();
        assertEquals(first, snapshots(), "nothing came since");
        try (Tsdb db = open()) {
            assertEquals((long) rounds * SERIES, samples(db));
        }
        assertEquals(List.of(), damaged);
    }

    @Test
    void aStopWritesOneAlsoIfTheLastOneInTheBackgroundFailed() throws IOException {
        try (Tsdb db = open()) {
            storage.faults()
                    .failFrom(
                            StorageFault.NO_SPACE,
                            Set.of(StorageOperation.CREATE),
                            path -> path.toString().contains("chunk_snapshot"),
                            1);
            assertThrows(FileSystemException.class, () -> {
                while (true) {
                    append(db, 50);
                    db.admin().runMaintenance();
                }
            });
            storage.faults().clear();
            assertEquals(List.of(), snapshots());
        }
        assertEquals(1, snapshots().size());
    }

    @Test
    void aStopRightAfterOneInTheBackgroundWritesOneWithAnImage() throws IOException {
        List<String> before;
        try (Tsdb db = open()) {
            while (snapshots().isEmpty()) {
                append(db, 50);
                db.admin().runMaintenance();
            }
            append(db, 1);
            before = snapshots();
            assertFalse(storage.exists(DIRECTORY.resolve(before.get(0)).resolve("cairn.head")));
        }
        List<String> after = snapshots();
        assertEquals(1, after.size());
        assertNotEquals(before, after);
        assertTrue(storage.exists(DIRECTORY.resolve(after.get(0)).resolve("cairn.head")));
        try (Tsdb db = open()) {
            assertEquals((long) rounds * SERIES, samples(db));
        }
        assertEquals(after, snapshots(), "nothing came since");
        assertEquals(List.of(), damaged);
    }

    @Test
    void theLogBehindASnapshotIsCountedAlsoIfItGrewInManyShortLives() throws IOException {
        long segmentBytes = TestStores.OPTIONS.walSegmentBytesMax();
        try (Tsdb db = open()) {
            while (snapshots().isEmpty()) {
                append(db, 50);
                db.admin().runMaintenance();
            }
        }
        List<String> before = snapshots();
        int lives = 0;
        while (snapshots().equals(before)) {
            try (Tsdb db = open()) {
                long bytesAtFirst = db.stats().walBytes();
                while (db.stats().walBytes() - bytesAtFirst < segmentBytes / 3) {
                    append(db, 10);
                }
                db.admin().runMaintenance();
                storage = storage.kill();
            } catch (IOException e) {
                // Closed on a storage that is gone.
            }
            assertTrue(++lives < 20, "no other snapshot");
        }
        assertTrue(lives > 2, "too soon: " + lives);
    }

    @Test
    void theLastSampleOfEachSeriesIsStillKnownAfterTwoStops() throws IOException {
        long last;
        try (Tsdb db = open()) {
            append(db, 200);
            last = clock.wallMillis() - 15_000;
        }
        try (Tsdb db = open()) {
            // nothing comes: the chunk of the snapshot is written to chunks_head when this is closed
            assertEquals(200 * SERIES, samples(db));
            TestStores.append(db, Labels.of("__name__", "other"), clock.wallMillis(), 1);
        }
        try (Tsdb db = open()) {
            AppendResult repeated = TestStores.append(db, labels(3), last, 199 * 0.1 + 3);
            assertEquals(1, repeated.samplesDuplicate(), repeated::toString);
            AppendResult other = TestStores.append(db, labels(3), last, 5);
            assertEquals(1, other.rejected(Rejection.DUPLICATE_TIMESTAMP), other::toString);
        }
    }

    @Test
    void referencesOfSeriesThatAreGoneAreNotGivenAgain() throws IOException {
        try (Tsdb db = open()) {
            append(db, 100);
            for (int i = 0; i < 40; i++) {
                TestStores.append(db, Labels.of("__name__", "gone", "n", "" + i), clock.wallMillis(), 1);
            }
            clock.advance(Duration.ofHours(4));
            append(db, 100);
            db.admin().runMaintenance();
            db.admin().runMaintenance();
            assertEquals(SERIES, db.stats().seriesActive());
        }
        assertEquals(1, snapshots().size());
        try (Tsdb db = open()) {
            TestStores.append(db, Labels.of("__name__", "new"), clock.wallMillis(), 42);
        }
        for (String name : snapshots()) {
            storage.deleteRecursively(DIRECTORY.resolve(name));
        }
        try (Tsdb db = open()) {
            Map<Long, Long> found = Dump.of(db).get(Labels.of("__name__", "new"));
            assertEquals(1, found.size());
            assertEquals(200 * SERIES + 41, samples(db));
        }
    }

    @Test
    void everyCutAndChangedByteOfItCostsNothing() throws IOException {
        try (Tsdb db = open()) {
            append(db, 150);
        }
        String snapshot = snapshots().get(0);
        for (String name : List.of("00000000", "cairn.state")) {
            Path file = DIRECTORY.resolve(snapshot).resolve(name);
            byte[] whole = storage.readAll(file);
            for (int i = 0; i < whole.length; i += Math.max(1, whole.length / 60)) {
                byte[] changed = whole.clone();
                changed[i] ^= 0x04;
                checkWith(file, changed, "byte " + i + " of " + name);
                checkWith(file, Arrays.copyOf(whole, i), "length " + i + " of " + name);
            }
        }
        assertFalse(damaged.isEmpty());
    }

    private void checkWith(Path file, byte[] content, String what) throws IOException {
        CrashingStorage original = storage;
        storage = original.crashedCopy(1);
        storage.delete(file);
        try (var out = storage.create(file)) {
            out.write(content, 0, content.length);
            out.sync();
        }
        try (Tsdb db = open()) {
            assertEquals(150 * SERIES, samples(db), what);
        }
        storage = original;
    }

    @Test
    void aLostFileOfChunksIsMadeGoodFromTheLog() throws IOException {
        try (Tsdb db = open()) {
            append(db, 400);
        }
        for (String name : storage.list(DIRECTORY.resolve("chunks_head"))) {
            storage.delete(DIRECTORY.resolve("chunks_head").resolve(name));
        }
        try (Tsdb db = open()) {
            assertEquals(400 * SERIES, samples(db));
        }
        assertEquals(1, damaged.size());
        assertTrue(snapshots().stream().anyMatch(name -> name.endsWith(".damaged-1")), snapshots()::toString);
    }

    @Test
    void aSnapshotBehindATruncatedLogIsNotUsed() throws IOException {
        try (Tsdb db = open()) {
            append(db, 100);
        }
        String before = snapshots().get(0);
        CrashingStorage atStop = storage.crashedCopy(1);
        try (Tsdb db = open()) {
            append(db, 3_000);
            db.admin().runMaintenance();
            db.admin().runMaintenance();
        }
        // as if it had been killed before it wrote another one
        for (String name : snapshots()) {
            storage.deleteRecursively(DIRECTORY.resolve(name));
        }
        copy(atStop, DIRECTORY.resolve(before));
        try (Tsdb db = open()) {
            assertEquals(3_100 * SERIES, samples(db));
        }
        assertFalse(snapshots().contains(before));
        assertEquals(List.of(), damaged);
    }

    private void copy(Storage from, Path directory) throws IOException {
        storage.createDirectories(directory);
        for (String name : from.list(directory)) {
            byte[] bytes = from.readAll(directory.resolve(name));
            try (var out = storage.create(directory.resolve(name))) {
                out.write(bytes, 0, bytes.length);
                out.sync();
            }
        }
    }

    @Test
    void exemplarsAndMetadataSurviveSeveralCleanStops() throws IOException {
        RemoteWriteEncoder encoder = new RemoteWriteEncoder();
        encoder.startSeries()
                .label("__name__", "requests_total")
                .sample(START, 1)
                .startExemplar();
        encoder.label("trace_id", "x").endExemplar(START, 2).endSeries();
        encoder.familyMetadata(MetricType.COUNTER, "requests_total", "", "Requests.");
        encoder.finish();
        byte[] body = Arrays.copyOf(encoder.body(), encoder.bodySize());
        RemoteWriteRequest request = RemoteWriteRequest.decode(body, RemoteWriteLimits.defaults());
        List<ExemplarSeries> exemplars;
        try (Tsdb db = open()) {
            append(db, 100);
            db.append(request);
            db.append(request);
            exemplars = db.exemplars(TimeRange.all(), new Matcher[] {Matcher.equal("__name__", "requests_total")});
            assertEquals(1, exemplars.size());
        }
        for (int stop = 0; stop < 3; stop++) {
            assertEquals(1, snapshots().size());
            try (Tsdb db = open()) {
                assertEquals(
                        exemplars,
                        db.exemplars(TimeRange.all(), new Matcher[] {Matcher.equal("__name__", "requests_total")}));
                assertEquals(1, db.metadata().size(), "stop " + stop);
                append(db, 5);
            }
        }
    }

    @Test
    void itIsReadInPlaceOfTheLog() throws IOException {
        try (Tsdb db = open()) {
            append(db, 200);
        }
        // What the log says is not looked at: a damaged segment before the snapshot's place is not even noticed.
        Path segment = DIRECTORY.resolve("wal").resolve("00000000");
        byte[] bytes = storage.readAll(segment);
        bytes[100] ^= 1;
        storage.delete(segment);
        try (var out = storage.create(segment)) {
            out.write(bytes, 0, bytes.length);
            out.sync();
        }
        try (Tsdb db = open()) {
            assertEquals(200 * SERIES, samples(db));
        }
        assertEquals(List.of(), damaged);
    }

    private static long samples(Tsdb db) throws IOException {
        return Dump.of(db).values().stream().mapToLong(TreeMap::size).sum();
    }

    /** Without its state it would be taken for one of Prometheus, and used although something it stands on is lost. */
    @Test
    void aPowerCutWhileOneIsDeletedLeavesAllOfItOrNone() throws IOException {
        try (Tsdb db = open()) {
            append(db, 150);
        }
        for (int nth = 1; nth <= 10; nth++) {
            for (int seed = 0; seed < 10; seed++) {
                CrashingStorage copy = storage.crashedCopy(1);
                copy.faults().failOnce(StorageFault.DEATH, EnumSet.allOf(StorageOperation.class), path -> true, nth);
                try {
                    ChunkSnapshot.deleteOthers(copy, DIRECTORY, null);
                } catch (IOException e) {
                    assertTrue(copy.isDead(), e::toString);
                }
                CrashingStorage next = copy.crashedCopy(seed);
                ChunkSnapshot left = ChunkSnapshot.newest(next, DIRECTORY);
                boolean isWhole = left == null || left.state(next) != null;
                assertTrue(isWhole, "call " + nth + ", seed " + seed);
            }
        }
    }

    /** What appends close until the last moment is neither in the snapshot nor in the log behind its place. */
    @Test
    void aChunkThatAnAppendClosesWhileItIsWrittenIsNotLost() throws IOException {
        AtomicBoolean appended = new AtomicBoolean();
        try (Tsdb db = open()) {
            append(db, 200);
            storage.duringSync(path -> {
                if (path.startsWith(DIRECTORY.resolve("chunks_head")) && appended.compareAndSet(false, true)) {
                    appendToHead(db, 60);
                }
            });
        }
        assertTrue(appended.get());
        assertEquals(1, snapshots().size());
        try (Tsdb db = open()) {
            assertEquals(260 * SERIES, samples(db));
        }
        assertEquals(List.of(), damaged);
    }

    /** As an append does that was under way before the store was closed. */
    private void appendToHead(Tsdb db, int more) {
        for (int i = 0; i < more; i++) {
            TestRequest request = TestRequest.v1();
            for (int series = 0; series < SERIES; series++) {
                request.series(labels(series)).sample(clock.wallMillis(), i);
            }
            try {
                db.head()
                        .release(db.head()
                                .append(new RequestSamples(
                                        request.build(), TsdbOptions.defaults().limits())));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            clock.advance(Duration.ofSeconds(15));
        }
    }
}

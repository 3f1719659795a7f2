package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestStores.DIRECTORY;
import static dev.cairndb.tsdb.TestStores.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.chunks.HistogramBuffer;
import dev.cairndb.chunks.SampleCursor;
import dev.cairndb.chunks.SampleKind;
import dev.cairndb.index.Labels;
import dev.cairndb.index.Matcher;
import dev.cairndb.io.AppendFile;
import dev.cairndb.io.StoreFailedException;
import dev.cairndb.remote.RemoteWriteRequest;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.ManualClock;
import dev.cairndb.testkit.StorageFault;
import dev.cairndb.testkit.StorageOperation;
import dev.cairndb.tsdb.internal.head.RequestSamples;
import dev.cairndb.tsdb.internal.head.Samples;
import dev.cairndb.tsdb.internal.wal.HistogramTexts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a stop leaves is read in three ways: from the image of the head, without it from the records of the snapshot,
 * and without both from the log. The store is the same each time, then and after what comes next.
 */
class HeadImageTest {
    private static final Matcher[] ALL = {Dump.EVERYTHING};

    private final TsdbRuntime runtime = TsdbRuntime.create();
    private final List<Path> damaged = new ArrayList<>();

    @AfterEach
    void closeRuntime() {
        runtime.close();
    }

    /** How an opening finds the directory. */
    private enum Left {
        IMAGE,
        RECORDS,
        LOG
    }

    private Tsdb open(CrashingStorage storage, ManualClock clock, TsdbOptions options) throws IOException {
        return TestStores.builder(storage, clock, runtime)
                .options(options)
                .listener(new TsdbListener() {
                    @Override
                    public void damageFound(Path file, IOException damage) {
                        damaged.add(file);
                    }
                })
                .open();
    }

    private static List<Path> snapshots(CrashingStorage storage) throws IOException {
        return storage.list(DIRECTORY).stream()
                .filter(name -> name.startsWith("chunk_snapshot."))
                .map(DIRECTORY::resolve)
                .toList();
    }

    private static CrashingStorage leave(CrashingStorage storage, Left left) throws IOException {
        CrashingStorage copy = storage.crashedCopy(1);
        for (Path snapshot : snapshots(copy)) {
            if (left == Left.IMAGE) {
                // So that nothing but the image can be what is read.
                Path records = snapshot.resolve("00000000");
                byte[] bytes = copy.readAll(records);
                bytes[bytes.length / 2] ^= 1;
                copy.delete(records);
                try (AppendFile file = copy.create(records)) {
                    file.write(bytes, 0, bytes.length);
                    file.sync();
                }
            } else if (left == Left.RECORDS) {
                copy.delete(snapshot.resolve("cairn.head"));
            } else if (left == Left.LOG) {
                copy.deleteRecursively(snapshot);
            }
        }
        return copy;
    }

    /** What can be asked of a store. */
    private record Content(
            Map<Labels, TreeMap<Long, String>> samples,
            List<ExemplarSeries> exemplars,
            Map<String, List<String>> values,
            Map<String, List<Labels>> series,
            int active) {
        static Content of(Tsdb db) throws IOException {
            Map<String, List<String>> values = new TreeMap<>();
            Map<String, List<Labels>> series = new TreeMap<>();
            for (String name : db.labelNames()) {
                values.put(name, db.labelValues(name));
                for (String value : db.labelValues(name)) {
                    List<Labels> found = new ArrayList<>();
                    try (Querier querier = db.querier(TimeRange.all());
                            SeriesCursor cursor = querier.select(Matcher.equal(name, value))) {
                        while (cursor.next()) {
                            found.add(cursor.labels());
                        }
                    }
                    series.put(name + "=" + value, found);
                }
            }
            return new Content(
                    Dump.texts(db, Content::text),
                    db.exemplars(TimeRange.all(), ALL),
                    values,
                    series,
                    db.stats().seriesActive());
        }

        private static String text(SampleCursor cursor) {
            return cursor.kind() == SampleKind.FLOAT
                    ? Long.toHexString(cursor.valueBits())
                    : HistogramTexts.comparable(cursor.histogram());
        }

        /** Series whose samples are others, and all else, so that a failure can be read. */
        void requireSame(Content other, String what) {
            List<Labels> different = new ArrayList<>(samples.keySet());
            different.removeIf(labels -> samples.get(labels).equals(other.samples.get(labels)));
            assertEquals(List.of(), different, what);
            assertEquals(samples.keySet(), other.samples.keySet(), what);
            assertEquals(exemplars, other.exemplars, what);
            assertEquals(values, other.values, what);
            assertEquals(series, other.series, what);
            assertEquals(active, other.active, what);
        }
    }

    /** What senders do, the same for the same seed. */
    private static final class Traffic {
        final Random random;
        final ManualClock clock;
        final List<Labels> series = new ArrayList<>();
        int made;

        Traffic(long seed, ManualClock clock) {
            random = new Random(seed);
            this.clock = clock;
            for (int i = 0; i < 30; i++) {
                series.add(next());
            }
        }

        Labels next() {
            int n = made++;
            return Labels.of("__name__", "m" + n % 5, "pod", "pod-" + n, "zone", "z" + n % 3);
        }

        void run(Tsdb db, int rounds) throws IOException {
            for (int round = 0; round < rounds; round++) {
                boolean leap = random.nextInt(40) == 0;
                clock.advance(leap ? Duration.ofHours(1 + random.nextInt(3)) : Duration.ofSeconds(15));
                for (int i = 0; i < series.size(); i++) {
                    send(db, i);
                }
                if (random.nextInt(5) == 0) {
                    series.set(random.nextInt(series.size()), next());
                }
                if (random.nextInt(15) == 0) {
                    db.admin().runMaintenance();
                }
                if (random.nextInt(30) == 0) {
                    long now = clock.wallMillis();
                    db.admin().delete(TimeRange.ofMillis(now - 600_000, now - 60_000), Matcher.equal("zone", "z1"));
                }
            }
        }

        private void send(Tsdb db, int i) throws IOException {
            Labels labels = series.get(i);
            long now = clock.wallMillis();
            if (random.nextInt(3) == 0) {
                return;
            }
            if (i % 7 == 3) {
                db.newBatch().add(db.series(labels), now, histogram(i % 2 == 0)).commit();
            } else if (random.nextInt(20) == 0) {
                // Late, and a series of its own that never gets a sample in order.
                Labels late = i % 2 == 0 ? labels : Labels.of("__name__", "late", "n", "" + i);
                TestStores.append(db, late, now - 1_800_000 - random.nextInt(1_000), i);
            } else if (random.nextInt(20) == 0) {
                // Refused: its series may be in the head, but not in the log.
                long old = now - Duration.ofDays(2).toMillis();
                Labels refused = Labels.of("__name__", "old", "n", "" + random.nextInt(9));
                assertEquals(0, TestStores.append(db, refused, old, 1).samplesAppended());
            } else if (i % 7 == 5) {
                AppendResult unused = db.append(TestRequest.v1()
                        .series(labels)
                        .sample(now, random.nextInt(9))
                        .exemplar(Labels.of("trace_id", "t" + random.nextInt()), now, 1)
                        .build());
            } else {
                TestStores.append(db, labels, now, random.nextInt(9));
            }
        }

        private HistogramBuffer histogram(boolean floats) {
            HistogramBuffer h = new HistogramBuffer();
            h.clear(floats);
            h.setSchema(2);
            h.addPositiveSpan(0, 1);
            long count = 1 + random.nextInt(100);
            h.addPositiveBucket(floats ? Double.doubleToRawLongBits(count) : count);
            h.setCount(floats ? Double.doubleToRawLongBits(count) : count);
            h.setSumBits(Double.doubleToRawLongBits(count * 1.5));
            return h;
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void aStoreIsTheSameHoweverItIsRead(long seed) throws IOException {
        TsdbOptions options = TestStores.OPTIONS.withFloatEncoding(
                seed % 3 == 0 ? FloatEncoding.XOR2 : TestStores.OPTIONS.floatEncoding());
        CrashingStorage storage = TestStores.storage(seed);
        ManualClock clock = new ManualClock(START);
        Traffic traffic = new Traffic(seed, clock);
        for (int life = 0; life < 4; life++) {
            try (Tsdb db = open(storage, clock, options)) {
                traffic.run(db, 60);
            }
            assertEquals(1, snapshots(storage).size());
            assertTrue(storage.exists(snapshots(storage).get(0).resolve("cairn.head")), "life " + life);
            compare(storage, clock, options, "seed " + seed + ", life " + life);
        }
        assertEquals(List.of(), damaged);
    }

    private void compare(CrashingStorage storage, ManualClock clock, TsdbOptions options, String life)
            throws IOException {
        List<Content> opened = new ArrayList<>();
        List<Content> later = new ArrayList<>();
        for (Left left : Left.values()) {
            CrashingStorage copy = leave(storage, left);
            ManualClock time = new ManualClock(clock.wallMillis());
            try (Tsdb db = open(copy, time, options)) {
                opened.add(Content.of(db));
                Traffic more = new Traffic(life.hashCode(), time);
                more.run(db, 40);
            }
            try (Tsdb db = open(copy, time, options)) {
                later.add(Content.of(db));
            }
        }
        for (Left left : Left.values()) {
            opened.get(0).requireSame(opened.get(left.ordinal()), life + ", opened with " + left);
            later.get(0).requireSame(later.get(left.ordinal()), life + ", opened again, first with " + left);
        }
        assertFalse(opened.get(0).samples().isEmpty());
    }

    @Test
    void aHeadOfWhichMostSeriesWentHasNone() throws IOException {
        CrashingStorage storage = TestStores.storage(1);
        ManualClock clock = new ManualClock(START);
        try (Tsdb db = open(storage, clock, TestStores.OPTIONS)) {
            for (int i = 0; i < 1_100; i++) {
                TestStores.append(db, Labels.of("__name__", "gone", "n", "" + i), clock.wallMillis(), 1);
            }
            clock.advance(Duration.ofHours(6));
            TestStores.append(db, Labels.of("__name__", "stays"), clock.wallMillis(), 1);
            db.admin().runMaintenance();
            db.admin().runMaintenance();
            assertEquals(1, db.stats().seriesActive());
        }
        assertFalse(storage.exists(snapshots(storage).get(0).resolve("cairn.head")));
        try (Tsdb db = open(storage, clock, TestStores.OPTIONS)) {
            assertEquals(1, db.stats().seriesActive());
            for (int i = 0; i < 1_000; i++) {
                clock.advance(Duration.ofMillis(100));
                TestStores.append(db, Labels.of("__name__", "stays"), clock.wallMillis(), i);
            }
        }
        assertTrue(storage.exists(snapshots(storage).get(0).resolve("cairn.head")), "it has no holes any more");
        assertEquals(List.of(), damaged);
    }

    @Test
    void aRepairPutsTheImageAsideAndLeavesTheRecords() throws IOException {
        CrashingStorage storage = TestStores.storage(1);
        ManualClock clock = new ManualClock(START);
        Traffic traffic = new Traffic(1, clock);
        try (Tsdb db = open(storage, clock, TestStores.OPTIONS)) {
            traffic.run(db, 60);
        }
        Path snapshot = snapshots(storage).get(0);
        Path image = snapshot.resolve("cairn.head");
        Content expected;
        try (Tsdb db = open(storage.crashedCopy(1), clock, TestStores.OPTIONS)) {
            expected = Content.of(db);
        }
        byte[] bytes = storage.readAll(image);
        bytes[bytes.length / 2] ^= 1;
        storage.delete(image);
        try (AppendFile file = storage.create(image)) {
            file.write(bytes, 0, bytes.length);
            file.sync();
        }
        TsdbCheck check = TsdbCheck.of(DIRECTORY, storage);
        List<CheckReport.Finding> findings = check.repair(false).findings();
        assertEquals(
                List.of(image), findings.stream().map(CheckReport.Finding::file).toList());
        assertEquals(FileKind.CHUNK_SNAPSHOT, findings.get(0).kind());
        assertFalse(storage.exists(image));
        CheckReport after = check.verify();
        assertEquals(List.of(), after.findings());
        assertEquals(List.of("put aside before: " + DIRECTORY.resolve("cairn.head.damaged-1")), after.notes());
        assertEquals(List.of(snapshot), snapshots(storage));
        try (Tsdb db = open(storage, clock, TestStores.OPTIONS)) {
            expected.requireSame(Content.of(db), "from the records");
        }
        assertEquals(List.of(), damaged);
    }

    @Test
    void limitsCountTheSeriesOfAnImage() throws IOException {
        TsdbOptions.SeriesLimits limits = TestStores.OPTIONS.limits();
        TsdbOptions options = TestStores.OPTIONS.withLimits(new TsdbOptions.SeriesLimits(
                limits.seriesMax(),
                40,
                limits.labelsPerSeriesMax(),
                limits.labelNameBytesMax(),
                limits.labelValueBytesMax()));
        CrashingStorage storage = TestStores.storage(1);
        ManualClock clock = new ManualClock(START);
        for (int from = 0; from < 80; from += 30) {
            try (Tsdb db = open(storage, clock, options)) {
                for (int i = from; i < from + 30; i++) {
                    AppendResult result =
                            TestStores.append(db, Labels.of("__name__", "m", "n", "" + i), clock.wallMillis(), 1);
                    assertEquals(i < 40 ? 0 : 1, result.rejected(Rejection.METRIC_SERIES_LIMIT), "series " + i);
                }
            }
            assertTrue(storage.exists(snapshots(storage).get(0).resolve("cairn.head")));
        }
    }

    @Test
    void withoutRoomForAnImageThereIsASnapshotAllTheSame() throws IOException {
        CrashingStorage storage = TestStores.storage(1);
        ManualClock clock = new ManualClock(START);
        Content content;
        try (Tsdb db = open(storage, clock, TestStores.OPTIONS)) {
            new Traffic(1, clock).run(db, 60);
            content = Content.of(db);
            storage.faults()
                    .failFrom(
                            StorageFault.NO_SPACE,
                            Set.of(StorageOperation.WRITE),
                            path -> path.toString().contains("cairn.head"),
                            1);
        }
        storage.faults().clear();
        Path snapshot = snapshots(storage).get(0);
        assertFalse(storage.exists(snapshot.resolve("cairn.head")));
        try (Tsdb db = open(storage, clock, TestStores.OPTIONS)) {
            content.requireSame(Content.of(db), "from the records");
        }
        assertEquals(List.of(), damaged);
    }

    @Test
    void anImageThatCannotBeReadIsPutAside() throws IOException {
        CrashingStorage storage = TestStores.storage(1);
        ManualClock clock = new ManualClock(START);
        Content content;
        try (Tsdb db = open(storage, clock, TestStores.OPTIONS)) {
            new Traffic(1, clock).run(db, 60);
            content = Content.of(db);
        }
        Path image = snapshots(storage).get(0).resolve("cairn.head");
        storage.faults().failFrom(StorageFault.IO_ERROR, Set.of(StorageOperation.READ), image::equals, 1);
        try (Tsdb db = open(storage, clock, TestStores.OPTIONS)) {
            content.requireSame(Content.of(db), "from the records");
        }
        assertEquals(List.of(image), damaged);
        assertTrue(storage.exists(DIRECTORY.resolve("cairn.head.damaged-1")));
    }

    @Test
    void aStopBehindADamagedImageWritesAnotherOne() throws IOException {
        CrashingStorage storage = TestStores.storage(1);
        ManualClock clock = new ManualClock(START);
        try (Tsdb db = open(storage, clock, TestStores.OPTIONS)) {
            new Traffic(1, clock).run(db, 60);
        }
        Set<Path> written = new HashSet<>();
        Path image = snapshots(storage).get(0).resolve("cairn.head");
        storage.delete(image);
        // What is logged is too little for a snapshot.
        TsdbOptions large = TestStores.OPTIONS.withWalSegmentBytesMax(64 << 20);
        for (int i = 0; i < 2; i++) {
            try (Tsdb db = open(storage, clock, large)) {
                clock.advance(Duration.ofSeconds(15));
                TestStores.append(db, Labels.of("__name__", "m"), clock.wallMillis(), i);
            }
            assertTrue(storage.exists(snapshots(storage).get(0).resolve("cairn.head")));
            written.addAll(snapshots(storage));
        }
        assertEquals(1, written.size(), "only the first one lacked an image");
        assertEquals(
                2,
                content(storage, clock, Left.RECORDS)
                        .samples()
                        .get(Labels.of("__name__", "m"))
                        .size());
    }

    private Content content(CrashingStorage storage, ManualClock clock, Left left) throws IOException {
        try (Tsdb db = open(leave(storage, left), new ManualClock(clock.wallMillis()), TestStores.OPTIONS)) {
            return Content.of(db);
        }
    }

    /** Memory then holds a series that the log does not have, and says of it that the log has it. */
    @Test
    void aHeadOfWhichAnAppendFailedBetweenMemoryAndLogLeavesNoSnapshot() throws IOException {
        CrashingStorage storage = TestStores.storage(1);
        ManualClock clock = new ManualClock(START);
        Labels broken = Labels.of("__name__", "broken");
        List<Path> before;
        try (Tsdb db = open(storage, clock, TestStores.OPTIONS)) {
            new Traffic(1, clock).run(db, 60);
            before = snapshots(storage);
            long now = clock.wallMillis();
            Samples samples = new RequestSamples(
                    TestRequest.v2()
                            .series(broken)
                            .sample(now, 1)
                            .series(Labels.of("__name__", "next"))
                            .sample(now, 1)
                            .build(),
                    TestStores.OPTIONS.limits());
            assertThrows(OutOfMemoryError.class, () -> db.append(failingAtSample(samples, 1)));
            assertThrows(StoreFailedException.class, () -> db.append(samples));
        }
        assertEquals(before, snapshots(storage));
        try (Tsdb db = open(storage, clock, TestStores.OPTIONS)) {
            assertNull(Content.of(db).samples().get(broken));
            clock.advance(Duration.ofSeconds(15));
            TestStores.append(db, broken, clock.wallMillis(), 2);
        }
        for (Left left : Left.values()) {
            assertEquals(
                    Set.of(clock.wallMillis()),
                    content(storage, clock, left).samples().get(broken).keySet(),
                    left::name);
        }
    }

    private static Samples failingAtSample(Samples samples, int sample) {
        return (Samples) Proxy.newProxyInstance(
                Samples.class.getClassLoader(), new Class<?>[] {Samples.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("valueBits") && arguments[0].equals(sample)) {
                        throw new OutOfMemoryError("of the test");
                    }
                    return method.invoke(samples, arguments);
                });
    }

    /** What an append that was under way closes then is neither in chunks_head nor in a row. */
    @Test
    void aChunkThatIsClosedWhileAStopWritesItsSnapshotIsInTheLogAndNoImageIsMade() throws IOException {
        CrashingStorage storage = TestStores.storage(1);
        ManualClock clock = new ManualClock(START);
        Labels series = Labels.of("__name__", "m");
        int before = 100;
        int beside = 300;
        try (Tsdb db = open(storage, clock, TestStores.OPTIONS)) {
            for (int i = 0; i < before; i++) {
                TestStores.append(db, series, START + i * 1_000L, i);
            }
            TestRequest more = TestRequest.v2().series(series);
            for (int i = before; i < before + beside; i++) {
                more.sample(START + i * 1_000L, i);
            }
            RemoteWriteRequest request = more.build();
            AtomicBoolean once = new AtomicBoolean();
            storage.duringSync(path -> {
                if (path.toString().contains("chunk_snapshot") && once.compareAndSet(false, true)) {
                    append(db, request);
                }
            });
        }
        storage.duringSync(path -> {});
        assertEquals(1, snapshots(storage).size());
        assertFalse(storage.exists(snapshots(storage).get(0).resolve("cairn.head")));
        for (Left left : List.of(Left.RECORDS, Left.LOG)) {
            assertEquals(
                    before + beside,
                    content(storage, clock, left).samples().get(series).size(),
                    left::name);
        }
    }

    private static void append(Tsdb db, RemoteWriteRequest request) {
        try {
            db.head().release(db.head().append(new RequestSamples(request, TestStores.OPTIONS.limits())));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

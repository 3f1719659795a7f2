package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestStores.HOUR;
import static dev.cairndb.tsdb.TestStores.MINUTE;
import static dev.cairndb.tsdb.TestStores.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.chunks.Aggregate;
import dev.cairndb.chunks.SampleCursor;
import dev.cairndb.chunks.UnsupportedChunkException;
import dev.cairndb.index.Labels;
import dev.cairndb.index.Matcher;
import dev.cairndb.io.AppendFile;
import dev.cairndb.io.QueryStoppedException;
import dev.cairndb.io.TsdbException;
import dev.cairndb.objstore.InMemoryObjectStore;
import dev.cairndb.objstore.ObjectBody;
import dev.cairndb.objstore.ObjectEntry;
import dev.cairndb.objstore.ObjectKey;
import dev.cairndb.objstore.ObjectStoreException;
import dev.cairndb.objstore.ObjectStoreObserver.Operation;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.FlakyObjectStore;
import dev.cairndb.testkit.FlakyObjectStore.Fault;
import dev.cairndb.testkit.ManualClock;
import dev.cairndb.tsdb.TsdbOptions.QueryLimits;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Blocks of a bucket are read there, alone and together with what a store has here. */
class BucketReaderTest {
    private static final Labels STREAM = Labels.of("replica", "a");
    private static final Labels LATE = Labels.of("replica", "a-late");
    private static final Path HEADERS = Path.of("/headers");
    private static final int SERIES = 60;
    private static final Matcher EVERYTHING = Matcher.regex("__name__", ".+");

    private final TsdbRuntime runtime = TsdbRuntime.create();
    private final ManualClock clock = new ManualClock(START);
    private final InMemoryObjectStore bucket = new InMemoryObjectStore();
    private final FlakyObjectStore flaky = new FlakyObjectStore(bucket);
    private final TreeMap<Labels, TreeMap<Long, Long>> appended = new TreeMap<>();
    private final Random random = new Random(3);
    private CrashingStorage storage;
    private long t = START;

    @BeforeEach
    void makeStorage() throws IOException {
        storage = TestStores.storage(1);
        storage.createDurableDirectories(HEADERS);
    }

    @AfterEach
    void closeRuntime() {
        runtime.close();
    }

    private BucketReader.Builder reader() {
        return BucketReader.builder(flaky, HEADERS, STREAM, LATE)
                .storage(storage)
                .clock(clock);
    }

    private Tsdb open(Duration retention, BucketReader reader) throws IOException {
        return TestStores.builder(storage, clock, runtime)
                .options(TestStores.OPTIONS.withDurability(Durability.OS).withRetention(retention))
                .objectStore(flaky)
                .externalLabels(STREAM)
                .bucketReader(reader)
                .open();
    }

    private static Labels labels(int series) {
        return Labels.of("__name__", "m" + series % 3, "host", "host-" + series, "zone", "z" + series % 5);
    }

    private void append(Tsdb db, long spanMillis) throws IOException {
        for (long end = t + spanMillis; t < end; t += 5 * MINUTE) {
            AppendBatch batch = db.newBatch();
            for (int i = 0; i < SERIES; i++) {
                if (random.nextInt(10) > 0) {
                    long value = random.nextInt(1000);
                    batch.add(db.series(labels(i)), t, value);
                    appended.computeIfAbsent(labels(i), key -> new TreeMap<>())
                            .put(t, Double.doubleToRawLongBits(value));
                }
            }
            batch.commit();
            clock.advance(Duration.ofMinutes(5));
        }
    }

    /** What a reader that kept everything would have. */
    private TreeMap<Labels, TreeMap<Long, Long>> expected(TimeRange range, Matcher... matchers) {
        TreeMap<Labels, TreeMap<Long, Long>> expected = new TreeMap<>();
        appended.forEach((labels, samples) -> {
            boolean selected = true;
            for (Matcher matcher : matchers) {
                selected &= matcher.matches(labels.get(matcher.name()));
            }
            TreeMap<Long, Long> part =
                    new TreeMap<>(samples.subMap(range.minTimestampMillis(), true, range.maxTimestampMillis(), true));
            if (selected && !part.isEmpty()) {
                expected.put(labels, part);
            }
        });
        return expected;
    }

    private static TreeMap<Labels, TreeMap<Long, Long>> read(Querier querier, Matcher... matchers) throws IOException {
        TreeMap<Labels, TreeMap<Long, Long>> read = new TreeMap<>();
        try (SeriesCursor series = querier.select(matchers)) {
            while (series.next()) {
                TreeMap<Long, Long> samples = new TreeMap<>();
                for (SampleCursor sample = series.samples(); sample.next(); ) {
                    Long before = samples.put(sample.timestampMillis(), sample.valueBits());
                    assertEquals(null, before, "a sample twice");
                }
                if (!samples.isEmpty()) {
                    assertEquals(null, read.put(series.labels(), samples), "a series twice");
                }
            }
        }
        return read;
    }

    /** Six hours here and the rest in the bucket; returns the store. */
    private Tsdb storeOfADay(BucketReader reader) throws IOException {
        Tsdb db = open(Duration.ofHours(6), reader);
        for (int day = 0; day < 8; day++) {
            append(db, 3 * HOUR);
            db.admin().runMaintenance();
            reader.refresh();
            db.admin().runMaintenance();
        }
        return db;
    }

    @Test
    void aStoreWithAReaderAnswersAsIfItHadKeptEverything() throws IOException {
        try (BucketReader reader = reader().open();
                Tsdb db = storeOfADay(reader)) {
            assertTrue(db.stats().blocksDeleted() >= 5, db.stats().toString());
            assertEquals(0, reader.stats().blocksOpen());
            List<Matcher[]> selections = List.of(
                    new Matcher[] {EVERYTHING},
                    new Matcher[] {Matcher.equal("__name__", "m1")},
                    new Matcher[] {Matcher.equal("host", "host-7")},
                    new Matcher[] {Matcher.regex("host", "host-1.*"), Matcher.notEqual("zone", "z2")},
                    new Matcher[] {Matcher.equal("__name__", "m1"), Matcher.notRegex("zone", "z[01]")},
                    new Matcher[] {Matcher.equal("__name__", "absent")});
            for (TimeRange range : List.of(
                    TimeRange.all(),
                    TimeRange.ofMillis(START + HOUR, START + 3 * HOUR),
                    TimeRange.ofMillis(START + 2 * HOUR, START + 2 * HOUR),
                    TimeRange.ofMillis(t - 9 * HOUR, t - HOUR))) {
                for (Matcher[] matchers : selections) {
                    try (Querier querier = db.querier(range)) {
                        assertEquals(expected(range, matchers), read(querier, matchers));
                    }
                }
            }
            assertEquals(List.of("__name__", "host", "zone"), db.labelNames());
            assertEquals(5, db.labelValues("zone", EVERYTHING).size());
            assertTrue(reader.stats().blocksOpen() >= 5, reader.stats().toString());
        }
    }

    @Test
    void whatIsHereIsNotReadThere() throws IOException {
        try (BucketReader reader = reader().open();
                Tsdb db = open(Duration.ofDays(9), reader)) {
            append(db, 12 * HOUR);
            db.admin().runMaintenance();
            reader.refresh();
            assertTrue(reader.stats().blocks() >= 4);
            long reads = reader.stats().reads();
            try (Querier querier = db.querier(TimeRange.all())) {
                assertEquals(expected(TimeRange.all()), read(querier, EVERYTHING));
            }
            assertEquals(reads, reader.stats().reads());
            assertEquals(0, reader.stats().blocksOpen());
        }
    }

    @Test
    void aBlockStaysHereUntilTheReaderHasSeenItThere() throws IOException {
        try (BucketReader reader = reader().open();
                Tsdb db = open(Duration.ofHours(3), reader)) {
            append(db, 12 * HOUR);
            // Shipped in this pass, and the bucket was looked at before that.
            flaky.plan((call, operation, name) -> operation == Operation.LIST && name.isEmpty() ? Fault.BEFORE : null);
            clock.advance(Duration.ofMinutes(10));
            assertThrows(ObjectStoreException.class, () -> db.admin().runMaintenance());
            assertEquals(0, db.stats().blocksDeleted());
            assertEquals(expected(TimeRange.all()), everythingIn(db));
            flaky.heal();
            clock.advance(Duration.ofMinutes(10));
            db.admin().runMaintenance();
            assertTrue(db.stats().blocksDeleted() > 0);
            assertEquals(expected(TimeRange.all()), everythingIn(db));
        }
    }

    private static TreeMap<Labels, TreeMap<Long, Long>> everythingIn(Tsdb db) throws IOException {
        try (Querier querier = db.querier(TimeRange.all())) {
            return read(querier, EVERYTHING);
        }
    }

    private static TreeMap<Labels, TreeMap<Long, Long>> everythingIn(BucketReader reader) throws IOException {
        try (Querier querier = reader.querier(TimeRange.all(), QueryLimits.none())) {
            return read(querier, EVERYTHING);
        }
    }

    /** Blocks of twelve hours in the bucket; what they hold is all that {@link #appended} has then. */
    private void fillBucket() throws IOException {
        try (BucketReader unused = reader().open();
                Tsdb db = open(Duration.ofDays(9), unused)) {
            append(db, 12 * HOUR);
            db.admin().flushAligned();
            db.admin().shipBlocks();
            long end = db.admin().blocks().stream()
                    .mapToLong(BlockInfo::maxTimestampMillis)
                    .max()
                    .orElseThrow();
            appended.values().forEach(samples -> samples.tailMap(end, true).clear());
        }
    }

    private List<String> foldersInBucket() {
        List<String> folders = new ArrayList<>();
        bucket.list("", false, entry -> folders.add(entry.name()));
        return folders;
    }

    @Test
    void blocksAreReadAloneAndHeadersAreUsedAgain() throws IOException {
        fillBucket();
        int blocks = foldersInBucket().size();
        try (BucketReader reader = reader().open()) {
            assertEquals(blocks, reader.stats().blocks());
            assertEquals(0, reader.stats().headersMade());
            assertEquals(expected(TimeRange.all()), everythingIn(reader));
            assertEquals(blocks, reader.stats().headersMade());
            // All is in the cache: nothing is read.
            long reads = reader.stats().reads();
            assertEquals(expected(TimeRange.all()), everythingIn(reader));
            assertEquals(reads, reader.stats().reads());
            clock.advance(Duration.ofMinutes(6));
            reader.refresh();
            assertEquals(0, reader.stats().blocksOpen());
            assertEquals(0, reader.stats().cacheBytes());
        }
        Path header = HEADERS.resolve(foldersInBucket().get(0)).resolve("index-header");
        try (BucketReader reader = reader().open()) {
            assertEquals(expected(TimeRange.all()), everythingIn(reader));
            assertEquals(0, reader.stats().headersMade());
        }
        byte[] damaged = storage.readAll(header);
        damaged[damaged.length / 2] ^= 1;
        storage.delete(header);
        try (AppendFile out = storage.create(header)) {
            out.write(damaged, 0, damaged.length);
        }
        try (BucketReader reader = reader().open()) {
            assertEquals(expected(TimeRange.all()), everythingIn(reader));
            assertEquals(1, reader.stats().headersMade());
        }
        assertEquals(List.of(), storage.openFiles());
    }

    @Test
    void aSmallCacheIsKeptToAndTheAnswersAreTheSame() throws IOException {
        fillBucket();
        for (long bytes : new long[] {0, 40 << 10, 100 << 10}) {
            try (BucketReader reader = reader().cacheBytesMax(bytes).open()) {
                assertEquals(expected(TimeRange.all()), everythingIn(reader));
                assertTrue(reader.stats().cacheBytes() <= bytes, reader.stats().toString());
            }
        }
    }

    @Test
    void rangesThatLieTogetherAreReadAtOnce() throws IOException {
        fillBucket();
        int blocks = foldersInBucket().size();
        try (BucketReader reader = reader().open()) {
            everythingIn(reader);
            long metas = 2L * blocks;
            // Of each block the header's parts once, then series, posting lists and chunks.
            assertTrue(
                    reader.stats().reads() <= metas + 10L * blocks,
                    reader.stats().toString());
            long[] bytes = {0};
            bucket.list("", true, entry -> bytes[0] += entry.sizeBytes());
            assertTrue(reader.stats().bytesRead() < 2 * bytes[0], reader.stats() + " of " + bytes[0]);
        }
    }

    @Test
    void blocksThatAreNotWholeOrMarkedOrMergedAreNotRead() throws IOException {
        fillBucket();
        List<String> folders = foldersInBucket();
        int blocks = folders.size();
        String first = folders.get(0);
        try (BucketReader reader = reader().open()) {
            bucket.put(
                    ObjectKey.of(first + "deletion-mark.json"),
                    ObjectBody.ofBytes(("{\"id\":\"x\",\"version\":1,\"deletion_time\":"
                                    + TimeUnit.MILLISECONDS.toSeconds(clock.wallMillis()) + "}")
                            .getBytes(StandardCharsets.UTF_8)));
            reader.refresh();
            assertEquals(blocks, reader.stats().blocks());
            clock.advance(Duration.ofHours(25));
            reader.refresh();
            assertEquals(blocks - 1, reader.stats().blocks());
            bucket.delete(ObjectKey.of(folders.get(1) + "meta.json"));
            try (BucketReader later = reader().open()) {
                assertEquals(blocks - 2, later.stats().blocks());
            }
            bucket.put(ObjectKey.of(folders.get(2) + "meta.json"), ObjectBody.ofBytes(new byte[] {'{'}));
            try (BucketReader later = reader().open()) {
                assertEquals(blocks - 3, later.stats().blocks());
                assertEquals(1, later.stats().blocksDamaged());
            }
        }
        try (BucketReader other = BucketReader.builder(flaky, HEADERS, Labels.of("replica", "b"))
                .storage(storage)
                .clock(clock)
                .open()) {
            assertEquals(0, other.stats().blocks());
            assertEquals(new TreeMap<>(), everythingIn(other));
        }
        try (BucketReader downsampled =
                reader().downsampled(Duration.ofMinutes(5), Aggregate.MAX).open()) {
            assertEquals(0, downsampled.stats().blocks());
            assertThrows(IllegalArgumentException.class, () -> open(Duration.ofDays(1), downsampled));
        }
    }

    @Test
    void aMergedBlockStandsForThoseItWasMadeOf() throws IOException {
        fillBucket();
        List<String> folders = foldersInBucket();
        // As a compactor would, but with the samples of the first alone: so it shows which one is read.
        String merged = "7ZZZZZZZZZZZZZZZZZZZZZZZZZ/";
        List<ObjectEntry> files = new ArrayList<>();
        bucket.list(folders.get(0), true, files::add);
        for (ObjectEntry file : files) {
            byte[] bytes = bytesOf(file.key());
            if (file.name().endsWith("meta.json")) {
                String ulid = folders.get(0).substring(0, 26);
                String json = new String(bytes, StandardCharsets.UTF_8)
                        .replaceFirst("\"ulid\": \"" + ulid, "\"ulid\": \"" + merged.substring(0, 26))
                        .replaceFirst(
                                "\"sources\": \\[\\s*\"" + ulid + "\"",
                                "\"sources\": [\"" + ulid + "\", \""
                                        + folders.get(1).substring(0, 26) + "\"");
                assertTrue(json.contains(folders.get(1).substring(0, 26)), json);
                bytes = json.getBytes(StandardCharsets.UTF_8);
            }
            bucket.put(
                    ObjectKey.of(merged + file.name().substring(folders.get(0).length())), ObjectBody.ofBytes(bytes));
        }
        try (BucketReader reader = reader().open()) {
            assertEquals(folders.size() - 1, reader.stats().blocks());
            long secondFrom = START + 2 * HOUR;
            try (Querier querier =
                    reader.querier(TimeRange.ofMillis(secondFrom, secondFrom + HOUR), QueryLimits.none())) {
                assertEquals(new TreeMap<>(), read(querier, EVERYTHING));
            }
        }
    }

    private byte[] bytesOf(ObjectKey key) throws ObjectStoreException {
        ByteBuffer bytes = ByteBuffer.allocate((int) bucket.size(key));
        int read = bucket.read(key, 0, bytes);
        assertEquals(bytes.capacity(), read);
        return bytes.array();
    }

    @Test
    void eachCallThatFailsFailsTheQueryWithItsOwnExceptionAndTheNextOneIsRight() throws IOException {
        fillBucket();
        long calls;
        try (BucketReader reader = reader().open()) {
            long before = flaky.calls();
            everythingIn(reader);
            calls = flaky.calls() - before;
        }
        assertTrue(calls > 15, "calls: " + calls);
        for (Fault fault : List.of(Fault.BEFORE, Fault.MIDWAY)) {
            for (long call = 1; call <= calls; call++) {
                storage.deleteRecursively(HEADERS);
                try (BucketReader reader = reader().open()) {
                    long failing = flaky.calls() + call;
                    flaky.plan((number, operation, name) -> number == failing ? fault : null);
                    assertThrows(ObjectStoreException.class, () -> everythingIn(reader), fault + " at " + call);
                    flaky.heal();
                    assertEquals(expected(TimeRange.all()), everythingIn(reader), fault + " at " + call);
                }
            }
        }
        assertEquals(List.of(), storage.openFiles());
    }

    @Test
    void damageInTheBucketIsNeverAWrongAnswer() throws IOException {
        fillBucket();
        foldersInBucket().stream().skip(1).forEach(folder -> {
            List<ObjectEntry> files = new ArrayList<>();
            bucket.list(folder, true, files::add);
            files.forEach(file -> bucket.delete(file.key()));
        });
        TreeMap<Labels, TreeMap<Long, Long>> whole;
        try (BucketReader reader = reader().open()) {
            whole = everythingIn(reader);
        }
        assertEquals(SERIES, whole.size());
        String folder = foldersInBucket().get(0);
        int noticed = 0;
        for (String file : List.of("index", "chunks/000001")) {
            ObjectKey key = ObjectKey.of(folder + file);
            byte[] good = bytesOf(key);
            for (int at = 0; at < good.length; at += 29) {
                byte[] bad = good.clone();
                bad[at] ^= (byte) (1 << at % 8);
                noticed += isNoticed(key, bad, whole) ? 1 : 0;
            }
            for (int length = 0; length < good.length; length += 997) {
                assertTrue(isNoticed(key, Arrays.copyOf(good, length), whole), file + " cut at " + length);
            }
            bucket.put(key, ObjectBody.ofBytes(good));
        }
        assertTrue(noticed > 200, "noticed: " + noticed);
    }

    private boolean isNoticed(ObjectKey key, byte[] bytes, TreeMap<Labels, TreeMap<Long, Long>> whole)
            throws IOException {
        bucket.put(key, ObjectBody.ofBytes(bytes));
        storage.deleteRecursively(HEADERS);
        try (BucketReader reader = reader().open()) {
            assertEquals(whole, everythingIn(reader));
            return false;
        } catch (IOException e) {
            assertTrue(e instanceof TsdbException || e instanceof UnsupportedChunkException, e.toString());
            return true;
        }
    }

    @Test
    void limitsAndCancelEndAQuery() throws IOException {
        fillBucket();
        try (BucketReader reader = reader().open()) {
            for (QueryLimits limits : List.of(
                    new QueryLimits(10, 0, 0, Duration.ZERO),
                    new QueryLimits(0, 1000, 0, Duration.ZERO),
                    new QueryLimits(0, 0, 1000, Duration.ZERO))) {
                try (Querier querier = reader.querier(TimeRange.all(), limits)) {
                    assertThrows(QueryStoppedException.class, () -> read(querier, EVERYTHING));
                }
            }
            try (Querier querier = reader.querier(TimeRange.all(), QueryLimits.none())) {
                querier.cancel();
                assertThrows(QueryStoppedException.class, () -> read(querier, EVERYTHING));
            }
        }
        assertEquals(List.of(), storage.openFiles());
    }

    @Test
    void otherFilesBesideTheChunksAndTheDigitsOfTheHostDoNotMatter() throws IOException {
        fillBucket();
        for (String folder : foldersInBucket()) {
            for (String name : List.of("000000.bak", "cairn.helper")) {
                bucket.put(ObjectKey.of(folder + "chunks/" + name), ObjectBody.ofBytes(new byte[] {1}));
            }
        }
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
        try (BucketReader reader = reader().open()) {
            assertEquals("\u0661", String.format("%d", 1));
            assertEquals(expected(TimeRange.all()), everythingIn(reader));
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    @SuppressWarnings("try")
    void aQuerierThatOutlivesItsReaderReadsToItsEnd() throws IOException {
        fillBucket();
        Querier left;
        BucketReader closed;
        try (BucketReader reader = reader().open()) {
            left = reader.querier(TimeRange.all(), QueryLimits.none());
            closed = reader;
        }
        assertThrows(IllegalStateException.class, () -> closed.querier(TimeRange.all(), QueryLimits.none()));
        try (Querier querier = left) {
            assertEquals(expected(TimeRange.all()), read(querier, EVERYTHING));
        }
        assertThrows(IllegalStateException.class, () -> left.select(EVERYTHING));
        assertEquals(List.of(), storage.openFiles());
    }
}

package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestStores.HOUR;
import static dev.cairndb.tsdb.TestStores.MINUTE;
import static dev.cairndb.tsdb.TestStores.START;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairndb.chunks.SampleCursor;
import dev.cairndb.index.Labels;
import dev.cairndb.index.Matcher;
import dev.cairndb.objstore.InMemoryObjectStore;
import dev.cairndb.objstore.ObjectEntry;
import dev.cairndb.objstore.ObjectKey;
import dev.cairndb.objstore.ObjectStoreException;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.FlakyObjectStore;
import dev.cairndb.testkit.ManualClock;
import dev.cairndb.tsdb.TsdbOptions.QueryLimits;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;

/** A bucket with blocks of a store, and what was appended to it. */
final class TestBucket implements AutoCloseable {
    static final Labels STREAM = Labels.of("replica", "a");
    static final Labels LATE = Labels.of("replica", "a-late");
    static final Path HEADERS = Path.of("/headers");
    static final Matcher EVERYTHING = Matcher.regex("__name__", ".+");

    final TsdbRuntime runtime = TsdbRuntime.create();
    final ManualClock clock = new ManualClock(START);
    final InMemoryObjectStore bucket = new InMemoryObjectStore();
    final FlakyObjectStore flaky = new FlakyObjectStore(bucket);
    final CrashingStorage storage;
    final TreeMap<Labels, TreeMap<Long, Long>> appended = new TreeMap<>();
    private final Random random = new Random(3);
    private final int series;
    /** Of the next sample. */
    long t = START;

    TestBucket(int series) throws IOException {
        this.series = series;
        storage = TestStores.storage(1);
        storage.createDurableDirectories(HEADERS);
    }

    @Override
    public void close() {
        runtime.close();
    }

    BucketReader.Builder reader() {
        return BucketReader.builder(flaky, HEADERS, STREAM, LATE)
                .storage(storage)
                .clock(clock);
    }

    Tsdb open(Duration retention, BucketReader reader) throws IOException {
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

    void append(Tsdb db, long spanMillis) throws IOException {
        for (long end = t + spanMillis; t < end; t += 5 * MINUTE) {
            AppendBatch batch = db.newBatch();
            for (int i = 0; i < series; i++) {
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

    /** Blocks of twelve hours in the bucket; what they hold is all that {@link #appended} has then. */
    void fill() throws IOException {
        fill(12 * HOUR);
    }

    void fill(long spanMillis) throws IOException {
        try (BucketReader unused = reader().open();
                Tsdb db = open(Duration.ofDays(9), unused)) {
            append(db, spanMillis);
            db.admin().flushAligned();
            db.admin().shipBlocks();
            long end = db.admin().blocks().stream()
                    .mapToLong(BlockInfo::maxTimestampMillis)
                    .max()
                    .orElseThrow();
            appended.values().forEach(samples -> samples.tailMap(end, true).clear());
        }
    }

    /** What a reader that kept everything would have. */
    TreeMap<Labels, TreeMap<Long, Long>> expected(TimeRange range, Matcher... matchers) {
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

    TreeMap<Labels, TreeMap<Long, Long>> expected() {
        return expected(TimeRange.all());
    }

    static TreeMap<Labels, TreeMap<Long, Long>> read(Querier querier, Matcher... matchers) throws IOException {
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

    static TreeMap<Labels, TreeMap<Long, Long>> everythingIn(Tsdb db) throws IOException {
        try (Querier querier = db.querier(TimeRange.all())) {
            return read(querier, EVERYTHING);
        }
    }

    static TreeMap<Labels, TreeMap<Long, Long>> everythingIn(BucketReader reader) throws IOException {
        try (Querier querier = reader.querier(TimeRange.all(), QueryLimits.none())) {
            return read(querier, EVERYTHING);
        }
    }

    /** Names of the blocks' folders, each with a slash behind it. */
    List<String> folders() {
        List<String> folders = new ArrayList<>();
        bucket.list("", false, entry -> folders.add(entry.name()));
        return folders;
    }

    long sizeBytes() {
        long[] bytes = {0};
        bucket.list("", true, entry -> bytes[0] += entry.sizeBytes());
        return bytes[0];
    }

    byte[] bytesOf(ObjectKey key) throws ObjectStoreException {
        ByteBuffer bytes = ByteBuffer.allocate((int) bucket.size(key));
        int read = bucket.read(key, 0, bytes);
        assertEquals(bytes.capacity(), read);
        return bytes.array();
    }

    void delete(String folder) {
        List<ObjectEntry> files = new ArrayList<>();
        bucket.list(folder, true, files::add);
        files.forEach(file -> bucket.delete(file.key()));
    }
}

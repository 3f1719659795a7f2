package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestBucket.EVERYTHING;
import static dev.cairndb.tsdb.TestBucket.HEADERS;
import static dev.cairndb.tsdb.TestBucket.everythingIn;
import static dev.cairndb.tsdb.TestBucket.read;
import static dev.cairndb.tsdb.TestStores.HOUR;
import static dev.cairndb.tsdb.TestStores.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.chunks.Aggregate;
import dev.cairndb.index.Labels;
import dev.cairndb.io.AppendFile;
import dev.cairndb.io.QueryStoppedException;
import dev.cairndb.objstore.ObjectBody;
import dev.cairndb.objstore.ObjectEntry;
import dev.cairndb.objstore.ObjectKey;
import dev.cairndb.testkit.StorageFault;
import dev.cairndb.testkit.StorageOperation;
import dev.cairndb.tsdb.TsdbOptions.QueryLimits;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Blocks of a bucket are read there. */
class BucketReaderTest {
    private static final int SERIES = 60;

    private TestBucket test;

    @BeforeEach
    void make() throws IOException {
        test = new TestBucket(SERIES);
    }

    @AfterEach
    void close() {
        test.close();
    }

    @Test
    void blocksAreReadAloneAndHeadersAreUsedAgain() throws IOException {
        test.fill();
        int blocks = test.folders().size();
        try (BucketReader reader = test.reader().open()) {
            assertEquals(blocks, reader.stats().blocks());
            assertEquals(0, reader.stats().headersMade());
            assertEquals(test.expected(), everythingIn(reader));
            assertEquals(blocks, reader.stats().headersMade());
            // All is in the cache: nothing is read.
            long reads = reader.stats().reads();
            assertEquals(test.expected(), everythingIn(reader));
            assertEquals(reads, reader.stats().reads());
            test.clock.advance(Duration.ofMinutes(6));
            reader.refresh();
            assertEquals(0, reader.stats().blocksOpen());
            assertEquals(0, reader.stats().cacheBytes());
        }
        Path header = HEADERS.resolve(test.folders().get(0)).resolve("index-header");
        try (BucketReader reader = test.reader().open()) {
            assertEquals(test.expected(), everythingIn(reader));
            assertEquals(0, reader.stats().headersMade());
        }
        byte[] damaged = test.storage.readAll(header);
        damaged[damaged.length / 2] ^= 1;
        test.storage.delete(header);
        try (AppendFile out = test.storage.create(header)) {
            out.write(damaged, 0, damaged.length);
        }
        try (BucketReader reader = test.reader().open()) {
            assertEquals(test.expected(), everythingIn(reader));
            assertEquals(1, reader.stats().headersMade());
            assertEquals(1, reader.stats().headersDamaged());
        }
        assertEquals(List.of(), test.storage.openFiles());
    }

    @Test
    void headersOfBlocksThatAreGoneAreDeletedAndNothingElseIs() throws IOException {
        test.fill();
        try (BucketReader reader = test.reader().open()) {
            everythingIn(reader);
        }
        List<String> folders = test.folders();
        Path gone = HEADERS.resolve(folders.get(0));
        Path another = HEADERS.resolve("7ZZZZZZZZZZZZZZZZZZZZZZZZZ");
        Path index = another.resolve("index");
        test.storage.createDirectories(another);
        test.storage.create(index).close();
        assertTrue(test.storage.exists(gone.resolve("index-header")));
        test.delete(folders.get(0));
        try (BucketReader reader = test.reader().open()) {
            assertFalse(test.storage.exists(gone));
            assertTrue(test.storage.exists(index));
            assertTrue(test.storage.exists(HEADERS.resolve(folders.get(1)).resolve("index-header")));
            test.delete(folders.get(1));
            test.storage
                    .faults()
                    .failOnce(
                            StorageFault.IO_ERROR,
                            Set.of(StorageOperation.DELETE),
                            path -> path.endsWith("index-header"),
                            1);
            reader.refresh();
            assertEquals(1, reader.stats().headersLeft());
            reader.refresh();
            assertEquals(0, reader.stats().headersLeft());
            assertFalse(test.storage.exists(HEADERS.resolve(folders.get(1))));
        }
    }

    @Test
    void blocksThatDoNotSayOfWhatTheyAreMadeAreListed() throws IOException {
        test.fill();
        for (String folder : test.folders()) {
            ObjectKey meta = ObjectKey.of(folder + "meta.json");
            String json = new String(test.bytesOf(meta), StandardCharsets.UTF_8);
            String without = json.replaceAll("\"size_bytes\": \\d+", "\"size_bytes\": 0");
            assertNotEquals(json, without);
            test.bucket.put(meta, ObjectBody.ofBytes(without.getBytes(StandardCharsets.UTF_8)));
        }
        try (BucketReader reader = test.reader().open()) {
            assertEquals(test.expected(), everythingIn(reader));
        }
    }

    @Test
    void aSmallCacheIsKeptToAndTheAnswersAreTheSame() throws IOException {
        test.fill();
        for (long bytes : new long[] {0, 40 << 10, 100 << 10}) {
            try (BucketReader reader = test.reader().cacheBytesMax(bytes).open()) {
                assertEquals(test.expected(), everythingIn(reader));
                assertTrue(reader.stats().cacheBytes() <= bytes, reader.stats().toString());
            }
        }
    }

    @Test
    void rangesThatLieTogetherAreReadAtOnce() throws IOException {
        test.fill();
        int blocks = test.folders().size();
        try (BucketReader reader = test.reader().open()) {
            everythingIn(reader);
            long metas = 2L * blocks;
            // Of each block the index, which is small, and the chunks.
            assertTrue(
                    reader.stats().reads() <= metas + 2L * blocks,
                    reader.stats().toString());
            assertTrue(reader.stats().bytesRead() < 2 * test.sizeBytes(), reader.stats() + " of " + test.sizeBytes());
        }
    }

    @Test
    void blocksThatAreNotWholeOrMarkedOrMergedAreNotRead() throws IOException {
        test.fill();
        List<String> folders = test.folders();
        int blocks = folders.size();
        String first = folders.get(0);
        try (BucketReader reader = test.reader().open()) {
            test.bucket.put(
                    ObjectKey.of(first + "deletion-mark.json"),
                    ObjectBody.ofBytes(("{\"id\":\"x\",\"version\":1,\"deletion_time\":"
                                    + TimeUnit.MILLISECONDS.toSeconds(test.clock.wallMillis()) + "}")
                            .getBytes(StandardCharsets.UTF_8)));
            reader.refresh();
            assertEquals(blocks, reader.stats().blocks());
            test.clock.advance(Duration.ofHours(25));
            reader.refresh();
            assertEquals(blocks - 1, reader.stats().blocks());
            test.bucket.delete(ObjectKey.of(folders.get(1) + "meta.json"));
            try (BucketReader later = test.reader().open()) {
                assertEquals(blocks - 2, later.stats().blocks());
            }
            test.bucket.put(ObjectKey.of(folders.get(2) + "meta.json"), ObjectBody.ofBytes(new byte[] {'{'}));
            try (BucketReader later = test.reader().open()) {
                assertEquals(blocks - 3, later.stats().blocks());
                assertEquals(1, later.stats().blocksDamaged());
            }
            ObjectKey meta = ObjectKey.of(folders.get(3) + "meta.json");
            String nameless = new String(test.bytesOf(meta), StandardCharsets.UTF_8).replace("\"replica\"", "\"\"");
            test.bucket.put(meta, ObjectBody.ofBytes(nameless.getBytes(StandardCharsets.UTF_8)));
            try (BucketReader later = test.reader().open()) {
                assertEquals(blocks - 4, later.stats().blocks());
                assertEquals(2, later.stats().blocksDamaged());
            }
        }
        try (BucketReader other = BucketReader.builder(test.flaky, HEADERS, Labels.of("replica", "b"))
                .storage(test.storage)
                .clock(test.clock)
                .open()) {
            assertEquals(0, other.stats().blocks());
            assertEquals(new TreeMap<>(), everythingIn(other));
        }
        try (BucketReader downsampled =
                test.reader().downsampled(Duration.ofMinutes(5), Aggregate.MAX).open()) {
            assertEquals(0, downsampled.stats().blocks());
            assertThrows(IllegalArgumentException.class, () -> test.open(Duration.ofDays(1), downsampled));
        }
    }

    @Test
    void aMergedBlockStandsForThoseItWasMadeOf() throws IOException {
        test.fill();
        List<String> folders = test.folders();
        // As a compactor would, but with the samples of the first alone: so it shows which one is read.
        String merged = "7ZZZZZZZZZZZZZZZZZZZZZZZZZ/";
        List<ObjectEntry> files = new ArrayList<>();
        test.bucket.list(folders.get(0), true, files::add);
        for (ObjectEntry file : files) {
            byte[] bytes = test.bytesOf(file.key());
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
            test.bucket.put(
                    ObjectKey.of(merged + file.name().substring(folders.get(0).length())), ObjectBody.ofBytes(bytes));
        }
        try (BucketReader reader = test.reader().open()) {
            assertEquals(folders.size() - 1, reader.stats().blocks());
            long secondFrom = START + 2 * HOUR;
            try (Querier querier =
                    reader.querier(TimeRange.ofMillis(secondFrom, secondFrom + HOUR), QueryLimits.none())) {
                assertEquals(new TreeMap<>(), read(querier, EVERYTHING));
            }
        }
    }

    @Test
    void limitsAndCancelEndAQuery() throws IOException {
        test.fill();
        try (BucketReader reader = test.reader().open()) {
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
        assertEquals(List.of(), test.storage.openFiles());
    }

    @Test
    void otherFilesBesideTheChunksAndTheDigitsOfTheHostDoNotMatter() throws IOException {
        test.fill();
        for (String folder : test.folders()) {
            for (String name : List.of("000000.bak", "cairn.helper")) {
                test.bucket.put(ObjectKey.of(folder + "chunks/" + name), ObjectBody.ofBytes(new byte[] {1}));
            }
        }
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
        try (BucketReader reader = test.reader().open()) {
            assertEquals("\u0661", String.format("%d", 1));
            assertEquals(test.expected(), everythingIn(reader));
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    @SuppressWarnings("try")
    void aQuerierThatOutlivesItsReaderReadsToItsEnd() throws IOException {
        test.fill();
        Querier left;
        BucketReader closed;
        try (BucketReader reader = test.reader().open()) {
            left = reader.querier(TimeRange.all(), QueryLimits.none());
            closed = reader;
        }
        assertThrows(IllegalStateException.class, () -> closed.querier(TimeRange.all(), QueryLimits.none()));
        try (Querier querier = left) {
            assertEquals(test.expected(), read(querier, EVERYTHING));
        }
        assertThrows(IllegalStateException.class, () -> left.select(EVERYTHING));
        assertEquals(List.of(), test.storage.openFiles());
    }
}

package dev.cairndb.interop;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.chunks.Aggregate;
import dev.cairndb.chunks.SampleCursor;
import dev.cairndb.index.Labels;
import dev.cairndb.index.Matcher;
import dev.cairndb.objstore.FileObjectStore;
import dev.cairndb.testkit.ManualClock;
import dev.cairndb.testkit.Peers;
import dev.cairndb.tsdb.AppendBatch;
import dev.cairndb.tsdb.BucketReader;
import dev.cairndb.tsdb.Durability;
import dev.cairndb.tsdb.Querier;
import dev.cairndb.tsdb.SeriesCursor;
import dev.cairndb.tsdb.TimeRange;
import dev.cairndb.tsdb.Tsdb;
import dev.cairndb.tsdb.TsdbOptions;
import dev.cairndb.tsdb.TsdbOptions.QueryLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A bucket that we fill, Thanos compacts and downsamples, and both read, with each other's headers of indexes. */
@Tag("interop")
class BucketReaderAndThanosTest {
    private static final Labels STREAM = Labels.of("replica", "a");
    private static final long DAYS = Duration.ofDays(2).toMillis();
    /** A multiple of two days. */
    private static final long START = 1_699_999_200_000L / DAYS * DAYS;

    private static final long HOUR = Duration.ofHours(1).toMillis();
    private static final int SERIES = 20;

    @TempDir
    Path scratch;

    private final TreeMap<Labels, TreeMap<Long, Double>> sent = new TreeMap<>();

    @Test
    void whatThanosMadeOfOurBlocksIsRead() throws Exception {
        Path bucket = Files.createDirectories(scratch.resolve("bucket"));
        fill(bucket, 59);
        Thanos thanos = new Thanos(scratch, bucket);
        String log = thanos.compact();
        assertTrue(log.contains("downsampled block"), log);
        Path ours = scratch.resolve("headers");
        try (FileObjectStore store = new FileObjectStore(bucket)) {
            try (BucketReader reader = BucketReader.builder(store, ours, STREAM).open()) {
                assertTrue(reader.stats().blocks() < 10, "merged: " + reader.stats());
                assertEquals(sent, read(reader));
                assertEquals(reader.stats().blocks(), reader.stats().headersMade());
            }
            try (BucketReader reader = BucketReader.builder(store, scratch.resolve("counts"), STREAM)
                    .downsampled(Duration.ofMinutes(5), Aggregate.COUNT)
                    .open()) {
                assertEquals(1, reader.stats().blocks());
                TreeMap<Labels, TreeMap<Long, Double>> counts = read(reader);
                assertEquals(sent.keySet(), counts.keySet());
                counts.forEach((labels, windows) -> assertEquals(
                        sent.get(labels).headMap(START + DAYS).size(),
                        windows.values().stream().mapToDouble(v -> v).sum(),
                        labels.toString()));
            }
            Path theirs = scratch.resolve("store");
            assertFalse(gateway(bucket, theirs).contains("recreat"));
            assertEquals(headersOf(ours).keySet(), headersOf(theirs).keySet());
            headersOf(ours)
                    .forEach((block, header) ->
                            assertArrayEquals(header, headersOf(theirs).get(block), block));
            try (BucketReader reader =
                    BucketReader.builder(store, theirs, STREAM).open()) {
                assertEquals(sent, read(reader));
                assertEquals(0, reader.stats().headersMade());
            }
            String withOurs = gateway(bucket, ours);
            assertFalse(withOurs.contains("failed to read index-header"), withOurs);
        }
    }

    /** Ships blocks of so many hours, and keeps in {@link #sent} what they hold. */
    private void fill(Path bucket, int hours) throws IOException {
        ManualClock clock = new ManualClock(START);
        TsdbOptions options = TsdbOptions.defaults()
                .withRetention(Duration.ZERO)
                .withDurability(Durability.OS)
                .withMaintenance(TsdbOptions.Maintenance.MANUAL);
        try (FileObjectStore store = new FileObjectStore(bucket);
                Tsdb db = Tsdb.builder(scratch.resolve("data"))
                        .options(options)
                        .clock(clock)
                        .objectStore(store)
                        .externalLabels(STREAM)
                        .open()) {
            for (long t = START;
                    t < START + hours * HOUR;
                    t += Duration.ofMinutes(1).toMillis()) {
                AppendBatch batch = db.newBatch();
                for (int i = 0; i < SERIES; i++) {
                    batch.add(db.series(labels(i)), t, (t - START) / 1000.0 + i);
                }
                batch.commit();
                clock.advance(Duration.ofMinutes(1));
                if ((t - START) % (2 * HOUR) == 0) {
                    db.admin().runMaintenance();
                }
            }
            db.admin().flushAligned();
            db.admin().shipBlocks();
            long end = db.admin().blocks().stream()
                    .mapToLong(block -> block.maxTimestampMillis())
                    .max()
                    .orElseThrow();
            for (int i = 0; i < SERIES; i++) {
                TreeMap<Long, Double> samples = new TreeMap<>();
                for (long t = START; t < end; t += Duration.ofMinutes(1).toMillis()) {
                    samples.put(t, (t - START) / 1000.0 + i);
                }
                sent.put(labels(i), samples);
            }
        }
    }

    private static Labels labels(int series) {
        return Labels.of("__name__", "power", "meter", String.valueOf(series));
    }

    private static TreeMap<Labels, TreeMap<Long, Double>> read(BucketReader reader) throws IOException {
        TreeMap<Labels, TreeMap<Long, Double>> all = new TreeMap<>();
        try (Querier querier = reader.querier(TimeRange.all(), QueryLimits.none());
                SeriesCursor series = querier.select(Matcher.equal("__name__", "power"))) {
            while (series.next()) {
                TreeMap<Long, Double> samples = new TreeMap<>();
                for (SampleCursor sample = series.samples(); sample.next(); ) {
                    assertEquals(null, samples.put(sample.timestampMillis(), sample.value()));
                }
                all.put(series.labels(), samples);
            }
        }
        return all;
    }

    /** What a store gateway logs until it is ready, which it is with a header of each block. */
    private String gateway(Path bucket, Path headers) {
        int port = Http.freePort();
        List<String> command = List.of(
                Peers.program("thanos").toString(),
                "store",
                "--data-dir=" + headers,
                "--grpc-address=127.0.0.1:" + Http.freePort(),
                "--http-address=127.0.0.1:" + port,
                "--objstore.config={type: FILESYSTEM, config: {directory: " + bucket + "}}");
        try (RunningProgram program = RunningProgram.start(scratch, "store", command)) {
            program.await("ready", Duration.ofSeconds(60), () -> Http.status(port, "/-/ready") == 200);
            return program.log();
        }
    }

    /** Of the blocks that are read, which are not all that the gateway has. */
    private TreeMap<String, byte[]> headersOf(Path folder) {
        TreeMap<String, byte[]> headers = new TreeMap<>();
        try (Stream<Path> blocks = Files.list(scratch.resolve("headers"))) {
            for (Path block : blocks.toList()) {
                Path header = folder.resolve(block.getFileName()).resolve("index-header");
                if (Files.exists(header)) {
                    headers.put(String.valueOf(block.getFileName()), Files.readAllBytes(header));
                }
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return headers;
    }
}

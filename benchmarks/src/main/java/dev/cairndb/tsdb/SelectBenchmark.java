package dev.cairndb.tsdb;

import dev.cairndb.ShortBenchmark;
import dev.cairndb.chunks.ChunkCursors;
import dev.cairndb.chunks.FloatCursor;
import dev.cairndb.chunks.SampleCursor;
import dev.cairndb.index.Labels;
import dev.cairndb.index.Matcher;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Time for each sample that is selected from a store, or for each series: the matchers are resolved every time. The
 * samples are in open chunks of the head, in chunks that it has closed and mapped, or in a block.
 */
public class SelectBenchmark extends ShortBenchmark {
    private static final int SAMPLES_OF_ALL = 200_000;
    private static final int SERIES_OF_A_PATH = 25;
    private static final int INTERVAL_MILLIS = 15_000;
    /** A boundary of blocks. */
    private static final long START_MILLIS = 1_749_996_000_000L;

    private static final TimeRange RANGE =
            TimeRange.ofMillis(START_MILLIS, START_MILLIS + Duration.ofHours(2).toMillis() - 1);

    /** Where the samples are. */
    public enum Place {
        OPEN(2_000),
        MAPPED(500),
        BLOCK(500);

        private final int series;

        Place(int series) {
            this.series = series;
        }

        private int samplesOfEach() {
            return SAMPLES_OF_ALL / series;
        }
    }

    @Param({"OPEN", "MAPPED", "BLOCK"})
    private Place place;

    private final ChunkCursors chunkCursors = new ChunkCursors();
    private final long[] timestampsMillis = new long[1024];
    private final long[] valuesBits = new long[1024];
    private Path directory;
    private Tsdb db;

    @Setup
    public void fill() throws IOException {
        directory = Files.createTempDirectory("select");
        db = Tsdb.builder(directory)
                .options(TsdbOptions.defaults()
                        .withDurability(Durability.OS)
                        .withMaintenance(TsdbOptions.Maintenance.MANUAL))
                .open();
        AppendBatch batch = db.newBatch();
        SeriesHandle[] handles = new SeriesHandle[place.series];
        for (int i = 0; i < handles.length; i++) {
            handles[i] = db.series(Labels.of(
                    "__name__",
                    "http_requests_total",
                    "instance",
                    "10.0.0." + i % SERIES_OF_A_PATH + ":8080",
                    "job",
                    "api",
                    "path",
                    "/v1/things/" + i / SERIES_OF_A_PATH));
        }
        for (int sample = 0; sample < place.samplesOfEach(); sample++) {
            append(batch, handles, START_MILLIS + (long) sample * INTERVAL_MILLIS, sample);
        }
        if (place == Place.MAPPED) {
            db.admin().runMaintenance();
        }
        if (place == Place.BLOCK) {
            append(batch, handles, START_MILLIS + Duration.ofHours(4).toMillis(), 0);
            db.admin().cutBlocks();
        }
        if (db.admin().blocks().size() != (place == Place.BLOCK ? 1 : 0)) {
            throw new IllegalStateException("found blocks " + db.admin().blocks());
        }
    }

    private static void append(AppendBatch batch, SeriesHandle[] handles, long timestampMillis, int sample)
            throws IOException {
        for (int i = 0; i < handles.length; i++) {
            batch.add(handles[i], timestampMillis, (double) sample * (i % 7));
        }
        if (batch.commit().samplesAppended() != handles.length) {
            throw new IllegalStateException("not all were stored");
        }
    }

    /** All series, decoded to the last sample. */
    @Benchmark
    @OperationsPerInvocation(SAMPLES_OF_ALL)
    public long samples() throws IOException {
        long sum = 0;
        int count = 0;
        try (Querier querier = db.querier(RANGE);
                SeriesCursor series = querier.select(Matcher.equal("job", "api"))) {
            while (series.next()) {
                for (SampleCursor samples = series.samples(); samples.next(); count++) {
                    sum += samples.timestampMillis() ^ samples.valueBits();
                }
            }
        }
        return requireAll(count, SAMPLES_OF_ALL, sum);
    }

    /** The same by the chunk: each decoded at once into arrays. */
    @Benchmark
    @OperationsPerInvocation(SAMPLES_OF_ALL)
    public long chunks() throws IOException {
        long sum = 0;
        int count = 0;
        try (Querier querier = db.querier(RANGE);
                SeriesCursor series = querier.select(Matcher.equal("job", "api"))) {
            while (series.next()) {
                for (ChunkCursor chunks = series.chunks(); chunks.next(); ) {
                    FloatCursor samples = (FloatCursor) chunkCursors.open(chunks.chunk());
                    int decoded = samples.decode(timestampsMillis, valuesBits, 0);
                    for (int i = 0; i < decoded; i++) {
                        sum += timestampsMillis[i] ^ valuesBits[i];
                    }
                    count += decoded;
                }
            }
        }
        return requireAll(count, SAMPLES_OF_ALL, sum);
    }

    /** The series of one path, without their samples. */
    @Benchmark
    @OperationsPerInvocation(SERIES_OF_A_PATH)
    public long series() throws IOException {
        int count = 0;
        try (Querier querier = db.querier(RANGE);
                SeriesCursor series = querier.select(
                        Matcher.equal("path", "/v1/things/7"), Matcher.regex("instance", "10\\.0\\.0\\..*"))) {
            while (series.next()) {
                count += series.labels().isEmpty() ? 0 : 1;
            }
        }
        return requireAll(count, SERIES_OF_A_PATH, count);
    }

    private static long requireAll(int found, int expected, long result) {
        if (found != expected) {
            throw new IllegalStateException("found " + found + " of " + expected);
        }
        return result;
    }

    @TearDown
    public void close() throws IOException {
        db.close();
        List<Path> paths;
        try (Stream<Path> found = Files.walk(directory)) {
            paths = found.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : paths) {
            Files.delete(path);
        }
    }
}

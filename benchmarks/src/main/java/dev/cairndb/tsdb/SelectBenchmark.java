package dev.cairndb.tsdb;

import dev.cairndb.chunks.SampleCursor;
import dev.cairndb.index.Labels;
import dev.cairndb.index.Matcher;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Time for each sample that is selected from a store, or for each series: the matchers are resolved every time. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class SelectBenchmark {
    private static final int SERIES = 2_000;
    private static final int SAMPLES = 100;
    private static final int INTERVAL_MILLIS = 15_000;
    private static final long START_MILLIS = 1_750_000_000_000L;
    private static final TimeRange RANGE = TimeRange.ofMillis(START_MILLIS, START_MILLIS + SAMPLES * INTERVAL_MILLIS);

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
        SeriesHandle[] handles = new SeriesHandle[SERIES];
        for (int i = 0; i < SERIES; i++) {
            handles[i] = db.series(Labels.of(
                    "__name__",
                    "http_requests_total",
                    "instance",
                    "10.0.0." + i / 20 + ":8080",
                    "job",
                    "api",
                    "path",
                    "/v1/things/" + i % 20));
        }
        for (int sample = 0; sample < SAMPLES; sample++) {
            for (int i = 0; i < SERIES; i++) {
                batch.add(handles[i], START_MILLIS + (long) sample * INTERVAL_MILLIS, (double) sample * (i % 7));
            }
            if (batch.commit().samplesAppended() != SERIES) {
                throw new IllegalStateException("not all were stored");
            }
        }
    }

    /** All series, decoded to the last sample. */
    @Benchmark
    @OperationsPerInvocation(SERIES * SAMPLES)
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
        return requireAll(count, SERIES * SAMPLES, sum);
    }

    /** The series of one path, without their samples. */
    @Benchmark
    @OperationsPerInvocation(SERIES / 20)
    public long series() throws IOException {
        int count = 0;
        try (Querier querier = db.querier(RANGE);
                SeriesCursor series = querier.select(
                        Matcher.equal("path", "/v1/things/7"), Matcher.regex("instance", "10\\.0\\.0\\..*"))) {
            while (series.next()) {
                count += series.labels().isEmpty() ? 0 : 1;
            }
        }
        return requireAll(count, SERIES / 20, count);
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

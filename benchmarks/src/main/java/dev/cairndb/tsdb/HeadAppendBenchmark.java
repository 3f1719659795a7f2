package dev.cairndb.tsdb;

import dev.cairndb.index.Labels;
import dev.cairndb.io.Clock;
import dev.cairndb.remote.RemoteWriteDecoder;
import dev.cairndb.remote.RemoteWriteEncoder;
import dev.cairndb.remote.RemoteWriteLimits;
import dev.cairndb.remote.RemoteWriteRequest;
import dev.cairndb.remote.RemoteWriteVersion;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Time for each sample that a store takes from a request of 2,000, with 20,000 series in the head: lookup of the
 * series, commit, chunk, log, and the answer. Blocks are cut between the iterations, outside of what is measured. Late
 * samples are a backlog in order, 20 hours behind the newest sample of each series at first.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class HeadAppendBenchmark {
    private static final int SAMPLES = 2_000;
    private static final int REQUESTS = 10;
    private static final int INTERVAL_MILLIS = 15_000;
    private static final long START_MILLIS = 1_750_000_000_000L;
    private static final long LATE_MILLIS = Duration.ofHours(20).toMillis();

    @Param({"OS", "SYNC"})
    private Durability durability;

    @Param({"false", "true"})
    private boolean late;

    private final RemoteWriteEncoder encoder = new RemoteWriteEncoder();
    private final RemoteWriteDecoder decoder = new RemoteWriteDecoder();
    private final RemoteWriteLimits limits = RemoteWriteLimits.defaults();
    /** Names and values of each series, as bytes: making a request must not disturb what {@code -prof gc} counts. */
    private final byte[][][] series = new byte[SAMPLES * REQUESTS][][];

    private final SeriesHandle[] handles = new SeriesHandle[SAMPLES * REQUESTS];
    private Path directory;
    private Tsdb db;
    private AppendBatch batch;
    private int round;
    private long timestampMillis;
    private RemoteWriteRequest request;

    @Setup
    public void open() throws IOException {
        directory = Files.createTempDirectory("head-append");
        timestampMillis = START_MILLIS;
        db = Tsdb.builder(directory)
                .options(TsdbOptions.defaults()
                        .withDurability(durability)
                        .withMaintenance(TsdbOptions.Maintenance.MANUAL)
                        .withRetention(Duration.ofHours(2)))
                .clock(new SampleClock())
                .open();
        batch = db.newBatch();
        for (int i = 0; i < series.length; i++) {
            String[] labels = {
                "__name__",
                "http_requests_total",
                "code",
                Integer.toString(200 + i % 5),
                "instance",
                "10.0.0." + i / 100 + ":8080",
                "job",
                "api",
                "namespace",
                "production",
                "path",
                "/v1/things/" + i % 100
            };
            handles[i] = db.series(Labels.of(labels));
            series[i] = Stream.of(labels)
                    .map(text -> text.getBytes(StandardCharsets.UTF_8))
                    .toArray(byte[][]::new);
        }
        if (late) {
            for (SeriesHandle handle : handles) {
                batch.add(handle, START_MILLIS + LATE_MILLIS, 1);
            }
            AppendResult unused = batch.commit();
        }
    }

    /** The next request, made and decoded outside of the measured time. */
    @Setup(Level.Invocation)
    public void nextRequest() throws IOException {
        round++;
        if (round % REQUESTS == 0) {
            timestampMillis += INTERVAL_MILLIS;
        }
        encoder.clear();
        for (int i = 0; i < SAMPLES; i++) {
            encoder.startSeries();
            byte[][] labels = series[first() + i];
            for (int at = 0; at < labels.length; at += 2) {
                encoder.label(labels[at], 0, labels[at].length, labels[at + 1], 0, labels[at + 1].length);
            }
            encoder.sample(timestampMillis, Double.doubleToRawLongBits(value(i)))
                    .endSeries();
        }
        encoder.finish();
        request = decoder.decode(encoder.body(), 0, encoder.bodySize(), RemoteWriteVersion.V1, limits);
    }

    private int first() {
        return round % REQUESTS * SAMPLES;
    }

    private double value(int i) {
        return (double) round * (i % 7);
    }

    @Benchmark
    @OperationsPerInvocation(SAMPLES)
    public AppendResult remoteWrite() throws IOException {
        return requireAll(db.append(request));
    }

    @Benchmark
    @OperationsPerInvocation(SAMPLES)
    public AppendResult handles() throws IOException {
        for (int i = 0; i < SAMPLES; i++) {
            batch.add(handles[first() + i], timestampMillis, value(i));
        }
        return requireAll(batch.commit());
    }

    private AppendResult requireAll(AppendResult result) {
        if (result.samplesAppended() != SAMPLES || result.samplesLate() != (late ? SAMPLES : 0)) {
            throw new IllegalStateException("not all were stored: " + result);
        }
        return result;
    }

    @TearDown(Level.Iteration)
    public void cutBlocks() throws IOException {
        db.admin().runMaintenance();
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

    /** Wall time goes as the samples do. */
    private final class SampleClock implements Clock {
        @Override
        public long wallMillis() {
            return late ? START_MILLIS + LATE_MILLIS : timestampMillis;
        }

        @Override
        public long monotonicNanos() {
            return System.nanoTime();
        }
    }
}

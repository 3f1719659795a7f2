package dev.cairndb.tsdb;

import dev.cairndb.io.Snappy;
import dev.cairndb.remote.MetricType;
import dev.cairndb.remote.RemoteWriteCompression;
import dev.cairndb.remote.RemoteWriteDecoder;
import dev.cairndb.remote.RemoteWriteEncoder;
import dev.cairndb.remote.RemoteWriteLimits;
import dev.cairndb.remote.RemoteWriteRequest;
import dev.cairndb.remote.RemoteWriteVersion;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/**
 * Where the CPU time of a write goes: one thread makes requests, and takes the time of each step of theirs on the way
 * into a store in this process, and beside it that of a {@link NaiveLoop} over the same messages. There is no HTTP in
 * it. Thread CPU time, so that other work on the machine disturbs little.
 *
 * <p>Arguments: version (1 or 2), series, rounds, series of a request, backlogs. The first third of the rounds is not
 * counted. With one backlog all samples are late, and in order among themselves; several backlogs take turns, a round
 * each.
 */
public final class IngestProfile {
    private static final int INTERVAL_MILLIS = 15_000;
    /** Less than the window for late samples. */
    private static final long LATE_MILLIS = Duration.ofHours(20).toMillis();

    private static final int PARTS = 3;

    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private final RemoteWriteVersion version;
    private final byte[][][] labels;
    private final double[] values;
    private final int rounds;
    private final int batch;
    private final int backlogs;
    private final SplittableRandom random = new SplittableRandom(1);
    private final RemoteWriteLimits limits = RemoteWriteLimits.defaults();
    private final RemoteWriteDecoder decoder = new RemoteWriteDecoder();
    private final RemoteWriteEncoder encoder;
    private final long[] nanos = new long[PARTS];
    private byte[] message = new byte[1 << 20];
    private long samples;
    private long samplesLate;
    private long nanosNaive;
    private long samplesNaive;

    private IngestProfile(RemoteWriteVersion version, int series, int rounds, int batch, int backlogs) {
        this.version = version;
        this.rounds = rounds;
        this.batch = batch;
        this.backlogs = backlogs;
        encoder = new RemoteWriteEncoder(version);
        labels = new byte[series][][];
        values = new double[series];
        for (int i = 0; i < series; i++) {
            labels[i] = KubernetesLabels.of(i);
        }
    }

    public static void main(String[] args) throws IOException {
        RemoteWriteVersion version =
                args.length > 0 && args[0].equals("2") ? RemoteWriteVersion.V2 : RemoteWriteVersion.V1;
        int series = args.length > 1 ? Integer.parseInt(args[1]) : 20_000;
        int rounds = args.length > 2 ? Integer.parseInt(args[2]) : 300;
        int batch = args.length > 3 ? Integer.parseInt(args[3]) : 2_000;
        int backlogs = args.length > 4 ? Integer.parseInt(args[4]) : 0;
        new IngestProfile(version, series, rounds, batch, backlogs).run();
    }

    private void run() throws IOException {
        Path directory = Files.createTempDirectory("ingest-profile");
        try (Tsdb db = Tsdb.builder(directory)
                .options(TsdbOptions.defaults().withDurability(Durability.OS).withRetention(Duration.ofHours(2)))
                .open()) {
            long nowMillis = System.currentTimeMillis();
            if (backlogs > 0) {
                send(db, nowMillis);
            }
            long logNanos = 0;
            for (int round = 0; round < rounds; round++) {
                if (round == rounds / 3) {
                    Arrays.fill(nanos, 0);
                    samples = 0;
                    logNanos = nanosOf("cairn-log");
                }
                send(db, timestampMillis(round, nowMillis));
            }
            logNanos = nanosOf("cairn-log") - logNanos;
            runNaive(nowMillis);
            print(logNanos);
        } finally {
            try (Stream<Path> found = Files.walk(directory)) {
                List<Path> paths = found.sorted(Comparator.reverseOrder()).toList();
                for (Path path : paths) {
                    Files.delete(path);
                }
            }
        }
    }

    /** By itself, so that neither empties the other's caches. */
    private void runNaive(long nowMillis) throws IOException {
        NaiveLoop loop = new NaiveLoop(version);
        for (int round = 0; round < rounds; round++) {
            if (round == rounds / 3) {
                nanosNaive = 0;
                samplesNaive = 0;
            }
            for (int from = 0; from < labels.length; from += batch) {
                encode(from, Math.min(from + batch, labels.length), timestampMillis(round, nowMillis));
                takeNaive(loop);
            }
        }
        if (loop.seriesCount() != labels.length) {
            throw new IllegalStateException("BUG: the naive loop has other series: " + loop.seriesCount());
        }
    }

    private void takeNaive(NaiveLoop loop) throws IOException {
        byte[] body = encoder.body();
        long begin = threads.getCurrentThreadCpuTime();
        int length = Snappy.uncompressedSizeBytes(body, 0, encoder.bodySize());
        int unused = Snappy.decompress(body, 0, encoder.bodySize(), message, 0, length);
        samplesNaive += loop.take(message, length);
        nanosNaive += threads.getCurrentThreadCpuTime() - begin;
    }

    private void send(Tsdb db, long timestampMillis) throws IOException {
        for (int from = 0; from < labels.length; from += batch) {
            encode(from, Math.min(from + batch, labels.length), timestampMillis);
            take(db);
        }
    }

    private long timestampMillis(int round, long nowMillis) {
        if (backlogs == 0) {
            return nowMillis - (long) (rounds - round) * INTERVAL_MILLIS;
        }
        long beginMillis = nowMillis - LATE_MILLIS * (1 + round % backlogs) / (backlogs + 1);
        return beginMillis + (long) (round / backlogs) * INTERVAL_MILLIS;
    }

    private void encode(int from, int to, long timestampMillis) {
        encoder.clear();
        for (int i = from; i < to; i++) {
            encoder.startSeries();
            byte[][] texts = labels[i];
            for (int at = 0; at < texts.length; at += 2) {
                encoder.label(texts[at], 0, texts[at].length, texts[at + 1], 0, texts[at + 1].length);
            }
            if (version == RemoteWriteVersion.V2) {
                encoder.metadata(MetricType.GAUGE, "", "");
            }
            encoder.sample(timestampMillis + random.nextInt(5), Double.doubleToRawLongBits(next(i)))
                    .endSeries();
        }
        encoder.finish();
    }

    /** Counters, constants, gauges with two decimals, a few values, sums: a hard mix, as production has it. */
    private double next(int i) {
        double value = values[i];
        values[i] = switch (i % 10) {
            case 0, 1, 2, 3 -> value + random.nextInt(1 + i % 50 * 7);
            case 4, 5 -> i % 1000;
            case 6, 7 -> Math.round((value + random.nextDouble() * 6 - 3) * 100) / 100.0;
            case 8 -> random.nextInt(3);
            default -> value + random.nextDouble() * 0.01;
        };
        return values[i];
    }

    private void take(Tsdb db) throws IOException {
        byte[] body = encoder.body();
        int size = encoder.bodySize();
        int length = Snappy.uncompressedSizeBytes(body, 0, size);
        if (message.length < length) {
            message = new byte[length];
        }
        long t0 = threads.getCurrentThreadCpuTime();
        int unused = Snappy.decompress(body, 0, size, message, 0, length);
        long t1 = threads.getCurrentThreadCpuTime();
        RemoteWriteRequest request =
                decoder.decode(message, 0, length, RemoteWriteCompression.NONE, version, limits, db.knownLabels());
        long t2 = threads.getCurrentThreadCpuTime();
        var appended = db.appendAsync(request);
        long t3 = threads.getCurrentThreadCpuTime();
        AppendResult result = appended.toCompletableFuture().join();
        if (result.rejectedTotal() != 0) {
            throw new IllegalStateException("not all were stored: " + result);
        }
        nanos[0] += t1 - t0;
        nanos[1] += t2 - t1;
        nanos[2] += t3 - t2;
        samples += request.sampleCount();
        samplesLate += result.samplesLate();
    }

    private long nanosOf(String prefix) {
        long sum = 0;
        for (ThreadInfo thread : threads.getThreadInfo(threads.getAllThreadIds())) {
            if (thread != null && thread.getThreadName().startsWith(prefix)) {
                sum += threads.getThreadCpuTime(thread.getThreadId());
            }
        }
        return sum;
    }

    private void print(long logNanos) {
        double n = samples;
        double sum = nanos[0] + nanos[1] + nanos[2] + logNanos;
        System.out.printf(
                Locale.ROOT,
                "version %s, %d samples late, ns a sample: snappy %.1f, wire %.1f, append and its log %.1f, threads of the log %.1f, sum %.1f; snappy"
                        + " and naive loop %.1f: %.0f %% of its samples for each CPU second%n",
                version,
                samplesLate,
                nanos[0] / n,
                nanos[1] / n,
                nanos[2] / n,
                logNanos / n,
                sum / n,
                (double) nanosNaive / samplesNaive,
                100 * n * nanosNaive / samplesNaive / sum);
    }
}

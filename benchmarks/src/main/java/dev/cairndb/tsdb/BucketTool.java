package dev.cairndb.tsdb;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.management.OperatingSystemMXBean;
import dev.cairndb.chunks.SampleCursor;
import dev.cairndb.index.Labels;
import dev.cairndb.index.Matcher;
import dev.cairndb.objstore.FileObjectStore;
import dev.cairndb.tsdb.TsdbOptions.QueryLimits;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * Selections from a bucket by {@link BucketReader} and by a {@code thanos store} beside it: time, bytes read, CPU. The
 * first time with empty caches, then again. Arguments: an empty folder, and the program thanos.
 *
 * <p>Of Thanos it is the store gateway alone that is measured, by its own metrics: time in its gRPC server, bytes it
 * fetched, CPU of the process. The querier in front of it, which asks it, is not counted; with it goes the encoding of
 * the answer, which a reader inside the process does not need.
 */
public final class BucketTool {
    private static final Labels STREAM = Labels.of("replica", "a");
    private static final long HOUR = Duration.ofHours(1).toMillis();
    private static final long START = 1_699_999_200_000L;
    private static final int HOURS = 48;
    /** The last hours may not have been shipped. */
    private static final long END = START + (HOURS - 2) * HOUR;

    private static final long STEP = Duration.ofMinutes(1).toMillis();
    private static final int JOBS = 20;
    private static final int SERIES_OF_JOB = 100;
    private static final int AGAIN = 3;
    /** As many as the gateway does for one query. */
    private static final int READS_AT_ONCE = 20;

    private final Path folder;
    private final String thanos;
    private final Path bucket;
    private final HttpClient http = HttpClient.newHttpClient();

    private record Selection(String name, String selector, Matcher[] matchers, int hours) {
        long from() {
            return END - hours * HOUR;
        }
    }

    /** What one selection took. */
    private record Cost(double millis, double kibibytes, double cpuMillis, long samples) {}

    /** Metrics of a store gateway at one moment. */
    private record Counters(double seconds, double bytes, double cpuSeconds) {}

    private BucketTool(Path folder, String thanos) {
        this.folder = folder;
        this.thanos = thanos;
        bucket = folder.resolve("bucket");
    }

    public static void main(String[] arguments) throws Exception {
        BucketTool tool = new BucketTool(Path.of(arguments[0]), arguments[1]);
        tool.fill();
        List<Selection> selections = List.of(
                selection("a series, 46 h", "{job=\"j7\",instance=\"i7\"}", 46, "job", "j7", "instance", "i7"),
                selection("100 series, 6 h", "{job=\"j7\"}", 6, "job", "j7"),
                selection("100 series, 46 h", "{job=\"j7\"}", 46, "job", "j7"),
                selection("2,000 series, 1 h", "{__name__=\"m\"}", 1, "__name__", "m"));
        tool.ours(selections.get(2), tool.folder.resolve("warm-up"), AGAIN);
        System.out.println("| selection | by | ms, cold | KiB | CPU ms | ms, again | KiB | CPU ms |");
        System.out.println("|---|---|---|---|---|---|---|---|");
        for (Selection selection : selections) {
            List<Cost> ours = tool.ours(selection, tool.folder.resolve("headers"), AGAIN);
            List<Cost> theirs = tool.theirs(selection);
            print(selection.name(), "BucketReader", ours);
            print("", "thanos store", theirs);
            if (ours.get(0).samples() != theirs.get(0).samples()) {
                throw new IllegalStateException("samples: " + ours.get(0) + ", " + theirs.get(0));
            }
        }
    }

    private static Selection selection(String name, String selector, int hours, String... labels) {
        Matcher[] matchers = new Matcher[labels.length / 2];
        for (int i = 0; i < matchers.length; i++) {
            matchers[i] = Matcher.equal(labels[2 * i], labels[2 * i + 1]);
        }
        return new Selection(name, selector, matchers, hours);
    }

    private static void print(String name, String by, List<Cost> costs) {
        Cost cold = costs.get(0);
        Cost again = costs.get(costs.size() - 1);
        System.out.printf(
                Locale.ROOT,
                "| %s | %s | %.1f | %.0f | %.0f | %.1f | %.0f | %.0f |%n",
                name,
                by,
                cold.millis(),
                cold.kibibytes(),
                cold.cpuMillis(),
                again.millis(),
                again.kibibytes(),
                again.cpuMillis());
    }

    private void fill() throws IOException {
        Files.createDirectories(bucket);
        TsdbOptions options = TsdbOptions.defaults()
                .withRetention(Duration.ZERO)
                .withDurability(Durability.OS)
                .withMaintenance(TsdbOptions.Maintenance.MANUAL);
        try (FileObjectStore store = new FileObjectStore(bucket);
                Tsdb db = Tsdb.builder(folder.resolve("data"))
                        .options(options)
                        .objectStore(store)
                        .externalLabels(STREAM)
                        .open()) {
            List<SeriesHandle> series = new ArrayList<>();
            for (int i = 0; i < JOBS * SERIES_OF_JOB; i++) {
                series.add(db.series(Labels.of(
                        "__name__", "m", "job", "j" + i / SERIES_OF_JOB, "instance", "i" + i % SERIES_OF_JOB)));
            }
            for (long t = START; t < START + HOURS * HOUR; t += STEP) {
                AppendBatch batch = db.newBatch();
                for (int i = 0; i < series.size(); i++) {
                    batch.add(series.get(i), t, (double) ((t / STEP * 31 + i * 7L) % 997));
                }
                AppendResult unused = batch.commit();
                if ((t - START) % (2 * HOUR) == 0) {
                    db.admin().runMaintenance();
                }
            }
            db.admin().flushAligned();
            int shipped = db.admin().shipBlocks();
            System.err.println(db.admin().blocks().size() + " blocks, " + shipped + " of them at last");
        }
    }

    private List<Cost> ours(Selection selection, Path headers, int again) throws IOException {
        List<Cost> costs = new ArrayList<>();
        ExecutorService threads = Executors.newFixedThreadPool(READS_AT_ONCE - 1);
        try (FileObjectStore store = new FileObjectStore(bucket)) {
            try (BucketReader reader =
                    BucketReader.builder(store, headers, STREAM).open()) {
                // Makes the headers that the gateway makes before it is ready.
                long unused = read(reader, selection);
            }
            try (BucketReader reader = BucketReader.builder(store, headers, STREAM)
                    .executor(threads, READS_AT_ONCE)
                    .open()) {
                for (int i = 0; i <= again; i++) {
                    long bytes = reader.stats().bytesRead();
                    long cpu = processCpuNanos();
                    long begin = System.nanoTime();
                    long samples = read(reader, selection);
                    double millis = (System.nanoTime() - begin) / 1e6;
                    cpu = processCpuNanos() - cpu;
                    costs.add(new Cost(millis, (reader.stats().bytesRead() - bytes) / 1024.0, cpu / 1e6, samples));
                }
            }
        } finally {
            threads.shutdown();
        }
        return costs;
    }

    /** Of all threads, those of the collector and of the compilers too. */
    private static long processCpuNanos() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }

    private static long read(BucketReader reader, Selection selection) throws IOException {
        long count = 0;
        TimeRange range = TimeRange.ofMillis(selection.from() + 1, END);
        try (Querier querier = reader.querier(range, QueryLimits.none());
                SeriesCursor series = querier.select(selection.matchers())) {
            while (series.next()) {
                for (SampleCursor sample = series.samples(); sample.next(); ) {
                    count++;
                }
            }
        }
        return count;
    }

    private List<Cost> theirs(Selection selection) throws Exception {
        int grpc = freePort();
        int port = freePort();
        int query = freePort();
        List<Cost> costs = new ArrayList<>();
        Process store = start(
                "store",
                "--data-dir=" + folder.resolve("store"),
                "--grpc-address=127.0.0.1:" + grpc,
                "--http-address=127.0.0.1:" + port,
                "--objstore.config={type: FILESYSTEM, config: {directory: " + bucket + "}}");
        Process querier = start(
                "query",
                "--endpoint-strict=127.0.0.1:" + grpc,
                "--grpc-address=127.0.0.1:" + freePort(),
                "--http-address=127.0.0.1:" + query);
        try {
            awaitReady(port);
            awaitReady(query);
            // Until the querier has met the gateway it answers with nothing, which costs the gateway nothing.
            long samples = 0;
            while (samples == 0 || costs.size() <= AGAIN) {
                Counters before = counters(port);
                samples = ask(query, selection);
                Counters after = counters(port);
                if (samples > 0) {
                    costs.add(new Cost(
                            1e3 * (after.seconds() - before.seconds()),
                            (after.bytes() - before.bytes()) / 1024,
                            1e3 * (after.cpuSeconds() - before.cpuSeconds()),
                            samples));
                } else {
                    Thread.sleep(200);
                }
            }
            return costs;
        } finally {
            store.destroy();
            querier.destroy();
            store.waitFor();
            querier.waitFor();
        }
    }

    private Process start(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(thanos));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve(arguments[0] + ".log").toFile())
                .start();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private String get(int port, String path) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .build();
        return http.send(request, HttpResponse.BodyHandlers.ofString()).body();
    }

    private void awaitReady(int port) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (true) {
            try {
                HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/-/ready"))
                        .build();
                if (http.send(request, HttpResponse.BodyHandlers.ofString()).statusCode() == 200) {
                    return;
                }
            } catch (IOException e) {
                // Not listening yet.
            }
            if (System.nanoTime() > end) {
                throw new IllegalStateException("not ready after a minute, see the logs in " + folder);
            }
            Thread.sleep(50);
        }
    }

    /** How many samples the querier shows. */
    private long ask(int port, Selection selection) throws Exception {
        long seconds = (END - selection.from()) / 1000;
        String expression = selection.selector() + "[" + seconds + "s]";
        String answer = get(
                port,
                "/api/v1/query?time=" + END / 1000 + "&query=" + URLEncoder.encode(expression, StandardCharsets.UTF_8));
        long count = 0;
        for (var series : new ObjectMapper().readTree(answer).path("data").path("result")) {
            count += series.path("values").size();
        }
        return count;
    }

    private Counters counters(int port) throws Exception {
        double seconds = 0;
        double bytes = 0;
        double cpu = 0;
        for (String line : get(port, "/metrics").lines().toList()) {
            double value = line.startsWith("#") ? 0 : Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
            if (line.startsWith("grpc_server_handling_seconds_sum") && line.contains("\"Series\"")) {
                seconds += value;
            } else if (line.startsWith("thanos_objstore_bucket_operation_fetched_bytes_total")) {
                bytes += value;
            } else if (line.startsWith("process_cpu_seconds_total ")) {
                cpu = value;
            }
        }
        return new Counters(seconds, bytes, cpu);
    }
}

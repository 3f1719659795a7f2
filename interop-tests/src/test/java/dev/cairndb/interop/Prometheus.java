package dev.cairndb.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairndb.testkit.Peers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/** A real Prometheus over a data directory, on a port of its own. */
final class Prometheus implements AutoCloseable {
    static final String SCRAPES_NOTHING = "global: {}\n";
    private static final Duration READY_TIME_MAX = Duration.ofSeconds(90);
    private static final Duration STOP_TIME_MAX = Duration.ofSeconds(90);
    private static final Duration SENT_TIME_MAX = Duration.ofSeconds(90);
    private static final int QUIET_MILLIS = 1_000;
    private static final List<String> SENT_KINDS = List.of("samples", "histograms", "exemplars");

    private final RunningProgram program;
    private final int port;
    private final Path config;

    private Prometheus(RunningProgram program, int port, Path config) {
        this.program = program;
        this.port = port;
        this.config = config;
    }

    static Prometheus open(Path scratch, Path data, String... flags) throws IOException {
        int port = Http.freePort();
        return start(scratch, data, port, SCRAPES_NOTHING, flags);
    }

    /** Started and ready. */
    static Prometheus start(Path scratch, Path data, int port, String configText, String... flags) throws IOException {
        Path config = Files.createTempFile(scratch, "prometheus", ".yml");
        Files.writeString(config, configText);
        List<String> command = new ArrayList<>(List.of(
                Peers.program("prometheus").toString(),
                "--config.file=" + config,
                "--storage.tsdb.path=" + data,
                "--storage.tsdb.retention.time=100y",
                "--web.enable-lifecycle",
                "--web.listen-address=127.0.0.1:" + port));
        command.addAll(List.of(flags));
        Prometheus server = new Prometheus(RunningProgram.start(scratch, "prometheus", command), port, config);
        boolean ready = false;
        try {
            server.program.await("ready", READY_TIME_MAX, () -> Http.status(port, "/-/ready") == 200);
            ready = true;
            return server;
        } finally {
            if (!ready) {
                server.close();
            }
        }
    }

    /** One that scrapes itself, five times a second, and soon cuts blocks: each is of five seconds. */
    static Prometheus startCuttingBlocks(Path scratch, Path data, String configText, String... flags)
            throws IOException {
        int port = Http.freePort();
        String config = "global: {scrape_interval: 200ms}\n"
                + "scrape_configs: [{job_name: self, static_configs: [{targets: ['127.0.0.1:" + port + "']}]}]\n";
        List<String> all = new ArrayList<>(
                List.of("--storage.tsdb.min-block-duration=5s", "--storage.tsdb.max-block-duration=5s"));
        all.addAll(List.of(flags));
        return start(scratch, data, port, config + configText, all.toArray(new String[0]));
    }

    /**
     * Started and ready on what a killed process left. A write that the kill interrupted may have left a torn record:
     * then Prometheus repairs its log, and reads the late log only at the next start.
     */
    static Prometheus startAfterKill(Path scratch, Path data, String configText, String... flags) throws IOException {
        Prometheus first = start(scratch, data, Http.freePort(), configText, flags);
        if (!first.program.log().contains("Successfully repaired WAL")) {
            return first;
        }
        try (first) {
            first.stop();
        }
        return start(scratch, data, Http.freePort(), configText, flags);
    }

    int port() {
        return port;
    }

    RunningProgram program() {
        return program;
    }

    void reload(String configText) throws IOException {
        Files.writeString(config, configText);
        assertEquals(
                200,
                Http.send(Http.to(port, "/-/reload")
                                .POST(HttpRequest.BodyPublishers.noBody())
                                .build())
                        .statusCode());
    }

    SampleSet samples() {
        try {
            return RemoteRead.all(port);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The value of a metric of its own; the sum over all series of that name. */
    double metric(String name) {
        return sum(Http.get(port, "/metrics"), name);
    }

    private static double sum(String metrics, String name) {
        return metrics.lines()
                .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    /** After a configuration that scrapes nothing: waits until all that is in the log has been sent everywhere. */
    void awaitSent() {
        awaitSent(() -> true);
    }

    /**
     * After a configuration whose jobs have no targets any more: waits until every series has its stale marker, which
     * comes two intervals later, and until all that is in the log has been sent everywhere.
     */
    void awaitEndedAndSent() {
        awaitSent(this::hasEnded);
    }

    private void awaitSent(BooleanSupplier complete) {
        String[] last = {""};
        long[] sinceNanos = {System.nanoTime()};
        program.await("everything sent", SENT_TIME_MAX, () -> {
            String metrics = Http.get(port, "/metrics");
            String now = sent(metrics);
            if (!now.equals(last[0]) || isSending(metrics)) {
                last[0] = now;
                sinceNanos[0] = System.nanoTime();
            }
            if (System.nanoTime() - sinceNanos[0] < QUIET_MILLIS * 1_000_000L) {
                return false;
            }
            sinceNanos[0] = System.nanoTime();
            return complete.getAsBoolean();
        });
        String metrics = Http.get(port, "/metrics");
        for (String kind : SENT_KINDS) {
            assertEquals(0, sum(metrics, "prometheus_remote_storage_" + kind + "_failed_total"), kind + " failed");
        }
    }

    /** What of each kind was appended and sent. */
    private static String sent(String metrics) {
        StringBuilder text = new StringBuilder().append(sum(metrics, "prometheus_tsdb_head_samples_appended_total"));
        SENT_KINDS.forEach(
                kind -> text.append(' ').append(sum(metrics, "prometheus_remote_storage_" + kind + "_total")));
        return text.toString();
    }

    /** Whether samples wait to be sent, or are in the log and not read from there yet. */
    private static boolean isSending(String metrics) {
        double taken = 0;
        for (String kind : SENT_KINDS) {
            if (sum(metrics, "prometheus_remote_storage_" + kind + "_pending") > 0) {
                return true;
            }
        }
        for (String kind : List.of("samples", "histograms")) {
            taken += sum(metrics, "prometheus_remote_storage_" + kind + "_total")
                    + sum(metrics, "prometheus_remote_storage_" + kind + "_dropped_total");
        }
        long queues = metrics.lines()
                .filter(line -> line.startsWith("prometheus_remote_storage_shards{"))
                .count();
        // What was sent more than once counts as often.
        return taken < queues * sum(metrics, "prometheus_tsdb_head_samples_appended_total");
    }

    private boolean hasEnded() {
        try {
            String stale = Long.toHexString(SampleSet.STALE);
            return RemoteRead.texts(port).values().stream()
                    .map(series -> series.lastEntry().getValue())
                    .allMatch(text -> text.equals(stale) || text.equals(HistogramText.STALE));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What it warned of, and its errors; that it was told to stop is none. */
    List<String> complaints() {
        return program.log()
                .lines()
                .filter(line -> !line.contains("Received an OS signal"))
                .filter(line -> line.contains("level=WARN") || line.contains("level=ERROR"))
                .toList();
    }

    /** The same without that late blocks overlap others, as they do. */
    List<String> complaintsBesideOverlaps() {
        return complaints().stream()
                .filter(line -> !line.contains("Overlapping blocks found"))
                .toList();
    }

    void stop() {
        assertEquals(0, program.stop(STOP_TIME_MAX), program::log);
    }

    void kill() {
        program.kill();
    }

    @Override
    public void close() {
        program.close();
    }
}

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

/** A real Prometheus over a data directory, on a port of its own. */
final class Prometheus implements AutoCloseable {
    static final String SCRAPES_NOTHING = "global: {}\n";
    private static final Duration READY_TIME_MAX = Duration.ofSeconds(90);
    private static final Duration STOP_TIME_MAX = Duration.ofSeconds(90);

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
        return Http.get(port, "/metrics")
                .lines()
                .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    /** What it warned of, and its errors; that it was told to stop is none. */
    List<String> complaints() {
        return program.log()
                .lines()
                .filter(line -> !line.contains("Received an OS signal"))
                .filter(line -> line.contains("level=WARN") || line.contains("level=ERROR"))
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

package dev.cairndb.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairndb.testkit.Peers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The programs of Thanos over a bucket. */
final class Thanos {
    private static final Duration TIME_MAX = Duration.ofSeconds(120);

    private final Path scratch;
    private final String bucket;

    /** Over a bucket in the file system. */
    Thanos(Path scratch, Path bucket) {
        this(scratch, "{type: FILESYSTEM, config: {directory: " + bucket + "}}");
    }

    /** @param bucket its configuration, in YAML */
    Thanos(Path scratch, String bucket) {
        this.scratch = scratch;
        this.bucket = bucket;
    }

    private List<String> command(String... arguments) {
        List<String> command = new ArrayList<>(List.of(Peers.program("thanos").toString()));
        command.addAll(List.of(arguments));
        command.add("--objstore.config=" + bucket);
        return command;
    }

    /** What a tool prints; it must end with 0. */
    String run(String... arguments) {
        try (RunningProgram program = RunningProgram.start(scratch, "thanos", command(arguments))) {
            assertEquals(0, program.awaitExit(TIME_MAX), program::log);
            return program.log();
        }
    }

    /** One pass of a compactor that has nothing to wait for; returns its log. */
    String compact(String... flags) {
        try (RunningProgram program = RunningProgram.start(scratch, "compact", compactor(flags))) {
            assertEquals(0, program.awaitExit(TIME_MAX), program::log);
            return program.log();
        }
    }

    /** One pass of a compactor; returns the code it ends with. */
    int compactExitCode(String... flags) {
        try (RunningProgram program = RunningProgram.start(scratch, "compact", compactor(flags))) {
            return program.awaitExit(TIME_MAX);
        }
    }

    private List<String> compactor(String... flags) {
        List<String> command = command(
                "compact",
                "--data-dir=" + scratch.resolve("compact"),
                "--http-address=127.0.0.1:" + Http.freePort(),
                "--consistency-delay=0s");
        command.addAll(List.of(flags));
        return command;
    }

    /** A compactor that goes on, which {@code port} serves the metrics of. */
    RunningProgram compactor(int port) {
        List<String> command = command(
                "compact",
                "--data-dir=" + scratch.resolve("compact"),
                "--http-address=127.0.0.1:" + port,
                "--consistency-delay=0s",
                "--wait",
                "--wait-interval=1s");
        return RunningProgram.start(scratch, "compact", command);
    }

    /** What a querier over a store gateway answers. */
    SampleSet query(String expression, long atMillis, String deduplication, boolean deduplicated) {
        int grpcPort = Http.freePort();
        int storePort = Http.freePort();
        int queryPort = Http.freePort();
        List<String> store = command(
                "store",
                "--data-dir=" + scratch.resolve("store"),
                "--grpc-address=127.0.0.1:" + grpcPort,
                "--http-address=127.0.0.1:" + storePort);
        List<String> query = List.of(
                Peers.program("thanos").toString(),
                "query",
                "--endpoint-strict=127.0.0.1:" + grpcPort,
                "--grpc-address=127.0.0.1:" + Http.freePort(),
                "--http-address=127.0.0.1:" + queryPort,
                "--deduplication.func=" + deduplication,
                "--query.replica-label=replica");
        try (RunningProgram gateway = RunningProgram.start(scratch, "store", store);
                RunningProgram querier = RunningProgram.start(scratch, "query", query)) {
            gateway.await("ready", TIME_MAX, () -> Http.status(storePort, "/-/ready") == 200);
            querier.await("ready", TIME_MAX, () -> Http.status(queryPort, "/-/ready") == 200);
            String parameters = "&dedup=" + deduplicated + "&partial_response=false";
            querier.await(
                    "connected",
                    TIME_MAX,
                    () -> !Http.query(queryPort, "count(count_over_time(" + expression + "))", atMillis, parameters)
                            .isEmpty());
            return Http.rawSamples(queryPort, expression, atMillis, parameters);
        }
    }

    /** The value of a metric; the sum over all series of that name. */
    static double metric(int port, String name) {
        return Http.get(port, "/metrics")
                .lines()
                .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }
}

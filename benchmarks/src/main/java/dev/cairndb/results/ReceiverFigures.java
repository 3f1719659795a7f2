package dev.cairndb.results;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Whole receivers under a load: {@code bin/cairn} beside a Prometheus, one after the other, with what their processes
 * used. A Prometheus does not sync before it answers; neither does the one that is called CairnDB alone. The load comes from {@code rwload} of the peers'
 * folder, and without that folder there is nothing to measure.
 */
final class ReceiverFigures {
    private static final int TURNS = 3;
    private static final Duration READY_WITHIN = Duration.ofMinutes(1);
    private static final String WRITE_ADDRESS = "127.0.0.1:29191";
    private static final String HTTP_ADDRESS = "127.0.0.1:29192";
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private static final List<Load> LOADS = List.of(
            new Load("version 1, 20,000 series", "-proto", "1", "-series", "20000", "-rounds", "900"),
            new Load("version 2, 20,000 series", "-proto", "2", "-series", "20000", "-rounds", "900"),
            new Load("500,000 new series", "-proto", "1", "-series", "500000", "-rounds", "8"),
            new Load(
                    "50,000 series, a tenth replaced every 24 rounds",
                    "-series",
                    "50000",
                    "-rounds",
                    "240",
                    "-churn-every",
                    "24"),
            new Load(
                    "64 connections, 200 samples a request",
                    "-conns",
                    "64",
                    "-batch",
                    "200",
                    "-series",
                    "20000",
                    "-rounds",
                    "200"));

    private final Path peers;
    private final long seed;
    private final List<Figure> figures = new ArrayList<>();
    private final HttpClient http = HttpClient.newHttpClient();

    private ReceiverFigures(Path peers, long seed) {
        this.peers = peers;
        this.seed = seed;
    }

    /** What rwload is told to send. */
    private record Load(String name, List<String> arguments) {
        Load(String name, String... arguments) {
            this(name, List.of(arguments));
        }
    }

    /**
     * A program that takes remote write: how to start it on a folder, where to write, where it says that it is ready.
     */
    private record Receiver(String name, List<String> command, String writeUrl, String readyUrl) {}

    static List<Figure> measure(@Nullable Path peers, long seed, Map<String, String> versions)
            throws IOException, InterruptedException {
        if (peers == null || !Files.isExecutable(peers.resolve("rwload"))) {
            System.err.println("no receivers measured: --peers DIR is not given, or has no rwload");
            return List.of();
        }
        String prometheus = peers.resolve("prometheus").toString();
        versions.put("Prometheus", ThisMachine.firstLineOf(prometheus, "--version"));
        ReceiverFigures measured = new ReceiverFigures(peers, seed);
        for (Load load : LOADS) {
            measured.turns(load.name(), load.arguments());
        }
        return measured.figures;
    }

    private void turns(String name, List<String> load) throws IOException, InterruptedException {
        Map<String, List<JsonNode>> answers = new LinkedHashMap<>();
        for (int turn = 0; turn < TURNS; turn++) {
            Path directory = Files.createTempDirectory("receivers");
            try {
                for (Receiver receiver : receivers(directory)) {
                    answers.computeIfAbsent(receiver.name(), k -> new ArrayList<>())
                            .add(loaded(receiver, directory, load));
                }
            } finally {
                Folders.delete(directory);
            }
        }
        for (Map.Entry<String, List<JsonNode>> answer : answers.entrySet()) {
            add(name, answer, "/samples_per_server_cpu_s", "samples per CPU second", true);
            add(name, answer, "/rss_peak_mib", "MiB resident at most", false);
            add(name, answer, "/latency_ms/p99", "ms, p99 of requests", false);
        }
    }

    private void add(
            String load, Map.Entry<String, List<JsonNode>> answers, String field, String unit, boolean higherIsBetter) {
        List<Double> values = answers.getValue().stream()
                .map(answer -> answer.at(field).asDouble())
                .toList();
        figures.add(new Figure("receivers", load + ", " + unit, answers.getKey(), unit, higherIsBetter, values));
    }

    private List<Receiver> receivers(Path directory) throws IOException {
        Path settings = Files.writeString(directory.resolve("prometheus.yml"), "global: {}\n");
        return List.of(
                cairn("CairnDB", "os", directory),
                cairn("CairnDB, synced", "sync", directory),
                new Receiver(
                        "Prometheus",
                        List.of(
                                peers.resolve("prometheus").toString(),
                                "--config.file=" + settings,
                                "--storage.tsdb.path=" + directory.resolve("prometheus"),
                                "--web.enable-remote-write-receiver",
                                "--web.listen-address=" + WRITE_ADDRESS),
                        "http://" + WRITE_ADDRESS + "/api/v1/write",
                        "http://" + WRITE_ADDRESS + "/-/ready"));
    }

    private static Receiver cairn(String name, String durability, Path directory) {
        return new Receiver(
                name,
                List.of(
                        "bin/cairn",
                        "receive",
                        "--durability=" + durability,
                        "--tsdb.path=" + directory.resolve(durability),
                        "--remote-write.address=" + WRITE_ADDRESS,
                        "--http-address=" + HTTP_ADDRESS,
                        "--grpc-address=127.0.0.1:0",
                        "--label=replica=\"a\""),
                "http://" + WRITE_ADDRESS + "/api/v1/write",
                "http://" + HTTP_ADDRESS + "/-/ready");
    }

    private JsonNode loaded(Receiver receiver, Path directory, List<String> load)
            throws IOException, InterruptedException {
        Path log = directory.resolve(receiver.name() + ".log");
        Process process = new ProcessBuilder(receiver.command())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            awaitReady(receiver, process, log);
            List<String> command = new ArrayList<>(List.of(
                    peers.resolve("rwload").toString(),
                    "-url",
                    receiver.writeUrl(),
                    "-pid",
                    Long.toString(process.pid()),
                    "-seed",
                    Long.toString(seed)));
            command.addAll(load);
            Process sender = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            JsonNode answer = MAPPER.readTree(sender.getInputStream().readAllBytes());
            if (sender.waitFor() != 0
                    || answer.path("accepted").asLong()
                            != answer.path("offered").asLong()) {
                throw new IOException(receiver.name() + " did not take all samples: " + answer);
            }
            return answer;
        } finally {
            process.destroy();
            if (!process.waitFor(READY_WITHIN.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        }
    }

    private void awaitReady(Receiver receiver, Process process, Path log) throws IOException, InterruptedException {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(receiver.readyUrl())).build();
        long deadline = System.nanoTime() + READY_WITHIN.toNanos();
        while (process.isAlive() && System.nanoTime() < deadline) {
            try {
                if (http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200) {
                    return;
                }
            } catch (IOException e) {
                // not there yet
            }
            Thread.sleep(50);
        }
        throw new IOException(receiver.name() + " does not get ready: " + Files.readString(log));
    }
}

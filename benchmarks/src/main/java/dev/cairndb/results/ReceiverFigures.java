package dev.cairndb.results;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Whole receivers under a load: {@code bin/cairn} beside a Prometheus, one after the other, with what their processes
 * used. A Prometheus does not sync before it answers; neither does the one that is called CairnDB alone. The load comes from {@code rwload} of the peers'
 * folder, and without that folder there is nothing to measure.
 */
final class ReceiverFigures {
    private static final int TURNS = 3;

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
                    "900"));

    private final Path peers;
    private final SentLoad sender;
    private final List<Figure> figures = new ArrayList<>();

    private ReceiverFigures(Path peers, long seed) {
        this.peers = peers;
        sender = new SentLoad(peers, seed);
    }

    /** What rwload is told to send. */
    private record Load(String name, List<String> arguments) {
        Load(String name, String... arguments) {
            this(name, List.of(arguments));
        }
    }

    static List<Figure> measure(@Nullable Path peers, long seed, Map<String, String> versions)
            throws IOException, InterruptedException {
        if (peers == null || !SentLoad.isIn(peers)) {
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
                for (MeasuredReceiver receiver : receivers(directory)) {
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

    private List<MeasuredReceiver> receivers(Path directory) throws IOException {
        return List.of(
                MeasuredReceiver.cairn("CairnDB", "os", directory.resolve("os")),
                MeasuredReceiver.cairn("CairnDB, synced", "sync", directory.resolve("sync")),
                MeasuredReceiver.prometheus(peers, directory.resolve("prometheus")));
    }

    private JsonNode loaded(MeasuredReceiver receiver, Path directory, List<String> load)
            throws IOException, InterruptedException {
        try (RunningReceiver running = RunningReceiver.start(receiver, directory.resolve(receiver.name() + ".log"))) {
            return sender.send(receiver, running, load);
        }
    }
}

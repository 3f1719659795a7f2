package dev.cairndb.results;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Blocks: cut from a head of 4 hours, and merged from 3 that follow each other, each in two sizes, beside a Prometheus
 * that is started on a copy of the same directory and does it by itself a minute later; and an index with ten million
 * series. A process does its work three times, on copies: the first time most of it is the compiler's. What they used
 * is what the system says of the process, or of the time between the last look before and the first behind.
 */
final class BlockFigures {
    private static final int[] CUT_SERIES = {5_000, 20_000};
    private static final int[] MERGED_SERIES = {2_500, 20_000};
    private static final int INDEX_SERIES = 10_000_000;
    private static final int TURNS = 3;
    /** How often a process does its work. */
    private static final int TIMES = 3;

    private static final String ADDRESS = "127.0.0.1:29193";
    private static final Duration COMPACTED_WITHIN = Duration.ofMinutes(5);
    /** Prometheus looks for what is to be done a minute after its start; its start is over long before. */
    private static final Duration START_IS_OVER = Duration.ofSeconds(45);

    private final List<Figure> figures = new ArrayList<>();
    private final HttpClient http = HttpClient.newHttpClient();

    private BlockFigures() {}

    static List<Figure> measure(@Nullable Path peers) throws IOException, InterruptedException {
        BlockFigures measured = new BlockFigures();
        for (int series : CUT_SERIES) {
            Work cut = new Work(String.format("2 hours of %,d series", series), "fill", "cut", "-Xmx256m");
            measured.work(
                    cut, series, peers, "prometheus_tsdb_compactions_total", "prometheus_tsdb_head_truncations_total");
        }
        for (int series : MERGED_SERIES) {
            Work merge = new Work(String.format("6 hours of %,d series, merged", series), "blocks", "merge", "-Xmx48m");
            measured.work(merge, series, peers, "prometheus_tsdb_compactions_total");
        }
        measured.index();
        return measured.figures;
    }

    /** What BlockTool does with directories that it has filled. */
    private record Work(String name, String fill, String command, String heap) {}

    /** @param counters of Prometheus, all of which have counted something when it has done the same */
    private void work(Work work, int series, @Nullable Path peers, String... counters)
            throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory("blocks");
        try {
            Path filled = directory.resolve("filled");
            tool("-Xmx1g", work.fill(), filled.toString(), Integer.toString(series));
            List<Map<String, Double>> turns = new ArrayList<>();
            for (int turn = 0; turn < TURNS; turn++) {
                List<String> arguments = new ArrayList<>(List.of(work.command()));
                for (int copy = 0; copy < TIMES; copy++) {
                    arguments.add(Folders.copy(filled, directory.resolve("copy" + copy))
                            .toString());
                }
                turns.add(tool(work.heap(), arguments.toArray(new String[0])));
                for (String copy : arguments.subList(1, arguments.size())) {
                    Folders.delete(Path.of(copy));
                }
            }
            String name = work.name();
            add(name, "samples per CPU second", true, turns, turn -> turn.get("samples") / turn.get("cpuSeconds"));
            for (int time = 2; time <= TIMES; time++) {
                String suffix = Integer.toString(time);
                add(
                        name,
                        "CairnDB, time " + suffix,
                        "samples per CPU second",
                        true,
                        turns,
                        turn -> turn.get("samples" + suffix) / turn.get("cpuSeconds" + suffix));
            }
            add(name, "MiB of heap at most", false, turns, turn -> turn.get("heapPeak"));
            add(name, "MiB resident at most", false, turns, turn -> turn.get("residentPeak"));
            add(name, "MiB resident before", false, turns, turn -> turn.get("residentBefore"));
            if (peers != null) {
                double samples = turns.get(0).get("samples");
                prometheus(name, samples, filled, directory, peers.resolve("prometheus"), counters);
            }
        } finally {
            Folders.delete(directory);
        }
    }

    private void prometheus(String name, double samples, Path data, Path directory, Path program, String... counters)
            throws IOException, InterruptedException {
        Path settings = Files.writeString(directory.resolve("prometheus.yml"), "global: {}\n");
        Process process = new ProcessBuilder(
                        program.toString(),
                        "--config.file=" + settings,
                        "--storage.tsdb.path=" + data,
                        "--storage.tsdb.retention.time=100y",
                        "--web.listen-address=" + ADDRESS)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("prometheus.log").toFile())
                .start();
        try {
            Thread.sleep(START_IS_OVER.toMillis());
            ProcessUse use = new ProcessUse(process.pid());
            double cpuBefore = use.cpuSeconds();
            double residentBefore = use.residentMiB();
            use.resetResidentPeak();
            long deadline = System.nanoTime() + COMPACTED_WITHIN.toNanos();
            while (!haveCounted(counters)) {
                if (!process.isAlive() || System.nanoTime() > deadline) {
                    throw new IOException(
                            "Prometheus does not do it: " + Files.readString(directory.resolve("prometheus.log")));
                }
                Thread.sleep(500);
            }
            double cpuSeconds = use.cpuSeconds() - cpuBefore;
            addOne(name, "samples per CPU second", true, samples / cpuSeconds);
            addOne(name, "MiB resident at most", false, use.residentPeakMiB());
            addOne(name, "MiB resident before", false, residentBefore);
        } finally {
            process.destroy();
            if (!process.waitFor(1, TimeUnit.MINUTES)) {
                process.destroyForcibly();
            }
        }
    }

    private boolean haveCounted(String... counters) throws IOException, InterruptedException {
        for (String counter : counters) {
            if (metric(counter) < 1) {
                return false;
            }
        }
        return true;
    }

    private double metric(String name) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + ADDRESS + "/metrics"))
                .build();
        String text = http.send(request, HttpResponse.BodyHandlers.ofString()).body();
        return text.lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
                .findFirst()
                .orElse(0);
    }

    private void index() throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory("index");
        try {
            String name = String.format("index of %,d series", INDEX_SERIES);
            String file = directory.resolve("index").toString();
            List<Map<String, Double>> turns = List.of(tool("-Xmx512m", "index", file, Integer.toString(INDEX_SERIES)));
            add(name, "series per CPU second", true, turns, turn -> turn.get("series") / turn.get("cpuSeconds"));
            add(name, "MiB resident at most", false, turns, turn -> turn.get("residentPeak"));
        } finally {
            Folders.delete(directory);
        }
    }

    /** What one figure is, given what a process printed. */
    private interface Value {
        double of(Map<String, Double> printed);
    }

    private void add(String what, String unit, boolean higherIsBetter, List<Map<String, Double>> turns, Value value) {
        add(what, "CairnDB", unit, higherIsBetter, turns, value);
    }

    private void add(
            String what,
            String subject,
            String unit,
            boolean higherIsBetter,
            List<Map<String, Double>> turns,
            Value value) {
        figures.add(new Figure(
                "blocks",
                what + ", " + unit,
                subject,
                unit,
                higherIsBetter,
                turns.stream().map(value::of).toList()));
    }

    private void addOne(String what, String unit, boolean higherIsBetter, double value) {
        figures.add(new Figure("blocks", what + ", " + unit, "Prometheus", unit, higherIsBetter, List.of(value)));
    }

    private static Map<String, Double> tool(String heap, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                heap,
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.cairndb.tsdb.BlockTool"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(command + " failed: " + printed);
        }
        Map<String, Double> values = new TreeMap<>();
        printed.lines().forEach(line -> {
            int at = line.indexOf('=');
            values.put(line.substring(0, at), Double.parseDouble(line.substring(at + 1)));
        });
        return values;
    }
}

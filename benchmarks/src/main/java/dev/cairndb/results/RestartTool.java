package dev.cairndb.results;

import dev.cairndb.results.RunningReceiver.Use;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How long a receiver takes until it is ready again: {@code benchmarks/restart}. {@code bin/cairn} and a Prometheus are
 * filled alike, killed, and started a few times in turn on what that left, killed again each time; then stopped, and
 * started a few times on what a stop leaves. A start counts until the program says that it is ready, and only if it has
 * all series then.
 */
public final class RestartTool {
    private static final int TURNS = 3;
    private static final long SEED = 1;
    /** Afterwards what a receiver does every few seconds has been done. */
    private static final long SETTLE_MILLIS = 10_000;

    private static final String USAGE = "usage: restart --peers DIR [SERIES ROUNDS [SECONDS_BETWEEN_ROUNDS]]";
    private static final List<Load> LOADS = List.of(new Load(500_000, 8, 15), new Load(500_000, 36, 300));

    private final SentLoad sender;
    private final Path directory;
    private final List<MeasuredReceiver> receivers;

    private RestartTool(Path peers, Path directory) throws IOException {
        sender = new SentLoad(peers, SEED);
        this.directory = directory;
        receivers = List.of(
                MeasuredReceiver.cairn("CairnDB", "os", directory.resolve("cairn")),
                MeasuredReceiver.prometheus(peers, directory.resolve("prometheus")));
    }

    /** What the directories are filled with. */
    private record Load(int series, int rounds, int stepSeconds) {
        List<String> arguments() {
            return List.of("-series", "" + series, "-rounds", "" + rounds, "-step", stepSeconds + "s");
        }

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT, "%,d series, %d samples each, one every %d s", series, rounds, stepSeconds);
        }
    }

    /** What one start or stop took. */
    private record Took(Use use, double residentMiB) {}

    public static void main(String[] arguments) throws Exception {
        if (arguments.length < 2 || arguments.length == 3 || arguments.length > 5 || !arguments[0].equals("--peers")) {
            throw new IllegalArgumentException(USAGE);
        }
        Path peers = Path.of(arguments[1]);
        if (!SentLoad.isIn(peers)) {
            throw new IllegalArgumentException("no rwload in " + peers + "; " + USAGE);
        }
        List<Load> loads = arguments.length == 2
                ? LOADS
                : List.of(new Load(
                        Integer.parseInt(arguments[2]),
                        Integer.parseInt(arguments[3]),
                        arguments.length == 5 ? Integer.parseInt(arguments[4]) : 15));
        System.out.println(ThisMachine.describe());
        System.out.println(ThisMachine.firstLineOf(peers.resolve("prometheus").toString(), "--version"));
        for (Load load : loads) {
            Path directory = Files.createTempDirectory("restart");
            try {
                new RestartTool(peers, directory).measure(load);
            } finally {
                Folders.delete(directory);
            }
        }
    }

    private void measure(Load load) throws IOException, InterruptedException {
        System.out.println();
        System.out.println(load + ":");
        for (MeasuredReceiver receiver : receivers) {
            fill(receiver, load);
        }
        System.out.println();
        System.out.println("| median (all) | CairnDB | Prometheus | |");
        System.out.println("|---|---|---|---|");
        printStart("start after SIGKILL", inTurn(TURNS, receiver -> started(receiver, load)));
        printUse("stop", inTurn(1, receiver -> stopped(receiver, load)));
        printStart("start after a stop", inTurn(TURNS, receiver -> startedAndStopped(receiver, load)));
    }

    private void fill(MeasuredReceiver receiver, Load load) throws IOException, InterruptedException {
        try (RunningReceiver running = start(receiver)) {
            double cpuSeconds = running.use().cpuSeconds();
            var unused = sender.send(receiver, running, load.arguments());
            Thread.sleep(SETTLE_MILLIS);
            System.out.printf(
                    Locale.ROOT,
                    "%s: filled with %.1f CPU seconds; MiB on the disk: %s%n",
                    receiver.name(),
                    running.use().cpuSeconds() - cpuSeconds,
                    mebibytes(receiver.data()));
            running.kill();
        }
    }

    /** A measured start or stop of a receiver. */
    private interface Measured {
        Took take(MeasuredReceiver receiver) throws IOException, InterruptedException;
    }

    private Map<String, List<Took>> inTurn(int turns, Measured measured) throws IOException, InterruptedException {
        Map<String, List<Took>> all = new LinkedHashMap<>();
        for (int turn = 0; turn < turns; turn++) {
            for (MeasuredReceiver receiver : receivers) {
                all.computeIfAbsent(receiver.name(), k -> new ArrayList<>()).add(measured.take(receiver));
            }
        }
        return all;
    }

    /** Killed as soon as it is ready: the next start finds what this one found. */
    private Took started(MeasuredReceiver receiver, Load load) throws IOException, InterruptedException {
        try (RunningReceiver running = startWithAll(receiver, load)) {
            Took took = new Took(running.untilReady(), running.use().residentMiB());
            running.kill();
            return took;
        }
    }

    private Took stopped(MeasuredReceiver receiver, Load load) throws IOException, InterruptedException {
        try (RunningReceiver running = startWithAll(receiver, load)) {
            double residentMiB = running.use().residentMiB();
            return new Took(running.stop(), residentMiB);
        }
    }

    private Took startedAndStopped(MeasuredReceiver receiver, Load load) throws IOException, InterruptedException {
        try (RunningReceiver running = startWithAll(receiver, load)) {
            return new Took(running.untilReady(), running.use().residentMiB());
        }
    }

    private RunningReceiver start(MeasuredReceiver receiver) throws IOException, InterruptedException {
        return RunningReceiver.start(receiver, directory.resolve(receiver.name() + ".log"));
    }

    private RunningReceiver startWithAll(MeasuredReceiver receiver, Load load)
            throws IOException, InterruptedException {
        RunningReceiver running = start(receiver);
        boolean whole = false;
        try {
            double series = running.metric("prometheus_tsdb_head_series");
            if (series != load.series()) {
                throw new IOException(
                        receiver.name() + " is ready with " + series + " of " + load.series() + " series");
            }
            whole = true;
            return running;
        } finally {
            if (!whole) {
                running.close();
            }
        }
    }

    private static void printUse(String what, Map<String, List<Took>> took) {
        print(what + ", wall s", "%.2f", took, one -> one.use().wallSeconds());
        print(what + ", CPU s", "%.2f", took, one -> one.use().cpuSeconds());
    }

    private static void printStart(String what, Map<String, List<Took>> took) {
        printUse(what, took);
        print(what + ", MiB resident", "%.0f", took, Took::residentMiB);
    }

    private static void print(String what, String format, Map<String, List<Took>> took, ToDoubleFunction<Took> part) {
        StringBuilder line = new StringBuilder("| " + what + " |");
        List<Double> medians = new ArrayList<>();
        for (List<Took> all : took.values()) {
            List<Double> values =
                    all.stream().mapToDouble(part).sorted().boxed().toList();
            double median = values.get(values.size() / 2);
            medians.add(median);
            line.append(' ').append(String.format(Locale.ROOT, format, median)).append(" (");
            line.append(values.stream()
                    .map(value -> String.format(Locale.ROOT, format, value))
                    .collect(Collectors.joining(", ")));
            line.append(") |");
        }
        System.out.println(line + String.format(Locale.ROOT, " %.2fx |", medians.get(0) / medians.get(1)));
    }

    /** Of each kind of files: the log, chunks of the head, snapshots, each block. */
    private static Map<String, Long> mebibytes(Path data) throws IOException {
        try (Stream<Path> files = Files.walk(data)) {
            Map<String, Long> bytes = files.filter(Files::isRegularFile)
                    .collect(Collectors.groupingBy(
                            file -> file.getParent().getFileName().toString(),
                            TreeMap::new,
                            Collectors.summingLong(file -> file.toFile().length())));
            bytes.replaceAll((folder, sum) -> sum >> 20);
            bytes.values().removeIf(sum -> sum == 0);
            return bytes;
        }
    }
}

package dev.cairndb.receiver;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * What a series, a label and a sender cost: receivers with more and more of one of them, the others as they are. Each
 * gets all its series once, which creates them, and then samples as fast as it takes them. Prints a table. Arguments:
 * {@code series}, {@code labels} or {@code senders}, seconds of each load, then the numbers.
 */
public final class ScalingTool {
    private static final int SERIES = 100_000;
    private static final int LABELS = 10;
    private static final int SENDERS = 8;
    private static final int SERIES_PER_REQUEST = 2_000;
    private static final long STEP_MILLIS = 15_000;
    private static final int CREATION_SECONDS_MAX = 600;
    private static final String DURABILITY = "os";

    private final int seconds;

    /** What one receiver is given. */
    private record Load(int series, int labels, int senders) {
        Load with(String what, int number) {
            return switch (what) {
                case "series" -> new Load(number, labels, senders);
                case "labels" -> new Load(series, number, senders);
                case "senders" -> new Load(series, labels, number);
                default -> throw new IllegalArgumentException("series, labels or senders, not " + what);
            };
        }
    }

    private ScalingTool(int seconds) {
        this.seconds = seconds;
    }

    public static void main(String[] arguments) throws Exception {
        String what = arguments[0];
        ScalingTool tool = new ScalingTool(Integer.parseInt(arguments[1]));
        int[] numbers =
                Arrays.stream(arguments).skip(2).mapToInt(Integer::parseInt).toArray();
        StringBuilder table = new StringBuilder("| " + what
                + " | creating, series per CPU second | samples per CPU second | samples per second | p99 ms"
                + " | resident MiB | head, bytes a series |\n|---|---|---|---|---|---|---|\n");
        for (int number : numbers) {
            table.append(tool.row(number, new Load(SERIES, LABELS, SENDERS).with(what, number)));
        }
        System.out.print(table);
    }

    private String row(int number, Load load) throws IOException, InterruptedException, ExecutionException {
        Path parent = Files.createTempDirectory("scaling");
        try (StartedReceiver receiver = StartedReceiver.start(parent, DURABILITY)) {
            List<LoadConnection> senders = LoadSeries.connections(
                    receiver.writeUrl(),
                    load.senders,
                    load.series,
                    load.labels,
                    Math.min(SERIES_PER_REQUEST, Math.max(1, load.series / load.senders)),
                    System.currentTimeMillis() - TimeUnit.DAYS.toMillis(1),
                    STEP_MILLIS);
            LoadPhase phase = new LoadPhase(receiver.use());
            LoadPhase.Result created = phase.runOnce(load + ", created", senders, CREATION_SECONDS_MAX);
            LoadPhase.Result known = phase.run(load + ", known", senders, LoadConnection.Pace.UNBOUNDED, seconds);
            long series = (long) receiver.metric("prometheus_tsdb_head_series");
            if (series != load.series) {
                throw new IllegalStateException(series + " series in place of " + load.series);
            }
            return String.format(
                    Locale.ROOT,
                    "| %,d | %,.0f | %,.0f | %,.0f | %.1f | %,d | %,.0f |%n",
                    number,
                    created.samplesPerCpuSecond(),
                    known.samplesPerCpuSecond(),
                    known.samplesPerSecond(),
                    known.latencies().quantileMillis(0.99),
                    known.residentMiB(),
                    receiver.metric("cairn_head_bytes") / load.series);
        } finally {
            Files.delete(parent);
        }
    }
}

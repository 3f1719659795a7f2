package dev.cairndb.receiver;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * How long requests take while a store does everything that it does beside them: a receiver with many series is loaded
 * with half of what it takes, with samples two minutes apart, so that about once a minute two hours are full, chunks are
 * mapped, blocks are cut, the log is truncated behind a checkpoint, and snapshots are written. Latencies count from
 * when a request should have been sent. Shows the worst of them beside what happened then.
 *
 * <p>Arguments: the folder on whose device the data directory is made, series, seconds, durability, share of the most.
 */
public final class PauseTool {
    private static final int CONNECTIONS = 8;
    private static final int SERIES_PER_REQUEST = 2_000;
    private static final long STEP_MILLIS = TimeUnit.MINUTES.toMillis(2);
    private static final int MOST_SECONDS = 10;
    private static final int TURNS_MAX = 100;

    private final StartedReceiver receiver;
    private final LoadPhase phase;

    private PauseTool(StartedReceiver receiver) {
        this.receiver = receiver;
        phase = new LoadPhase(receiver.use());
    }

    public static void main(String[] arguments) throws Exception {
        Path parent = Path.of(arguments.length > 0 ? arguments[0] : System.getProperty("java.io.tmpdir"));
        int series = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 1_000_000;
        int seconds = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 120;
        String durability = arguments.length > 3 ? arguments[3] : "os";
        double share = arguments.length > 4 ? Double.parseDouble(arguments[4]) : 0.5;
        try (StartedReceiver receiver = StartedReceiver.start(parent, durability)) {
            new PauseTool(receiver).run(series, seconds, share);
        }
    }

    private void run(int series, int seconds, double share)
            throws IOException, InterruptedException, ExecutionException {
        // As far back as the samples of a run may reach.
        long beginMillis = System.currentTimeMillis() - TimeUnit.DAYS.toMillis(10);
        List<LoadConnection> senders = LoadSeries.connections(
                receiver.writeUrl(), CONNECTIONS, series, SERIES_PER_REQUEST, beginMillis, STEP_MILLIS);
        fill(senders, series);
        fillUntilCut(senders);
        LoadPhase.Result most = phase.run("the most", senders, LoadConnection.Pace.UNBOUNDED, MOST_SECONDS);
        long intervalNanos = (long) (CONNECTIONS * 1e9 / (share * most.requestsPerSecond()));
        Slowest slowest = new Slowest(seconds);
        double cuts = receiver.metric("cairn_blocks_cut_total");
        try (PauseReport report = new PauseReport(receiver)) {
            LoadPhase.Result half = phase.run(
                    "a share of " + share, senders, LoadConnection.Pace.keeping(intervalNanos, slowest), seconds);
            print(half, receiver.metric("cairn_blocks_cut_total") - cuts);
            report.print(slowest, seconds);
        }
    }

    /** Until all series are there. */
    private void fill(List<LoadConnection> senders, int series)
            throws IOException, InterruptedException, ExecutionException {
        while (receiver.metric("prometheus_tsdb_head_series") < series) {
            var unused = phase.run("filling", senders, LoadConnection.Pace.UNBOUNDED, 2);
        }
    }

    /** Until a block was cut: then the head has the room that it goes on to use, as in the days that follow. */
    private void fillUntilCut(List<LoadConnection> senders)
            throws IOException, InterruptedException, ExecutionException {
        for (int turn = 0; receiver.metric("cairn_blocks_cut_total") == 0; turn++) {
            if (turn == TURNS_MAX) {
                throw new IOException("no block was cut of what was sent");
            }
            var unused = phase.run("filling until a block is cut", senders, LoadConnection.Pace.UNBOUNDED, 5);
        }
    }

    private static void print(LoadPhase.Result half, double cuts) {
        System.out.printf(
                Locale.ROOT,
                "from when they should have been sent: p50 %.1f, p99 %.1f, p99.9 %.1f, max %.1f ms, through %.0f cuts%n",
                half.latencies().quantileMillis(0.5),
                half.latencies().quantileMillis(0.99),
                half.latencies().quantileMillis(0.999),
                half.latencies().quantileMillis(1),
                cuts);
    }
}

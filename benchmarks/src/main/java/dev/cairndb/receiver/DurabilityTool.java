package dev.cairndb.receiver;

import dev.cairndb.io.MalformedSnappyException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * What durability costs: receivers that sync before they answer and such that do not, in turns, under the most that 64
 * connections send; and the one that syncs under a part of that, beside the device's own fsync. Arguments: the folder
 * on whose device data directories are made, seconds of each phase, turns, samples of a request.
 */
public final class DurabilityTool {
    private static final int CONNECTIONS = 64;
    private static final int SERIES = 64_000;
    private static final int PART_OF_MOST = 4;
    private static final long STEP_MILLIS = 1_000;
    private static final int WARM_UP_SECONDS = 8;

    private final Path parent;
    private final int seconds;
    private final int seriesPerRequest;

    /** Of one turn. */
    private record Turn(double throughputRatio, double syncsPerRequest, double millisBeyondDevice) {}

    /** Of a receiver under the most load. */
    private record Most(LoadPhase.Result result, double syncsPerRequest) {}

    private DurabilityTool(Path parent, int seconds, int seriesPerRequest) {
        this.parent = parent;
        this.seconds = seconds;
        this.seriesPerRequest = seriesPerRequest;
    }

    public static void main(String[] arguments) throws Exception {
        Path parent = Path.of(arguments.length > 0 ? arguments[0] : System.getProperty("java.io.tmpdir"));
        int seconds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 20;
        int turns = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 3;
        int seriesPerRequest = arguments.length > 3 ? Integer.parseInt(arguments[3]) : 200;
        DurabilityTool tool = new DurabilityTool(parent, seconds, seriesPerRequest);
        Turn[] all = new Turn[turns];
        for (int i = 0; i < turns; i++) {
            all[i] = tool.turn();
        }
        System.out.printf(
                Locale.ROOT,
                "sync, of os: %.0f %% of the samples by the clock; %.3f fsyncs a request; p99 at a quarter of the most: the"
                        + " device's own %+.1f ms (medians of %d)%n",
                100
                        * median(Arrays.stream(all)
                                .mapToDouble(Turn::throughputRatio)
                                .toArray()),
                median(Arrays.stream(all).mapToDouble(Turn::syncsPerRequest).toArray()),
                median(Arrays.stream(all).mapToDouble(Turn::millisBeyondDevice).toArray()),
                turns);
    }

    private Turn turn() throws IOException, InterruptedException, ExecutionException {
        LoadPhase.Result unsynced;
        try (StartedReceiver os = StartedReceiver.start(parent, "os")) {
            unsynced = most("os", os, senders(os)).result;
        }
        try (StartedReceiver sync = StartedReceiver.start(parent, "sync")) {
            List<LoadConnection> senders = senders(sync);
            Most synced = most("sync", sync, senders);
            double beyondDevice = calm(sync, senders, synced.result.requestsPerSecond() / PART_OF_MOST);
            return new Turn(
                    synced.result.samplesPerSecond() / unsynced.samplesPerSecond(),
                    synced.syncsPerRequest,
                    beyondDevice);
        }
    }

    /**
     * Returns how far p99 is from that of the device, which is measured at the same time: others may use it as well.
     */
    private double calm(StartedReceiver receiver, List<LoadConnection> senders, double requestsPerSecond)
            throws IOException, InterruptedException, ExecutionException {
        Slowest slowest = new Slowest(seconds);
        LoadConnection.Pace pace = LoadConnection.Pace.keeping((long) (CONNECTIONS * 1e9 / requestsPerSecond), slowest);
        ExecutorService beside = Executors.newSingleThreadExecutor();
        try (PauseReport report = new PauseReport(receiver)) {
            Future<Latencies> syncs = beside.submit(() -> DeviceSync.measure(parent, seconds));
            LoadPhase.Result result =
                    new LoadPhase(receiver.use()).run("sync, a quarter of that", senders, pace, seconds);
            report.print(slowest, seconds);
            Latencies device = syncs.get();
            System.out.printf(
                    Locale.ROOT,
                    "the device meanwhile: fsync p50 %.1f ms, p99 %.1f ms%n",
                    device.quantileMillis(0.5),
                    device.quantileMillis(0.99));
            return result.latencies().quantileMillis(0.99) - device.quantileMillis(0.99);
        } finally {
            beside.shutdown();
        }
    }

    private List<LoadConnection> senders(StartedReceiver receiver) throws MalformedSnappyException {
        long begin = System.currentTimeMillis() - TimeUnit.DAYS.toMillis(1);
        return LoadSeries.connections(receiver.writeUrl(), CONNECTIONS, SERIES, seriesPerRequest, begin, STEP_MILLIS);
    }

    private Most most(String what, StartedReceiver receiver, List<LoadConnection> senders)
            throws IOException, InterruptedException, ExecutionException {
        LoadPhase phase = new LoadPhase(receiver.use());
        var unused = phase.run(what + ", warming up", senders, LoadConnection.Pace.UNBOUNDED, WARM_UP_SECONDS);
        double syncs = receiver.metric("cairn_wal_syncs_total");
        LoadPhase.Result result = phase.run(what + ", the most", senders, LoadConnection.Pace.UNBOUNDED, seconds);
        double perRequest = (receiver.metric("cairn_wal_syncs_total") - syncs) / result.requests();
        System.out.printf(Locale.ROOT, "%s: %.3f fsyncs a request%n", what, perRequest);
        return new Most(result, perRequest);
    }

    private static double median(double[] values) {
        Arrays.sort(values);
        return (values[(values.length - 1) / 2] + values[values.length / 2]) / 2;
    }
}

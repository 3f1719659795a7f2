package dev.cairndb.receiver;

import dev.cairndb.io.MalformedSnappyException;
import dev.cairndb.results.ProcessUse;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

/**
 * Loads a running receiver in turns with what it takes at best and with three times as much, and shows what it takes
 * then beside the best, how much memory it has, and how a tenant that sends little fares beside one that sends too
 * much. Arguments: the URL of remote_write, the receiver's process, connections of the overload, seconds of each phase,
 * turns.
 */
public final class OverloadTool {
    private static final int SERIES = 200;
    private static final int SAMPLES_PER_SERIES = 5;
    private static final int QUIET_SERIES = 50;
    private static final long QUIET_INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final double OVERLOAD = 3;
    private static final int SEARCH_SECONDS = 6;
    private static final int[] SEARCHED_CONNECTIONS = {16, 64, 128, 256};

    private final LoadPhase phase;
    private final int seconds;
    private final int turns;
    private final URI target;
    private final List<WriteTemplate> messages = new ArrayList<>();
    private final List<LoadConnection> connections;
    private final List<LoadConnection> quiet;

    private OverloadTool(URI target, long process, int connectionCount, int seconds, int turns)
            throws MalformedSnappyException {
        phase = new LoadPhase(new ProcessUse(process));
        this.seconds = seconds;
        this.turns = turns;
        // All samples are in the past, and newer than those of a run before.
        long begin = System.currentTimeMillis() - TimeUnit.MINUTES.toMillis(10);
        for (int i = 0; i < connectionCount; i++) {
            messages.add(message("i" + i, SERIES, SAMPLES_PER_SERIES, begin));
        }
        this.target = target;
        connections = noisy(connectionCount);
        quiet = List.of(new LoadConnection(target, "quiet", List.of(message("q", QUIET_SERIES, 1, begin))));
    }

    private static WriteTemplate message(String instance, int series, int samplesPerSeries, long beginMillis)
            throws MalformedSnappyException {
        return new WriteTemplate(
                series,
                samplesPerSeries,
                beginMillis,
                1,
                (encoder, number) -> encoder.label("__name__", "load_requests_total")
                        .label("instance", instance)
                        .label("job", "load")
                        .label("path", "/api/v1/some/longer/path/" + number));
    }

    /** Connections that send all series together, however many they are: what they cost must not differ. */
    private List<LoadConnection> noisy(int count) {
        List<LoadConnection> some = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            List<WriteTemplate> own = new ArrayList<>();
            for (int message = i; message < messages.size(); message += count) {
                own.add(messages.get(message));
            }
            some.add(new LoadConnection(target, "noisy", own));
        }
        return some;
    }

    public static void main(String[] arguments) throws Exception {
        if (arguments.length < 2) {
            System.err.println("usage: OverloadTool URL PID [CONNECTIONS [SECONDS [TURNS]]]");
            return;
        }
        int connections = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 300;
        int seconds = arguments.length > 3 ? Integer.parseInt(arguments[3]) : 20;
        int turns = arguments.length > 4 ? Integer.parseInt(arguments[4]) : 3;
        new OverloadTool(URI.create(arguments[0]), Long.parseLong(arguments[1]), connections, seconds, turns).run();
    }

    private void run() throws Exception {
        // Each once, so that no phase makes series.
        var unused = phase.run("warm up", connections, LoadConnection.Pace.UNBOUNDED, seconds);
        List<LoadConnection> few = bestFew();
        List<LoadPhase.Result> bests = new ArrayList<>();
        List<LoadPhase.Result> overloads = new ArrayList<>();
        long interval = 0;
        for (int turn = 0; turn < turns; turn++) {
            LoadPhase.Result best =
                    phase.run("best, " + few.size() + " connections", few, LoadConnection.Pace.UNBOUNDED, seconds);
            double offered = OVERLOAD * best.samplesPerSecond() / (SERIES * SAMPLES_PER_SERIES);
            interval = (long) (connections.size() * 1e9 / offered);
            bests.add(best);
            overloads.add(phase.run(
                    "overload, " + connections.size() + " connections",
                    connections,
                    LoadConnection.Pace.leavingOut(interval),
                    seconds));
        }
        System.out.printf(
                Locale.ROOT,
                "under overload, of the best: %.0f %% of the samples, %.0f %% of the samples per CPU second; RSS %d MiB,"
                        + " at best %d (medians of %d)%n",
                100 * ratio(overloads, bests, LoadPhase.Result::samplesPerSecond),
                100 * ratio(overloads, bests, LoadPhase.Result::samplesPerCpuSecond),
                (long) median(overloads.stream()
                        .mapToDouble(LoadPhase.Result::residentMiB)
                        .toArray()),
                (long) median(bests.stream()
                        .mapToDouble(LoadPhase.Result::residentMiB)
                        .toArray()),
                turns);
        var alone =
                phase.run("quiet tenant alone", quiet, LoadConnection.Pace.leavingOut(QUIET_INTERVAL_NANOS), seconds);
        besideNoise(interval);
    }

    /** As many connections as get most through. */
    private List<LoadConnection> bestFew() throws IOException, InterruptedException, ExecutionException {
        List<LoadConnection> best = connections;
        double most = 0;
        for (int count : SEARCHED_CONNECTIONS) {
            List<LoadConnection> few = noisy(Math.min(count, messages.size()));
            double taken = phase.run(
                            "search, " + few.size() + " connections",
                            few,
                            LoadConnection.Pace.UNBOUNDED,
                            SEARCH_SECONDS)
                    .samplesPerSecond();
            if (taken > most) {
                most = taken;
                best = few;
            }
        }
        return best;
    }

    private static double ratio(
            List<LoadPhase.Result> overloads, List<LoadPhase.Result> bests, ToDoubleFunction<LoadPhase.Result> figure) {
        double[] ratios = new double[bests.size()];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = figure.applyAsDouble(overloads.get(i)) / figure.applyAsDouble(bests.get(i));
        }
        return median(ratios);
    }

    private static double median(double[] values) {
        Arrays.sort(values);
        return (values[(values.length - 1) / 2] + values[values.length / 2]) / 2;
    }

    private void besideNoise(long interval) throws Exception {
        ExecutorService beside = Executors.newSingleThreadExecutor();
        try {
            Future<?> noise = beside.submit(() -> phase.run(
                    "noisy tenant beside it", connections, LoadConnection.Pace.leavingOut(interval), seconds + 4));
            TimeUnit.SECONDS.sleep(2);
            var unused = phase.run(
                    "quiet tenant beside it", quiet, LoadConnection.Pace.leavingOut(QUIET_INTERVAL_NANOS), seconds);
            noise.get();
        } finally {
            beside.shutdown();
        }
    }
}

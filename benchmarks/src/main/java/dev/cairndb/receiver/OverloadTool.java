package dev.cairndb.receiver;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Loads a running receiver with three times what it takes at best, and shows what it takes then, how much memory it has, and
 * how a tenant that sends little fares beside one that sends too much. Arguments: the URL of remote_write, the receiver's
 * process, seconds for each phase, connections of the overload.
 */
public final class OverloadTool {
    private static final int SERIES = 200;
    private static final int SAMPLES_PER_SERIES = 5;
    private static final int QUIET_SERIES = 50;
    private static final long QUIET_INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final double OVERLOAD = 3;

    private final Path processStatus;
    private final int seconds;
    private final List<LoadConnection> connections = new ArrayList<>();
    private final List<LoadConnection> quiet;

    private OverloadTool(URI target, long process, int seconds, int connectionCount) {
        this.processStatus = Path.of("/proc/" + process + "/status");
        this.seconds = seconds;
        // All samples are in the past, and newer than those of a run before.
        long begin = System.currentTimeMillis() - TimeUnit.MINUTES.toMillis(5);
        for (int i = 0; i < connectionCount; i++) {
            connections.add(new LoadConnection(target, "noisy", "i" + i, SERIES, SAMPLES_PER_SERIES, begin));
        }
        quiet = List.of(new LoadConnection(target, "quiet", "q", QUIET_SERIES, 1, begin));
    }

    public static void main(String[] arguments) throws Exception {
        if (arguments.length < 2) {
            System.err.println("usage: OverloadTool URL PID [SECONDS [CONNECTIONS]]");
            return;
        }
        int seconds = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 20;
        int connections = arguments.length > 3 ? Integer.parseInt(arguments[3]) : 256;
        new OverloadTool(URI.create(arguments[0]), Long.parseLong(arguments[1]), seconds, connections).run();
    }

    private void run() throws Exception {
        // Each once, so that no phase makes series.
        var unused = load("warm up", connections, 0, 2 * seconds);
        double best = 0;
        for (int count : new int[] {4, 16, 64, 128}) {
            List<LoadConnection> few = connections.subList(0, Math.min(count, connections.size()));
            best = Math.max(best, load(few.size() + " connections, as fast as answered", few, 0, seconds));
        }
        double offered = OVERLOAD * best / (SERIES * SAMPLES_PER_SERIES);
        long interval = (long) (connections.size() * 1e9 / offered);
        double taken = load("three times the best", connections, interval, seconds);
        System.out.printf(Locale.ROOT, "taken under overload: %.0f %% of the best%n", 100 * taken / best);
        load("quiet tenant alone", quiet, QUIET_INTERVAL_NANOS, seconds);
        besideNoise(interval);
    }

    private void besideNoise(long interval) throws Exception {
        ExecutorService beside = Executors.newSingleThreadExecutor();
        try {
            Future<?> noise = beside.submit(() -> load("noisy tenant beside it", connections, interval, seconds + 4));
            TimeUnit.SECONDS.sleep(2);
            load("quiet tenant beside it", quiet, QUIET_INTERVAL_NANOS, seconds);
            noise.get();
        } finally {
            beside.shutdown();
        }
    }

    /** Returns the samples taken in a second. */
    private double load(String what, List<LoadConnection> senders, long intervalNanos, int forSeconds)
            throws InterruptedException, ExecutionException {
        ExecutorService threads = Executors.newFixedThreadPool(senders.size() + 1);
        AtomicBoolean over = new AtomicBoolean();
        try {
            Future<Long> memory = threads.submit(() -> mostMemoryKiB(over));
            long begin = System.nanoTime();
            long end = begin + TimeUnit.SECONDS.toNanos(forSeconds);
            List<Future<LoadConnection.Outcome>> runs = new ArrayList<>();
            for (LoadConnection sender : senders) {
                runs.add(threads.submit(() -> sender.run(end, intervalNanos)));
            }
            LoadConnection.Outcome all = new LoadConnection.Outcome();
            for (Future<LoadConnection.Outcome> run : runs) {
                all.add(run.get());
            }
            double elapsed = (System.nanoTime() - begin) / 1e9;
            over.set(true);
            double perSecond = all.samplesAccepted / elapsed;
            System.out.printf(
                    Locale.ROOT,
                    "%s: %,.0f samples/s taken, %,.0f requests/s, answers %s, %d broke off,"
                            + " p50 %.1f ms, p99 %.1f ms, p99.9 %.1f ms, RSS %,d MiB%n",
                    what,
                    perSecond,
                    all.requests() / elapsed,
                    all.answers,
                    all.failures,
                    all.latencies.quantileMillis(0.5),
                    all.latencies.quantileMillis(0.99),
                    all.latencies.quantileMillis(0.999),
                    memory.get() / 1024);
            return perSecond;
        } finally {
            threads.shutdown();
        }
    }

    private long mostMemoryKiB(AtomicBoolean over) throws IOException, InterruptedException {
        long most = 0;
        while (!over.get()) {
            for (String line : Files.readAllLines(processStatus)) {
                if (line.startsWith("VmRSS:")) {
                    most = Math.max(most, Long.parseLong(line.replaceAll("\\D", "")));
                }
            }
            Thread.sleep(100);
        }
        return most;
    }
}

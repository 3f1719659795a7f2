package dev.cairndb.receiver;

import dev.cairndb.results.ProcessUse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** Senders that send side by side for a time. */
final class LoadPhase {
    private static final long MEMORY_PAUSE_MILLIS = 100;

    private final ProcessUse receiver;

    /**
     * What came of it.
     *
     * @param samplesPerSecond that were taken
     * @param samplesPerCpuSecond of the receiver, whoever else was served
     * @param residentMiB most memory that the receiver had
     */
    record Result(
            double samplesPerSecond,
            double samplesPerCpuSecond,
            long residentMiB,
            long requests,
            double requestsPerSecond,
            Latencies latencies) {}

    LoadPhase(ProcessUse receiver) {
        this.receiver = receiver;
    }

    /** @param pace of each sender */
    Result run(String what, List<LoadConnection> senders, LoadConnection.Pace pace, int seconds)
            throws IOException, InterruptedException, ExecutionException {
        return run(what, senders, seconds, (sender, end) -> sender.run(end, pace));
    }

    /** Each sender sends each of its messages once, in at most so many seconds. */
    Result runOnce(String what, List<LoadConnection> senders, int secondsMax)
            throws IOException, InterruptedException, ExecutionException {
        return run(what, senders, secondsMax, LoadConnection::runOnce);
    }

    /** How a sender sends until a time. */
    private interface Sending {
        LoadConnection.Outcome run(LoadConnection sender, long endNanos);
    }

    private Result run(String what, List<LoadConnection> senders, int seconds, Sending sending)
            throws IOException, InterruptedException, ExecutionException {
        ExecutorService threads = Executors.newFixedThreadPool(senders.size() + 1);
        AtomicBoolean over = new AtomicBoolean();
        try {
            Future<Long> memory = threads.submit(() -> mostMemoryMiB(over));
            double ownCpu = ownCpuSeconds();
            double cpu = receiver.cpuSeconds();
            long begin = System.nanoTime();
            long end = begin + TimeUnit.SECONDS.toNanos(seconds);
            List<Future<LoadConnection.Outcome>> runs = new ArrayList<>();
            for (LoadConnection sender : senders) {
                runs.add(threads.submit(() -> sending.run(sender, end)));
            }
            LoadConnection.Outcome all = new LoadConnection.Outcome();
            for (Future<LoadConnection.Outcome> run : runs) {
                all.add(run.get());
            }
            double elapsed = (System.nanoTime() - begin) / 1e9;
            cpu = receiver.cpuSeconds() - cpu;
            ownCpu = ownCpuSeconds() - ownCpu;
            over.set(true);
            Result result = new Result(
                    all.samplesAccepted / elapsed,
                    all.samplesAccepted / cpu,
                    memory.get(),
                    all.requests(),
                    all.requests() / elapsed,
                    all.latencies);
            print(what, all, elapsed, cpu, ownCpu, result);
            return result;
        } finally {
            over.set(true);
            threads.shutdown();
        }
    }

    private static void print(
            String what, LoadConnection.Outcome all, double elapsed, double cpu, double ownCpu, Result result) {
        System.out.printf(
                Locale.ROOT,
                "%s: %,.0f samples/s taken, %,.0f per CPU second; %,.0f requests/s, answers %s, %d broke off; p50 %.1f ms,"
                        + " p99 %.1f ms, p99.9 %.1f ms, max %.1f ms; CPU: receiver %.2f, senders %.2f; RSS %,d MiB%n",
                what,
                result.samplesPerSecond,
                result.samplesPerCpuSecond,
                result.requestsPerSecond,
                all.answers,
                all.failures,
                all.latencies.quantileMillis(0.5),
                all.latencies.quantileMillis(0.99),
                all.latencies.quantileMillis(0.999),
                all.latencies.quantileMillis(1),
                cpu / elapsed,
                ownCpu / elapsed,
                result.residentMiB);
    }

    private static double ownCpuSeconds() {
        return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos() / 1e9;
    }

    private long mostMemoryMiB(AtomicBoolean over) throws IOException, InterruptedException {
        long most = 0;
        while (!over.get()) {
            most = Math.max(most, receiver.residentMiB());
            Thread.sleep(MEMORY_PAUSE_MILLIS);
        }
        return most;
    }
}

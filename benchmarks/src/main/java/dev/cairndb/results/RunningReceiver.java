package dev.cairndb.results;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** The process of a receiver, from when it is ready. Closing it stops it. Not thread-safe. */
final class RunningReceiver implements AutoCloseable {
    private static final Duration READY_WITHIN = Duration.ofMinutes(5);
    private static final Duration STOPPED_WITHIN = Duration.ofMinutes(5);
    private static final long POLL_MILLIS = 20;
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final MeasuredReceiver receiver;
    private final Process process;
    private final ProcessUse use;
    private Use untilReady = new Use(0, 0);

    /** What a process took for something: time by the clock, and of processors. */
    record Use(double wallSeconds, double cpuSeconds) {}

    private RunningReceiver(MeasuredReceiver receiver, Process process) {
        this.receiver = receiver;
        this.process = process;
        use = new ProcessUse(process.pid());
    }

    /** @param log takes what the process prints */
    static RunningReceiver start(MeasuredReceiver receiver, Path log) throws IOException, InterruptedException {
        long begin = System.nanoTime();
        Process process = new ProcessBuilder(receiver.command())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        RunningReceiver running = new RunningReceiver(receiver, process);
        boolean ready = false;
        try {
            running.awaitReady(log);
            running.untilReady = new Use(secondsSince(begin), running.use.cpuSeconds());
            ready = true;
            return running;
        } finally {
            if (!ready) {
                process.destroyForcibly();
            }
        }
    }

    private void awaitReady(Path log) throws IOException, InterruptedException {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(receiver.readyUrl())).build();
        long begin = System.nanoTime();
        while (process.isAlive() && secondsSince(begin) < READY_WITHIN.toSeconds()) {
            try {
                if (HTTP.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200) {
                    return;
                }
            } catch (IOException e) {
                // not there yet
            }
            Thread.sleep(POLL_MILLIS);
        }
        throw new IOException(receiver.name() + " does not get ready: " + Files.readString(log));
    }

    long pid() {
        return process.pid();
    }

    ProcessUse use() {
        return use;
    }

    /** From the start of the process until it said that it is ready. */
    Use untilReady() {
        return untilReady;
    }

    /** The sum of a metric's values over all its labels. */
    double metric(String name) throws IOException, InterruptedException {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(receiver.metricsUrl())).build();
        String text = HTTP.send(request, HttpResponse.BodyHandlers.ofString()).body();
        return text.lines()
                .filter(line -> line.startsWith(name) && "{ ".indexOf(line.charAt(name.length())) >= 0)
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    /** With SIGKILL. */
    void kill() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor();
    }

    /** With SIGTERM. The processors' time is that until shortly before the end. */
    Use stop() throws IOException, InterruptedException {
        double cpuBefore = use.cpuSeconds();
        double cpu = cpuBefore;
        long begin = System.nanoTime();
        process.destroy();
        while (!process.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
            if (secondsSince(begin) > STOPPED_WITHIN.toSeconds()) {
                kill();
                throw new IOException(receiver.name() + " does not stop");
            }
            cpu = cpuUntilNow(cpu);
        }
        return new Use(secondsSince(begin), cpu - cpuBefore);
    }

    private double cpuUntilNow(double before) {
        try {
            return use.cpuSeconds();
        } catch (IOException e) {
            return before;
        }
    }

    private static double secondsSince(long beginNanos) {
        return (System.nanoTime() - beginNanos) / 1e9;
    }

    @Override
    public void close() throws IOException, InterruptedException {
        if (process.isAlive()) {
            var unused = stop();
        }
    }
}

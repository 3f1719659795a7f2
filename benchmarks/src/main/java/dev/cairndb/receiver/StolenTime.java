package dev.cairndb.receiver;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * When the host of a virtual machine gave its processors to others, as Linux tells in {@code /proc/stat}; elsewhere
 * nothing. Looks fifty times a second, in a thread of its own, until it is closed. Thread-safe.
 */
final class StolenTime implements AutoCloseable {
    private static final Path STATISTICS = Path.of("/proc/stat");
    /** In its first line, behind the name: proc(5). */
    private static final int FIELD = 8;

    private static final long TICK_MILLIS = 10;
    private static final long PAUSE_MILLIS = 20;
    /** Less is lost somewhere all the time. */
    private static final long TICKS_MIN = 2;

    private final long beganMillis;
    private final Thread thread = new Thread(this::watch, "stolen-time");
    private final List<PauseReport.Event> events = new ArrayList<>();
    private volatile boolean over;

    StolenTime(long beganMillis) {
        this.beganMillis = beganMillis;
        if (Files.isReadable(STATISTICS)) {
            thread.start();
        }
    }

    private static long ticks() throws IOException {
        try (var lines = Files.lines(STATISTICS)) {
            return Long.parseLong(lines.findFirst().orElseThrow().split(" +")[FIELD]);
        }
    }

    private void watch() {
        try {
            long last = ticks();
            double from = seconds();
            while (!over) {
                Thread.sleep(PAUSE_MILLIS);
                long ticks = ticks();
                double to = seconds();
                if (ticks - last >= TICKS_MIN) {
                    add(from, to, (ticks - last) * TICK_MILLIS);
                }
                last = ticks;
                from = to;
            }
        } catch (IOException e) {
            System.err.println("cannot tell any more what the host took: " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private double seconds() {
        return (System.currentTimeMillis() - beganMillis) / 1e3;
    }

    private synchronized void add(double from, double to, long millis) {
        events.add(new PauseReport.Event(
                from, to, String.format(Locale.ROOT, "the host took %d ms of a processor", millis)));
    }

    synchronized List<PauseReport.Event> events() {
        return List.copyOf(events);
    }

    @Override
    public void close() {
        over = true;
    }
}

package dev.cairndb.receiver;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The slowest requests of a phase of load, beside what its receiver did then. Begins with the phase; not thread-safe.
 */
final class PauseReport implements AutoCloseable {
    private static final double PAUSE_MILLIS = 20;
    private static final double SAFEPOINT_MILLIS = 10;
    private static final int PAUSES_SHOWN = 12;
    /** What ended so long before a request was sent may still be why it waited. */
    private static final double BEFORE_SECONDS = 0.5;

    private static final Pattern SAFEPOINT = Pattern.compile("\\[(\\d+)ms].*Safepoint \"(\\w+)\".*Total: +(\\d+) ns");

    private final StartedReceiver receiver;
    private final long beganMillis = System.currentTimeMillis();
    private final EventWatch directory;
    private final EventWatch host;

    PauseReport(StartedReceiver receiver) throws IOException {
        this.receiver = receiver;
        DirectoryEvents ofDirectory = new DirectoryEvents(receiver.storeDirectory());
        StolenTime ofHost = new StolenTime();
        directory = new EventWatch("directory-events", DirectoryEvents.PAUSE_MILLIS, beganMillis, ofDirectory);
        host = new EventWatch("stolen-time", StolenTime.PAUSE_MILLIS, beganMillis, ofHost);
    }

    /** Something that happened, for a while. */
    record Event(double fromSeconds, double toSeconds, String what) {}

    void print(Slowest slowest, int seconds) throws IOException {
        List<Event> events = new ArrayList<>(directory.events());
        addSafepoints(events, seconds);
        events.addAll(host.events());
        for (Slowest.Pause pause : slowest.pauses(PAUSE_MILLIS, PAUSES_SHOWN)) {
            double from = pause.fromSeconds() - pause.worstMillis() / 1e3 - BEFORE_SECONDS;
            List<String> around = new ArrayList<>();
            for (Event event : events) {
                if (event.fromSeconds < pause.toSeconds() && event.toSeconds > from) {
                    around.add(event.what);
                }
            }
            System.out.printf(
                    Locale.ROOT,
                    "%.1f to %.1f s: %.0f ms: %s%n",
                    pause.fromSeconds(),
                    pause.toSeconds(),
                    pause.worstMillis(),
                    around.isEmpty() ? "nothing that shows" : String.join(", ", around));
        }
    }

    private void addSafepoints(List<Event> events, int seconds) throws IOException {
        for (String line : Files.readAllLines(receiver.pauses())) {
            Matcher matcher = SAFEPOINT.matcher(line);
            if (matcher.find()) {
                double end = (Long.parseLong(matcher.group(1)) - beganMillis) / 1e3;
                double millis = Long.parseLong(matcher.group(3)) / 1e6;
                if (end >= 0 && end < seconds && millis > SAFEPOINT_MILLIS) {
                    String what = String.format(Locale.ROOT, "the JVM's %s, %.0f ms", matcher.group(2), millis);
                    events.add(new Event(end - millis / 1e3, end, what));
                }
            }
        }
    }

    @Override
    public void close() {
        directory.close();
        host.close();
    }
}

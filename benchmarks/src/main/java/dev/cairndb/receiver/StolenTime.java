package dev.cairndb.receiver;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * When the host of a virtual machine gave its processors to others, as Linux tells in {@code /proc/stat}; elsewhere
 * nothing.
 */
final class StolenTime implements EventWatch.Look {
    static final long PAUSE_MILLIS = 20;
    private static final Path STATISTICS = Path.of("/proc/stat");
    /** In its first line, behind the name: proc(5). */
    private static final int FIELD = 8;

    private static final long TICK_MILLIS = 10;
    /** Less is lost somewhere all the time. */
    private static final long TICKS_MIN = 2;

    private long last;

    StolenTime() throws IOException {
        last = ticks();
    }

    private static long ticks() throws IOException {
        if (!Files.isReadable(STATISTICS)) {
            return 0;
        }
        try (var lines = Files.lines(STATISTICS)) {
            return Long.parseLong(lines.findFirst().orElseThrow().split(" +")[FIELD]);
        }
    }

    @Override
    public void look(double from, double to, Consumer<PauseReport.Event> events) throws IOException {
        long ticks = ticks();
        if (ticks - last >= TICKS_MIN) {
            String what =
                    String.format(Locale.ROOT, "the host took %d ms of a processor", (ticks - last) * TICK_MILLIS);
            events.accept(new PauseReport.Event(from, to, what));
        }
        last = ticks;
    }
}

package dev.cairndb.receiver.tools;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** A line that shows people how far long work is, how fast, and how long it will take. Not thread-safe. */
public final class ProgressLine {
    private static final int CELLS = 30;

    private final String verb;
    private final String noun;
    private final LongSupplier nanoTime;
    private long beganNanos;

    /**
     * Of work that begins now.
     *
     * @param verb what is done, such as {@code copying}
     * @param noun what one of the items is, such as {@code block}
     */
    public ProgressLine(String verb, String noun, LongSupplier nanoTime) {
        this.verb = verb;
        this.noun = noun;
        this.nanoTime = nanoTime;
        begin();
    }

    /** The work begins anew. */
    public void begin() {
        beganNanos = nanoTime.getAsLong();
    }

    /** The line as it is now, without its end. */
    public String show(int items, int itemsMax, long bytes, long bytesMax) {
        int cells = (int) (CELLS * Math.min(bytes, bytesMax) / Math.max(1, bytesMax));
        StringBuilder line = new StringBuilder(verb)
                .append(" [")
                .append("#".repeat(cells))
                .append("-".repeat(CELLS - cells))
                .append("] ")
                .append(items)
                .append(" of ")
                .append(NumberText.count(itemsMax, noun))
                .append(", ")
                .append(NumberText.bytes(bytes))
                .append(" of ")
                .append(NumberText.bytes(bytesMax));
        double seconds = (nanoTime.getAsLong() - beganNanos) / (double) TimeUnit.SECONDS.toNanos(1);
        if (bytes > 0 && seconds >= 1) {
            line.append(", ").append(NumberText.bytes((long) (bytes / seconds))).append("/s, ");
            line.append((long) Math.ceil((bytesMax - bytes) * seconds / bytes)).append(" s left");
        }
        return line.toString();
    }
}

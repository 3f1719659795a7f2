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

    /**
     * The line as it is now, without its end. What there is none of is not shown; without any end that is known there is
     * no bar.
     *
     * @param itemsMax how many there will be; 0 if that is not known
     * @param bytesMax 0 if that is not known
     */
    public String show(long items, long itemsMax, long bytes, long bytesMax) {
        // Items may be of any size.
        long done = bytesMax > 0 ? bytes : items;
        long doneMax = bytesMax > 0 ? bytesMax : itemsMax;
        StringBuilder line = new StringBuilder(verb);
        if (doneMax > 0) {
            int cells = (int) (CELLS * Math.min(done, doneMax) / doneMax);
            line.append(" [")
                    .append("#".repeat(cells))
                    .append("-".repeat(CELLS - cells))
                    .append(']');
        }
        String separator = " ";
        if (itemsMax > 0 || items > 0) {
            line.append(separator).append(itemsMax > 0 ? items + " of " : "");
            line.append(NumberText.count(itemsMax > 0 ? itemsMax : items, noun));
            separator = ", ";
        }
        if (bytesMax > 0 || bytes > 0) {
            line.append(separator).append(NumberText.bytes(bytes));
            line.append(bytesMax > 0 ? " of " + NumberText.bytes(bytesMax) : "");
        }
        double seconds = (nanoTime.getAsLong() - beganNanos) / (double) TimeUnit.SECONDS.toNanos(1);
        if (seconds >= 1) {
            line.append(bytes > 0 ? ", " + NumberText.bytes((long) (bytes / seconds)) + "/s" : "");
            line.append(done > 0 && doneMax > 0 ? ", " + secondsLeft(done, doneMax, seconds) + " s left" : "");
        }
        return line.toString();
    }

    private static long secondsLeft(long done, long doneMax, double seconds) {
        return (long) Math.ceil(Math.max(0, doneMax - done) * seconds / done);
    }
}

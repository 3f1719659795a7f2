package dev.cairndb.receiver.tools;

import java.util.concurrent.TimeUnit;

/** Keeps a {@link ProgressLine} on the terminal while work is done; nothing if there is none. Not thread-safe. */
final class Progress implements AutoCloseable {
    private static final long SHOWN_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    /** To the beginning of the line, and what is on it goes. */
    private static final String CLEARED = "\r\033[K";

    private final Console console;
    private final ProgressLine line;
    private final int itemsMax;
    private final long bytesMax;
    private int items;
    private long bytes;
    private long shownNanos;

    Progress(Console console, ProgressLine line, int itemsMax, long bytesMax) {
        this.console = console;
        this.line = line;
        this.itemsMax = itemsMax;
        this.bytesMax = bytesMax;
        shownNanos = System.nanoTime();
    }

    void addBytes(long count) {
        bytes += count;
        show();
    }

    void itemDone() {
        items++;
        show();
    }

    private void show() {
        long now = System.nanoTime();
        if (console.isTerminal() && now - shownNanos >= SHOWN_EVERY_NANOS) {
            shownNanos = now;
            console.err().print(CLEARED + line.show(items, itemsMax, bytes, bytesMax));
            console.err().flush();
        }
    }

    /** Takes the line away. */
    @Override
    public void close() {
        if (console.isTerminal()) {
            console.err().print(CLEARED);
            console.err().flush();
        }
    }
}

package dev.cairndb.receiver.tools;

import java.util.concurrent.TimeUnit;

/**
 * Keeps a {@link ProgressLine} on the terminal while work is done; nothing if there is none. It is drawn anew now and then
 * by a thread of its own, so that work which tells nothing for a while does not look as if it stood still. Thread-safe.
 */
final class Progress implements AutoCloseable {
    private static final long SHOWN_EVERY_MILLIS = 200;
    private static final long SHOWN_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(SHOWN_EVERY_MILLIS);
    /** To the beginning of the line, and what is on it goes. */
    static final String CLEARED = "\r\033[K";

    private final Console console;
    private final ProgressLine line;
    private final long itemsMax;
    private final long bytesMax;
    private boolean isShown;
    private long items;
    private long bytes;
    private long shownNanos;

    private Progress(Console console, ProgressLine line, long itemsMax, long bytesMax) {
        this.console = console;
        this.line = line;
        this.itemsMax = itemsMax;
        this.bytesMax = bytesMax;
        isShown = console.isTerminal();
        shownNanos = System.nanoTime();
    }

    /** Of work that begins now. */
    static Progress begin(Console console, ProgressLine line, long itemsMax, long bytesMax) {
        Progress progress = new Progress(console, line, itemsMax, bytesMax);
        if (console.isTerminal()) {
            Thread thread = new Thread(progress::showUntilClosed, "cairn-progress");
            thread.setDaemon(true);
            thread.start();
        }
        return progress;
    }

    private synchronized void showUntilClosed() {
        try {
            while (isShown) {
                wait(SHOWN_EVERY_MILLIS);
                show();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    synchronized void addBytes(long count) {
        bytes += count;
        show();
    }

    synchronized void itemDone() {
        items++;
        show();
    }

    private void show() {
        if (isShown && System.nanoTime() - shownNanos >= SHOWN_EVERY_NANOS) {
            shownNanos = System.nanoTime();
            console.err().print(CLEARED + line.show(items, itemsMax, bytes, bytesMax));
            console.err().flush();
        }
    }

    /** Takes the line away; whoever goes on telling it of work tells nobody. */
    @Override
    public synchronized void close() {
        if (isShown) {
            isShown = false;
            notifyAll();
            console.err().print(CLEARED);
            console.err().flush();
        }
    }
}

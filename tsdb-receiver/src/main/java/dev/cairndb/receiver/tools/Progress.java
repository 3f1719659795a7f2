package dev.cairndb.receiver.tools;

import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;

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
    /** What is told of the present item counts up to here. */
    private long itemEndBytes;

    private long shownNanos;

    private Progress(Console console, ProgressLine line, long itemsMax, long bytesMax) {
        this.console = console;
        this.line = line;
        this.itemsMax = itemsMax;
        this.bytesMax = bytesMax;
        itemEndBytes = bytesMax > 0 ? bytesMax : Long.MAX_VALUE;
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
        bytes = Math.min(bytes + count, itemEndBytes);
        show();
    }

    /** @param size of the item: so many bytes of it are done when it is, however many were told of */
    synchronized void beginItem(long size) {
        itemEndBytes = bytes + size;
    }

    synchronized void itemDone() {
        items++;
        bytes = itemEndBytes == Long.MAX_VALUE ? bytes : itemEndBytes;
        show();
    }

    /**
     * For a part of the work that is counted in other steps than bytes.
     *
     * @param size as how many bytes it counts
     */
    LongConsumer steps(long stepsMax, long size) {
        return new LongConsumer() {
            private long steps;
            private long told;

            @Override
            public void accept(long count) {
                steps += count;
                long done = (long) (size * Math.min(1, steps / (double) stepsMax));
                addBytes(done - told);
                told = done;
            }
        };
    }

    /** The line as it is now. */
    synchronized String text() {
        return line.show(items, itemsMax, bytes, bytesMax);
    }

    private void show() {
        if (isShown && System.nanoTime() - shownNanos >= SHOWN_EVERY_NANOS) {
            shownNanos = System.nanoTime();
            console.err().print(CLEARED + text());
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

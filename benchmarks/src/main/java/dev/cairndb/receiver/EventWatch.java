package dev.cairndb.receiver;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Looks at something again and again, in a thread of its own, until it is closed. Thread-safe. */
final class EventWatch implements AutoCloseable {
    /** What is looked at. It is asked by one thread at a time. */
    interface Look {
        /**
         * Tells what happened since the look before.
         *
         * @throws IOException if there is nothing to look at any more
         */
        void look(double fromSeconds, double toSeconds, Consumer<PauseReport.Event> events) throws IOException;
    }

    private final long pauseMillis;
    private final long beganMillis;
    private final Look look;
    private final Thread thread;
    private final List<PauseReport.Event> events = new ArrayList<>();
    private volatile boolean over;

    /** @param beganMillis from when on seconds are counted */
    EventWatch(String name, long pauseMillis, long beganMillis, Look look) {
        this.pauseMillis = pauseMillis;
        this.beganMillis = beganMillis;
        this.look = look;
        thread = new Thread(this::watch, name);
        thread.start();
    }

    private void watch() {
        try {
            double from = seconds();
            while (!over) {
                Thread.sleep(pauseMillis);
                double to = seconds();
                look.look(from, to, this::add);
                from = to;
            }
        } catch (IOException e) {
            System.err.println(thread.getName() + ": what happens from now on is not seen: " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private double seconds() {
        return (System.currentTimeMillis() - beganMillis) / 1e3;
    }

    private synchronized void add(PauseReport.Event event) {
        events.add(event);
    }

    /** So far. */
    synchronized List<PauseReport.Event> events() {
        return List.copyOf(events);
    }

    @Override
    public void close() {
        over = true;
    }
}

package dev.cairndb.tsdb;

import dev.cairndb.testkit.ManualClock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * A runtime whose time is that of a {@link ManualClock}: what it was told to do later it does when the clock is moved
 * by {@link #advance}. Stepped, it has no threads: tasks run in the thread that hands them in, or wait in a line while
 * {@link #hold} is in force and run in an order that a seed decides. Threaded, it has threads as any runtime.
 */
final class SimulatedRuntime implements AutoCloseable {
    private final ManualClock clock;
    private final List<Line> lines = new ArrayList<>();
    private final Timer timer = new Timer();
    private final TsdbRuntime runtime;

    private SimulatedRuntime(ManualClock clock, boolean threads) {
        this.clock = clock;
        runtime = new TsdbRuntime(pool(threads), pool(threads), pool(threads), timer);
    }

    static SimulatedRuntime stepped(ManualClock clock) {
        return new SimulatedRuntime(clock, false);
    }

    static SimulatedRuntime threaded(ManualClock clock) {
        return new SimulatedRuntime(clock, true);
    }

    private ThreadPoolExecutor pool(boolean threads) {
        if (threads) {
            return new ThreadPoolExecutor(2, 2, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>());
        }
        Line line = new Line();
        lines.add(line);
        return line;
    }

    TsdbRuntime runtime() {
        return runtime;
    }

    /** From now on tasks wait. Nothing may wait for them in the thread that runs them. */
    void hold() {
        lines.forEach(line -> line.held = true);
    }

    /** Runs what waits; from now on nothing does. */
    void release() {
        while (step(null)) {
            // until nothing is left
        }
        lines.forEach(line -> line.held = false);
        while (step(null)) {
            // what was handed in meanwhile
        }
    }

    /** Runs one of the tasks at the heads of the lines. Returns whether there was one. */
    boolean step(Random random) {
        List<Line> busy = lines.stream().filter(line -> !line.waiting.isEmpty()).toList();
        if (busy.isEmpty()) {
            return false;
        }
        busy.get(random == null ? 0 : random.nextInt(busy.size()))
                .waiting
                .remove()
                .run();
        return true;
    }

    /** Moves the clock, and stops on the way wherever something is due. */
    void advance(Duration duration) {
        long end = clock.monotonicNanos() + duration.toNanos();
        for (Timed task = timer.next(end); task != null; task = timer.next(end)) {
            clock.advance(Duration.ofNanos(Math.max(0, task.dueNanos - clock.monotonicNanos())));
            task.run();
        }
        clock.advance(Duration.ofNanos(end - clock.monotonicNanos()));
    }

    @Override
    public void close() {
        release();
        runtime.close();
    }

    /** Runs tasks at once, or keeps them waiting. */
    private static final class Line extends ThreadPoolExecutor {
        private final Deque<Runnable> waiting = new ArrayDeque<>();
        private boolean held;

        Line() {
            super(1, 1, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>());
        }

        @Override
        public void execute(Runnable task) {
            if (held) {
                waiting.add(task);
            } else {
                task.run();
            }
        }
    }

    private final class Timer extends ScheduledThreadPoolExecutor {
        private final PriorityQueue<Timed> tasks = new PriorityQueue<>();
        private long scheduled;

        Timer() {
            super(1);
        }

        @Override
        public synchronized ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
            Timed timed = new Timed(task, clock.monotonicNanos() + unit.toNanos(delay), scheduled++, 0);
            tasks.add(timed);
            return timed;
        }

        @Override
        public synchronized ScheduledFuture<?> scheduleWithFixedDelay(
                Runnable task, long initialDelay, long delay, TimeUnit unit) {
            long due = clock.monotonicNanos() + unit.toNanos(initialDelay);
            Timed timed = new Timed(task, due, scheduled++, unit.toNanos(delay));
            tasks.add(timed);
            return timed;
        }

        synchronized Timed next(long endNanos) {
            while (!tasks.isEmpty() && tasks.element().isCancelled()) {
                tasks.remove();
            }
            return tasks.isEmpty() || tasks.element().dueNanos > endNanos ? null : tasks.remove();
        }

        synchronized void again(Timed timed) {
            timed.dueNanos = clock.monotonicNanos() + timed.periodNanos;
            tasks.add(timed);
        }
    }

    private final class Timed extends FutureTask<Void> implements ScheduledFuture<Void> {
        private final long number;
        private final long periodNanos;
        private long dueNanos;

        Timed(Runnable task, long dueNanos, long number, long periodNanos) {
            super(task, null);
            this.dueNanos = dueNanos;
            this.number = number;
            this.periodNanos = periodNanos;
        }

        @Override
        public void run() {
            if (periodNanos == 0) {
                super.run();
            } else if (runAndReset()) {
                timer.again(this);
            }
        }

        @Override
        public long getDelay(TimeUnit unit) {
            return unit.convert(dueNanos - clock.monotonicNanos(), TimeUnit.NANOSECONDS);
        }

        @Override
        public int compareTo(Delayed other) {
            Timed that = (Timed) other;
            int byTime = Long.compare(dueNanos, that.dueNanos);
            return byTime != 0 ? byTime : Long.compare(number, that.number);
        }
    }
}

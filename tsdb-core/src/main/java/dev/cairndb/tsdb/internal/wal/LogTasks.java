package dev.cairndb.tsdb.internal.wal;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Runs what logs do beside their callers, now or later, on threads that belong to others. Thread-safe. */
public final class LogTasks {
    private final Executor executor;
    private final Executor answering;
    private final ScheduledExecutorService scheduler;

    /**
     * @param executor writes logs; may be shared by many
     * @param answering tells those who wait for a ticket without a thread: what hangs on that is the host's code
     * @param scheduler only triggers what then runs on {@code executor}
     */
    public LogTasks(Executor executor, Executor answering, ScheduledExecutorService scheduler) {
        this.executor = executor;
        this.answering = answering;
        this.scheduler = scheduler;
    }

    void execute(Runnable task) {
        execute(executor, task);
    }

    /** If the executor has no thread for it, the answers are given in the caller's. */
    void answer(Runnable task) {
        execute(answering, task);
    }

    private static void execute(Executor executor, Runnable task) {
        try {
            executor.execute(task);
        } catch (RejectedExecutionException | OutOfMemoryError e) {
            // The executor was stopped before the store was closed, or the system has no thread for it: nothing must be
            // lost for that, and nobody wait for ever.
            task.run();
        }
    }

    void later(Runnable task, long delayMillis) {
        try {
            var unused = scheduler.schedule(() -> execute(task), delayMillis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            // The runtime is being closed; closing the log does what is left.
        }
    }
}

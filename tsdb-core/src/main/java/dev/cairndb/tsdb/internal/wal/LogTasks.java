package dev.cairndb.tsdb.internal.wal;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Runs what a log does beside its callers, now or later, on threads that belong to others. Thread-safe. */
final class LogTasks {
    private final Executor executor;
    private final ScheduledExecutorService scheduler;

    /** @param scheduler only triggers what then runs on {@code executor} */
    LogTasks(Executor executor, ScheduledExecutorService scheduler) {
        this.executor = executor;
        this.scheduler = scheduler;
    }

    void execute(Runnable task) {
        try {
            executor.execute(task);
        } catch (RejectedExecutionException e) {
            // The executor was stopped before the store was closed: nothing must be lost for that.
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

package dev.cairndb.tsdb.internal.wal;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The syncs that a log makes beside its writes, so that they do not hold these up: with an interval when that is over,
 * and without one as a segment grows, which leaves little to do at its end. Thread-safe; its state is guarded by the
 * queue's lock.
 */
final class BackgroundSync {
    private final LogQueue queue;
    private final LogSegments segments;
    private final LogTasks tasks;
    private final LogListener listener;
    private final long intervalMillis;
    private boolean scheduled;
    private boolean running;
    private boolean excluded;
    private final AtomicLong count = new AtomicLong();

    BackgroundSync(LogQueue queue, LogSegments segments, LogTasks tasks, LogListener listener, long intervalMillis) {
        this.queue = queue;
        this.segments = segments;
        this.tasks = tasks;
        this.listener = listener;
        this.intervalMillis = intervalMillis;
    }

    /** What no sync may run beside, because it may close the file. */
    interface FileAction {
        void run() throws IOException;
    }

    /** Under the lock: what is written now is synced an interval later. */
    void schedule() {
        schedule(intervalMillis);
    }

    /** Under the lock: what is written now is synced soon. */
    void scheduleNow() {
        schedule(0);
    }

    private void schedule(long delayMillis) {
        if (!scheduled) {
            scheduled = true;
            tasks.later(this::run, delayMillis);
        }
    }

    /** Runs an action when the sync that is running has ended; none begins before the action has. */
    void exclude(FileAction action) throws IOException {
        queue.lock.lock();
        try {
            end();
        } finally {
            queue.lock.unlock();
        }
        try {
            action.run();
        } finally {
            queue.lock.lock();
            try {
                excluded = false;
            } finally {
                queue.lock.unlock();
            }
        }
    }

    /** Under the lock: waits for the sync that is running; no other begins. */
    void end() {
        excluded = true;
        while (running) {
            queue.progress.awaitUninterruptibly();
        }
    }

    /**
     * Syncs what is written, in the caller's thread: so that little is left to do at the end of a segment that the
     * caller is about to ask for, since all who append wait for that.
     */
    void runNow() {
        queue.lock.lock();
        try {
            while (running) {
                queue.progress.awaitUninterruptibly();
            }
            if (mayNotRun() || segments.unsyncedBytes() == 0) {
                return;
            }
            running = true;
        } finally {
            queue.lock.unlock();
        }
        sync();
    }

    private boolean mayNotRun() {
        return queue.state().isFinal() || queue.isClosing() || excluded;
    }

    private void run() {
        queue.lock.lock();
        try {
            scheduled = false;
            if (mayNotRun()) {
                return;
            }
            if (running) {
                // A sync that takes longer than the interval; what was written since needs the next one.
                schedule();
                return;
            }
            running = true;
        } finally {
            queue.lock.unlock();
        }
        sync();
    }

    private void sync() {
        Throwable failure = null;
        try {
            segments.syncOpen();
        } catch (SyncFailedException e) {
            failure = e;
        } catch (RuntimeException | Error e) {
            // Closing waits for this sync to end, whatever happens to it.
            failure = new IllegalStateException("BUG: cannot sync the log: " + e, e);
        }
        ended(failure);
    }

    private void ended(@Nullable Throwable failure) {
        LogQueue.News news = null;
        queue.lock.lock();
        try {
            running = false;
            count.incrementAndGet();
            if (failure != null) {
                news = queue.fail(failure);
            }
            queue.progress.signalAll();
        } finally {
            queue.lock.unlock();
        }
        if (news != null) {
            news.tell(tasks, listener);
        }
    }

    long count() {
        return count.get();
    }
}

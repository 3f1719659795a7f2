package dev.cairndb.tsdb.internal.wal;

import dev.cairndb.io.StoreFailedException;
import dev.cairndb.tsdb.Durability;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Takes the batches of a log's queue to its segments, in rounds, of which at most one runs at a time: as a task on the
 * log's executor, or in the thread that added the first batch of it; a round that failed is repeated after a while, by
 * the retry that it leaves behind.
 *
 * <p>Thread-safe; {@link #submit} and {@link #add} must be called in commit order.
 */
final class LogDrain {
    private enum Phase {
        IDLE,
        /** Who added a batch is about to call {@link #writeAdded}. */
        ADDED,
        SCHEDULED,
        RUNNING
    }

    /**
     * A segment is synced whole before the next one begins, and everybody waits. Most of it is on the disk by then if
     * it is synced bit by bit beside the writes.
     */
    private static final int SYNCS_A_SEGMENT = 16;

    private final LogQueue queue;
    private final LogSegments segments;
    private final LogSettings settings;
    private final LogPool pool;
    private final LogTasks tasks;
    private final LogListener listener;
    private final BackgroundSync backgroundSync;

    /** Owned by whoever is {@link Phase#RUNNING}. */
    private final LogRound round;

    /** Guarded by the queue's lock. */
    private Phase phase = Phase.IDLE;

    LogDrain(
            LogQueue queue,
            LogSegments segments,
            LogSettings settings,
            LogPool pool,
            LogTasks tasks,
            LogListener listener) {
        this.queue = queue;
        this.segments = segments;
        this.settings = settings;
        this.pool = pool;
        this.tasks = tasks;
        this.listener = listener;
        backgroundSync = new BackgroundSync(queue, segments, tasks, listener, settings.syncIntervalMillis());
        round = new LogRound(segments, backgroundSync);
    }

    /** Queues a batch or a mark and sees to it that a round follows, on another thread; returns its ticket. */
    long submit(LogBatch batch) {
        long ticket = add(batch);
        startRound(false);
        return ticket;
    }

    /** Queues a batch and returns its ticket; the caller has to {@link #writeAdded} then, whatever happens. */
    long add(LogBatch batch) {
        queue.lock.lock();
        try {
            long ticket = queue.add(batch);
            if (phase == Phase.IDLE && queue.state() == LogState.HEALTHY) {
                phase = Phase.ADDED;
            }
            return ticket;
        } finally {
            queue.lock.unlock();
        }
    }

    /** Sees to it that a round follows what was added: in this thread, if it has only bytes to hand to the system. */
    void writeAdded() {
        startRound(true);
    }

    private void startRound(boolean mayRunHere) {
        boolean here;
        queue.lock.lock();
        try {
            if (phase != Phase.ADDED) {
                return;
            }
            here = mayRunHere && settings.durability() != Durability.SYNC && segments.surelyTakes(queue.pendingBytes());
            if (here) {
                beginRound();
            } else {
                phase = Phase.SCHEDULED;
            }
        } finally {
            queue.lock.unlock();
        }
        if (here) {
            runRoundAndGoOn();
        } else {
            tasks.execute(this::drain);
        }
    }

    /** As {@link BackgroundSync#runNow}. */
    void syncWritten() {
        backgroundSync.runNow();
    }

    private void drain() {
        queue.lock.lock();
        try {
            if (phase != Phase.SCHEDULED) {
                return;
            }
            beginRound();
        } finally {
            queue.lock.unlock();
        }
        runRoundAndGoOn();
    }

    private void runRoundAndGoOn() {
        runRound();
        boolean again;
        queue.lock.lock();
        try {
            // Through the executor again, and not in a loop: other logs have their turn in between.
            again = !queue.isEmpty() && queue.state() == LogState.HEALTHY;
            phase = again ? Phase.SCHEDULED : Phase.IDLE;
            queue.progress.signalAll();
        } finally {
            queue.lock.unlock();
        }
        if (again) {
            tasks.execute(this::drain);
        }
    }

    private void beginRound() {
        phase = Phase.RUNNING;
        round.begin(queue);
    }

    /** Writes the batches of the round; whatever happens, says so to all who wait. */
    private void runRound() {
        LogScratch scratch = pool.takeScratch();
        LogState after = LogState.HEALTHY;
        Throwable failure = null;
        try {
            if (queue.state() == LogState.UNAVAILABLE) {
                round.heal();
            }
            round.write(scratch);
            if (hasUnsynced()) {
                round.sync();
            }
        } catch (SyncFailedException e) {
            after = LogState.FAILED;
            failure = e;
            if (settings.durability() == Durability.SYNC) {
                segments.cutToDurable();
            }
        } catch (IOException e) {
            segments.cutTorn();
            after = LogState.UNAVAILABLE;
            failure = e;
        } catch (RuntimeException | Error e) {
            after = LogState.FAILED;
            failure = new IllegalStateException("BUG: cannot write the log: " + e, e);
        }
        pool.giveScratch(scratch);
        publish(after, failure);
    }

    /** Whether something was written that must be synced to be answered. */
    private boolean hasUnsynced() {
        return settings.durability() == Durability.SYNC && round.writtenTicket() > queue.durableTicket();
    }

    private void publish(LogState after, @Nullable Throwable failure) {
        LogQueue.News news;
        queue.lock.lock();
        try {
            round.end();
            news = queue.advance(round.writtenTicket(), after, failure);
            scheduleFollowUp();
            queue.progress.signalAll();
        } finally {
            queue.lock.unlock();
        }
        news.tell(tasks, listener);
    }

    /** Under the lock: plans the next attempt of an unavailable log, or the next sync beside the writes. */
    private void scheduleFollowUp() {
        if (queue.state() == LogState.UNAVAILABLE) {
            tasks.later(this::retry, settings.retryIntervalMillis());
        } else if (queue.state() == LogState.HEALTHY) {
            scheduleSync();
        }
    }

    private void scheduleSync() {
        switch (settings.durability()) {
            case INTERVAL -> {
                if (segments.isBegun()) {
                    backgroundSync.schedule();
                }
            }
            case OS -> {
                if (segments.unsyncedBytes() >= settings.segmentSizeBytesMax() / SYNCS_A_SEGMENT) {
                    backgroundSync.scheduleNow();
                }
            }
            case SYNC -> {}
        }
    }

    private void retry() {
        queue.lock.lock();
        try {
            if (queue.state() != LogState.UNAVAILABLE) {
                return;
            }
            if (phase != Phase.IDLE) {
                // The round that failed has not ended yet; nobody else would try again.
                tasks.later(this::retry, settings.retryIntervalMillis());
                return;
            }
            phase = Phase.SCHEDULED;
        } finally {
            queue.lock.unlock();
        }
        drain();
    }

    /** As {@link WriteAheadLog#close}. */
    void close() throws IOException {
        queue.lock.lock();
        try {
            if (!queue.beginClosing()) {
                return;
            }
            runRemaining();
            backgroundSync.end();
        } finally {
            queue.lock.unlock();
        }
        IOException failure = closeFiles();
        LogQueue.News news;
        queue.lock.lock();
        try {
            news = queue.close(failure);
            queue.progress.signalAll();
        } finally {
            queue.lock.unlock();
        }
        news.tell(tasks, listener);
        if (news.failure() instanceof IOException refusal) {
            throw refusal;
        }
    }

    /** Under the lock: runs, in this thread, what is queued, so that closing does not depend on the executor. */
    private void runRemaining() {
        boolean retried = false;
        while (true) {
            if (phase == Phase.RUNNING) {
                queue.progress.awaitUninterruptibly();
                continue;
            }
            LogState state = queue.state();
            boolean hasWork = !queue.isEmpty() || hasUnsynced();
            if (state == LogState.FAILED || !hasWork || state == LogState.UNAVAILABLE && retried) {
                phase = Phase.RUNNING;
                return;
            }
            retried = state == LogState.UNAVAILABLE;
            beginRound();
            queue.lock.unlock();
            try {
                runRound();
            } finally {
                queue.lock.lock();
                phase = Phase.IDLE;
            }
        }
    }

    private @Nullable IOException closeFiles() {
        try (segments) {
            if (queue.state() == LogState.HEALTHY) {
                segments.sync();
            }
            return null;
        } catch (IOException e) {
            return e;
        } catch (RuntimeException e) {
            return new StoreFailedException("BUG: cannot close the log: " + e, e);
        }
    }

    long writeCount() {
        return round.writeCount();
    }

    long syncCount() {
        return round.syncCount() + backgroundSync.count();
    }

    long writtenBytes() {
        return round.writtenBytes();
    }
}

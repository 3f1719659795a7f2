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

    /** Bounds what an append writes for others, that came while the round before ran. */
    private static final long BYTES_BY_WHO_ADDS_MAX = 1 << 20;

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

    /** Guarded by the queue's lock; of the round that is {@link Phase#RUNNING}. */
    private long roundUpToTicket;

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
        long ticket;
        boolean starts;
        queue.lock.lock();
        try {
            ticket = queue.add(batch);
            // Also what somebody added: no thread that adds must come upon the end of a segment, which is a sync.
            starts = queue.state() == LogState.HEALTHY && (phase == Phase.IDLE || phase == Phase.ADDED);
            if (starts) {
                phase = Phase.SCHEDULED;
            }
        } finally {
            queue.lock.unlock();
        }
        if (starts) {
            tasks.execute(this::drain);
        }
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
        boolean here;
        queue.lock.lock();
        try {
            if (phase != Phase.ADDED) {
                return;
            }
            here = isWrittenByWhoAdds(queue.pendingBytes());
            if (here) {
                beginRound(queue.lastTicket());
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

    private boolean isWrittenByWhoAdds(long bytes) {
        return settings.durability() != Durability.SYNC
                && bytes <= BYTES_BY_WHO_ADDS_MAX
                && segments.surelyTakes(bytes);
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
            beginRound(Long.MAX_VALUE);
        } finally {
            queue.lock.unlock();
        }
        runRoundAndGoOn();
    }

    /** Under the lock: the caller goes on to run a round of what is queued up to that ticket. */
    private void beginRound(long upToTicket) {
        phase = Phase.RUNNING;
        roundUpToTicket = upToTicket;
    }

    private void runRoundAndGoOn() {
        try {
            runRound();
        } finally {
            goOn();
        }
    }

    private void goOn() {
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

    /** Writes the batches of the round; whatever happens, says so to all who wait. */
    private void runRound() {
        try {
            publish(attempt());
        } catch (RuntimeException | Error e) {
            // Something that only answers or plans: without this all would wait for a round that is over.
            publish(bug(e));
        }
    }

    /** Returns why not all of the round was written; null if it was. */
    private @Nullable Throwable attempt() {
        try {
            writeRound();
            return null;
        } catch (SyncFailedException e) {
            if (settings.durability() == Durability.SYNC) {
                segments.cutToDurable();
            }
            return e;
        } catch (IOException e) {
            segments.cutTorn();
            return e;
        } catch (RuntimeException | Error e) {
            segments.cutTorn();
            return bug(e);
        }
    }

    private static Throwable bug(Throwable e) {
        return new IllegalStateException("BUG: cannot write the log: " + e, e);
    }

    private void writeRound() throws IOException {
        queue.lock.lock();
        try {
            round.begin(queue, roundUpToTicket);
        } finally {
            queue.lock.unlock();
        }
        LogScratch scratch = pool.takeScratch();
        try {
            if (queue.state() == LogState.UNAVAILABLE) {
                round.heal();
            }
            round.write(scratch);
            if (hasUnsynced()) {
                round.sync();
            }
        } finally {
            pool.giveScratch(scratch);
        }
    }

    /** Whether something was written that must be synced to be answered. */
    private boolean hasUnsynced() {
        return settings.durability() == Durability.SYNC && round.writtenTicket() > queue.durableTicket();
    }

    private void publish(@Nullable Throwable failure) {
        LogQueue.News news;
        queue.lock.lock();
        try {
            round.end();
            planNext(failure);
            news = queue.advance(round.writtenTicket(), stateAfter(failure), failure);
        } finally {
            queue.progress.signalAll();
            queue.lock.unlock();
        }
        news.tell(tasks, listener);
    }

    private static LogState stateAfter(@Nullable Throwable failure) {
        if (failure == null) {
            return LogState.HEALTHY;
        }
        boolean isRepeated = failure instanceof IOException && !(failure instanceof SyncFailedException);
        return isRepeated ? LogState.UNAVAILABLE : LogState.FAILED;
    }

    /** Under the lock: plans the next attempt of a log that could not be written, or the next sync beside the writes. */
    private void planNext(@Nullable Throwable failure) {
        switch (stateAfter(failure)) {
            case UNAVAILABLE -> tasks.later(this::retry, settings.retryIntervalMillis());
            case HEALTHY -> scheduleSync();
            case FAILED, CLOSED -> {}
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
            beginRound(Long.MAX_VALUE);
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

package dev.cairndb.tsdb.internal.wal;

import dev.cairndb.io.Storage;
import dev.cairndb.io.StoreFailedException;
import dev.cairndb.io.StoreUnavailableException;
import dev.cairndb.tsdb.Durability;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A log with group commit: commits hand in batches of records and get tickets, and are answered when the log is durable
 * up to their ticket. Knows nothing of what the records mean, so it serves for the WAL and for the log of late samples.
 *
 * <p><b>How it writes.</b> {@link #submit} only queues. A drain, a task on the given executor of which at most one
 * exists per log, takes all that is queued, compresses and frames it outside any lock, hands it to the system with one
 * write (two where a segment ends) and, with {@link Durability#SYNC}, syncs it. What is submitted meanwhile is the next
 * drain's: the slower the disk, the larger the groups. Tickets are written in order; a batch stays queued until it is
 * written, so that a failed write can be repeated.
 *
 * <p><b>When writing fails.</b> A failed write makes the log unavailable: waiting and new commits get {@link
 * StoreUnavailableException}, what was submitted is kept, and from time to time the segment is cut at its last whole
 * record and the kept batches are written again, in their order. When that works the log is healthy again. A failed
 * fsync is final, since the system may have dropped the very pages it failed to write: {@link StoreFailedException}
 * until the log is opened again.
 *
 * <p>Thread-safe; {@link #submit} must be called in the order in which the commits happened in memory. No lock is held
 * during I/O. An interrupt does not end a wait; the flag stays set.
 */
public final class WriteAheadLog implements Closeable {
    private static final long ROUND_SIZE_BYTES_MAX = 4 << 20;

    private enum Drain {
        IDLE,
        SCHEDULED,
        RUNNING
    }

    private interface FileAction {
        void run() throws IOException;
    }

    private final LogSettings settings;
    private final LogSegments segments;
    private final LogPool pool;
    private final LogTasks tasks;
    private final LogListener listener;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition progress = lock.newCondition();

    // Guarded by lock; the volatile ones are also read without it.
    private final ArrayDeque<LogBatch> queue = new ArrayDeque<>();
    private final DurabilityWaiters waiters = new DurabilityWaiters();
    private volatile LogState state = LogState.HEALTHY;
    private @Nullable Throwable cause;
    private Drain drain = Drain.IDLE;
    private boolean syncScheduled;
    private boolean syncing;
    private boolean excludesSync;
    private volatile boolean closing;
    private volatile long pendingBytes;
    private volatile long lastTicket;
    private volatile long durableTicket;

    // Owned by the drain.
    private final List<LogBatch> round = new ArrayList<>();
    private long writtenTicket;

    private final AtomicLong writeCount = new AtomicLong();
    private final AtomicLong syncCount = new AtomicLong();
    private final AtomicLong writtenBytes = new AtomicLong();

    private WriteAheadLog(
            LogSegments segments, LogSettings settings, LogPool pool, LogTasks tasks, LogListener listener) {
        this.segments = segments;
        this.settings = settings;
        this.pool = pool;
        this.tasks = tasks;
        this.listener = listener;
    }

    /**
     * Opens the log in a directory, which is created if absent. Nothing is read: that is done before.
     * Writing begins with a new segment behind all that are there.
     *
     * @param executor runs drains; may be shared by many logs
     * @param scheduler only triggers what then runs on {@code executor}
     */
    public static WriteAheadLog open(
            Storage storage,
            Path directory,
            LogSettings settings,
            LogPool pool,
            Executor executor,
            ScheduledExecutorService scheduler,
            LogListener listener)
            throws IOException {
        storage.createDirectories(directory);
        return openLazily(storage, directory, settings, pool, executor, scheduler, listener);
    }

    /**
     * The same, but the directory is made with the first record: for a log that most stores have no use for, such as that
     * of late samples.
     */
    public static WriteAheadLog openLazily(
            Storage storage,
            Path directory,
            LogSettings settings,
            LogPool pool,
            Executor executor,
            ScheduledExecutorService scheduler,
            LogListener listener)
            throws IOException {
        LogDirectory content = LogDirectory.list(storage, directory);
        LogSegments segments = new LogSegments(storage, directory, content.nextSegment(), settings);
        for (int segment : content.segments()) {
            segments.addClosed(segment, storage.size(content.segmentPath(segment)));
        }
        return new WriteAheadLog(segments, settings, pool, new LogTasks(executor, scheduler), listener);
    }

    /** An empty batch to fill and {@link #submit}, or to give back with {@link #release}. */
    public LogBatch newBatch() {
        return pool.takeBatch();
    }

    public void release(LogBatch batch) {
        pool.giveBatch(batch);
    }

    /**
     * Queues a batch, which now belongs to the log, and returns its ticket; an empty batch gets the last one. Calls must
     * come one after the other, in commit order. Never fails for the log's health: waiting for the ticket does.
     */
    public long submit(LogBatch batch) {
        if (batch.isEmpty()) {
            release(batch);
            return lastTicket;
        }
        return enqueue(batch);
    }

    /** Throws if a commit begun now could not be logged. */
    public void checkWritable() throws IOException {
        checkWritable(0);
    }

    /**
     * Throws if a commit begun now could not be logged; waits if too much is queued. To be called before work is done,
     * without any lock.
     */
    public void checkWritable(long waitMillisMax) throws IOException {
        if (state == LogState.HEALTHY && !closing && pendingBytes <= settings.pendingBytesMax()) {
            return;
        }
        boolean interrupted = false;
        lock.lock();
        try {
            long leftNanos = TimeUnit.MILLISECONDS.toNanos(waitMillisMax);
            while (true) {
                if (closing) {
                    throw new IllegalStateException("the log is closed");
                }
                if (state != LogState.HEALTHY) {
                    throw refusal();
                }
                if (pendingBytes <= settings.pendingBytesMax()) {
                    return;
                }
                if (leftNanos <= 0) {
                    throw new StoreUnavailableException("cannot take a write: " + pendingBytes
                            + " bytes wait to be logged, at most " + settings.pendingBytesMax() + " may");
                }
                try {
                    leftNanos = progress.awaitNanos(leftNanos);
                } catch (InterruptedException e) {
                    // Not an answer to the caller's question; but do not wait longer for it.
                    interrupted = true;
                    leftNanos = 0;
                }
            }
        } finally {
            lock.unlock();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Returns when everything up to a ticket is durable, in the meaning of the log's {@link Durability}. */
    public void awaitDurable(long ticket) throws IOException {
        if (ticket <= durableTicket) {
            return;
        }
        lock.lock();
        try {
            checkTicket(ticket);
            while (ticket > durableTicket) {
                if (state != LogState.HEALTHY) {
                    throw refusal();
                }
                progress.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    /** As {@link #awaitDurable}, without waiting; completed on the log's executor. */
    public CompletionStage<@Nullable Void> whenDurable(long ticket) {
        if (ticket <= durableTicket) {
            return CompletableFuture.completedStage(null);
        }
        lock.lock();
        try {
            checkTicket(ticket);
            if (ticket <= durableTicket) {
                return CompletableFuture.completedStage(null);
            }
            if (state != LogState.HEALTHY) {
                return CompletableFuture.failedStage(refusal());
            }
            return waiters.add(ticket);
        } finally {
            lock.unlock();
        }
    }

    /** The ticket given last. */
    public long lastTicket() {
        return lastTicket;
    }

    public long durableTicket() {
        return durableTicket;
    }

    /**
     * Ends the current segment behind everything submitted before, and returns the number of the segment that all later
     * batches go to; all lower ones are complete and synced. Waits; not to be called under the commit lock.
     */
    public int cutSegment() throws IOException {
        LogBatch mark = new LogBatch();
        mark.endsSegment = true;
        long ticket = enqueue(mark);
        awaitDurable(ticket);
        return mark.segmentBehind;
    }

    /** The end of the newest segment that is complete; null if none is. */
    public @Nullable LogPosition endOfCompleteSegments() {
        return segments.endOfClosed();
    }

    /**
     * Deletes all segments below {@code segment}; the current one is never deleted. If no other is left it is created,
     * empty: promtool cannot open a directory with a log that has no segment.
     */
    public void truncateBefore(int segment) throws IOException {
        if (!closing && segments.isEmptyWithout(segment)) {
            LogBatch mark = new LogBatch();
            mark.createsSegment = true;
            awaitDurable(enqueue(mark));
        }
        segments.deleteBefore(segment);
    }

    /** Number of the oldest segment there is. */
    public int firstSegment() {
        return segments.firstSegment();
    }

    /** Number of the segment that is written to. */
    public int currentSegment() {
        return segments.currentSegment();
    }

    /** Bytes in all segments. */
    public long sizeBytes() {
        return segments.sizeBytes();
    }

    /** Writes to the system since the log was opened. */
    public long writeCount() {
        return writeCount.get();
    }

    /** Syncs of the segment being written since the log was opened; those at a segment's end are not among them. */
    public long syncCount() {
        return syncCount.get();
    }

    /** Bytes written since the log was opened. */
    public long writtenBytes() {
        return writtenBytes.get();
    }

    /**
     * Writes and syncs everything submitted, whatever the durability, and closes the files. If that is not possible the
     * exception says so; what was not acknowledged may then be lost.
     */
    @Override
    public void close() throws IOException {
        lock.lock();
        try {
            if (closing) {
                return;
            }
            closing = true;
            takeOverDrain();
            excludesSync = true;
            while (syncing) {
                progress.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
        finish();
    }

    // ---- submitting -------------------------------------------------------------------------------------------------

    private long enqueue(LogBatch batch) {
        long ticket;
        boolean schedule;
        lock.lock();
        try {
            if (closing) {
                throw new IllegalStateException("the log is closed");
            }
            ticket = lastTicket + 1;
            lastTicket = ticket;
            batch.ticket = ticket;
            if (state == LogState.FAILED) {
                pool.giveBatch(batch);
                return ticket;
            }
            queue.add(batch);
            addPending(batch.sizeBytes());
            schedule = drain == Drain.IDLE && state == LogState.HEALTHY;
            if (schedule) {
                drain = Drain.SCHEDULED;
            }
        } finally {
            lock.unlock();
        }
        if (schedule) {
            tasks.execute(this::drain);
        }
        return ticket;
    }

    private void checkTicket(long ticket) {
        if (ticket > lastTicket) {
            throw new IllegalArgumentException("no such ticket: " + ticket + ", the last one is " + lastTicket);
        }
    }

    private IOException refusal() {
        return state.refusal(cause);
    }

    // ---- draining ---------------------------------------------------------------------------------------------------

    private void drain() {
        lock.lock();
        try {
            if (drain != Drain.SCHEDULED) {
                return;
            }
            startRound();
        } finally {
            lock.unlock();
        }
        runRound();
        boolean again;
        lock.lock();
        try {
            // Through the executor again, and not in a loop: other logs have their turn in between.
            again = !queue.isEmpty() && state == LogState.HEALTHY;
            drain = again ? Drain.SCHEDULED : Drain.IDLE;
            progress.signalAll();
        } finally {
            lock.unlock();
        }
        if (again) {
            tasks.execute(this::drain);
        }
    }

    private void startRound() {
        drain = Drain.RUNNING;
        long bytes = 0;
        for (LogBatch batch : queue) {
            if (bytes >= ROUND_SIZE_BYTES_MAX) {
                break;
            }
            round.add(batch);
            bytes += batch.sizeBytes();
        }
    }

    /** Writes the batches of the round; whatever happens, says so to all who wait. */
    private void runRound() {
        LogScratch scratch = pool.takeScratch();
        LogState after = LogState.HEALTHY;
        Throwable failure = null;
        try {
            if (state == LogState.UNAVAILABLE) {
                withoutSyncBeside(segments::heal);
            }
            scratch.framer.reset(segments.goodPosition());
            writeRound(scratch);
            if (settings.durability() == Durability.SYNC && writtenTicket > durableTicket) {
                segments.sync();
                syncCount.incrementAndGet();
            }
        } catch (SyncFailedException e) {
            after = LogState.FAILED;
            failure = e;
            if (settings.durability() == Durability.SYNC) {
                segments.cutToDurable();
            }
        } catch (IOException e) {
            after = LogState.UNAVAILABLE;
            failure = e;
        } catch (RuntimeException | Error e) {
            after = LogState.FAILED;
            failure = new IllegalStateException("BUG: cannot write the log: " + e, e);
        }
        pool.giveScratch(scratch);
        publish(after, failure);
    }

    private void writeRound(LogScratch scratch) throws IOException {
        for (LogBatch batch : round) {
            if (batch.endsSegment) {
                flush(scratch, batch.ticket - 1);
                endSegment(scratch);
                batch.segmentBehind = segments.currentSegment();
            } else if (batch.createsSegment) {
                segments.ensureCreated();
            } else if (!segments.stage(batch, scratch)) {
                flush(scratch, batch.ticket - 1);
                endSegment(scratch);
                segments.stage(batch, scratch);
            }
        }
        if (!round.isEmpty()) {
            flush(scratch, round.get(round.size() - 1).ticket);
        }
    }

    private void flush(LogScratch scratch, long upToTicket) throws IOException {
        int bytes = scratch.framer.size();
        if (bytes > 0) {
            segments.flush(scratch);
            writeCount.incrementAndGet();
            writtenBytes.addAndGet(bytes);
        }
        writtenTicket = Math.max(writtenTicket, upToTicket);
    }

    private void endSegment(LogScratch scratch) throws IOException {
        withoutSyncBeside(() -> segments.endSegment(scratch));
    }

    /** For what may close the file: a sync beside the writes must have ended, and none may begin. */
    private void withoutSyncBeside(FileAction action) throws IOException {
        lock.lock();
        try {
            excludesSync = true;
            while (syncing) {
                progress.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
        try {
            action.run();
        } finally {
            lock.lock();
            try {
                excludesSync = false;
            } finally {
                lock.unlock();
            }
        }
    }

    private void publish(LogState after, @Nullable Throwable failure) {
        DurabilityWaiters.Answer done;
        DurabilityWaiters.Answer refused = null;
        LogState previous;
        LogState changedTo;
        lock.lock();
        try {
            round.clear();
            dropWritten();
            previous = state;
            // A sync beside this round may have failed: that is never taken back.
            changedTo = previous == LogState.FAILED ? LogState.FAILED : after;
            state = changedTo;
            if (changedTo != previous) {
                cause = failure;
            }
            if (changedTo == LogState.HEALTHY
                    || changedTo == LogState.UNAVAILABLE && settings.durability() != Durability.SYNC) {
                durableTicket = writtenTicket;
            }
            if (changedTo == LogState.FAILED) {
                dropAll();
            }
            done = waiters.takeUpTo(durableTicket);
            if (changedTo != LogState.HEALTHY) {
                refused = waiters.refuseAll(refusal());
            }
            scheduleFollowUp();
            progress.signalAll();
        } finally {
            lock.unlock();
        }
        done.give(tasks);
        if (refused != null) {
            refused.give(tasks);
        }
        changedTo.tell(listener, previous, failure);
    }

    private void dropWritten() {
        while (!queue.isEmpty() && queue.element().ticket <= writtenTicket) {
            LogBatch batch = queue.remove();
            addPending(-batch.sizeBytes());
            if (!batch.endsSegment && !batch.createsSegment) {
                pool.giveBatch(batch);
            }
        }
    }

    /** Under the lock. */
    private void addPending(long bytes) {
        long pending = pendingBytes;
        pendingBytes = pending + bytes;
    }

    private void dropAll() {
        queue.clear();
        pendingBytes = 0;
    }

    // ---- what happens later -----------------------------------------------------------------------------------------

    /** Under the lock: plans the next attempt of an unavailable log, or the next sync of an INTERVAL one. */
    private void scheduleFollowUp() {
        if (state == LogState.UNAVAILABLE) {
            tasks.later(this::retry, settings.retryIntervalMillis());
        } else if (state == LogState.HEALTHY
                && settings.durability() == Durability.INTERVAL
                && segments.isBegun()
                && !syncScheduled) {
            syncScheduled = true;
            tasks.later(this::syncBeside, settings.syncIntervalMillis());
        }
    }

    private void retry() {
        lock.lock();
        try {
            if (state != LogState.UNAVAILABLE) {
                return;
            }
            if (drain != Drain.IDLE) {
                // The round that failed has not ended yet; nobody else would try again.
                tasks.later(this::retry, settings.retryIntervalMillis());
                return;
            }
            drain = Drain.SCHEDULED;
        } finally {
            lock.unlock();
        }
        drain();
    }

    /** The interval's sync, which does not hold up writes. */
    private void syncBeside() {
        lock.lock();
        try {
            syncScheduled = false;
            if (state == LogState.FAILED || state == LogState.CLOSED || closing || excludesSync) {
                return;
            }
            if (syncing) {
                // A sync that takes longer than the interval; what was written since needs the next one.
                syncScheduled = true;
                tasks.later(this::syncBeside, settings.syncIntervalMillis());
                return;
            }
            syncing = true;
        } finally {
            lock.unlock();
        }
        SyncFailedException failure = null;
        try {
            segments.syncOpen();
        } catch (SyncFailedException e) {
            failure = e;
        }
        afterSync(failure);
    }

    private void afterSync(@Nullable SyncFailedException failure) {
        DurabilityWaiters.Answer refused = null;
        LogState before;
        lock.lock();
        try {
            before = state;
            syncing = false;
            syncCount.incrementAndGet();
            if (failure != null && state != LogState.CLOSED) {
                state = LogState.FAILED;
                cause = failure;
                refused = waiters.refuseAll(refusal());
                if (drain != Drain.RUNNING) {
                    dropAll();
                }
            }
            progress.signalAll();
        } finally {
            lock.unlock();
        }
        if (refused != null) {
            refused.give(tasks);
        }
        if (failure != null) {
            LogState.FAILED.tell(listener, before, failure);
        }
    }

    // ---- closing ----------------------------------------------------------------------------------------------------

    /** Under the lock: runs, in this thread, what is queued, so that closing does not depend on the executor. */
    private void takeOverDrain() {
        boolean retried = false;
        while (true) {
            if (drain == Drain.RUNNING) {
                progress.awaitUninterruptibly();
                continue;
            }
            boolean work =
                    !queue.isEmpty() || settings.durability() == Durability.SYNC && writtenTicket > durableTicket;
            if (state == LogState.FAILED || !work || state == LogState.UNAVAILABLE && retried) {
                drain = Drain.RUNNING;
                return;
            }
            retried = state == LogState.UNAVAILABLE;
            startRound();
            lock.unlock();
            try {
                runRound();
            } finally {
                lock.lock();
                drain = Drain.IDLE;
            }
        }
    }

    private void finish() throws IOException {
        LogState last = state;
        IOException failure = null;
        if (last == LogState.HEALTHY) {
            try {
                segments.sync();
            } catch (IOException e) {
                failure = e;
            }
        }
        try {
            segments.close();
        } catch (IOException e) {
            failure = failure == null ? e : failure;
        }
        DurabilityWaiters.Answer refused;
        IOException refusal;
        lock.lock();
        try {
            refusal = last == LogState.HEALTHY ? failure : refusal();
            state = LogState.CLOSED;
            refused = waiters.refuseAll(refusal);
            dropAll();
            progress.signalAll();
        } finally {
            lock.unlock();
        }
        refused.give(tasks);
        if (refusal != null) {
            throw refusal;
        }
    }
}

package dev.cairndb.tsdb.internal.wal;

import dev.cairndb.io.StoreUnavailableException;
import dev.cairndb.tsdb.Durability;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The batches that wait to be written, in the order of their tickets; how far writing got and how it fares; and those
 * who wait for either. A batch stays queued until it is written, so that a failed write can be repeated.
 *
 * <p>Thread-safe. Methods that say "under the lock" are for those who write: they hold {@link #lock} over what they
 * decide from several of them, and never during I/O.
 */
final class LogQueue {
    final ReentrantLock lock = new ReentrantLock();

    /** Signalled by those who write whenever something changed that somebody may wait for. */
    final Condition progress = lock.newCondition();

    private final LogSettings settings;
    private final LogPool pool;

    // Guarded by lock; the volatile ones are also read without it.
    private final ArrayDeque<LogBatch> batches = new ArrayDeque<>();
    private final DurabilityWaiters waiters = new DurabilityWaiters();
    private volatile LogState state = LogState.HEALTHY;
    private @Nullable Throwable cause;
    private boolean beingWritten;
    private volatile boolean closing;
    private volatile long pendingBytes;
    private volatile long lastTicket;
    private volatile long durableTicket;

    LogQueue(LogSettings settings, LogPool pool) {
        this.settings = settings;
        this.pool = pool;
    }

    /** What has changed, for those whom it concerns; they are told without the lock. */
    record News(
            LogState before,
            LogState after,
            @Nullable Throwable failure,
            DurabilityWaiters.Answer done,
            DurabilityWaiters.@Nullable Answer refused) {

        void tell(LogTasks tasks, LogListener listener) {
            done.give(tasks);
            if (refused != null) {
                refused.give(tasks);
            }
            after.tell(listener, before, failure);
        }
    }

    // ---- for those who commit ---------------------------------------------------------------------------------------

    /** As {@link WriteAheadLog#checkWritable(long)}. */
    void checkWritable(long waitMillisMax) throws IOException {
        if (state == LogState.HEALTHY && !closing && pendingBytes <= settings.pendingBytesMax()) {
            return;
        }
        boolean interrupted = false;
        lock.lock();
        try {
            long leftNanos = TimeUnit.MILLISECONDS.toNanos(waitMillisMax);
            while (true) {
                checkOpen();
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

    /** As {@link WriteAheadLog#awaitDurable}. */
    void awaitDurable(long ticket) throws IOException {
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

    /** As {@link WriteAheadLog#whenDurable}. */
    CompletionStage<@Nullable Void> whenDurable(long ticket) {
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

    private void checkTicket(long ticket) {
        if (ticket > lastTicket) {
            throw new IllegalArgumentException("no such ticket: " + ticket + ", the last one is " + lastTicket);
        }
    }

    private void checkOpen() {
        if (closing) {
            throw new IllegalStateException("the log is closed");
        }
    }

    private IOException refusal() {
        return state.refusal(cause);
    }

    long lastTicket() {
        return lastTicket;
    }

    long durableTicket() {
        return durableTicket;
    }

    /** Of the batches that are not written yet. */
    long pendingBytes() {
        return pendingBytes;
    }

    LogState state() {
        return state;
    }

    boolean isClosing() {
        return closing;
    }

    // ---- for those who write ----------------------------------------------------------------------------------------

    /** Under the lock: gives a batch its ticket. A log that failed keeps none: whoever waits hears why. */
    long add(LogBatch batch) {
        checkOpen();
        long ticket = lastTicket + 1;
        lastTicket = ticket;
        batch.ticket = ticket;
        if (state == LogState.FAILED) {
            giveBack(batch);
        } else {
            batches.add(batch);
            addPending(batch.sizeBytes());
        }
        return ticket;
    }

    /** Under the lock. */
    boolean isEmpty() {
        return batches.isEmpty();
    }

    /**
     * Under the lock: copies the oldest batches, with tickets up to that one, to {@code target}, until they have that
     * many bytes. They are read without it until {@link #advance}.
     */
    void begin(List<LogBatch> target, long sizeBytesMin, long upToTicket) {
        beingWritten = true;
        long bytes = 0;
        for (LogBatch batch : batches) {
            if (bytes >= sizeBytesMin || batch.ticket > upToTicket) {
                break;
            }
            target.add(batch);
            bytes += batch.sizeBytes();
        }
    }

    /** Under the lock: everything up to that ticket is written, and the attempt ended well or not. */
    News advance(long writtenTicket, LogState now, @Nullable Throwable failure) {
        beingWritten = false;
        dropWritten(writtenTicket);
        // A sync beside the writes may have failed: that is never taken back.
        LogState before = enter(state == LogState.FAILED ? LogState.FAILED : now, failure);
        if (state == LogState.HEALTHY || state == LogState.UNAVAILABLE && settings.durability() != Durability.SYNC) {
            durableTicket = writtenTicket;
        }
        if (state == LogState.FAILED) {
            dropAll();
        }
        return news(before, failure);
    }

    /** Under the lock: a sync failed beside the writes, so nothing that comes is taken or answered any more. */
    News fail(Throwable failure) {
        LogState before = enter(LogState.FAILED, failure);
        if (!beingWritten) {
            dropAll();
        }
        return news(before, failure);
    }

    /** Under the lock: refuses further batches; false if that was so already. */
    boolean beginClosing() {
        boolean begins = !closing;
        closing = true;
        return begins;
    }

    /**
     * Under the lock: the files are closed, well or not, and nothing happens any more. The news' failure is what
     * closing has to throw.
     */
    News close(@Nullable IOException failure) {
        IOException refusal = state == LogState.HEALTHY ? failure : refusal();
        LogState before = enter(LogState.CLOSED, refusal);
        dropAll();
        return new News(before, LogState.CLOSED, refusal, waiters.takeUpTo(durableTicket), waiters.refuseAll(refusal));
    }

    private LogState enter(LogState next, @Nullable Throwable failure) {
        LogState before = state;
        if (next != before) {
            state = next;
            cause = failure;
        }
        return before;
    }

    private News news(LogState before, @Nullable Throwable failure) {
        DurabilityWaiters.Answer done = waiters.takeUpTo(durableTicket);
        DurabilityWaiters.Answer refused = state == LogState.HEALTHY ? null : waiters.refuseAll(refusal());
        return new News(before, state, failure, done, refused);
    }

    private void dropWritten(long writtenTicket) {
        while (!batches.isEmpty() && batches.element().ticket <= writtenTicket) {
            LogBatch batch = batches.remove();
            addPending(-batch.sizeBytes());
            giveBack(batch);
        }
    }

    /** A mark is still read by who waits for it. */
    private void giveBack(LogBatch batch) {
        if (!batch.endsSegment && !batch.createsSegment) {
            pool.giveBatch(batch);
        }
    }

    private void addPending(long bytes) {
        long pending = pendingBytes;
        pendingBytes = pending + bytes;
    }

    private void dropAll() {
        batches.clear();
        pendingBytes = 0;
    }
}

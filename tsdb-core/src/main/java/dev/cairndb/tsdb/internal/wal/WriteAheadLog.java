package dev.cairndb.tsdb.internal.wal;

import dev.cairndb.io.Storage;
import dev.cairndb.io.StoreFailedException;
import dev.cairndb.io.StoreUnavailableException;
import dev.cairndb.tsdb.Durability;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * A log with group commit: commits hand in batches of records and get tickets, and are answered when the log is durable
 * up to their ticket. Knows nothing of what the records mean, so it serves for the WAL and for the log of late samples.
 *
 * <p><b>How it writes.</b> {@link #submit} and {@link #add} only queue. A round, of which at most one runs per log,
 * takes all that is queued, compresses and frames it outside any lock, hands it to the system with one write (two where
 * a segment ends) and, with {@link Durability#SYNC}, syncs it. What is queued meanwhile is the next round's: the slower
 * the disk, the larger the groups. A round is a task of {@link LogTasks}; one that does not sync is run by who added the
 * first batch of it, which wakes no other thread. Tickets are written in order; a batch stays queued until it is
 * written, so that a failed write can be repeated.
 *
 * <p><b>When writing fails.</b> A failed write makes the log unavailable: waiting and new commits get {@link
 * StoreUnavailableException}, what was submitted is kept, and from time to time the segment is cut at its last whole
 * record and the kept batches are written again, in their order. When that works the log is healthy again. A failed
 * fsync is final, since the system may have dropped the very pages it failed to write: {@link StoreFailedException}
 * until the log is opened again.
 *
 * <p><b>Its parts.</b> {@link LogQueue} holds what was submitted and those who wait, {@link LogDrain} decides when a
 * {@link LogRound} of it is written to the {@link LogSegments}, {@link BackgroundSync} syncs them where nobody waits
 * for that.
 *
 * <p>Thread-safe; {@link #submit} and {@link #add} must be called in the order in which the commits happened in memory.
 * No lock is held during I/O. An interrupt does not end a wait; the flag stays set.
 */
public final class WriteAheadLog implements Closeable {
    private final LogSegments segments;
    private final LogPool pool;
    private final LogQueue queue;
    private final LogDrain drain;

    private WriteAheadLog(LogSegments segments, LogPool pool, LogQueue queue, LogDrain drain) {
        this.segments = segments;
        this.pool = pool;
        this.queue = queue;
        this.drain = drain;
    }

    /**
     * Opens the log in a directory, which is created if absent. Nothing is read: that is done before.
     * Writing begins with a new segment behind all that are there.
     */
    public static WriteAheadLog open(
            Storage storage, Path directory, LogSettings settings, LogPool pool, LogTasks tasks, LogListener listener)
            throws IOException {
        storage.createDirectories(directory);
        return openLazily(storage, directory, settings, pool, tasks, listener);
    }

    /**
     * The same, but the directory is made with the first record: for a log that most stores have no use for, such as
     * that of late samples.
     */
    public static WriteAheadLog openLazily(
            Storage storage, Path directory, LogSettings settings, LogPool pool, LogTasks tasks, LogListener listener)
            throws IOException {
        LogDirectory content = LogDirectory.list(storage, directory);
        LogSegments segments = new LogSegments(storage, directory, content.nextSegment(), settings);
        for (int segment : content.segments()) {
            segments.addClosed(segment, storage.size(content.segmentPath(segment)));
        }
        LogQueue queue = new LogQueue(settings, pool);
        LogDrain drain = new LogDrain(queue, segments, settings, pool, tasks, listener);
        return new WriteAheadLog(segments, pool, queue, drain);
    }

    /** An empty batch to fill and {@link #submit}, or to give back with {@link #release}. */
    public LogBatch newBatch() {
        return pool.takeBatch();
    }

    public void release(LogBatch batch) {
        pool.giveBatch(batch);
    }

    /**
     * Queues a batch, which now belongs to the log and is written by another thread, and returns its ticket; an empty
     * batch gets the last one. Calls must come one after the other, in commit order. Never fails for the log's health:
     * waiting for the ticket does.
     */
    public long submit(LogBatch batch) {
        return batch.isEmpty() ? lastTicketFor(batch) : drain.submit(batch);
    }

    /**
     * As {@link #submit}, for a caller that goes on to {@link #writeAdded} whatever happens, when it has given back the
     * lock under which it adds.
     */
    public long add(LogBatch batch) {
        return batch.isEmpty() ? lastTicketFor(batch) : drain.add(batch);
    }

    private long lastTicketFor(LogBatch empty) {
        release(empty);
        return queue.lastTicket();
    }

    /**
     * Sees to it that what was added is written: here, if nobody writes and it takes no more than a write to the open
     * segment without a sync. As {@link #submit} it never fails for the log's health.
     */
    public void writeAdded() {
        drain.writeAdded();
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
        queue.checkWritable(waitMillisMax);
    }

    /** Returns when everything up to a ticket is durable, in the meaning of the log's {@link Durability}. */
    public void awaitDurable(long ticket) throws IOException {
        queue.awaitDurable(ticket);
    }

    /** As {@link #awaitDurable}, without waiting; completed by an answering task of {@link LogTasks}. */
    public CompletionStage<@Nullable Void> whenDurable(long ticket) {
        return queue.whenDurable(ticket);
    }

    /** The ticket given last. */
    public long lastTicket() {
        return queue.lastTicket();
    }

    public long durableTicket() {
        return queue.durableTicket();
    }

    /**
     * Ends the current segment behind everything submitted before, and returns the number of the segment that all later
     * batches go to; all lower ones are complete and synced. Waits; not to be called under the commit lock.
     */
    public int cutSegment() throws IOException {
        drain.syncWritten();
        LogBatch mark = new LogBatch();
        mark.endsSegment = true;
        long ticket = drain.submit(mark);
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
        if (!queue.isClosing() && segments.isEmptyWithout(segment)) {
            LogBatch mark = new LogBatch();
            mark.createsSegment = true;
            awaitDurable(drain.submit(mark));
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

    /** Bytes behind a place. */
    public long sizeBytesBehind(LogPosition position) {
        return segments.sizeBytesBehind(position);
    }

    /** Writes to the system since the log was opened. */
    public long writeCount() {
        return drain.writeCount();
    }

    /** Syncs of the segment being written since the log was opened; those at a segment's end are not among them. */
    public long syncCount() {
        return drain.syncCount();
    }

    /** Bytes written since the log was opened. */
    public long writtenBytes() {
        return drain.writtenBytes();
    }

    /**
     * Writes and syncs everything submitted, whatever the durability, and closes the files. If that is not possible the
     * exception says so; what was not acknowledged may then be lost.
     */
    @Override
    public void close() throws IOException {
        drain.close();
    }
}

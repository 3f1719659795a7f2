package dev.cairndb.tsdb.internal.head;

import dev.cairndb.index.HeadPostings;
import java.util.Arrays;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Gives restored series their labels beside the thread that reads the log: symbols, the row's list of them, postings.
 * That is more than half of what restoring a series takes, and nobody asks for it before the replay has ended, but for
 * a few who {@link #settle} it first. One thread at a time does this work; an executor that has none to spare, or
 * refuses, costs nothing but time, because the thread that adds series does what is left.
 */
final class RestoredLabels {
    private static final int BATCH_SERIES = 512;
    /** So many bytes of labels end a batch, too. */
    private static final int BATCH_BYTES = 1 << 18;
    /** More than this are not kept waiting. */
    private static final int BATCHES_MAX = 32;
    /** Added to the postings together. */
    private static final int POSTINGS_SERIES = 4096;

    private final RowLabels labels;
    private final SeriesPerMetric seriesPerMetric;
    private final HeadPostings postings;
    private final Executor executor;
    private final Queue<Batch> waiting = new ConcurrentLinkedQueue<>();
    private final Queue<Batch> empty = new ConcurrentLinkedQueue<>();
    private volatile @Nullable Throwable failure;

    // Of the thread that adds series.
    private Batch batch = new Batch();
    private boolean isSettled = true;

    /** Held by the one thread that does the work, and by which its changes reach the next one. */
    private final ReentrantLock working = new ReentrantLock();

    // Series that are not in the postings yet. Under the lock.
    private final int[] slots = new int[POSTINGS_SERIES];
    private final int[] ends = new int[POSTINGS_SERIES];
    private int[] symbols = new int[POSTINGS_SERIES * 16];
    private int count;

    /** Series with their labels, packed. */
    private static final class Batch {
        final int[] slots = new int[BATCH_SERIES];
        final int[] ends = new int[BATCH_SERIES];
        byte[] packed = new byte[BATCH_BYTES / 2];
        int count;

        boolean isFull() {
            return count == BATCH_SERIES || start(count) >= BATCH_BYTES;
        }

        void add(int slot, byte[] source, int offset, int length) {
            int start = start(count);
            if (length > packed.length - start) {
                packed = Arrays.copyOf(packed, Math.max(start + length, 2 * packed.length));
            }
            System.arraycopy(source, offset, packed, start, length);
            slots[count] = slot;
            ends[count++] = start + length;
        }

        int start(int index) {
            return index == 0 ? 0 : ends[index - 1];
        }
    }

    RestoredLabels(RowLabels labels, SeriesPerMetric seriesPerMetric, HeadPostings postings, Executor executor) {
        this.labels = labels;
        this.seriesPerMetric = seriesPerMetric;
        this.postings = postings;
        this.executor = executor;
    }

    /** The row has these labels after {@link #settle}, and is in the postings after {@link #finish}. */
    void add(int slot, byte[] packed, int offset, int length) {
        batch.add(slot, packed, offset, length);
        isSettled = false;
        if (batch.isFull()) {
            putToWaiting();
            handOver();
        }
    }

    private void putToWaiting() {
        waiting.add(batch);
        Batch next = empty.poll();
        batch = next == null ? new Batch() : next;
    }

    private void handOver() {
        throwFailure();
        if (waiting.size() > BATCHES_MAX) {
            work();
            return;
        }
        try {
            executor.execute(this::workIfNobodyDoes);
        } catch (RejectedExecutionException e) {
            work();
        }
    }

    private void workIfNobodyDoes() {
        if (working.tryLock()) {
            try {
                work();
            } finally {
                working.unlock();
            }
        }
    }

    private void work() {
        working.lock();
        try {
            for (Batch next = waiting.poll(); next != null && failure == null; next = waiting.poll()) {
                setLabels(next);
                next.count = 0;
                if (next.packed.length <= BATCH_BYTES * 2) {
                    empty.add(next);
                }
            }
        } catch (RuntimeException | Error e) {
            // Perhaps on a thread on which nobody would hear of it.
            failure = e;
        } finally {
            working.unlock();
        }
    }

    private void setLabels(Batch series) {
        for (int i = 0; i < series.count; i++) {
            int start = series.start(i);
            int symbolCount = labels.intern(series.packed, start, series.ends[i] - start);
            labels.assign(series.slots[i], labels.newBlock());
            seriesPerMetric.add(labels.metricName(symbolCount));
            addToPostings(series.slots[i], symbolCount);
        }
    }

    private void addToPostings(int slot, int symbolCount) {
        int start = count == 0 ? 0 : ends[count - 1];
        if (symbolCount > symbols.length - start) {
            symbols = Arrays.copyOf(symbols, Math.max(start + symbolCount, 2 * symbols.length));
        }
        System.arraycopy(labels.pairs(), 0, symbols, start, symbolCount);
        slots[count] = slot;
        ends[count++] = start + symbolCount;
        if (count == POSTINGS_SERIES) {
            flushPostings();
        }
    }

    private void flushPostings() {
        postings.addAll(slots, symbols, ends, count);
        count = 0;
    }

    /** Returns when all rows have their labels. */
    void settle() {
        if (isSettled) {
            return;
        }
        putToWaiting();
        work();
        throwFailure();
        isSettled = true;
    }

    private void throwFailure() {
        Throwable cause = failure;
        if (cause != null) {
            throw new IllegalStateException("cannot restore labels: " + cause, cause);
        }
    }

    /** Nothing is done any more when this returns. */
    void stop() {
        waiting.clear();
        // What is under way is waited for.
        working.lock();
        try {
            empty.clear();
        } finally {
            working.unlock();
        }
    }

    /** Returns when all series are in the postings. */
    void finish() {
        settle();
        working.lock();
        try {
            flushPostings();
        } finally {
            working.unlock();
        }
    }
}

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
 * Adds restored series to the postings beside the thread that reads the log: nobody asks for them before the replay has
 * ended, and they are a third of its work. One thread adds; an executor that has no thread to spare, or refuses, costs
 * nothing but time, because the adding thread does what is left.
 */
final class RestoredPostings {
    private static final int BATCH_SERIES = 4096;
    /** More than this are not kept waiting. */
    private static final int BATCHES_MAX = 8;

    private final HeadPostings postings;
    private final Executor executor;
    private final Queue<Batch> waiting = new ConcurrentLinkedQueue<>();
    /** Held by the one thread that adds to the postings, and by which their changes reach the next one. */
    private final ReentrantLock draining = new ReentrantLock();

    private volatile @Nullable Throwable failure;
    private Batch batch = new Batch();

    /** Series with their symbols. */
    private static final class Batch {
        final int[] slots = new int[BATCH_SERIES];
        final int[] ends = new int[BATCH_SERIES];
        int[] symbols = new int[BATCH_SERIES * 8];
        int count;

        void add(int slot, int[] labelSymbols, int symbolCount) {
            int start = end();
            if (start + symbolCount > symbols.length) {
                symbols = Arrays.copyOf(symbols, Math.max(start + symbolCount, 2 * symbols.length));
            }
            System.arraycopy(labelSymbols, 0, symbols, start, symbolCount);
            slots[count] = slot;
            ends[count++] = start + symbolCount;
        }

        private int end() {
            return count == 0 ? 0 : ends[count - 1];
        }

        void addTo(HeadPostings postings) {
            int start = 0;
            int[] series = new int[0];
            for (int i = 0; i < count; i++) {
                int length = ends[i] - start;
                if (series.length < length) {
                    series = new int[length];
                }
                System.arraycopy(symbols, start, series, 0, length);
                postings.add(slots[i], series, length / 2);
                start = ends[i];
            }
        }
    }

    RestoredPostings(HeadPostings postings, Executor executor) {
        this.postings = postings;
        this.executor = executor;
    }

    /** As {@link HeadPostings#add}, at some time before {@link #finish} ends. */
    void add(int slot, int[] labelSymbols, int symbolCount) {
        batch.add(slot, labelSymbols, symbolCount);
        if (batch.count == BATCH_SERIES) {
            waiting.add(batch);
            batch = new Batch();
            handOver();
        }
    }

    private void handOver() {
        if (waiting.size() > BATCHES_MAX) {
            drain();
            return;
        }
        try {
            executor.execute(this::drainIfNobodyDoes);
        } catch (RejectedExecutionException e) {
            drain();
        }
    }

    private void drainIfNobodyDoes() {
        if (draining.tryLock()) {
            try {
                drain();
            } finally {
                draining.unlock();
            }
        }
    }

    private void drain() {
        draining.lock();
        try {
            for (Batch next = waiting.poll(); next != null; next = waiting.poll()) {
                next.addTo(postings);
            }
        } catch (RuntimeException | Error e) {
            // Perhaps on a thread on which nobody would hear of it.
            failure = e;
        } finally {
            draining.unlock();
        }
    }

    /** Returns when all series are in the postings. */
    void finish() {
        waiting.add(batch);
        batch = new Batch();
        drain();
        Throwable cause = failure;
        if (cause != null) {
            throw new IllegalStateException("cannot restore the postings: " + cause, cause);
        }
    }
}

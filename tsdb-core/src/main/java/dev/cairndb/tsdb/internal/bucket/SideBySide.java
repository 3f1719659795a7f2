package dev.cairndb.tsdb.internal.bucket;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Does steps that do not need each other, most of whose time is waiting for a bucket: in the calling thread, and beside
 * it in threads of the host as far as these are free. The calling thread waits for nobody who has not begun: what is
 * left it does itself, so steps may do steps of their own, and the executor may be the one the caller runs in.
 * Thread-safe.
 */
public final class SideBySide {
    /** A step; what it wrote is seen by whoever had it done. */
    interface Step {
        void run() throws IOException;
    }

    private final @Nullable Executor executor;
    private final int helpersMax;
    private final Semaphore helpers;

    /**
     * @param executor of the host; null: all is done in the calling thread
     * @param helpersMax so many of its threads at a time, of all callers together
     */
    public SideBySide(@Nullable Executor executor, int helpersMax) {
        this.executor = executor;
        this.helpersMax = executor == null ? 0 : helpersMax;
        helpers = new Semaphore(this.helpersMax);
    }

    /** Whether there may be anybody beside the calling thread. */
    boolean hasHelpers() {
        return helpersMax > 0;
    }

    /** Does all steps. After one has failed no other is begun, and when those under way have ended, it is thrown. */
    void run(List<? extends Step> steps) throws IOException {
        Round round = new Round(steps);
        Executor threads = executor;
        if (threads != null) {
            int wanted = Math.min(steps.size() - 1, helpersMax);
            while (wanted > 0 && askForHelp(threads, round)) {
                wanted--;
            }
        }
        round.work();
        round.awaitHelpers();
        round.rethrow();
    }

    private boolean askForHelp(Executor threads, Round round) {
        try {
            threads.execute(() -> help(round));
            return true;
        } catch (RejectedExecutionException e) {
            return false; // busy, or shut down
        }
    }

    private void help(Round round) {
        if (!helpers.tryAcquire()) {
            return;
        }
        try {
            if (round.enter()) {
                try {
                    round.work();
                } finally {
                    round.leave();
                }
            }
        } finally {
            helpers.release();
        }
    }

    /** The steps of one caller. */
    private static final class Round {
        private final List<? extends Step> steps;
        private final AtomicInteger next = new AtomicInteger();
        private final ReentrantLock lock = new ReentrantLock();
        private final Condition changed = lock.newCondition();
        private int helping;
        private boolean over;
        private volatile @Nullable Throwable failure;

        Round(List<? extends Step> steps) {
            this.steps = steps;
        }

        /** False if there is nothing left to help with. */
        boolean enter() {
            lock.lock();
            try {
                if (!over) {
                    helping++;
                }
                return !over;
            } finally {
                lock.unlock();
            }
        }

        void leave() {
            lock.lock();
            try {
                helping--;
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }

        void work() {
            for (int i = next.getAndIncrement(); i < steps.size() && failure == null; i = next.getAndIncrement()) {
                try {
                    steps.get(i).run();
                } catch (IOException | RuntimeException | Error e) {
                    failure = e;
                }
            }
        }

        void awaitHelpers() {
            lock.lock();
            try {
                over = true;
                while (helping > 0) {
                    changed.awaitUninterruptibly();
                }
            } finally {
                lock.unlock();
            }
        }

        void rethrow() throws IOException {
            Throwable thrown = failure;
            if (thrown instanceof IOException e) {
                throw e;
            }
            if (thrown instanceof RuntimeException e) {
                throw e;
            }
            if (thrown instanceof Error e) {
                throw e;
            }
        }
    }
}

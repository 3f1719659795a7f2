package dev.cairndb.receiver;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Lets a bounded number of requests be decoded and appended at a time. While there is room, a request runs at once in the
 * thread that brings it. Otherwise it waits, and the tenants that wait take turns, a request each: a tenant that sends more
 * than is taken waits behind itself, and one that sends little waits for one turn of the others, whatever they send.
 *
 * <p>When too many wait, the youngest request of the tenant that has the most of them is refused. One that has waited so
 * long that its sender may have given up is refused without work, or an overload would be spent on answers nobody reads.
 * Thread-safe.
 */
final class FairAdmission {
    /** Requests that wait, of all tenants. Each holds its body, so the bytes in flight bound them as well. */
    static final int WAITING_MAX = 1_000;

    static final long WAIT_MILLIS_MAX = 10_000;
    /** Works a thread does before it lets the tasks of its pool have their turn. */
    private static final int WORKS_IN_A_ROW_MAX = 32;

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Queue> queues = new HashMap<>();
    private final ArrayDeque<Queue> turns = new ArrayDeque<>();
    private final Executor executor;
    private final int waitingMax;
    private final LongSupplier nanoTime;
    private int concurrencyMax;
    private int running;
    private int waiting;

    /** What is to be done with a request. */
    interface Work {
        void run();

        /** Instead of {@link #run}. */
        void refuse(Refusal why);
    }

    enum Refusal {
        /** Too many wait, and most of them are of this tenant. */
        TOO_MANY_WAITING,
        WAITED_TOO_LONG,
        STOPPING
    }

    /** The requests of a tenant that wait; there is none without any. */
    private static final class Queue {
        final String tenant;
        final ArrayDeque<Waiting> works = new ArrayDeque<>();

        Queue(String tenant) {
            this.tenant = tenant;
        }
    }

    private record Waiting(Work work, long sinceNanos) {}

    /**
     * @param executor runs works that had to wait
     * @param concurrencyMax works that run at a time
     * @param waitingMax works that wait, of all tenants
     * @param nanoTime a monotonic clock
     */
    FairAdmission(Executor executor, int concurrencyMax, int waitingMax, LongSupplier nanoTime) {
        this.executor = executor;
        this.concurrencyMax = concurrencyMax;
        this.waitingMax = waitingMax;
        this.nanoTime = nanoTime;
    }

    void concurrencyMax(int max) {
        lock.lock();
        try {
            concurrencyMax = max;
        } finally {
            lock.unlock();
        }
        while (startNext()) {
            // As many as there is room for now.
        }
    }

    int waiting() {
        lock.lock();
        try {
            return waiting;
        } finally {
            lock.unlock();
        }
    }

    /** Runs the work, now or later, or refuses it. */
    void admit(String tenant, Work work) {
        Waiting refused = null;
        boolean runs = false;
        lock.lock();
        try {
            if (waiting == 0 && running < concurrencyMax) {
                running++;
                runs = true;
            } else {
                refused = enqueue(tenant, new Waiting(work, nanoTime.getAsLong()));
            }
        } finally {
            lock.unlock();
        }
        if (runs) {
            runAndPassOn(work);
        } else if (refused != null) {
            refused.work.refuse(Refusal.TOO_MANY_WAITING);
        }
    }

    /** Returns who has to go for it, which may be the newcomer itself. Under the lock. */
    private @Nullable Waiting enqueue(String tenant, Waiting newcomer) {
        Queue queue = queues.get(tenant);
        if (waiting < waitingMax) {
            add(tenant, queue, newcomer);
            return null;
        }
        Queue longest = null;
        for (Queue each : turns) {
            if (longest == null || each.works.size() > longest.works.size()) {
                longest = each;
            }
        }
        int own = queue == null ? 0 : queue.works.size();
        if (longest == null || longest.works.size() <= own + 1) {
            return newcomer;
        }
        Waiting youngest = longest.works.pollLast();
        waiting--;
        add(tenant, queue, newcomer);
        return youngest;
    }

    private void add(String tenant, @Nullable Queue present, Waiting newcomer) {
        Queue queue = present;
        if (queue == null) {
            queue = new Queue(tenant);
            queues.put(tenant, queue);
            turns.add(queue);
        }
        queue.works.add(newcomer);
        waiting++;
    }

    private void runAndPassOn(Work work) {
        try {
            work.run();
        } finally {
            release();
            // In another thread: this one has a connection to go on with.
            boolean unused = startNext();
        }
    }

    private void release() {
        lock.lock();
        try {
            running--;
        } finally {
            lock.unlock();
        }
    }

    /** Starts the next work if there is one and room for it. */
    private boolean startNext() {
        Waiting next = takeNext();
        if (next == null) {
            return false;
        }
        try {
            executor.execute(() -> runInARow(next));
        } catch (RejectedExecutionException e) {
            release();
            next.work.refuse(Refusal.STOPPING);
        }
        return true;
    }

    private void runInARow(Waiting first) {
        Waiting next = first;
        for (int i = 0; next != null; i++) {
            if (i == WORKS_IN_A_ROW_MAX) {
                Waiting later = next;
                try {
                    executor.execute(() -> runInARow(later));
                } catch (RejectedExecutionException e) {
                    release();
                    later.work.refuse(Refusal.STOPPING);
                }
                return;
            }
            boolean done = false;
            try {
                runInTime(next);
                done = true;
            } finally {
                release();
                if (!done) {
                    boolean unused = startNext();
                }
            }
            next = takeNext();
        }
    }

    private void runInTime(Waiting next) {
        if (nanoTime.getAsLong() - next.sinceNanos > TimeUnit.MILLISECONDS.toNanos(WAIT_MILLIS_MAX)) {
            next.work.refuse(Refusal.WAITED_TOO_LONG);
        } else {
            next.work.run();
        }
    }

    /** Takes the first request of the tenant whose turn it is, and its place among the running ones. */
    private @Nullable Waiting takeNext() {
        lock.lock();
        try {
            Queue queue = running < concurrencyMax ? turns.poll() : null;
            if (queue == null) {
                return null;
            }
            Waiting next = queue.works.remove();
            waiting--;
            running++;
            if (queue.works.isEmpty()) {
                queues.remove(queue.tenant);
            } else {
                turns.add(queue);
            }
            return next;
        } finally {
            lock.unlock();
        }
    }
}

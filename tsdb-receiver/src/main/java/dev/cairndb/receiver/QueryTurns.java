package dev.cairndb.receiver;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Who may query when: remote reads and those of the HTTP API, of all tenants together. Each that runs has a thread,
 * which waits where the client reads slowly: a query holds the store's snapshot and cannot be put aside. Those that
 * wait have neither a thread nor a snapshot nor a body in memory. A query can take minutes, so turns alone would not
 * keep a tenant from being starved: of several queries of one tenant no more run at a time than twice the places that
 * are left for others. Thread-safe.
 */
final class QueryTurns implements AutoCloseable {
    /** Queries that wait, of all tenants. */
    static final int WAITING_MAX = 200;

    static final long WAIT_MILLIS_MAX = 30_000;

    private static final int SHARE_OF_FREE_MAX = 2;
    private static final long IDLE_SECONDS_MAX = 10;
    /** What one costs nobody knows before. */
    private static final long COST = 1;

    private final ThreadPoolExecutor threads;
    private final FairAdmission admission;

    QueryTurns(int concurrencyMax) {
        AtomicInteger count = new AtomicInteger();
        threads = new ThreadPoolExecutor(
                concurrencyMax,
                concurrencyMax,
                IDLE_SECONDS_MAX,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                task -> {
                    Thread thread = new Thread(task, "receiver-query-" + count.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        threads.allowCoreThreadTimeOut(true);
        admission = new FairAdmission(
                threads,
                new FairAdmission.Bounds(concurrencyMax, WAITING_MAX, WAIT_MILLIS_MAX, SHARE_OF_FREE_MAX),
                System::nanoTime);
    }

    /** Runs the query in a thread of its own when it is its turn, or refuses it. */
    void submit(String tenant, FairAdmission.Work query) {
        admission.submit(tenant, COST, query);
    }

    int waiting() {
        return admission.waiting();
    }

    int running() {
        return admission.running();
    }

    void refuseLate() {
        admission.refuseLate();
    }

    /** Refuses those that wait and those to come, and interrupts those that run. */
    @Override
    public void close() {
        admission.close();
        // What was to begin right now hears that it is too late.
        threads.shutdownNow().forEach(Runnable::run);
    }

    /** What to tell somebody who was refused. */
    static String text(FairAdmission.Refusal why) {
        return switch (why) {
            case TOO_MANY_WAITING -> "too many queries are waiting";
            case WAITED_TOO_LONG -> "too many queries at a time: this one waited too long for its turn";
            case STOPPING -> "the receiver is stopping";
        };
    }
}

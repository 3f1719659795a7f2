package dev.cairndb.receiver;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * {@code POST /api/v1/read}. As many requests as allowed are worked on at a time, each by a thread of a pool of its own,
 * which waits where the client reads slowly: a query holds the store's snapshot and cannot be put aside. Further requests
 * wait without a thread, without a snapshot and without a body in memory, as in Prometheus; too many of them are answered
 * 503. Thread-safe.
 */
final class RemoteReadHandler implements AutoCloseable {
    static final String PATH = "/api/v1/read";

    /** Requests that wait for their turn. */
    static final int WAITING_MAX = 1_000;

    private static final int RETRY_SECONDS = 5;
    private static final long IDLE_SECONDS_MAX = 10;

    private final ReceiverSettings settings;
    private final Tenants tenants;
    private final ByteBudget budget;
    private final AtomicInteger underWay;
    private final BooleanSupplier ready;
    private final ThreadPoolExecutor workers;

    /** @param underWay requests that a stop waits for */
    RemoteReadHandler(
            ReceiverSettings settings,
            Tenants tenants,
            ByteBudget budget,
            AtomicInteger underWay,
            BooleanSupplier ready) {
        this.settings = settings;
        this.tenants = tenants;
        this.budget = budget;
        this.underWay = underWay;
        this.ready = ready;
        int threads = settings.remoteRead().concurrencyMax();
        AtomicInteger count = new AtomicInteger();
        workers = new ThreadPoolExecutor(
                threads, threads, IDLE_SECONDS_MAX, TimeUnit.SECONDS, new LinkedBlockingQueue<>(WAITING_MAX), task -> {
                    Thread thread = new Thread(task, "receiver-read-" + count.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        workers.allowCoreThreadTimeOut(true);
    }

    void handle(Request request, Response response, Callback callback) {
        if (!request.getMethod().equals("POST")) {
            TextResponse.write(response, callback, Answer.of(405, "Method not allowed"));
            return;
        }
        if (!ready.getAsBoolean()) {
            TextResponse.write(response, callback, notReady());
            return;
        }
        String header = request.getHeaders().get(settings.tenantHeader());
        String tenant = header == null || header.isEmpty() ? settings.defaultTenant() : TenantName.fromHeader(header);
        String problem = TenantName.problem(tenant);
        if (problem != null) {
            TextResponse.write(response, callback, Answer.of(400, problem));
            return;
        }
        // A request that waits for its turn, or a query that takes long, is silent without being idle.
        request.addIdleTimeoutListener(silence -> false);
        underWay.incrementAndGet();
        Callback ended = Callback.from(callback, underWay::decrementAndGet);
        try {
            workers.execute(new RemoteReadExchange(settings, tenants, budget, tenant, request, response, ended));
        } catch (RejectedExecutionException e) {
            TextResponse.write(
                    response, ended, Answer.later(503, RETRY_SECONDS, "too many remote read requests are waiting"));
        }
    }

    private static Answer notReady() {
        return Answer.later(503, RETRY_SECONDS, "the receiver is starting or stopping");
    }

    /** Ends what is still under way. */
    @Override
    public void close() {
        for (Runnable waiting : workers.shutdownNow()) {
            ((RemoteReadExchange) waiting).refuse(notReady());
        }
    }
}

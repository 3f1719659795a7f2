package dev.cairndb.receiver;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** {@code POST /api/v1/read}. Each is worked on by a thread of {@link QueryTurns}, when it is its turn. Thread-safe. */
final class RemoteReadHandler {
    static final String PATH = "/api/v1/read";

    private static final int RETRY_SECONDS = 5;

    private final ReceiverSettings settings;
    private final Tenants tenants;
    private final ByteBudget budget;
    private final AtomicInteger underWay;
    private final BooleanSupplier ready;
    private final QueryTurns turns;
    private final LimitMetrics metrics;

    /** @param underWay requests that a stop waits for */
    RemoteReadHandler(
            ReceiverSettings settings,
            Tenants tenants,
            ByteBudget budget,
            AtomicInteger underWay,
            BooleanSupplier ready,
            QueryTurns turns,
            LimitMetrics metrics) {
        this.settings = settings;
        this.tenants = tenants;
        this.budget = budget;
        this.underWay = underWay;
        this.ready = ready;
        this.turns = turns;
        this.metrics = metrics;
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
        RemoteReadExchange exchange =
                new RemoteReadExchange(settings, tenants, budget, tenant, request, response, ended);
        turns.submit(tenant, new FairAdmission.Work() {
            @Override
            public void run() {
                exchange.run();
            }

            @Override
            public void refuse(FairAdmission.Refusal why) {
                metrics.queryRefused(tenants.known(tenant) == null ? "" : tenant, why);
                exchange.refuse(Answer.later(503, RETRY_SECONDS, QueryTurns.text(why)));
            }
        });
    }

    private static Answer notReady() {
        return Answer.later(503, RETRY_SECONDS, "the receiver is starting or stopping");
    }
}

package dev.cairndb.receiver;

import dev.cairndb.receiver.grpc.ByteShare;
import dev.cairndb.receiver.grpc.StoreAccess;
import dev.cairndb.receiver.grpc.TenantStore;
import dev.cairndb.tsdb.TsdbOptions.QueryLimits;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/** The stores of all tenants, for the gRPC services that read. Thread-safe. */
final class GrpcStores implements StoreAccess {
    private final ReceiverSettings settings;
    private final Tenants tenants;
    private final AtomicInteger underWay;
    private final BooleanSupplier ready;
    private final QueryTurns turns;
    private final LimitMetrics metrics;
    private final GrpcMetrics calls;
    private final ByteBudget budget;
    private final Executor executor;

    /**
     * @param underWay requests that a stop waits for
     * @param executor for short work
     */
    GrpcStores(
            ReceiverSettings settings,
            Tenants tenants,
            AtomicInteger underWay,
            BooleanSupplier ready,
            QueryTurns turns,
            LimitMetrics metrics,
            GrpcMetrics calls,
            ByteBudget budget,
            Executor executor) {
        this.settings = settings;
        this.tenants = tenants;
        this.underWay = underWay;
        this.ready = ready;
        this.turns = turns;
        this.metrics = metrics;
        this.calls = calls;
        this.budget = budget;
        this.executor = executor;
    }

    @Override
    public boolean isReady() {
        return ready.getAsBoolean();
    }

    @Override
    public List<TenantStore> stores() {
        List<TenantStore> stores = new ArrayList<>();
        for (Tenant tenant : tenants.all()) {
            stores.add(new TenantStore(tenant.name(), tenants.externalLabels(tenant.name()), tenant.openStore()));
        }
        return stores;
    }

    @Override
    public QueryLimits queryLimits() {
        return settings.queryLimits();
    }

    @Override
    public long seriesMax() {
        return settings.grpc().seriesMax();
    }

    @Override
    public long samplesMax() {
        return settings.grpc().samplesMax();
    }

    @Override
    public void query(String tenant, QueryWork work) {
        underWay.incrementAndGet();
        turns.submit(tenant, new FairAdmission.Work() {
            @Override
            public void run() {
                try {
                    work.run();
                } finally {
                    underWay.decrementAndGet();
                }
            }

            @Override
            public void refuse(FairAdmission.Refusal why) {
                try {
                    metrics.queryRefused(tenants.known(tenant) == null ? "" : tenant, why);
                    work.refuse(QueryTurns.text(why));
                } finally {
                    underWay.decrementAndGet();
                }
            }
        });
    }

    @Override
    public void execute(Runnable work) {
        executor.execute(work);
    }

    /** Whose a request is, is known when it is there; until then they all are as of one tenant. */
    @Override
    public ByteShare joinBytes() {
        return budget.join("");
    }

    @Override
    public void handled(String service, String method, String code) {
        calls.handled(service, method, code);
    }

    @Override
    public void failed(String what, Throwable failure) {
        if (ready.getAsBoolean()) {
            Log.error("cannot answer " + what, failure);
        }
    }
}

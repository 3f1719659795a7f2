package dev.cairndb.receiver.grpc;

import dev.cairndb.index.Matcher;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.QueryStoppedException;
import dev.cairndb.receiver.grpc.Queries.RefusedException;
import dev.cairndb.tsdb.Querier;
import dev.cairndb.tsdb.TimeRange;
import dev.cairndb.tsdb.Tsdb;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * {@code thanos.Store}: the series of all tenants that the matchers accept, external labels included, in one order.
 * Stateless but for its access.
 */
final class StoreService {
    private static final String NAME = "thanos.Store";
    private static final String NO_MATCHERS = "no matchers specified (excluding external labels)";

    private final Queries queries;
    private final LabelQueries labels;

    StoreService(Queries queries) {
        this.queries = queries;
        labels = new LabelQueries(queries);
    }

    ServerServiceDefinition definition() {
        return ServerServiceDefinition.builder(NAME)
                .addMethod(Calls.streaming(NAME + "/Series", queries.access(), this::series))
                .addMethod(Calls.unary(NAME + "/LabelNames", queries.access(), labels::names))
                .addMethod(Calls.unary(NAME + "/LabelValues", queries.access(), labels::values))
                .build();
    }

    private void series(byte[] message, Reply reply) throws CorruptionException {
        SeriesRequest request = SeriesRequest.parse(message);
        if (request.matchers().isEmpty()) {
            reply.fail(Status.INVALID_ARGUMENT.withDescription("no matchers specified (excluding selector labels)"));
            return;
        }
        queries.submit(NAME + "/Series", reply, () -> series(request, reply));
    }

    private void series(SeriesRequest request, Reply reply) throws IOException, RefusedException {
        SeriesSender sender = new SeriesSender(reply, request.batchSize(), queries.access());
        List<TenantSeries> opened = new ArrayList<>();
        List<Querier> queriers = new CopyOnWriteArrayList<>();
        reply.onCancel(() -> queriers.forEach(Querier::cancel));
        try {
            for (TenantStore store : queries.access().stores()) {
                TenantSeries series = open(request, store, sender, reply, queriers);
                if (series != null) {
                    opened.add(series);
                }
            }
            merge(request, opened, sender);
            sender.flush();
        } finally {
            reply.onCancel(null);
            opened.forEach(TenantSeries::close);
        }
    }

    /** Null if there is nothing to send of the tenant. */
    private @Nullable TenantSeries open(
            SeriesRequest request, TenantStore store, SeriesSender sender, Reply reply, List<Querier> queriers)
            throws IOException, RefusedException {
        Matcher[] matchers = ExternalMatch.matchersLeft(request.matchers(), store.externalLabels());
        if (matchers == null || request.fromMillis() > request.toMillis()) {
            return null;
        }
        Tsdb db = store.db();
        if (matchers.length == 0) {
            leaveOut(request, store, NO_MATCHERS, sender);
            return null;
        }
        if (db == null) {
            leaveOut(request, store, "the store is not open", sender);
            return null;
        }
        try {
            return open(request, store, db, matchers, sender, reply, queriers);
        } catch (IOException e) {
            warn(request, store, e, sender);
            return null;
        }
    }

    private TenantSeries open(
            SeriesRequest request,
            TenantStore store,
            Tsdb db,
            Matcher[] matchers,
            SeriesSender sender,
            Reply reply,
            List<Querier> queriers)
            throws IOException, RefusedException {
        Querier querier = db.querier(
                TimeRange.ofMillis(request.fromMillis(), request.toMillis()),
                queries.access().queryLimits());
        boolean done = false;
        try {
            queriers.add(querier);
            if (reply.isCancelled()) {
                querier.cancel();
            }
            TenantSeries series = new TenantSeries(request, store, querier, matchers, sender);
            done = true;
            return series;
        } finally {
            if (!done) {
                queriers.remove(querier);
                querier.close();
            }
        }
    }

    private static void leaveOut(SeriesRequest request, TenantStore store, String why, SeriesSender sender)
            throws QueryStoppedException, RefusedException {
        sender.warn(Queries.leftOut(text(store, why), request.aborts()));
    }

    private void warn(SeriesRequest request, TenantStore store, IOException failure, SeriesSender sender)
            throws IOException {
        sender.warn(text(store, queries.warning(NAME + "/Series", failure, request.aborts())));
    }

    private static String text(TenantStore store, String why) {
        return "receive series from tenant " + store.tenant() + " " + store.externalLabels() + ": " + why;
    }

    private void merge(SeriesRequest request, List<TenantSeries> tenants, SeriesSender sender)
            throws IOException, RefusedException {
        long limit = request.limit();
        PriorityQueue<TenantSeries> next = new PriorityQueue<>(
                Math.max(1, tenants.size()), (a, b) -> a.series().compareTo(b.series()));
        tenants.stream().filter(series -> !series.isAtEnd()).forEach(next::add);
        long sent = 0;
        for (TenantSeries first = next.poll(); first != null; first = next.poll()) {
            if (limit > 0 && sent == limit) {
                return;
            }
            sender.send(first.series());
            sent++;
            try {
                first.next();
            } catch (IOException e) {
                warn(request, first.store(), e, sender);
                continue;
            }
            if (!first.isAtEnd()) {
                next.add(first);
            }
        }
    }
}

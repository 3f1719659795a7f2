package dev.cairndb.receiver.grpc;

import dev.cairndb.index.Labels;
import dev.cairndb.index.Matcher;
import dev.cairndb.index.SelectorSyntaxException;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.receiver.grpc.Queries.RefusedException;
import dev.cairndb.tsdb.Exemplar;
import dev.cairndb.tsdb.ExemplarSeries;
import dev.cairndb.tsdb.TimeRange;
import dev.cairndb.tsdb.Tsdb;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * {@code thanos.Exemplars}: the exemplars of the series that the selectors in an expression select. Stateless but for
 * its access.
 */
final class ExemplarsService {
    private static final String NAME = "thanos.Exemplars";

    private final Queries queries;

    ExemplarsService(Queries queries) {
        this.queries = queries;
    }

    ServerServiceDefinition definition() {
        return ServerServiceDefinition.builder(NAME)
                .addMethod(Calls.streaming(NAME + "/Exemplars", queries.access(), this::exemplars))
                .build();
    }

    private void exemplars(byte[] message, Reply reply) throws CorruptionException {
        ProtoReader in = new ProtoReader("ExemplarsRequest", message);
        String expression = "";
        long from = 0;
        long to = 0;
        boolean aborts = false;
        for (int field = in.next(); field != 0; field = in.next()) {
            switch (field) {
                case 1 -> expression = in.text();
                case 2 -> from = in.number();
                case 3 -> to = in.number();
                case 4 -> aborts = in.flag();
                default -> {}
            }
        }
        Matcher[][] selectors;
        try {
            selectors = SelectorSum.parse(expression);
        } catch (SelectorSyntaxException e) {
            reply.fail(Status.INVALID_ARGUMENT.withDescription(e.getMessage()));
            return;
        }
        TimeRange range = from > to ? null : TimeRange.ofMillis(from, to);
        if (range == null) {
            reply.finish();
            return;
        }
        boolean whole = aborts;
        queries.submit(NAME + "/Exemplars", reply, () -> {
            for (TenantStore store : queries.access().stores()) {
                answer(store, selectors, range, whole, reply);
            }
        });
    }

    private void answer(TenantStore store, Matcher[][] selectors, TimeRange range, boolean aborts, Reply reply)
            throws IOException, RefusedException {
        boolean accepted = false;
        List<Matcher[]> left = new ArrayList<>();
        for (Matcher[] selector : selectors) {
            Matcher[] matchers = ExternalMatch.matchersLeft(List.of(selector), store.externalLabels());
            accepted |= matchers != null;
            if (matchers != null && matchers.length > 0) {
                left.add(matchers);
            }
        }
        if (!accepted) {
            return;
        }
        String what = "get exemplars for tenant " + store.tenant() + ": ";
        if (left.isEmpty()) {
            throw new RefusedException(
                    Status.ABORTED.withDescription(what + "no matchers specified (excluding external labels)"));
        }
        Tsdb db = store.db();
        if (db == null) {
            reply.send(Queries.warning(Queries.leftOut(what + "the store is not open", aborts)));
            return;
        }
        FinalLabels labels = new FinalLabels(store.externalLabels(), Set.of());
        for (ExemplarSeries series : db.exemplars(range, left.toArray(Matcher[][]::new))) {
            reply.send(Message.of(response(series, labels)));
        }
    }

    private static ByteWriter response(ExemplarSeries series, FinalLabels finalLabels) {
        ByteWriter labels = new ByteWriter(128);
        finalLabels.append(series.labels().packed(), labels);
        ByteWriter data = new ByteWriter(256);
        ProtoWriter.message(data, 1, InfoService.labels(Labels.ofPacked(labels.array(), 0, labels.size())));
        for (Exemplar exemplar : series.exemplars()) {
            ByteWriter one = new ByteWriter(64);
            ProtoWriter.message(one, 1, InfoService.labels(exemplar.labels()));
            ProtoWriter.fixed64(one, 2, Double.doubleToRawLongBits(exemplar.value()));
            ProtoWriter.number(one, 3, exemplar.timestampMillis());
            ProtoWriter.message(data, 2, one);
        }
        ByteWriter response = new ByteWriter(data.size() + 8);
        ProtoWriter.message(response, 1, data);
        return response;
    }
}

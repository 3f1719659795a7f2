package dev.cairndb.receiver.grpc;

import dev.cairndb.index.Labels;
import dev.cairndb.index.Matcher;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.receiver.grpc.Queries.RefusedException;
import dev.cairndb.tsdb.Querier;
import dev.cairndb.tsdb.SeriesCursor;
import dev.cairndb.tsdb.TimeRange;
import dev.cairndb.tsdb.Tsdb;
import io.grpc.Status;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;

/** The methods LabelNames and LabelValues of {@code thanos.Store}. Stateless but for its access. */
final class LabelQueries {
    private static final int FOUND = 1;
    private static final int WARNING = 2;

    private final Queries queries;

    LabelQueries(Queries queries) {
        this.queries = queries;
    }

    private interface Question {
        /** Adds what a tenant has to answer. */
        void ask(Querier querier, Labels externalLabels, Matcher[] matchers, NavigableSet<byte[]> found)
                throws IOException;
    }

    void names(byte[] message, Reply reply) throws CorruptionException {
        LabelsRequest request = LabelsRequest.parseNames(message);
        submit("thanos.Store/LabelNames", request, reply, (querier, external, matchers, found) -> {
            List<String> names = querier.labelNames(matchers);
            addAll(names, found);
            if (!names.isEmpty()) {
                external.forEach((name, value) -> {
                    if (!request.withoutLabels().contains(name)) {
                        found.add(name.getBytes(StandardCharsets.UTF_8));
                    }
                });
            }
        });
    }

    void values(byte[] message, Reply reply) throws CorruptionException {
        LabelsRequest request = LabelsRequest.parseValues(message);
        String label = request.label();
        if (label.isEmpty()) {
            reply.fail(Status.INVALID_ARGUMENT.withDescription("label name parameter cannot be empty"));
            return;
        }
        submit("thanos.Store/LabelValues", request, reply, (querier, external, matchers, found) -> {
            String value = external.get(label);
            if (request.withoutLabels().contains(label)) {
                return;
            }
            if (value.isEmpty()) {
                addAll(querier.labelValues(label, matchers), found);
            } else if (matchers.length == 0 || selectsSome(querier, matchers)) {
                found.add(value.getBytes(StandardCharsets.UTF_8));
            }
        });
    }

    private static void addAll(List<String> texts, NavigableSet<byte[]> found) {
        texts.forEach(text -> found.add(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static boolean selectsSome(Querier querier, Matcher[] matchers) throws IOException {
        try (SeriesCursor series = querier.select(matchers)) {
            return series.next();
        }
    }

    private void submit(String name, LabelsRequest request, Reply reply, Question question) {
        queries.submit(name, reply, () -> answer(name, request, reply, question));
    }

    private void answer(String name, LabelsRequest request, Reply reply, Question question)
            throws IOException, RefusedException {
        TreeSet<byte[]> found = new TreeSet<>(Arrays::compareUnsigned);
        List<String> warnings = new ArrayList<>();
        for (TenantStore store : queries.access().stores()) {
            Matcher[] matchers = ExternalMatch.matchersLeft(request.matchers(), store.externalLabels());
            if (matchers == null || request.fromMillis() > request.toMillis()) {
                continue;
            }
            Tsdb db = store.db();
            if (db == null) {
                warnings.add(Queries.leftOut(
                        "fetch labels from tenant " + store.tenant() + ": the store is not open", request.aborts()));
                continue;
            }
            try (Querier querier = db.querier(
                    TimeRange.ofMillis(request.fromMillis(), request.toMillis()),
                    queries.access().queryLimits())) {
                reply.onCancel(querier::cancel);
                question.ask(querier, store.externalLabels(), matchers, found);
            } catch (IOException e) {
                warnings.add("fetch labels from tenant " + store.tenant() + ": "
                        + queries.warning(name, e, request.aborts()));
            } finally {
                reply.onCancel(null);
            }
        }
        send(found, warnings, request.limit(), reply);
    }

    private static void send(NavigableSet<byte[]> found, List<String> warnings, long limit, Reply reply)
            throws IOException {
        ByteWriter answer = new ByteWriter(256);
        long count = 0;
        for (byte[] text : found) {
            if (limit > 0 && count++ == limit) {
                break;
            }
            ProtoWriter.bytes(answer, FOUND, text, 0, text.length);
        }
        warnings.forEach(warning -> ProtoWriter.element(answer, WARNING, warning));
        reply.send(Message.of(answer));
    }
}

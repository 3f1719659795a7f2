package dev.cairndb.receiver.grpc;

import dev.cairndb.index.Matcher;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.receiver.grpc.Queries.RefusedException;
import dev.cairndb.tsdb.LabelStats;
import dev.cairndb.tsdb.Tsdb;
import dev.cairndb.tsdb.TsdbStats;
import io.grpc.ServerServiceDefinition;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** {@code thanos.Status}: figures of the heads of tenants. Stateless but for its access. */
final class StatusService {
    /** Entries in each list, as by HTTP. */
    static final int LIST_LENGTH_MAX = 10_000;

    private static final String NAME = "thanos.Status";

    private final Queries queries;

    StatusService(Queries queries) {
        this.queries = queries;
    }

    ServerServiceDefinition definition() {
        return ServerServiceDefinition.builder(NAME)
                .addMethod(Calls.streaming(NAME + "/TSDBStatistics", queries.access(), this::statistics))
                .build();
    }

    private void statistics(byte[] message, Reply reply) throws CorruptionException {
        ProtoReader in = new ProtoReader("TSDBStatisticsRequest", message);
        String tenant = "";
        long limit = 0;
        boolean aborts = false;
        List<Matcher> matchers = new ArrayList<>();
        for (int field = in.next(); field != 0; field = in.next()) {
            switch (field) {
                case 1 -> tenant = in.text();
                case 2 -> limit = in.number();
                case 3 -> aborts = in.flag();
                case 4 -> {
                    in.countElement();
                    matchers.add(SeriesRequest.matcher(in.message("LabelMatcher")));
                }
                default -> {}
            }
        }
        String only = tenant;
        // Without a limit they are empty, as Thanos sends them: who calls has a default of his own.
        int listLength = (int) Math.max(0, Math.min(LIST_LENGTH_MAX, limit));
        boolean whole = aborts;
        queries.submit(NAME + "/TSDBStatistics", reply, () -> answer(only, listLength, matchers, whole, reply));
    }

    private void answer(String tenant, int listLength, List<Matcher> matchers, boolean aborts, Reply reply)
            throws IOException, RefusedException {
        ByteWriter statistics = new ByteWriter(256);
        for (TenantStore store : queries.access().stores()) {
            boolean wanted = (tenant.isEmpty() || tenant.equals(store.tenant()))
                    && matchers.stream()
                            .allMatch(matcher ->
                                    matcher.matches(store.externalLabels().get(matcher.name())));
            if (!wanted) {
                continue;
            }
            Tsdb db = store.db();
            String what = "get statistics of tenant " + store.tenant() + ": ";
            if (db == null) {
                reply.send(Queries.warning(Queries.leftOut(what + "the store is not open", aborts)));
                continue;
            }
            try {
                ByteWriter entry = new ByteWriter(256);
                ProtoWriter.text(entry, 1, store.tenant());
                ProtoWriter.message(entry, 2, figures(db, listLength));
                ProtoWriter.message(statistics, 1, entry);
            } catch (IOException e) {
                reply.send(Queries.warning(what + queries.warning(NAME + "/TSDBStatistics", e, aborts)));
            }
        }
        ByteWriter response = new ByteWriter(statistics.size() + 8);
        ProtoWriter.message(response, 1, statistics);
        reply.send(Message.of(response));
    }

    private static ByteWriter figures(Tsdb db, int listLength) throws IOException {
        TsdbStats stats = db.stats();
        LabelStats labels = db.labelStats(listLength);
        ByteWriter head = new ByteWriter(64);
        ProtoWriter.number(head, 1, stats.seriesActive());
        ProtoWriter.number(head, 2, labels.labelPairs());
        ProtoWriter.number(head, 3, stats.headChunks());
        ProtoWriter.number(head, 4, stats.headMinTimestampMillis());
        ProtoWriter.number(head, 5, stats.headMaxTimestampMillis());
        ByteWriter figures = new ByteWriter(256);
        ProtoWriter.message(figures, 1, head);
        list(figures, 2, labels.seriesByMetricName());
        list(figures, 3, labels.valuesByLabelName());
        list(figures, 4, labels.bytesByLabelName());
        list(figures, 5, labels.seriesByLabelPair());
        return figures;
    }

    private static void list(ByteWriter figures, int field, List<LabelStats.Count> counts) {
        for (LabelStats.Count count : counts) {
            ByteWriter one = new ByteWriter(64);
            ProtoWriter.text(one, 1, count.name());
            ProtoWriter.number(one, 2, count.value());
            ProtoWriter.message(figures, field, one);
        }
    }
}

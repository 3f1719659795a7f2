package dev.cairndb.receiver;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.cairndb.index.Matcher;
import dev.cairndb.tsdb.Querier;
import dev.cairndb.tsdb.Tsdb;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;

/**
 * {@code /api/v1/labels} and {@code /api/v1/label/<name>/values}: names, or the values of a name, of the series that
 * any of the selectors selects, or of all; in byte order.
 */
final class LabelsEndpoint implements ApiEndpoint {
    private final boolean values;

    private LabelsEndpoint(boolean values) {
        this.values = values;
    }

    static LabelsEndpoint names() {
        return new LabelsEndpoint(false);
    }

    static LabelsEndpoint values() {
        return new LabelsEndpoint(true);
    }

    @Override
    public boolean takesForms() {
        return !values;
    }

    @Override
    public void answer(ApiQuery query, AnswerStream out) throws IOException, ApiException {
        String name = query.pathValue().startsWith("U__") ? MetricNames.unescape(query.pathValue()) : query.pathValue();
        ApiParameters parameters = query.parameters();
        int limit = parameters.limit();
        long from = parameters.timeMillis("start", Long.MIN_VALUE);
        long to = parameters.timeMillis("end", Long.MAX_VALUE);
        List<Matcher[]> sets = parameters.matcherSets();
        List<String> texts = List.of();
        Tsdb db = query.db();
        if (db != null && from <= to) {
            try (Querier querier = query.querier(db, from, to)) {
                texts = collect(query, querier, name, sets);
            }
        }
        boolean truncated = limit > 0 && texts.size() > limit;
        JsonGenerator json = JsonAnswer.begin(out);
        json.writeStartArray();
        for (String text : truncated ? texts.subList(0, limit) : texts) {
            json.writeString(text);
        }
        json.writeEndArray();
        JsonAnswer.end(json, truncated);
    }

    private List<String> collect(ApiQuery query, Querier querier, String name, List<Matcher[]> sets)
            throws IOException, ApiException {
        if (sets.size() < 2) {
            return ask(querier, name, sets.isEmpty() ? new Matcher[0] : sets.get(0));
        }
        TreeMap<byte[], String> all = new TreeMap<>(Arrays::compareUnsigned);
        for (Matcher[] matchers : sets) {
            query.checkTime();
            for (String text : ask(querier, name, matchers)) {
                all.put(text.getBytes(StandardCharsets.UTF_8), text);
            }
        }
        return new ArrayList<>(all.values());
    }

    private List<String> ask(Querier querier, String name, Matcher[] matchers) throws IOException {
        return values ? querier.labelValues(name, matchers) : querier.labelNames(matchers);
    }
}

package dev.cairndb.receiver;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.cairndb.index.Matcher;
import dev.cairndb.tsdb.Querier;
import dev.cairndb.tsdb.Tsdb;
import java.io.IOException;
import java.util.List;

/** {@code /api/v1/series}: the labels of the series that selectors select, in label order. */
final class SeriesEndpoint implements ApiEndpoint {
    static final int SERIES_MAX = 1_000_000;

    @Override
    public void answer(ApiQuery query, AnswerStream out) throws IOException, ApiException {
        ApiParameters parameters = query.parameters();
        if (parameters.all("match[]").isEmpty()) {
            throw ApiException.badData("no match[] parameter provided");
        }
        int limit = parameters.limit();
        long from = parameters.timeMillis("start", Long.MIN_VALUE);
        long to = parameters.timeMillis("end", Long.MAX_VALUE);
        List<Matcher[]> sets;
        try {
            sets = parameters.matcherSets();
        } catch (ApiException e) {
            throw ApiException.badParameter("match[]", e.text());
        }
        int countMax = limit == 0 ? SERIES_MAX : Math.min(limit, SERIES_MAX);
        JsonGenerator json = JsonAnswer.begin(out);
        json.writeStartArray();
        boolean truncated = false;
        Tsdb db = query.db();
        if (db != null && from <= to) {
            try (Querier querier = query.querier(db, from, to);
                    SeriesUnion series = new SeriesUnion(querier, sets, query)) {
                int count = 0;
                while (!truncated && series.next()) {
                    truncated = count == countMax;
                    if (!truncated) {
                        JsonAnswer.writeLabels(json, series.labels());
                        count++;
                    }
                }
            }
        }
        json.writeEndArray();
        JsonAnswer.end(json, truncated);
    }
}

package dev.cairndb.receiver;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.cairndb.index.Matcher;
import dev.cairndb.index.SelectorSyntaxException;
import dev.cairndb.index.SeriesSelector;
import dev.cairndb.receiver.tools.GoFloat;
import dev.cairndb.tsdb.Exemplar;
import dev.cairndb.tsdb.ExemplarSeries;
import dev.cairndb.tsdb.TimeRange;
import dev.cairndb.tsdb.Tsdb;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.List;

/** {@code /api/v1/query_exemplars}: the exemplars of the series that a selector selects. */
final class ExemplarsEndpoint implements ApiEndpoint {
    private static final int MILLIS_DIGITS = 3;

    @Override
    public void answer(ApiQuery query, AnswerStream out) throws IOException, ApiException {
        ApiParameters parameters = query.parameters();
        long from = parameters.timeMillis("start", Long.MIN_VALUE);
        long to = parameters.timeMillis("end", Long.MAX_VALUE);
        if (to < from) {
            throw ApiException.badData("end timestamp must not be before start timestamp");
        }
        Matcher[] matchers;
        try {
            matchers = SeriesSelector.parseExpression(parameters.first("query"));
        } catch (SelectorSyntaxException e) {
            throw ApiException.badData(String.valueOf(e.getMessage()));
        }
        Tsdb db = query.db();
        List<ExemplarSeries> found = db == null ? List.of() : db.exemplars(TimeRange.ofMillis(from, to), matchers);
        JsonGenerator json = JsonAnswer.begin(out);
        json.writeStartArray();
        for (ExemplarSeries series : found) {
            write(json, series);
        }
        json.writeEndArray();
        JsonAnswer.end(json, false);
    }

    private static void write(JsonGenerator json, ExemplarSeries series) throws IOException {
        json.writeStartObject();
        json.writeFieldName("seriesLabels");
        JsonAnswer.writeLabels(json, series.labels());
        json.writeArrayFieldStart("exemplars");
        for (Exemplar exemplar : series.exemplars()) {
            json.writeStartObject();
            json.writeFieldName("labels");
            JsonAnswer.writeLabels(json, exemplar.labels());
            json.writeStringField("value", GoFloat.json(exemplar.value()));
            json.writeFieldName("timestamp");
            json.writeNumber(seconds(exemplar.timestampMillis()));
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static String seconds(long millis) {
        BigDecimal seconds = BigDecimal.valueOf(millis, MILLIS_DIGITS);
        return millis % 1000 == 0 ? Long.toString(millis / 1000) : seconds.toPlainString();
    }
}

package dev.cairndb.receiver;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.cairndb.remote.MetricType;
import dev.cairndb.tsdb.MetricMetadata;
import dev.cairndb.tsdb.Tsdb;
import java.io.IOException;
import java.util.List;

/** {@code /api/v1/metadata}: what senders said of metric families, families in byte order. */
final class MetadataEndpoint implements ApiEndpoint {
    @Override
    public boolean takesForms() {
        return false;
    }

    @Override
    public void answer(ApiQuery query, AnswerStream out) throws IOException, ApiException {
        int familiesMax = number(query.parameters(), "limit");
        int entriesMax = number(query.parameters(), "limit_per_metric");
        String metric = query.parameters().first("metric");
        Tsdb db = query.db();
        List<MetricMetadata> all = db == null ? List.of() : db.metadata();
        JsonGenerator json = JsonAnswer.begin(out);
        json.writeStartObject();
        String family = null;
        int families = 0;
        int entries = 0;
        for (MetricMetadata entry : all) {
            if (!metric.isEmpty() && !metric.equals(entry.family())) {
                continue;
            }
            if (!entry.family().equals(family)) {
                if (familiesMax >= 0 && families >= familiesMax) {
                    break;
                }
                if (family != null) {
                    json.writeEndArray();
                }
                family = entry.family();
                families++;
                entries = 0;
                json.writeArrayFieldStart(family);
            }
            if (entriesMax <= 0 || entries < entriesMax) {
                write(json, entry);
                entries++;
            }
        }
        if (family != null) {
            json.writeEndArray();
        }
        json.writeEndObject();
        JsonAnswer.end(json, false);
    }

    private static int number(ApiParameters parameters, String name) throws ApiException {
        String text = parameters.first(name);
        try {
            return text.isEmpty() ? -1 : ApiParameters.integer(text);
        } catch (NumberFormatException e) {
            throw ApiException.badData(name + " must be a number");
        }
    }

    private static void write(JsonGenerator json, MetricMetadata entry) throws IOException {
        json.writeStartObject();
        json.writeStringField("type", text(entry.type()));
        json.writeStringField("unit", entry.unit());
        json.writeStringField("help", entry.help());
        json.writeEndObject();
    }

    private static String text(MetricType type) {
        return switch (type) {
            case UNKNOWN -> "unknown";
            case COUNTER -> "counter";
            case GAUGE -> "gauge";
            case SUMMARY -> "summary";
            case HISTOGRAM -> "histogram";
            case GAUGE_HISTOGRAM -> "gaugehistogram";
            case INFO -> "info";
            case STATE_SET -> "stateset";
        };
    }
}

package dev.cairndb.receiver;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.cairndb.tsdb.LabelStats;
import dev.cairndb.tsdb.Tsdb;
import dev.cairndb.tsdb.TsdbStats;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code /api/v1/status/tsdb}: figures of the heads. On the HTTP port of one tenant, in the shape of Prometheus; on the
 * write port, and with {@code ?all_tenants=true} on both, a list of tenants in the shape of Thanos. Thread-safe.
 */
final class TenantStatus implements ApiEndpoint {
    static final String PATH = "/api/v1/status/tsdb";
    static final int LIST_LENGTH_MAX = 10_000;
    private static final int LIST_LENGTH = 10;

    private final Tenants tenants;
    private final boolean alwaysList;

    private TenantStatus(Tenants tenants, boolean alwaysList) {
        this.tenants = tenants;
        this.alwaysList = alwaysList;
    }

    static TenantStatus asInPrometheus(Tenants tenants) {
        return new TenantStatus(tenants, false);
    }

    static TenantStatus asInThanos(Tenants tenants) {
        return new TenantStatus(tenants, true);
    }

    @Override
    public boolean takesForms() {
        return false;
    }

    @Override
    public void answer(ApiQuery query, AnswerStream out) throws IOException, ApiException {
        int listLength = listLength(query.parameters().first("limit"));
        boolean all = query.parameters().first("all_tenants").equals("true");
        JsonGenerator json = JsonAnswer.begin(out);
        if (all || alwaysList) {
            json.writeStartArray();
            Tenant one = tenants.known(query.tenant());
            for (Tenant tenant : all ? tenants.all() : one == null ? List.<Tenant>of() : List.of(one)) {
                query.checkTime();
                Tsdb db = tenant.openStore();
                if (db != null) {
                    json.writeStartObject();
                    json.writeStringField("tenant", tenant.name());
                    writeFigures(json, db, listLength);
                    json.writeEndObject();
                }
            }
            json.writeEndArray();
        } else {
            json.writeStartObject();
            writeFigures(json, query.db(), listLength);
            json.writeEndObject();
        }
        JsonAnswer.end(json, false);
    }

    private static int listLength(String limit) throws ApiException {
        if (limit.isEmpty()) {
            return LIST_LENGTH;
        }
        int length = 0;
        try {
            length = ApiParameters.integer(limit);
        } catch (NumberFormatException e) {
            length = -1;
        }
        if (length < 1) {
            throw ApiException.badData("limit must be a positive number");
        }
        if (length > LIST_LENGTH_MAX) {
            throw ApiException.badData("limit must not exceed " + LIST_LENGTH_MAX);
        }
        return length;
    }

    private static void writeFigures(JsonGenerator json, @Nullable Tsdb db, int listLength) throws IOException {
        LabelStats labels =
                db == null ? new LabelStats(0, List.of(), List.of(), List.of(), List.of()) : db.labelStats(listLength);
        json.writeObjectFieldStart("headStats");
        TsdbStats stats = db == null ? null : db.stats();
        json.writeNumberField("numSeries", stats == null ? 0 : stats.seriesActive());
        json.writeNumberField("numLabelPairs", labels.labelPairs());
        json.writeNumberField("chunkCount", stats == null ? 0 : stats.headChunks());
        json.writeNumberField("minTime", stats == null ? Long.MAX_VALUE : stats.headMinTimestampMillis());
        json.writeNumberField("maxTime", stats == null ? Long.MIN_VALUE : stats.headMaxTimestampMillis());
        json.writeEndObject();
        writeList(json, "seriesCountByMetricName", labels.seriesByMetricName());
        writeList(json, "labelValueCountByLabelName", labels.valuesByLabelName());
        writeList(json, "memoryInBytesByLabelName", labels.bytesByLabelName());
        writeList(json, "seriesCountByLabelValuePair", labels.seriesByLabelPair());
    }

    private static void writeList(JsonGenerator json, String name, List<LabelStats.Count> counts) throws IOException {
        json.writeArrayFieldStart(name);
        for (LabelStats.Count count : counts) {
            json.writeStartObject();
            json.writeStringField("name", count.name());
            json.writeNumberField("value", count.value());
            json.writeEndObject();
        }
        json.writeEndArray();
    }
}

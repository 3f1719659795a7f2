package dev.cairndb.receiver;

import dev.cairndb.tsdb.Tsdb;
import dev.cairndb.tsdb.TsdbStats;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Fields;

/**
 * {@code /api/v1/status/tsdb}: figures of the heads, in the shape that Thanos gives them. The tenant is that of the
 * header, or all with {@code ?all_tenants=true}. Thread-safe.
 */
final class TenantStatus {
    static final String PATH = "/api/v1/status/tsdb";

    private final ReceiverSettings settings;
    private final Tenants tenants;

    TenantStatus(ReceiverSettings settings, Tenants tenants) {
        this.settings = settings;
        this.tenants = tenants;
    }

    boolean handle(Request request, Response response, Callback callback) {
        if (!request.getMethod().equals("GET")) {
            TextResponse.write(response, callback, Answer.of(405, "Method not allowed"));
            return true;
        }
        Fields query = Request.extractQueryParameters(request);
        String header = request.getHeaders().get(settings.tenantHeader());
        List<Tenant> chosen = new ArrayList<>();
        if ("true".equals(query.getValue("all_tenants"))) {
            chosen.addAll(tenants.all());
        } else {
            Tenant tenant = tenants.known(
                    header == null || header.isEmpty() ? settings.defaultTenant() : TenantName.fromHeader(header));
            if (tenant != null) {
                chosen.add(tenant);
            }
        }
        StringBuilder json = new StringBuilder("{\"status\":\"success\",\"data\":[");
        String separator = "";
        for (Tenant tenant : chosen) {
            Tsdb db = tenant.openStore();
            if (db != null) {
                append(json.append(separator), tenant.name(), db.stats());
                separator = ",";
            }
        }
        json.append("]}\n");
        TextResponse.write(response, callback, 200, "application/json", json.toString());
        return true;
    }

    private static void append(StringBuilder json, String tenant, TsdbStats stats) {
        json.append("{\"tenant\":");
        quote(json, tenant);
        json.append(",\"headStats\":{\"numSeries\":")
                .append(stats.seriesActive())
                .append(",\"chunkCount\":")
                .append(stats.headChunks())
                .append(",\"minTime\":")
                .append(stats.headMinTimestampMillis())
                .append(",\"maxTime\":")
                .append(stats.headMaxTimestampMillis())
                .append("}}");
    }

    /** A tenant's name has no control characters. */
    private static void quote(StringBuilder json, String text) {
        json.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                json.append('\\');
            }
            json.append(c);
        }
        json.append('"');
    }
}

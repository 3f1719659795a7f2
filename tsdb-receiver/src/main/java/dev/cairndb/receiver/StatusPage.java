package dev.cairndb.receiver;

import dev.cairndb.tsdb.Tsdb;
import dev.cairndb.tsdb.TsdbStats;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The page at the root of the admin port: what this is, where to send, and what is stored. Thread-safe. */
final class StatusPage {
    private static final int TENANTS_SHOWN_MAX = 500;
    private static final String STYLE = "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:64rem;"
            + "padding:0 1rem;color:#1c2024}h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}"
            + "table{border-collapse:collapse;width:100%}th,td{text-align:right;padding:.3rem .6rem;"
            + "border-bottom:1px solid #dde1e6}th:first-child,td:first-child{text-align:left}"
            + "pre{background:#f3f5f7;padding:.8rem;overflow:auto}.bad{color:#a40e26}";

    private final ReceiverSettings settings;
    private final Tenants tenants;
    private final String version;
    private final Supplier<String> writeUrl;
    private final Supplier<@Nullable String> notReady;
    private final Instant startedAt = Instant.now();

    StatusPage(
            ReceiverSettings settings,
            Tenants tenants,
            String version,
            Supplier<String> writeUrl,
            Supplier<@Nullable String> notReady) {
        this.settings = settings;
        this.tenants = tenants;
        this.version = version;
        this.writeUrl = writeUrl;
        this.notReady = notReady;
    }

    String html() {
        StringBuilder page = new StringBuilder("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">"
                + "<meta name=\"viewport\" content=\"width=device-width\"><title>CairnDB</title><style>");
        page.append(STYLE)
                .append("</style><h1>CairnDB ")
                .append(escape(version))
                .append("</h1>");
        String reason = notReady.get();
        page.append(reason == null ? "<p>Ready" : "<p class=\"bad\">Not ready: " + escape(reason));
        Duration up = Duration.between(startedAt, Instant.now()).truncatedTo(ChronoUnit.SECONDS);
        page.append(", up for ")
                .append(up.toString().substring(2).toLowerCase(Locale.ROOT))
                .append(".</p>");
        page.append("<h2>Send here</h2><pre>remote_write:\n  - url: ")
                .append(escape(writeUrl.get()))
                .append("</pre>");
        page.append("<p>The header ")
                .append(escape(settings.tenantHeader()))
                .append(" names the tenant; without it: ")
                .append(escape(settings.defaultTenant()))
                .append(".</p><h2>Storage</h2><p>Data: ")
                .append(escape(settings.dataDirectory().toString()))
                .append("<br>Bucket: ")
                .append(escape(
                        settings.bucket() == null ? "none" : settings.bucket().place()))
                .append("<br>Durability: ")
                .append(settings.storeOptions().durability().name().toLowerCase(Locale.ROOT))
                .append("</p>");
        appendTenants(page);
        return page.append("<p><a href=\"/metrics\">metrics</a> · <a href=\"/api/v1/status/tsdb?all_tenants=true\">"
                        + "head figures</a> · <a href=\"/api/v1/label/__name__/values\">metric names of the default"
                        + " tenant</a></p></html>\n")
                .toString();
    }

    private void appendTenants(StringBuilder page) {
        int count = tenants.all().size();
        page.append("<h2>Tenants: ").append(count).append("</h2>");
        if (count == 0) {
            page.append("<p>None yet: the first write makes one.</p>");
            return;
        }
        page.append("<table><tr><th>tenant<th>series<th>samples since start<th>rejected<th>head begins<th>head ends"
                + "<th>blocks<th>shipped since start");
        tenants.all().stream().limit(TENANTS_SHOWN_MAX).forEach(tenant -> appendRow(page, tenant));
        page.append("</table>");
        if (count > TENANTS_SHOWN_MAX) {
            page.append("<p>").append(count - TENANTS_SHOWN_MAX).append(" more are not shown.</p>");
        }
    }

    private static void appendRow(StringBuilder page, Tenant tenant) {
        page.append("<tr><td>").append(escape(tenant.name()));
        Tsdb db = tenant.openStore();
        if (db == null) {
            page.append(tenant.openFailed() ? "<td class=\"bad\" colspan=7>cannot be opened" : "<td colspan=7>opening");
            return;
        }
        if (tenant.storeFailure() != null) {
            page.append(" <span class=\"bad\">refuses writes</span>");
        }
        TsdbStats stats = db.stats();
        long rejected = stats.samplesRejected().values().stream()
                .mapToLong(Long::longValue)
                .sum();
        boolean empty = stats.headMaxTimestampMillis() < stats.headMinTimestampMillis();
        page.append("<td>").append(stats.seriesActive());
        page.append("<td>").append(stats.samplesAppended());
        page.append("<td>").append(rejected);
        page.append("<td>").append(empty ? "" : Instant.ofEpochMilli(stats.headMinTimestampMillis()));
        page.append("<td>").append(empty ? "" : Instant.ofEpochMilli(stats.headMaxTimestampMillis()));
        page.append("<td>").append(stats.blocks());
        page.append("<td>").append(stats.blocksShipped());
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}

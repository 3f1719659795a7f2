package dev.cairndb.receiver;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The format of a federation answer and what it does to names, chosen by an Accept header as prometheus/common
 * (expfmt.Negotiate) does, and OpenMetrics beside the formats of Prometheus' federation.
 */
record FederationFormat(Kind kind, MetricNames.Escaping escaping) {
    private static final String PROTOBUF_MESSAGE = "io.prometheus.client.MetricFamily";
    private static final Pattern QUALITY = Pattern.compile("[01](\\.\\d*)?");

    enum Kind {
        TEXT("text/plain; version=0.0.4; charset=utf-8"),
        OPEN_METRICS("application/openmetrics-text; version=1.0.0; charset=utf-8"),
        PROTOBUF("application/vnd.google.protobuf; proto=" + PROTOBUF_MESSAGE + "; encoding=delimited");

        private final String contentType;

        Kind(String contentType) {
            this.contentType = contentType;
        }
    }

    private record Clause(MediaType type, double quality) {}

    String contentType() {
        return kind.contentType + "; escaping=" + escaping.text();
    }

    static FederationFormat negotiate(@Nullable String accept) {
        MetricNames.Escaping escaping = MetricNames.Escaping.UNDERSCORES;
        for (Clause clause : clauses(accept == null ? "" : accept)) {
            String wanted = clause.type.parameters().get("escaping");
            for (MetricNames.Escaping known : MetricNames.Escaping.values()) {
                escaping = known.text().equals(wanted) ? known : escaping;
            }
            Kind kind = kind(clause.type);
            if (kind != null) {
                return new FederationFormat(kind, escaping);
            }
        }
        return new FederationFormat(Kind.TEXT, escaping);
    }

    private static @Nullable Kind kind(MediaType type) {
        String version = type.parameters().getOrDefault("version", "");
        return switch (type.type()) {
            case "text/plain" ->
                version.isEmpty() || version.equals("0.0.4") || version.equals("1.0.0") ? Kind.TEXT : null;
            case "application/openmetrics-text" ->
                version.isEmpty() || version.equals("0.0.1") || version.equals("1.0.0") ? Kind.OPEN_METRICS : null;
            case "application/vnd.google.protobuf" ->
                PROTOBUF_MESSAGE.equals(type.parameters().get("proto"))
                                && "delimited".equals(type.parameters().get("encoding"))
                        ? Kind.PROTOBUF
                        : null;
            default -> null;
        };
    }

    /** The best first; those of equal quality as they came. */
    private static List<Clause> clauses(String accept) {
        List<Clause> clauses = new ArrayList<>();
        int end;
        for (int at = 0; at < accept.length(); at = end + 1) {
            end = accept.indexOf(',', at);
            end = end < 0 ? accept.length() : end;
            MediaType type = MediaType.parse(accept.substring(at, end).strip());
            if (type != null) {
                String quality = type.parameters().getOrDefault("q", "1").toLowerCase(Locale.ROOT);
                clauses.add(new Clause(type, QUALITY.matcher(quality).matches() ? Double.parseDouble(quality) : 0));
            }
        }
        clauses.sort(Comparator.comparingDouble(Clause::quality).reversed());
        clauses.removeIf(clause -> clause.quality == 0);
        return clauses;
    }
}

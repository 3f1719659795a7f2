package dev.cairndb.receiver;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.Locale;
import java.util.function.IntSupplier;

/** Counts of gRPC calls, named as in Thanos, and of connections. Thread-safe. */
final class GrpcMetrics {
    private final Counter handled;

    /** @param connections clients that are connected */
    GrpcMetrics(PrometheusRegistry registry, IntSupplier connections) {
        GaugeWithCallback.builder()
                .name("cairn_grpc_connections")
                .help("Connections of gRPC clients.")
                .callback(gauge -> gauge.call(connections.getAsInt()))
                .register(registry);
        handled = Counter.builder()
                .name("grpc_server_handled_total")
                .help("gRPC calls that were answered, or broken off by the client.")
                .labelNames("grpc_code", "grpc_method", "grpc_service")
                .register(registry);
    }

    /** @param code as gRPC spells it in its specification, such as {@code NOT_FOUND} */
    void handled(String service, String method, String code) {
        handled.labelValues(goName(code), method, service).inc();
    }

    /** {@code NotFound} for {@code NOT_FOUND}: what grpc-go shows. */
    private static String goName(String code) {
        if (code.equals("OK")) {
            return code;
        }
        StringBuilder name = new StringBuilder();
        for (String word : code.split("_", -1)) {
            name.append(word.charAt(0)).append(word.substring(1).toLowerCase(Locale.ROOT));
        }
        return name.toString();
    }
}

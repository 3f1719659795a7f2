package dev.cairndb.receiver;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.Locale;
import java.util.function.BiConsumer;
import java.util.function.ToLongFunction;

/**
 * What limits are there, and which writes they refused; with the names of Thanos where it has the same. Thread-safe.
 */
final class LimitMetrics {
    static final String REQUEST_BYTES = "request_bytes";
    static final String REQUEST_SERIES = "request_series";
    static final String REQUEST_SAMPLES = "request_samples";
    static final String IN_FLIGHT_BYTES = "in_flight_bytes";
    static final String TENANTS = "tenants";
    static final String HEAD_SERIES = "head_series";

    private final Counter refused;
    private final Counter queriesRefused;
    private final Counter seriesLimited;

    LimitMetrics(PrometheusRegistry registry, LimitsSource limits, FairAdmission admission, QueryTurns queries) {
        refused = Counter.builder()
                .name("cairn_receiver_writes_refused_total")
                .help("Writes refused by a limit; head_series: in part. No tenant: one that has no store.")
                .labelNames("reason", "tenant")
                .register(registry);
        seriesLimited = Counter.builder()
                .name("thanos_receive_head_series_limited_requests_total")
                .help("Writes of which series were refused since the tenant has too many.")
                .labelNames("tenant")
                .register(registry);
        GaugeWithCallback.builder()
                .name("cairn_receiver_writes_waiting")
                .help("Writes that wait for their turn to be decoded.")
                .callback(callback -> callback.call(admission.waiting()))
                .register(registry);
        queriesRefused = Counter.builder()
                .name("cairn_receiver_queries_refused_total")
                .help("Queries that got no turn. No tenant: one that has no store.")
                .labelNames("reason", "tenant")
                .register(registry);
        GaugeWithCallback.builder()
                .name("cairn_receiver_queries_waiting")
                .help("Queries and remote reads that wait for their turn.")
                .callback(callback -> callback.call(queries.waiting()))
                .register(registry);
        GaugeWithCallback.builder()
                .name("cairn_receiver_queries_running")
                .help("Queries and remote reads that are being answered.")
                .callback(callback -> callback.call(queries.running()))
                .register(registry);
        GaugeWithCallback.builder()
                .name("thanos_receive_head_series_limit")
                .help("Active series that a tenant may have; 0: any number. No tenant: those that are not named.")
                .labelNames("tenant")
                .callback(callback ->
                        forEach(limits.current(), (tenant, ofIt) -> callback.call((double) ofIt.seriesMax(), tenant)))
                .register(registry);
        GaugeWithCallback.builder()
                .name("thanos_receive_write_limits")
                .help("Limits of one request; 0: none. No tenant: those that are not named.")
                .labelNames("tenant", "limit")
                .callback(callback -> forEach(limits.current(), (tenant, ofIt) -> {
                    callback.call((double) ofIt.requestBytesMax(), tenant, "body_size");
                    callback.call((double) ofIt.requestSeriesMax(), tenant, "series");
                    callback.call((double) ofIt.requestSamplesMax(), tenant, "samples");
                }))
                .register(registry);
        counter(
                registry,
                "thanos_receive_limits_config_reload_total",
                "Changes of the limits file that took effect.",
                limits,
                LimitsSource::reloads);
        counter(
                registry,
                "thanos_receive_limits_config_reload_err_total",
                "Times the limits file could not be read or understood.",
                limits,
                LimitsSource::failures);
        GaugeWithCallback.builder()
                .name("cairn_receiver_limits_config_good")
                .help("1 if the limits file was understood when it was last read; 0: older limits hold on.")
                .callback(callback -> callback.call(limits.isGood() ? 1 : 0))
                .register(registry);
    }

    private static void forEach(LimitsConfig config, BiConsumer<String, TenantLimits> action) {
        action.accept("", config.defaults());
        config.tenants().forEach(action);
    }

    private static void counter(
            PrometheusRegistry registry,
            String name,
            String help,
            LimitsSource limits,
            ToLongFunction<LimitsSource> value) {
        CounterWithCallback.builder()
                .name(name)
                .help(help)
                .callback(callback -> callback.call((double) value.applyAsLong(limits)))
                .register(registry);
    }

    /** @param tenant empty for one without a store */
    void refused(String tenant, String reason) {
        refused.labelValues(reason, tenant).inc();
    }

    /** @param tenant empty for one without a store */
    void queryRefused(String tenant, FairAdmission.Refusal why) {
        queriesRefused.labelValues(why.name().toLowerCase(Locale.ROOT), tenant).inc();
    }

    void seriesLimited(String tenant) {
        refused(tenant, HEAD_SERIES);
        seriesLimited.labelValues(tenant).inc();
    }
}

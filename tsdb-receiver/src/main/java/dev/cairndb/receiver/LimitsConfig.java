package dev.cairndb.receiver;

import dev.cairndb.tsdb.TsdbOptions.WriteLimits;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The limits of {@code --receive.limits-config}: YAML as Thanos defines it (pkg/receive/limiter_config.go), with keys
 * of our own for what Thanos does not limit. What a tenant does not say is as for all others. Unknown keys are errors.
 *
 * @param concurrencyMax requests that are decoded and appended at a time; 0 for the default
 * @param tenantsMax tenants with a store; 0 for any number
 * @param allWrites of all tenants together
 * @param defaults of tenants that are not named
 * @param tenants of those that are
 * @param warnings what has no effect here
 */
record LimitsConfig(
        int concurrencyMax,
        int tenantsMax,
        WriteLimits allWrites,
        TenantLimits defaults,
        Map<String, TenantLimits> tenants,
        List<String> warnings) {
    static final LimitsConfig NONE = new LimitsConfig(0, 0, WriteLimits.none(), TenantLimits.NONE, Map.of(), List.of());

    private static final String META_MONITORING = "meta_monitoring_";
    private static final Set<String> META_MONITORING_KEYS = Set.of("url", "http_client", "limit_query");
    private static final Set<String> TENANT_KEYS =
            Set.of("request", "head_series_limit", "series_per_metric_limit", "rate", "in_flight", "retention");
    private static final Set<String> REQUEST_KEYS = Set.of("size_bytes_limit", "series_limit", "samples_limit");
    private static final Set<String> RATE_KEYS =
            Set.of("samples_per_second_limit", "samples_burst", "bytes_per_second_limit", "bytes_burst");
    private static final Set<String> RETENTION_KEYS = Set.of("time", "size_bytes");
    private static final Set<String> IN_FLIGHT_KEYS = Set.of("requests_limit", "bytes_limit");

    TenantLimits of(String tenant) {
        return tenants.getOrDefault(tenant, defaults);
    }

    static LimitsConfig parse(String yaml) throws UsageException {
        Object root = YamlText.read("the limits configuration", yaml);
        Section write = new Section("", root, Set.of("write")).section("write", Set.of("global", "default", "tenants"));
        Section global = write.section("global", null);
        boolean metaMonitoring = global.checkGlobalKeys();
        TenantLimits defaults = tenant(write.section("default", TENANT_KEYS), TenantLimits.NONE);
        Map<String, TenantLimits> tenants = new LinkedHashMap<>();
        Section named = write.section("tenants", null);
        for (String name : named.values.keySet()) {
            String problem = TenantName.problem(name);
            if (problem != null) {
                throw new UsageException("the limits configuration names a tenant that cannot be: " + problem);
            }
            tenants.put(name, tenant(named.section(name, TENANT_KEYS), defaults));
        }
        return new LimitsConfig(
                (int) global.number("max_concurrency", 0, Integer.MAX_VALUE),
                (int) global.number("tenants_limit", 0, Integer.MAX_VALUE),
                writes(global, WriteLimits.none()),
                defaults,
                Map.copyOf(tenants),
                metaMonitoring
                        ? List.of("meta_monitoring_* has no effect: head_series_limit is checked in the store, exactly")
                        : List.of());
    }

    private static TenantLimits tenant(Section tenant, TenantLimits inherited) throws UsageException {
        Section request = tenant.section("request", REQUEST_KEYS);
        Section retention = tenant.section("retention", RETENTION_KEYS);
        return new TenantLimits(
                request.number("size_bytes_limit", inherited.requestBytesMax(), Long.MAX_VALUE),
                request.number("series_limit", inherited.requestSeriesMax(), Long.MAX_VALUE),
                request.number("samples_limit", inherited.requestSamplesMax(), Long.MAX_VALUE),
                tenant.number("head_series_limit", inherited.seriesMax(), Long.MAX_VALUE),
                tenant.number("series_per_metric_limit", inherited.seriesPerMetricMax(), Long.MAX_VALUE),
                writes(tenant, inherited.writes()),
                retention.has("time") ? retention.duration("time") : inherited.retention(),
                retention.has("size_bytes")
                        ? Long.valueOf(retention.number("size_bytes", 0, Long.MAX_VALUE))
                        : inherited.retentionBytes());
    }

    private static WriteLimits writes(Section parent, WriteLimits inherited) throws UsageException {
        Section rate = parent.section("rate", RATE_KEYS);
        Section inFlight = parent.section("in_flight", IN_FLIGHT_KEYS);
        return new WriteLimits(
                rate.number("samples_per_second_limit", inherited.samplesPerSecondMax(), Long.MAX_VALUE),
                rate.number("samples_burst", inherited.samplesBurstMax(), Long.MAX_VALUE),
                rate.number("bytes_per_second_limit", inherited.bytesPerSecondMax(), Long.MAX_VALUE),
                rate.number("bytes_burst", inherited.bytesBurstMax(), Long.MAX_VALUE),
                (int) inFlight.number("requests_limit", inherited.requestsInFlightMax(), Integer.MAX_VALUE),
                inFlight.number("bytes_limit", inherited.bytesInFlightMax(), Long.MAX_VALUE));
    }

    /** A map of the YAML and where it stands. */
    private static final class Section {
        private final String path;
        private final Map<String, @Nullable Object> values = new LinkedHashMap<>();

        /** @param keys those that it may have; null for any */
        Section(String path, @Nullable Object value, @Nullable Set<String> keys) throws UsageException {
            this.path = path;
            if (value == null) {
                return;
            }
            if (!(value instanceof Map<?, ?> map)) {
                throw new UsageException(
                        "the limits configuration has no map at " + (path.isEmpty() ? "its root" : path));
            }
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                String key = String.valueOf(entry.getKey());
                if (keys != null && !keys.contains(key)) {
                    throw new UsageException("the limits configuration has an unknown key: " + at(key));
                }
                values.put(key, entry.getValue());
            }
        }

        private String at(String key) {
            return path.isEmpty() ? key : path + "." + key;
        }

        Section section(String key, @Nullable Set<String> keys) throws UsageException {
            return new Section(at(key), values.get(key), keys);
        }

        /** Whether it has keys for a monitoring system that is not asked here. */
        boolean checkGlobalKeys() throws UsageException {
            boolean found = false;
            for (String key : values.keySet()) {
                if (key.startsWith(META_MONITORING)
                        && META_MONITORING_KEYS.contains(key.substring(META_MONITORING.length()))) {
                    found = true;
                } else if (!Set.of("max_concurrency", "tenants_limit", "rate", "in_flight")
                        .contains(key)) {
                    throw new UsageException("the limits configuration has an unknown key: " + at(key));
                }
            }
            return found;
        }

        boolean has(String key) {
            return values.get(key) != null;
        }

        Duration duration(String key) throws UsageException {
            try {
                return GoSyntax.duration(String.valueOf(values.get(key)));
            } catch (IllegalArgumentException e) {
                throw new UsageException("the limits configuration: " + at(key) + " is " + e.getMessage());
            }
        }

        /** A whole number that is not negative; one that is means no limit, as in Thanos. */
        long number(String key, long absent, long max) throws UsageException {
            Object value = values.get(key);
            if (value == null) {
                return absent;
            }
            if (!(value instanceof Integer || value instanceof Long)) {
                throw new UsageException("the limits configuration needs a whole number at " + at(key) + ", found="
                        + Objects.toString(value));
            }
            return Math.min(max, Math.max(0, ((Number) value).longValue()));
        }
    }
}

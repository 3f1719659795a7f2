package dev.cairndb.receiver;

import dev.cairndb.objstore.ObjectNotFoundException;
import dev.cairndb.objstore.ObjectStoreObserver;
import io.prometheus.metrics.core.datapoints.GaugeDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What happens to the bucket, with the names that Thanos uses (objstore.go of thanos-io/objstore). Thread-safe. */
final class BucketMetrics implements ObjectStoreObserver {
    private static final List<String> OPERATIONS =
            List.of("iter", "get", "get_range", "exists", "upload", "delete", "attributes");
    private static final double[] DURATION_BOUNDS = {0.001, 0.01, 0.1, 0.3, 0.6, 1, 3, 6, 9, 20, 30, 60, 90, 120};
    private static final double LEAST_BYTES_BOUND = 1 << 15;
    private static final int BYTES_BOUNDS = 16;
    private static final double MILLIS_PER_SECOND = 1000;

    private final String bucket;
    private final Counter operations;
    private final Counter failures;
    private final Counter fetchedBytes;
    private final Histogram durations;
    private final Histogram transferredBytes;
    private final GaugeDataPoint lastUpload;

    BucketMetrics(PrometheusRegistry registry, String bucket) {
        this.bucket = bucket;
        operations = counter(registry, "operations", "Calls to the bucket.");
        failures = counter(registry, "operation_failures", "Calls to the bucket that failed.");
        fetchedBytes = counter(registry, "operation_fetched_bytes", "Bytes read from the bucket.");
        durations = Histogram.builder()
                .name("thanos_objstore_bucket_operation_duration_seconds")
                .help("Duration of calls to the bucket that succeeded.")
                .labelNames("bucket", "operation")
                .classicOnly()
                .classicUpperBounds(DURATION_BOUNDS)
                .register(registry);
        transferredBytes = Histogram.builder()
                .name("thanos_objstore_bucket_operation_transferred_bytes")
                .help("Bytes that one call brought to or from the bucket.")
                .labelNames("bucket", "operation")
                .classicOnly()
                .classicExponentialUpperBounds(LEAST_BYTES_BOUND, 2, BYTES_BOUNDS)
                .register(registry);
        lastUpload = Gauge.builder()
                .name("thanos_objstore_bucket_last_successful_upload_time")
                .help("When an object was last stored, in seconds since 1970.")
                .labelNames("bucket")
                .register(registry)
                .labelValues(bucket);
        for (String operation : OPERATIONS) {
            operations.initLabelValues(bucket, operation);
            failures.initLabelValues(bucket, operation);
            durations.initLabelValues(bucket, operation);
        }
    }

    private static Counter counter(PrometheusRegistry registry, String name, String help) {
        return Counter.builder()
                .name("thanos_objstore_bucket_" + name)
                .help(help)
                .labelNames("bucket", "operation")
                .register(registry);
    }

    @Override
    public void ended(Operation operation, long durationNanos, long bytes, @Nullable Exception failure) {
        String name = nameOf(operation);
        operations.labelValues(bucket, name).inc();
        if (failure instanceof ObjectNotFoundException) {
            // An answer like others.
            return;
        }
        if (failure != null) {
            failures.labelValues(bucket, name).inc();
            return;
        }
        durations.labelValues(bucket, name).observe(durationNanos / (double) TimeUnit.SECONDS.toNanos(1));
        if (operation == Operation.PUT || operation == Operation.PUT_IF_ABSENT) {
            lastUpload.set(System.currentTimeMillis() / MILLIS_PER_SECOND);
            transferredBytes.labelValues(bucket, name).observe((double) bytes);
        } else if (operation == Operation.READ) {
            fetchedBytes.labelValues(bucket, name).inc(bytes);
            transferredBytes.labelValues(bucket, name).observe((double) bytes);
        }
    }

    private static String nameOf(Operation operation) {
        return switch (operation) {
            case PUT, PUT_IF_ABSENT -> "upload";
            case SIZE -> "attributes";
            case READ -> "get_range";
            case LIST -> "iter";
            case DELETE -> "delete";
        };
    }
}

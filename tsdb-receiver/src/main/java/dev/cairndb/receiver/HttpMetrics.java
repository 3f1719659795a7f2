package dev.cairndb.receiver;

import dev.cairndb.tsdb.AppendResult;
import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Counts and durations of HTTP requests, with the names that Thanos uses. Thread-safe. */
final class HttpMetrics {
    private static final double[] DURATION_BOUNDS = {
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30
    };

    private final Counter requests;
    private final Histogram durations;
    private final CounterDataPoint appended;
    private final CounterDataPoint duplicate;
    private final CounterDataPoint rejected;
    private final CounterDataPoint bodyBytes;

    HttpMetrics(PrometheusRegistry registry, ByteBudget budget) {
        requests = Counter.builder()
                .name("http_requests_total")
                .help("HTTP requests that were answered.")
                .labelNames("code", "handler", "method")
                .register(registry);
        durations = Histogram.builder()
                .name("http_request_duration_seconds")
                .help("Time from the first line of a request to its answer.")
                .labelNames("code", "handler", "method")
                .classicOnly()
                .classicUpperBounds(DURATION_BOUNDS)
                .register(registry);
        Counter samples = Counter.builder()
                .name("cairn_receiver_samples_total")
                .help("Samples and histograms of remote_write requests, by what became of them.")
                .labelNames("result")
                .register(registry);
        appended = samples.labelValues("appended");
        duplicate = samples.labelValues("duplicate");
        rejected = samples.labelValues("rejected");
        bodyBytes = Counter.builder()
                .name("cairn_receiver_body_bytes_total")
                .help("Bytes of remote_write bodies, compressed.")
                .register(registry);
        GaugeWithCallback.builder()
                .name("cairn_receiver_in_flight_bytes")
                .help("Memory of the remote_write requests under way.")
                .callback(callback -> callback.call((double) budget.bytesTaken()))
                .register(registry);
        GaugeWithCallback.builder()
                .name("cairn_receiver_in_flight_limit_bytes")
                .help("What cairn_receiver_in_flight_bytes may reach before requests are answered 503.")
                .callback(callback -> callback.call((double) budget.bytesMax()))
                .register(registry);
    }

    void answered(String handler, String method, int code, long beganNanos) {
        String codeText = Integer.toString(code);
        // Methods are an open set that clients choose.
        String methodText = method.length() <= 7 ? method.toLowerCase(Locale.ROOT) : "other";
        requests.labelValues(codeText, handler, methodText).inc();
        DistributionDataPoint duration = durations.labelValues(codeText, handler, methodText);
        duration.observe((System.nanoTime() - beganNanos) / (double) TimeUnit.SECONDS.toNanos(1));
    }

    void written(int bytes, AppendResult result) {
        bodyBytes.inc(bytes);
        appended.inc((double) result.samplesAppended() + result.histogramsAppended());
        duplicate.inc((double) result.samplesDuplicate() + result.histogramsDuplicate());
        rejected.inc(result.rejectedTotal());
    }
}

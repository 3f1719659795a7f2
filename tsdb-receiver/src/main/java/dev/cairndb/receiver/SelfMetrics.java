package dev.cairndb.receiver;

import dev.cairndb.remote.RemoteWriteEncoder;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Writes the receiver's own metrics into itself, the way any sender does: over HTTP, to the write port. One thread of
 * its own, from {@link #start} to {@link #close}.
 */
final class SelfMetrics implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final PrometheusRegistry registry;
    private final URI writeUrl;
    private final String instance;
    private final RemoteWriteEncoder encoder = new RemoteWriteEncoder();
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(TIMEOUT)
            .build();
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread made = new Thread(task, "receiver-self-metrics");
        made.setDaemon(true);
        return made;
    });
    private boolean failing;

    SelfMetrics(PrometheusRegistry registry, String writeUrl, String instance) {
        this.registry = registry;
        this.writeUrl = URI.create(writeUrl);
        this.instance = instance;
    }

    /** Writes at once, and then at each interval. */
    void start(Duration interval) {
        var unused = thread.scheduleAtFixedRate(
                this::writeLogged, 0, Math.max(1, interval.toMillis()), TimeUnit.MILLISECONDS);
    }

    private void writeLogged() {
        try {
            write();
            failing = false;
        } catch (IOException | RuntimeException e) {
            if (!failing) {
                Log.warn("cannot write own metrics: " + Log.describe(e));
            }
            failing = true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void write() throws IOException, InterruptedException {
        long nowMillis = System.currentTimeMillis();
        ByteArrayOutputStream text = new ByteArrayOutputStream(1 << 16);
        ExpositionFormats.init().getPrometheusTextFormatWriter().write(text, registry.scrape());
        encoder.clear();
        TextFormatReader.read(text.toString(StandardCharsets.UTF_8), (name, labels, value) -> {
            encoder.startSeries().label("__name__", name).label("job", "cairn").label("instance", instance);
            for (int i = 0; i < labels.size(); i += 2) {
                encoder.label(labels.get(i), labels.get(i + 1));
            }
            encoder.sample(nowMillis, Double.doubleToRawLongBits(value)).endSeries();
        });
        encoder.finish();
        HttpRequest request = HttpRequest.newBuilder(writeUrl)
                .timeout(TIMEOUT)
                .header("Content-Type", "application/x-protobuf")
                .header("Content-Encoding", "snappy")
                .header("X-Prometheus-Remote-Write-Version", "0.1.0")
                .POST(HttpRequest.BodyPublishers.ofByteArray(encoder.body(), 0, encoder.bodySize()))
                .build();
        HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() / 100 != 2) {
            throw new IOException(
                    "answer " + answer.statusCode() + ": " + answer.body().strip());
        }
    }

    /** Ends the thread; a write under way is given up. */
    @Override
    public void close() {
        thread.shutdownNow();
        boolean interrupted = false;
        try {
            boolean unused = thread.awaitTermination(1, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}

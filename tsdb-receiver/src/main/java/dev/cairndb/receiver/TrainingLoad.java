package dev.cairndb.receiver;

import dev.cairndb.remote.RemoteWriteEncoder;
import dev.cairndb.remote.RemoteWriteVersion;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * What {@code bin/archive-classes} sends to a receiver whose JVM writes down what it does, to do it sooner the next time:
 * what two senders of Prometheus send, one of them in version 2. The receiver does not use it.
 */
final class TrainingLoad {
    private static final int REQUESTS_PER_ROUND = 10;
    private static final int SERIES_PER_REQUEST = 1_000;
    private static final int SERIES_PER_TARGET = 100;
    private static final long STEP_MILLIS = TimeUnit.SECONDS.toMillis(15);

    private final URI target;
    private final RemoteWriteVersion version;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final RemoteWriteEncoder encoder;

    private TrainingLoad(URI target, RemoteWriteVersion version) {
        this.target = target;
        this.version = version;
        encoder = new RemoteWriteEncoder(version);
    }

    /** Arguments: where to write to, and how many samples each series gets. */
    public static void main(String[] arguments) throws InterruptedException, ExecutionException {
        URI target = URI.create(arguments[0]);
        int rounds = Integer.parseInt(arguments[1]);
        long firstMillis = System.currentTimeMillis() - rounds * STEP_MILLIS;
        ExecutorService senders = Executors.newCachedThreadPool();
        try {
            List<Future<?>> sent = new ArrayList<>();
            for (RemoteWriteVersion version : RemoteWriteVersion.values()) {
                TrainingLoad load = new TrainingLoad(target, version);
                sent.add(senders.submit(() -> {
                    load.send(firstMillis, rounds);
                    return null;
                }));
            }
            for (Future<?> future : sent) {
                future.get();
            }
        } finally {
            senders.shutdown();
        }
    }

    private void send(long firstMillis, int rounds) throws IOException, InterruptedException {
        for (int round = 0; round < rounds; round++) {
            for (int request = 0; request < REQUESTS_PER_ROUND; request++) {
                encode(request * SERIES_PER_REQUEST, firstMillis + round * STEP_MILLIS);
                HttpResponse<String> answer = client.send(
                        HttpRequest.newBuilder(target)
                                .header("Content-Type", "application/x-protobuf;proto=" + version.messageName())
                                .header("Content-Encoding", "snappy")
                                .header("X-Prometheus-Remote-Write-Version", headerVersion())
                                .POST(BodyPublishers.ofByteArray(encoder.body(), 0, encoder.bodySize()))
                                .build(),
                        BodyHandlers.ofString());
                if (answer.statusCode() / 100 != 2) {
                    throw new IOException(target + " answered " + answer.statusCode() + ": " + answer.body());
                }
            }
        }
    }

    private String headerVersion() {
        return version == RemoteWriteVersion.V1 ? "0.1.0" : "2.0.0";
    }

    private void encode(int firstSeries, long timestampMillis) {
        encoder.clear();
        for (int series = firstSeries; series < firstSeries + SERIES_PER_REQUEST; series++) {
            int host = series / SERIES_PER_TARGET;
            encoder.startSeries()
                    .label("__name__", "training_requests_" + series % SERIES_PER_TARGET + "_total")
                    .label("instance", "10.0.0." + host + ":9100")
                    .label("job", "training-" + version)
                    .label("namespace", "team-" + host % 7)
                    .label("pod", "training-" + Integer.toHexString(host * 0x9E3779B1))
                    .sample(
                            timestampMillis,
                            Double.doubleToRawLongBits(series % 3 * (double) (timestampMillis % 1_000_003)))
                    .endSeries();
        }
        encoder.finish();
    }
}

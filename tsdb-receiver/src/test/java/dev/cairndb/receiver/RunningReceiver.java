package dev.cairndb.receiver;

import dev.cairndb.io.FileStorage;
import dev.cairndb.io.Storage;
import dev.cairndb.remote.RemoteWriteEncoder;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A receiver in this process, on free ports of the loopback interface, and a client for it. */
final class RunningReceiver implements AutoCloseable {
    static final String RECEIVE = "/api/v1/receive";

    private final Receiver receiver;
    private final Path dataDirectory;
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(Patience.SECONDS))
            .build();

    private RunningReceiver(Receiver receiver, Path dataDirectory) {
        this.receiver = receiver;
        this.dataDirectory = dataDirectory;
    }

    /** Data in {@code folder/data}. */
    static RunningReceiver start(Path folder, String... flags) throws IOException {
        return start(FileStorage.instance(), folder, flags);
    }

    static RunningReceiver start(Storage storage, Path folder, String... flags) throws IOException {
        Log.configure("error", new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
        Path data = folder.resolve("data");
        List<String> all = new ArrayList<>(List.of(
                "--tsdb.path=" + data,
                "--remote-write.address=127.0.0.1:0",
                "--http-address=127.0.0.1:0",
                "--grpc-address=127.0.0.1:0"));
        all.addAll(Arrays.asList(flags));
        try {
            ReceiverSettings settings = new ReceiverFlags(all.toArray(String[]::new)).settings();
            return new RunningReceiver(Receiver.start(settings, storage, "test"), data);
        } catch (UsageException e) {
            throw new IllegalArgumentException(e);
        }
    }

    Path dataDirectory() {
        return dataDirectory;
    }

    Receiver receiver() {
        return receiver;
    }

    URI write(String path) {
        return URI.create(receiver.writeUrl()).resolve(path);
    }

    URI admin(String path) {
        return URI.create(receiver.adminUrl()).resolve(path);
    }

    HttpResponse<String> get(URI url) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(url).GET());
    }

    /** Sends a body as Prometheus does, for the default tenant. */
    HttpResponse<String> post(String path, byte[] body) throws IOException, InterruptedException {
        return post(path, body, "Content-Type", "application/x-protobuf", "Content-Encoding", "snappy");
    }

    HttpResponse<String> post(String path, byte[] body, String... headers) throws IOException, InterruptedException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(write(path)).POST(HttpRequest.BodyPublishers.ofByteArray(body));
        return send(headers.length == 0 ? request : request.headers(headers));
    }

    HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(
                request.timeout(Duration.ofSeconds(Patience.SECONDS)).build(), HttpResponse.BodyHandlers.ofString());
    }

    /** One sample of one series. */
    static byte[] body(String metric, long timestampMillis, double value) {
        return body(List.of(metric), timestampMillis, value);
    }

    static byte[] body(List<String> metrics, long timestampMillis, double value) {
        RemoteWriteEncoder encoder = new RemoteWriteEncoder();
        for (String metric : metrics) {
            encoder.startSeries()
                    .label("__name__", metric)
                    .label("job", "x")
                    .sample(timestampMillis, Double.doubleToRawLongBits(value))
                    .endSeries();
        }
        encoder.finish();
        return Arrays.copyOf(encoder.body(), encoder.bodySize());
    }

    @Override
    public void close() {
        receiver.stop();
    }
}

package dev.cairndb.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairndb.index.Labels;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

/** Requests to programs on this machine. */
final class Http {
    static final HttpClient CLIENT = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();
    private static final Duration REQUEST_TIME_MAX = Duration.ofSeconds(60);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int PORTS = 1_500;
    private static final int FIRST_PORT = 20_000 + PORTS * (fork() % 8);

    private static final AtomicInteger NEXT_PORT = new AtomicInteger(new Random().nextInt(PORTS));

    private Http() {}

    /** Test classes that run side by side, in processes that are numbered from 1 on, have ports of their own. */
    private static int fork() {
        String name = System.getProperty("tests.fork", "fork-0"); // none where no build starts the tests
        return Integer.parseInt(name.substring("fork-".length()));
    }

    /**
     * A loopback port that is free, of those that systems do not give to connections by themselves: it stays free until
     * a program listens there, and while that one is killed and started again. No port is given twice in a process.
     */
    static int freePort() {
        for (int tried = 0; tried < PORTS; tried++) {
            int port = FIRST_PORT + Math.floorMod(NEXT_PORT.getAndIncrement(), PORTS);
            try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (IOException e) {
                // Taken.
            }
        }
        throw new IllegalStateException("no port is free from " + FIRST_PORT + " on");
    }

    static HttpRequest.Builder to(int port, String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(REQUEST_TIME_MAX);
    }

    static HttpResponse<byte[]> send(HttpRequest request) throws IOException {
        try {
            return CLIENT.send(request, HttpResponse.BodyHandlers.ofByteArray());
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** 0 if nobody answers. */
    static int status(int port, String path) {
        try {
            return send(to(port, path).build()).statusCode();
        } catch (IOException e) {
            return 0;
        }
    }

    static String get(int port, String path) {
        try {
            HttpResponse<byte[]> answer = send(to(port, path).build());
            String text = new String(answer.body(), StandardCharsets.UTF_8);
            assertEquals(200, answer.statusCode(), path + ": " + text);
            return text;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static JsonNode json(int port, String path, String header, String value) {
        try {
            return JSON.readTree(
                    send(to(port, path).header(header, value).build()).body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static JsonNode json(int port, String path) {
        try {
            return JSON.readTree(get(port, path));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The answer to a PromQL query. */
    static JsonNode query(int port, String expression, long atMillis, String parameters) {
        return json(
                        port,
                        "/api/v1/query?query=" + URLEncoder.encode(expression, StandardCharsets.UTF_8) + "&time="
                                + atMillis / 1000 + "." + String.format("%03d", atMillis % 1000) + parameters)
                .path("data")
                .path("result");
    }

    /** The samples of a query that ends with a range. Text: NaN is NaN, and stale markers are not shown. */
    static SampleSet rawSamples(int port, String expression, long atMillis, String parameters) {
        SampleSet samples = new SampleSet();
        for (JsonNode series : query(port, expression, atMillis, parameters)) {
            Labels.Builder labels = Labels.builder();
            series.path("metric")
                    .properties()
                    .forEach(
                            label -> labels.add(label.getKey(), label.getValue().asText()));
            for (JsonNode value : series.path("values")) {
                samples.add(
                        labels.build(),
                        Math.round(value.get(0).asDouble() * 1000),
                        PromtoolDump.bits(value.get(1).asText()));
            }
        }
        return samples;
    }
}

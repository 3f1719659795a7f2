package dev.cairndb.examples;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.cairndb.chunks.SampleCursor;
import dev.cairndb.index.Labels;
import dev.cairndb.index.Matcher;
import dev.cairndb.remote.MalformedRequestException;
import dev.cairndb.remote.RemoteWriteLimits;
import dev.cairndb.remote.RemoteWriteRequest;
import dev.cairndb.remote.RequestTooLargeException;
import dev.cairndb.tsdb.AppendResult;
import dev.cairndb.tsdb.Querier;
import dev.cairndb.tsdb.SeriesCursor;
import dev.cairndb.tsdb.SeriesHandle;
import dev.cairndb.tsdb.TimeRange;
import dev.cairndb.tsdb.Tsdb;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;

/** A program with a store in it: takes remote_write from a Prometheus, writes samples of its own, and looks them up. */
final class EmbeddedStore {
    private EmbeddedStore() {}

    public static void main(String[] arguments) throws IOException {
        try (Tsdb db = Tsdb.builder(Path.of("data")).open()) {
            HttpServer server = serve(db, 9291);
            SeriesHandle heap = db.series(Labels.of("__name__", "heap_bytes", "job", "example"));
            for (int second = 0; second < 60; second++) {
                double used = Runtime.getRuntime().totalMemory()
                        - Runtime.getRuntime().freeMemory();
                db.newBatch().add(heap, System.currentTimeMillis(), used).commit(); // durable when it returns
                sleepOneSecond();
            }
            print(db, "job", "exam.*");
            server.stop(0);
        }
    }

    /** Any HTTP server will do: {@code remote_write: [url: http://localhost:9291/api/v1/write]}. */
    static HttpServer serve(Tsdb db, int port) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.createContext("/api/v1/write", exchange -> {
            byte[] body = exchange.getRequestBody().readNBytes(8 << 20);
            try {
                AppendResult result = db.append(RemoteWriteRequest.decode(body, RemoteWriteLimits.defaults()));
                answer(exchange, result.rejectedTotal() == 0 ? 204 : 400);
            } catch (MalformedRequestException | RequestTooLargeException e) {
                answer(exchange, 400); // sending it again would not help
            } catch (IOException e) {
                answer(exchange, 503); // Prometheus tries again later
            }
        });
        server.start();
        return server;
    }

    static int print(Tsdb db, String label, String regex) throws IOException {
        int count = 0;
        try (Querier querier = db.querier(TimeRange.all());
                SeriesCursor series = querier.select(Matcher.regex(label, regex))) {
            while (series.next()) {
                System.out.println(series.labels());
                for (SampleCursor sample = series.samples(); sample.next(); count++) {
                    System.out.println("  " + sample.timestampMillis() + " " + sample.value());
                }
            }
        }
        return count;
    }

    private static void answer(HttpExchange exchange, int status) throws IOException {
        exchange.sendResponseHeaders(status, -1);
        exchange.close();
    }

    private static void sleepOneSecond() {
        try {
            Thread.sleep(1000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

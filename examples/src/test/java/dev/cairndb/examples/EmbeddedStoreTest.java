package dev.cairndb.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.net.httpserver.HttpServer;
import dev.cairndb.index.Labels;
import dev.cairndb.remote.RemoteWriteEncoder;
import dev.cairndb.tsdb.Tsdb;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedStoreTest {
    @TempDir
    Path directory;

    @Test
    void whatIsSentAndWhatIsWrittenIsFoundTogetherAlsoAfterReopening() throws Exception {
        long nowMillis = System.currentTimeMillis();
        try (Tsdb db = Tsdb.builder(directory).open()) {
            db.newBatch()
                    .add(db.series(Labels.of("__name__", "heap_bytes", "job", "example")), nowMillis, 1.5)
                    .commit();
            HttpServer server = EmbeddedStore.serve(db, 0);
            try {
                assertEquals(204, send(server, bodyAt(nowMillis)));
                assertEquals(400, send(server, new byte[] {1, 2, 3}));
            } finally {
                server.stop(0);
            }
            assertEquals(2, EmbeddedStore.print(db, "job", "exam.*"));
        }
        try (Tsdb db = Tsdb.builder(directory).open()) {
            assertEquals(2, EmbeddedStore.print(db, "job", "exam.*"));
            assertEquals(1, EmbeddedStore.print(db, "__name__", "up"));
        }
    }

    private static byte[] bodyAt(long timestampMillis) {
        RemoteWriteEncoder encoder = new RemoteWriteEncoder();
        encoder.startSeries()
                .label("__name__", "up")
                .label("job", "example")
                .sample(timestampMillis, Double.doubleToRawLongBits(1))
                .endSeries();
        encoder.finish();
        return java.util.Arrays.copyOf(encoder.body(), encoder.bodySize());
    }

    private static int send(HttpServer server, byte[] body) throws Exception {
        URI address = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/api/v1/write");
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(address)
                                .POST(BodyPublishers.ofByteArray(body))
                                .build(),
                        BodyHandlers.discarding())
                .statusCode();
    }
}

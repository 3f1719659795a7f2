package dev.cairndb.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairndb.remote.RemoteWriteEncoder;
import dev.cairndb.remote.RemoteWriteVersion;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.LongStream;

/** A data directory in which the library and a real Prometheus write in turns, each ending in good order or not. */
final class Turns {
    private Turns() {}

    interface Turn {
        /**
         * Opens the directory, writes, ends as it is told to and leaves a copy behind.
         *
         * @param where says in a message which turn it is
         */
        void take(Path data, Path next, boolean inGoodOrder, String where) throws IOException;
    }

    static LongStream seeds() {
        return LongStream.rangeClosed(1, Long.getLong("cairn.interop.seeds", 2));
    }

    /** The library begins. Returns where the directory is in the end. */
    static Path take(int count, Path scratch, Random random, long seed, Turn ofTheLibrary, Turn ofPrometheus)
            throws IOException {
        Path data = scratch.resolve("turn-0");
        for (int turn = 0; turn < count; turn++) {
            Path next = scratch.resolve("turn-" + (turn + 1));
            boolean inGoodOrder = random.nextBoolean();
            String where = "seed " + seed + ", turn " + turn;
            (turn % 2 == 0 ? ofTheLibrary : ofPrometheus).take(data, next, inGoodOrder, where);
            data = next;
        }
        return data;
    }

    static void end(Prometheus prometheus, boolean inGoodOrder) throws IOException {
        if (inGoodOrder) {
            prometheus.stop();
        } else {
            prometheus.kill();
        }
    }

    /** Sends a finished message to a Prometheus. */
    static void write(int port, RemoteWriteEncoder encoder, RemoteWriteVersion version) throws IOException {
        HttpRequest.Builder request = Http.to(port, "/api/v1/write").header("Content-Encoding", "snappy");
        if (version == RemoteWriteVersion.V2) {
            request.header("Content-Type", "application/x-protobuf;proto=io.prometheus.write.v2.Request")
                    .header("X-Prometheus-Remote-Write-Version", "2.0.0");
        } else {
            request.header("Content-Type", "application/x-protobuf");
        }
        post(request, Arrays.copyOf(encoder.body(), encoder.bodySize()));
    }

    static void post(HttpRequest.Builder request, byte[] body) throws IOException {
        HttpResponse<byte[]> answer = Http.send(
                request.POST(HttpRequest.BodyPublishers.ofByteArray(body)).build());
        assertEquals(204, answer.statusCode(), () -> new String(answer.body(), StandardCharsets.UTF_8));
    }
}

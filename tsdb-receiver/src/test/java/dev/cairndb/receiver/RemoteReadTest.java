package dev.cairndb.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.remote.RemoteWriteEncoder;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What surrounds an answer to remote read: limits, errors, clients that go away. */
class RemoteReadTest {
    private static final int SAMPLES = 0;
    private static final int STREAMED = 1;

    @TempDir
    Path folder;

    /** A question for all series whose metric name matches. */
    private static byte[] question(int responseType, String nameRegex) {
        ByteWriter matcher = new ByteWriter(64);
        matcher.putByte(1 << 3);
        matcher.putByte(2);
        putText(matcher, 2, "__name__".getBytes(StandardCharsets.UTF_8));
        putText(matcher, 3, nameRegex.getBytes(StandardCharsets.UTF_8));
        ByteWriter query = new ByteWriter(64);
        query.putByte(2 << 3);
        query.putUvarint(Long.MAX_VALUE);
        putText(query, 3, matcher.toByteArray());
        ByteWriter request = new ByteWriter(64);
        putText(request, 1, query.toByteArray());
        request.putByte(2 << 3);
        request.putUvarint(responseType);
        return ReceiveAnswersGoldenTest.compressed(request.toByteArray());
    }

    private static void putText(ByteWriter target, int field, byte[] bytes) {
        target.putByte(field << 3 | 2);
        target.putUvarint(bytes.length);
        target.putBytes(bytes, 0, bytes.length);
    }

    private static HttpResponse<String> ask(RunningReceiver receiver, byte[] body, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(receiver.admin(RemoteReadHandler.PATH))
                .POST(HttpRequest.BodyPublishers.ofByteArray(body));
        return receiver.send(headers.length == 0 ? request : request.headers(headers));
    }

    @Test
    void whatCannotBeAnsweredSaysWhy() throws Exception {
        try (RunningReceiver receiver = RunningReceiver.start(
                folder, "--limits.request-body-size=1KB", "--storage.remote.read-sample-limit=2")) {
            long now = System.currentTimeMillis();
            for (int i = 0; i < 3; i++) {
                assertEquals(
                        204,
                        receiver.post(RunningReceiver.RECEIVE, RunningReceiver.body("up", now + i, i))
                                .statusCode());
            }
            assertEquals(
                    405, receiver.get(receiver.admin(RemoteReadHandler.PATH)).statusCode());
            HttpResponse<String> tooMany = ask(receiver, question(SAMPLES, "up"));
            assertEquals(400, tooMany.statusCode());
            assertEquals("exceeded sample limit (2)\n", tooMany.body());
            assertEquals(200, ask(receiver, question(STREAMED, "up")).statusCode());
            assertEquals(400, ask(receiver, new byte[] {1, 2, 3}).statusCode());
            assertEquals(413, ask(receiver, new byte[2000]).statusCode());
            assertEquals(500, ask(receiver, question(SAMPLES, "a(")).statusCode());
            assertEquals(
                    400,
                    ask(receiver, question(SAMPLES, "up"), "THANOS-TENANT", "a/b")
                            .statusCode());
            HttpResponse<String> nobody = ask(receiver, question(STREAMED, "up"), "THANOS-TENANT", "nobody");
            assertEquals(200, nobody.statusCode());
            assertEquals("", nobody.body());
            assertEquals(
                    List.of("default-tenant"),
                    receiver.receiver().tenants().all().stream()
                            .map(Tenant::name)
                            .toList());
        }
    }

    @Test
    void aBodyThatIsTooLargeIsRefusedBeforeItHasEnded() throws Exception {
        try (RunningReceiver receiver = RunningReceiver.start(folder, "--limits.request-body-size=1KB")) {
            for (String length : List.of("Content-Length: 4000", "Transfer-Encoding: chunked")) {
                String chunk = length.startsWith("T") ? "7d0\r\n" : "";
                byte[] begun = (chunk + "x".repeat(2000) + "\r\n").getBytes(StandardCharsets.ISO_8859_1);
                RawRequest.Answer answer = new RawRequest("POST", RemoteReadHandler.PATH)
                        .withoutLength()
                        .header(length.substring(0, length.indexOf(':')), length.substring(length.indexOf(' ') + 1))
                        .body(begun)
                        .send(receiver.admin("/"));
                assertEquals(413, answer.status(), length);
                assertEquals("request too large: max=1024 body bytes\n", answer.body(), length);
            }
        }
    }

    @Test
    void aClientThatGoesAwayOrReadsNothingLeavesNoQueryBehind() throws Exception {
        try (RunningReceiver receiver =
                RunningReceiver.start(folder, "--limits.query-concurrency=2", "--http-grace-period=60s")) {
            fill(receiver);
            for (int i = 0; i < 6; i++) {
                try (Socket socket = new Socket(
                        receiver.admin("/").getHost(), receiver.admin("/").getPort())) {
                    socket.setReceiveBufferSize(4 << 10);
                    new RawRequest("POST", RemoteReadHandler.PATH)
                            .body(question(STREAMED, ".*"))
                            .write(socket.getOutputStream());
                    InputStream in = socket.getInputStream();
                    assertTrue(in.readNBytes(1_000).length == 1_000);
                    socket.setSoLinger(true, 0);
                }
            }
            // There are two places: those of the clients that went away must be free again.
            List<CompletableFuture<Integer>> answers = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                answers.add(CompletableFuture.supplyAsync(() -> {
                    try {
                        HttpResponse<String> answer = ask(receiver, question(STREAMED, ".*"));
                        return answer.statusCode() == 200 ? answer.body().length() : -answer.statusCode();
                    } catch (IOException | InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                }));
            }
            int length = answers.get(0).get(Patience.SECONDS, TimeUnit.SECONDS);
            assertTrue(length > 1 << 20, "length " + length);
            for (CompletableFuture<Integer> answer : answers) {
                assertEquals(length, answer.get(Patience.SECONDS, TimeUnit.SECONDS));
            }
        }
        // Closing waits for queries that are open.
    }

    /** More than what fits the buffers of a connection. */
    private static void fill(RunningReceiver receiver) throws IOException, InterruptedException {
        long now = System.currentTimeMillis();
        for (int part = 0; part < 20; part++) {
            RemoteWriteEncoder encoder = new RemoteWriteEncoder();
            for (int series = 0; series < 1_000; series++) {
                encoder.startSeries()
                        .label("__name__", "some_metric_with_a_long_name_" + series)
                        .label("instance", "some-instance-with-a-long-name-" + part + ".example.org:9100")
                        .sample(now, Double.doubleToRawLongBits(series))
                        .endSeries();
            }
            encoder.finish();
            byte[] body = Arrays.copyOf(encoder.body(), encoder.bodySize());
            assertEquals(204, receiver.post(RunningReceiver.RECEIVE, body).statusCode());
        }
    }

    @Test
    void externalLabelsAreAddedInOrderAndThoseOfTheSeriesWin() {
        List<String> found = new ArrayList<>();
        MergedLabels.forEach(
                Labels.of("__name__", "up", "job", "own", "z", "1"),
                Labels.of("a", "2", "job", "external", "zone", "é"),
                (name, nameOffset, nameLength, value, valueOffset, valueLength) ->
                        found.add(new String(name, nameOffset, nameLength, StandardCharsets.UTF_8)
                                + "="
                                + new String(value, valueOffset, valueLength, StandardCharsets.UTF_8)));
        assertEquals(List.of("__name__=up", "a=2", "job=own", "z=1", "zone=é"), found);
        found.clear();
        MergedLabels.forEach(Labels.of(), Labels.of(), (a, b, c, d, e, f) -> found.add("label"));
        assertEquals(List.of(), found);
    }
}

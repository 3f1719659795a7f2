package dev.cairndb.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.Snappy;
import dev.cairndb.io.Zstd;
import dev.cairndb.remote.RemoteWriteEncoder;
import dev.cairndb.remote.RemoteWriteVersion;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Writes over HTTP: what is stored, what is answered, and that bad input costs nothing else. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WriteReceiverTest {
    private static final String TENANT = "THANOS-TENANT";
    private static final String VERSION_2 = "application/x-protobuf;proto=io.prometheus.write.v2.Request";
    private static final long NOW = System.currentTimeMillis();

    /** A series with one native histogram, whose count is not that of its buckets. */
    private static final String HISTOGRAM = "0a330a140a085f5f6e616d655f5f12086261645f68697374"
            + "221b080119000000000000f03f30005a02100162010678b8ceaf87bd31";

    private RunningReceiver receiver;
    private int tenants;

    @BeforeAll
    void start(@TempDir Path folder) throws IOException {
        receiver = RunningReceiver.start(
                folder,
                "--limits.request-body-size=1MB",
                "--limits.in-flight-size=8MB",
                "--tsdb.out-of-order.time-window=0s");
    }

    @AfterAll
    void stop() {
        receiver.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/api/v1/receive", "/api/v1/write", "/api/v1/push"})
    void aWriteIsStoredAndAnswered204OnEveryPath(String path) throws Exception {
        String tenant = newTenant();
        HttpResponse<String> answer = send(path, tenant, RunningReceiver.body("up", NOW, 1.5));
        assertEquals(204, answer.statusCode(), answer.body());
        assertEquals("", answer.body());
        assertEquals(List.of("{__name__=\"up\", job=\"x\"} " + NOW + " 3ff8000000000000"), stored(tenant));
    }

    @Test
    void validSamplesAreStoredAndRejectionsCountedAsEachPathsSendersExpect() throws Exception {
        String tenant = newTenant();
        assertEquals(
                204,
                send("/api/v1/receive", tenant, RunningReceiver.body("a", NOW, 1))
                        .statusCode());
        byte[] body = RunningReceiver.body(List.of("a", "b"), NOW - 1000, 2);
        HttpResponse<String> conflict = send("/api/v1/receive", tenant, body);
        assertEquals(409, conflict.statusCode());
        assertTrue(conflict.body().contains("appended 1"), conflict.body());
        assertTrue(conflict.body().contains("rejected 1: out of order"), conflict.body());
        assertTrue(conflict.body().contains("first: {__name__=\"a\""), conflict.body());
        HttpResponse<String> refused = send("/api/v1/write", tenant, body);
        assertEquals(400, refused.statusCode(), refused.body());
        assertEquals(400, send("/api/v1/push", tenant, body).statusCode());
        assertEquals(2, stored(tenant).size());
    }

    @Test
    void theSameWriteAgainIsAccepted() throws Exception {
        String tenant = newTenant();
        byte[] body = RunningReceiver.body("a", NOW, 1);
        assertEquals(204, send("/api/v1/receive", tenant, body).statusCode());
        assertEquals(204, send("/api/v1/receive", tenant, body).statusCode());
        assertEquals(1, stored(tenant).size());
    }

    @Test
    void labelsMayComeInAnyOrder() throws Exception {
        String tenant = newTenant();
        // labels job="x", __name__="up"; sample 1.0 at 1700000000000
        byte[] message = HexFormat.of()
                .parseHex("0a2c0a080a036a6f621201780a0e0a085f5f6e616d655f5f"
                        + "12027570121009000000000000f03f1080d095ffbc31");
        HttpResponse<String> answer = send("/api/v1/receive", tenant, ReceiveAnswersGoldenTest.compressed(message));
        assertEquals(204, answer.statusCode(), answer.body());
        assertEquals(List.of("{__name__=\"up\", job=\"x\"} 1700000000000 3ff0000000000000"), stored(tenant));
    }

    @Test
    void aSampleTooFarInTheFutureIsRejected() throws Exception {
        String tenant = newTenant();
        HttpResponse<String> answer = send("/api/v1/receive", tenant, RunningReceiver.body("a", NOW + 3_600_000, 1));
        assertEquals(409, answer.statusCode());
        assertTrue(answer.body().contains("too far in the future"), answer.body());
    }

    @Test
    void floatsBesideAnInvalidHistogramAreStoredAndTheHistogramIsNamed() throws Exception {
        String tenant = newTenant();
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        message.writeBytes(HexFormat.of().parseHex(HISTOGRAM));
        byte[] floats = RunningReceiver.body("up", NOW, 1);
        byte[] decompressed = new byte[Snappy.uncompressedSizeBytes(floats, 0, floats.length)];
        int unused = Snappy.decompress(floats, 0, floats.length, decompressed, 0, decompressed.length);
        message.writeBytes(decompressed);
        byte[] body = ReceiveAnswersGoldenTest.compressed(message.toByteArray());
        HttpResponse<String> answer = send("/api/v1/receive", tenant, body);
        assertEquals(400, answer.statusCode(), answer.body());
        assertTrue(answer.body().contains("appended 1"), answer.body());
        assertTrue(answer.body().contains("rejected 1: invalid native histogram"), answer.body());
        assertEquals(1, stored(tenant).size());
    }

    @Test
    void metadataAloneIsNoError() throws Exception {
        // metadata { type: GAUGE, metric_family_name: "up" }
        byte[] body = ReceiveAnswersGoldenTest.compressed(HexFormat.of().parseHex("1a06080212027570"));
        assertEquals(204, send("/api/v1/receive", newTenant(), body).statusCode());
        assertEquals(204, send("/api/v1/receive", newTenant(), new byte[] {0}).statusCode(), "an empty message");
    }

    @Test
    void aBodyThatCannotBeReadStoresNothingAndSaysWhere() throws Exception {
        String tenant = newTenant();
        byte[] good = RunningReceiver.body("up", NOW, 1);
        for (int length = 0; length < good.length; length++) {
            HttpResponse<String> answer = send("/api/v1/receive", tenant, Arrays.copyOf(good, length));
            assertEquals(400, answer.statusCode(), "length " + length + ": " + answer.body());
            assertTrue(answer.body().contains("offset="), answer.body());
        }
        HttpResponse<String> noProtobuf = send(
                "/api/v1/receive",
                tenant,
                ReceiveAnswersGoldenTest.compressed("hello, world".getBytes(StandardCharsets.UTF_8)));
        assertEquals(400, noProtobuf.statusCode());
        assertTrue(noProtobuf.body().contains("layer=protobuf"), noProtobuf.body());
        assertNull(receiver.receiver().tenants().known(tenant), "no store is made for it");
        assertFalse(Files.exists(receiver.dataDirectory().resolve(tenant)));
    }

    @Test
    void aBodyInBrokenChunksIsAnswered400() throws Exception {
        RawRequest.Answer answer = new RawRequest("POST", "/api/v1/receive")
                .header("Transfer-Encoding", "chunked")
                .withoutLength()
                .body("5\r\nabcdeXX\r\nzz\r\n".getBytes(StandardCharsets.US_ASCII))
                .send(writePort());
        assertEquals(400, answer.status(), answer.body());
        assertFalse(answer.body().contains("Exception"), answer.body());
        assertBudgetIsFree();
    }

    @Test
    void noBodyOfNoiseIsEverAnsweredWith500() throws Exception {
        Random random = new Random(7);
        String tenant = newTenant();
        byte[] good = RunningReceiver.body(List.of("a", "b", "c"), NOW, 1);
        for (int round = 0; round < 300; round++) {
            byte[] bad = good.clone();
            for (int flips = random.nextInt(4); flips >= 0; flips--) {
                bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
            }
            int status = send("/api/v1/receive", tenant, bad).statusCode();
            assertTrue(status == 204 || status == 400 || status == 409 || status == 413, "status " + status);
        }
    }

    @Test
    void aBombIsRefusedByItsDeclaredSize() throws Exception {
        // A declared size of 2^31 - 1, then of 64 MiB: neither is allocated.
        byte[] huge = HexFormat.of().parseHex("ffffffff07" + "00".repeat(20));
        assertEquals(413, send("/api/v1/receive", newTenant(), huge).statusCode());
        byte[] large = HexFormat.of().parseHex("8080802000" + "00".repeat(20));
        HttpResponse<String> answer = send("/api/v1/receive", newTenant(), large);
        assertEquals(413, answer.statusCode());
        assertTrue(answer.body().contains("found=67108864"), answer.body());
        assertBudgetIsFree();
    }

    @Test
    void anOversizedBodyIsRefusedByItsDeclaredLengthBeforeItCame() throws Exception {
        RawRequest.Answer answer = new RawRequest("POST", "/api/v1/receive")
                .header("Content-Length", "1048577")
                .withoutLength()
                .send(writePort());
        assertEquals(413, answer.status());
        assertEquals("close", answer.header("Connection"));
        assertTrue(answer.body().contains("found=1048577 body bytes, max=1048576"), answer.body());
    }

    @Test
    void anOversizedBodyWithoutLengthIsRefusedWhileItComes() throws Exception {
        ByteArrayOutputStream chunks = new ByteArrayOutputStream();
        byte[] chunk = new byte[65_536];
        for (int i = 0; i < 17; i++) {
            chunks.writeBytes("10000\r\n".getBytes(StandardCharsets.US_ASCII));
            chunks.writeBytes(chunk);
            chunks.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
        }
        RawRequest.Answer answer = new RawRequest("POST", "/api/v1/receive")
                .header("Transfer-Encoding", "chunked")
                .withoutLength()
                .body(chunks.toByteArray())
                .send(writePort());
        assertEquals(413, answer.status());
        assertBudgetIsFree();
    }

    @Test
    void aChunkedBodyIsStored() throws Exception {
        String tenant = newTenant();
        byte[] body = RunningReceiver.body("up", NOW, 1);
        ByteArrayOutputStream chunks = new ByteArrayOutputStream();
        for (byte one : body) {
            chunks.writeBytes("1\r\n".getBytes(StandardCharsets.US_ASCII));
            chunks.write(one);
            chunks.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
        }
        chunks.writeBytes("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        RawRequest.Answer answer = new RawRequest("POST", "/api/v1/receive")
                .header("Transfer-Encoding", "chunked")
                .header(TENANT, tenant)
                .withoutLength()
                .body(chunks.toByteArray())
                .send(writePort());
        assertEquals(204, answer.status(), answer.body());
        assertEquals(1, stored(tenant).size());
    }

    @Test
    void requestsOverTheBytesInFlightAreToldToComeBackSoonAndOthersGoOn() throws Exception {
        byte[] large = new byte[1 << 20];
        new Random(1).nextBytes(large);
        List<Socket> stalled = new ArrayList<>();
        try {
            // Each, of a tenant of its own, has sent all but its last byte, and holds 1 MiB of the 8 MiB.
            for (int i = 0; i < 7; i++) {
                Socket socket = new Socket(writePort().getHost(), writePort().getPort());
                stalled.add(socket);
                new RawRequest("POST", "/api/v1/receive")
                        .header(TENANT, newTenant())
                        .header("Content-Length", Integer.toString(large.length))
                        .withoutLength()
                        .body(Arrays.copyOf(large, large.length - 1))
                        .write(socket.getOutputStream());
            }
            ByteBudgetWatch.await(receiver, 7 << 20);
            HttpResponse<String> answer = send("/api/v1/receive", newTenant(), large);
            assertEquals(503, answer.statusCode(), answer.body());
            assertTrue(answer.headers().firstValue("Retry-After").isPresent());
            assertTrue(answer.body().contains("too much in flight: max=8388608 bytes"), answer.body());
            assertEquals(
                    204,
                    send("/api/v1/receive", newTenant(), RunningReceiver.body("up", NOW, 1))
                            .statusCode());
        } finally {
            for (Socket socket : stalled) {
                socket.close();
            }
        }
        assertBudgetIsFree();
        assertEquals(400, send("/api/v1/receive", newTenant(), large).statusCode(), "it fits, and is no snappy block");
    }

    @Test
    void aSenderThatGoesAwayInTheMiddleLeavesNothingBehind() throws Exception {
        String tenant = newTenant();
        byte[] body = RunningReceiver.body("up", NOW, 1);
        try (Socket socket = new Socket(writePort().getHost(), writePort().getPort())) {
            new RawRequest("POST", "/api/v1/receive")
                    .header(TENANT, tenant)
                    .header("Content-Length", Integer.toString(body.length + 1))
                    .withoutLength()
                    .body(body)
                    .write(socket.getOutputStream());
        }
        assertBudgetIsFree();
        assertNull(receiver.receiver().tenants().known(tenant));
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "PUT", "DELETE", "HEAD", "PATCH", "WHATEVER"})
    void otherMethodsAreAnswered405(String method) throws Exception {
        RawRequest.Answer answer = new RawRequest(method, "/api/v1/receive").send(writePort());
        assertEquals(405, answer.status());
        assertEquals("POST", answer.header("Allow"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/json", "image/png", "text/plain", "x", ";", "application/x-protobuf;proto"})
    void otherContentIsAnswered415(String type) throws Exception {
        String tenant = newTenant();
        HttpResponse<String> answer = receiver.post(
                "/api/v1/receive", RunningReceiver.body("up", NOW, 1), TENANT, tenant, "Content-Type", type);
        assertEquals(415, answer.statusCode());
        assertTrue(answer.body().contains("application/x-protobuf"), answer.body());
        assertEquals(List.of(), stored(tenant));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "application/x-protobuf;proto=io.prometheus.write.v2.Request",
                "application/x-protobuf; charset=utf-8; proto=\"io.prometheus.write.v2.Request\""
            })
    void versionTwoIsStoredAndToldHowMuchWasWritten(String type) throws Exception {
        String tenant = newTenant();
        RemoteWriteEncoder encoder = new RemoteWriteEncoder(RemoteWriteVersion.V2);
        for (String name : List.of("a", "b")) {
            encoder.startSeries().label("__name__", name).label("job", "x");
            encoder.sample(NOW - 1000, 1).sample(NOW, 2).endSeries();
        }
        encoder.finish();
        HttpResponse<String> answer = receiver.post(
                "/api/v1/write",
                Arrays.copyOf(encoder.body(), encoder.bodySize()),
                TENANT,
                tenant,
                "Content-Type",
                type);
        assertEquals(204, answer.statusCode(), answer.body());
        assertEquals(List.of("4", "0", "0"), written(answer));
        assertEquals(4, stored(tenant).size());
    }

    @Test
    void partOfAVersionTwoRequestIsStoredAndCounted() throws Exception {
        String tenant = newTenant();
        assertEquals(
                204,
                send("/api/v1/write", tenant, RunningReceiver.body("a", NOW, 1)).statusCode());
        RemoteWriteEncoder encoder = new RemoteWriteEncoder(RemoteWriteVersion.V2);
        encoder.startSeries()
                .label("__name__", "a")
                .label("job", "x")
                .sample(NOW - 1000, 1)
                .endSeries();
        encoder.startSeries()
                .label("__name__", "b")
                .sample(NOW, 2)
                .sample(NOW + 1, 2)
                .endSeries();
        encoder.startSeries().label("job", "no name").sample(NOW, 2).endSeries();
        encoder.startSeries().label("__name__", "nothing").endSeries();
        encoder.finish();
        byte[] body = Arrays.copyOf(encoder.body(), encoder.bodySize());
        HttpResponse<String> answer = receiver.post("/api/v1/write", body, TENANT, tenant, "Content-Type", VERSION_2);
        assertEquals(400, answer.statusCode(), answer.body());
        assertEquals(List.of("2", "0", "0"), written(answer));
        assertTrue(answer.body().contains("1: out of order"), answer.body());
        assertTrue(answer.body().contains("1: invalid labels"), answer.body());
        assertTrue(answer.body().contains("1 series with neither samples nor histograms"), answer.body());
        assertEquals(3, stored(tenant).size());
        answer = receiver.post("/api/v1/receive", body, TENANT, tenant, "Content-Type", VERSION_2);
        assertEquals(409, answer.statusCode(), answer.body());
        assertEquals(
                List.of("1", "0", "0"), written(answer), "the newest one of b is stored already, which is as good");
    }

    @Test
    void aVersionTwoRequestThatStoresNothingIsToldSo() throws Exception {
        byte[] noSnappy = {1, 2, 3};
        HttpResponse<String> answer =
                receiver.post("/api/v1/write", noSnappy, TENANT, newTenant(), "Content-Type", VERSION_2);
        assertEquals(400, answer.statusCode());
        assertEquals(List.of("0", "0", "0"), written(answer));
        answer = receiver.post("/api/v1/write", noSnappy, TENANT, "a/b", "Content-Type", VERSION_2);
        assertEquals(400, answer.statusCode());
        assertEquals(List.of("0", "0", "0"), written(answer));
        answer = send("/api/v1/write", newTenant(), RunningReceiver.body("a", NOW, 1));
        assertEquals(List.of(), written(answer), "version 1 has no such headers");
    }

    /** As a real Prometheus answered the same requests, but for the count of an exemplar that was there already. */
    @ParameterizedTest
    @EnumSource(RemoteWriteVersion.class)
    void exemplarsAreStoredAndNoReasonToRefuseARequestOfVersionOne(RemoteWriteVersion version) throws Exception {
        String tenant = newTenant();
        boolean isV2 = version == RemoteWriteVersion.V2;
        String type =
                "application/x-protobuf;proto=" + (isV2 ? "io.prometheus.write.v2.Request" : "prometheus.WriteRequest");
        // Time of the exemplar behind the sample, length of its trace; status in version 2, exemplars written.
        long[][] cases = {{0, 1, 204, 1}, {0, 1, 204, 1}, {-5, 1, 400, 0}, {1, 130, 204, 0}, {3_600_000, 1, 204, 0}};
        for (long[] each : cases) {
            RemoteWriteEncoder encoder = new RemoteWriteEncoder(version);
            encoder.startSeries()
                    .label("__name__", "up")
                    .sample(NOW, 1)
                    .startExemplar()
                    .label("trace_id", "x".repeat((int) each[1]))
                    .endExemplar(NOW + each[0], 1)
                    .endSeries()
                    .finish();
            byte[] body = Arrays.copyOf(encoder.body(), encoder.bodySize());
            HttpResponse<String> answer = receiver.post(
                    "/api/v1/write", body, TENANT, tenant, "Content-Type", type, "Content-Encoding", "snappy");
            assertEquals(isV2 ? each[2] : 204, answer.statusCode(), answer.body());
            if (isV2) {
                assertEquals(List.of("1", "0", "" + each[3]), written(answer), Arrays.toString(each));
            }
        }
        assertEquals(1, stored(tenant).size());
    }

    @Test
    void aZstdBodyIsStored() throws Exception {
        String tenant = newTenant();
        byte[] snappy = RunningReceiver.body("up", NOW, 1);
        byte[] message = new byte[Snappy.uncompressedSizeBytes(snappy, 0, snappy.length)];
        int unused = Snappy.decompress(snappy, 0, snappy.length, message, 0, message.length);
        ByteWriter zstd = new ByteWriter(64);
        Zstd.compress(message, 0, message.length, zstd);
        HttpResponse<String> answer =
                receiver.post("/api/v1/write", zstd.toByteArray(), TENANT, tenant, "Content-Encoding", "zstd");
        assertEquals(204, answer.statusCode(), answer.body());
        assertEquals(1, stored(tenant).size());

        byte[] cut = Arrays.copyOf(zstd.array(), zstd.size() - 1);
        answer = receiver.post("/api/v1/write", cut, TENANT, tenant, "Content-Encoding", "zstd");
        assertEquals(400, answer.statusCode(), answer.body());
        assertTrue(answer.body().contains("layer=zstd"), answer.body());
    }

    @Test
    void aZstdBombIsRefused() throws Exception {
        ByteWriter zstd = new ByteWriter(64);
        Zstd.compress(new byte[8 << 20], 0, 8 << 20, zstd);
        HttpResponse<String> answer =
                receiver.post("/api/v1/write", zstd.toByteArray(), TENANT, newTenant(), "Content-Encoding", "zstd");
        assertEquals(413, answer.statusCode(), answer.body());
        assertBudgetIsFree();
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "identity", "snappy, gzip", "br"})
    void otherEncodingsAreAnswered415(String encoding) throws Exception {
        HttpResponse<String> answer = receiver.post(
                "/api/v1/write", RunningReceiver.body("up", NOW, 1), TENANT, newTenant(), "Content-Encoding", encoding);
        assertEquals(415, answer.statusCode());
        assertTrue(answer.body().contains("snappy"), answer.body());
    }

    private static List<String> written(HttpResponse<String> answer) {
        return Stream.of("Samples", "Histograms", "Exemplars")
                .flatMap(kind -> answer.headers().allValues("X-Prometheus-Remote-Write-" + kind + "-Written").stream())
                .toList();
    }

    @Test
    void otherPathsAreAnswered404() throws Exception {
        for (String path : List.of("/", "/api/v1/receive/", "/api/v1/otlp", "/metrics", "/api/v1/../v1/x")) {
            assertEquals(404, new RawRequest("POST", path).send(writePort()).status(), path);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {".", "..", "a/b", "../x", "a\\b", "/", "a\u0001b", "a\u007fb"})
    void namesThatAreNoSafeFolderAreAnswered400(String tenant) throws Exception {
        RawRequest.Answer answer = writeAs(tenant);
        assertEquals(400, answer.status(), answer.head());
    }

    @Test
    void namesOverTheLimitAreAnswered400() throws Exception {
        assertEquals(204, writeAs("x".repeat(150)).status());
        RawRequest.Answer answer = writeAs("x".repeat(151));
        assertEquals(400, answer.status());
        assertTrue(answer.body().contains("151 bytes, max=150"), answer.body());
        assertFalse(Files.exists(receiver.dataDirectory().resolve("x".repeat(151))));
    }

    @Test
    void namesMayBeAnyOtherText() throws Exception {
        for (String tenant : List.of("日本", "a b", "...", "-", "a%2Fb", "é")) {
            RawRequest.Answer answer = writeAs(tenant);
            assertEquals(204, answer.status(), tenant + ": " + answer.body());
            assertNotNull(receiver.receiver().tenants().known(tenant), tenant);
            assertTrue(
                    Files.isDirectory(receiver.dataDirectory().resolve(tenant).resolve("wal")), tenant);
        }
    }

    @Test
    void manyWritersAreAllStoredOrTold() throws Exception {
        String tenant = newTenant();
        List<CompletableFuture<Integer>> writers = new ArrayList<>();
        for (int writer = 0; writer < 8; writer++) {
            String metric = "m" + writer;
            writers.add(CompletableFuture.supplyAsync(() -> {
                int stored = 0;
                for (int i = 0; i < 50; i++) {
                    try {
                        HttpResponse<String> answer =
                                send("/api/v1/receive", tenant, RunningReceiver.body(metric, NOW + i, i));
                        stored += answer.statusCode() == 204 ? 1 : 0;
                    } catch (Exception e) {
                        throw new AssertionError(e);
                    }
                }
                return stored;
            }));
        }
        int acknowledged = writers.stream().mapToInt(CompletableFuture::join).sum();
        assertEquals(400, acknowledged);
        assertEquals(400, stored(tenant).size());
    }

    private RawRequest.Answer writeAs(String tenant) throws IOException {
        return new RawRequest("POST", "/api/v1/receive")
                .header(TENANT, tenant)
                .body(RunningReceiver.body("up", NOW, 1))
                .send(writePort());
    }

    private void assertBudgetIsFree() throws Exception {
        ByteBudgetWatch.await(receiver, 0);
    }

    private URI writePort() {
        return receiver.write("/");
    }

    private String newTenant() {
        return "tenant-" + tenants++;
    }

    private HttpResponse<String> send(String path, String tenant, byte[] body) throws Exception {
        return receiver.post(path, body, TENANT, tenant, "Content-Type", "application/x-protobuf");
    }

    private List<String> stored(String tenant) throws IOException {
        return StoredSamples.of(receiver.receiver().tenants().known(tenant));
    }
}

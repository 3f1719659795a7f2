package dev.cairndb.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairndb.tsdb.Tsdb;
import java.io.IOException;
import java.net.Socket;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The paths of Prometheus' HTTP API; what they answer to errors was said by a real Prometheus 3.15. */
class ReadApiTest {
    private static final String TENANT = "THANOS-TENANT";
    private static final long NOW = System.currentTimeMillis();
    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void seriesNamesAndValuesAreThose(@TempDir Path folder) throws Exception {
        try (RunningReceiver receiver = started(folder)) {
            check(receiver, "series?match[]=b&match[]=a", "[{'__name__':'a','job':'x'},{'__name__':'b','job':'x'}]");
            check(receiver, "series?match[]={job=\"x\"}&match[]=a&limit=1", "[{'__name__':'a','job':'x'}]", true);
            check(receiver, "series?match[]=nosuch", "[]");
            check(receiver, "series?match[]=a&start=9&end=8", "[]");
            check(receiver, "series?match[]=a&end=2001-01-01T00:00:00Z", "[]");
            check(receiver, "labels", "['__name__','job']");
            check(receiver, "labels?limit=1", "['__name__']", true);
            check(receiver, "labels?limit=2", "['__name__','job']");
            check(receiver, "labels?match[]=a&match[]=b", "['__name__','job']");
            check(receiver, "labels?match[]=nosuch", "[]");
            check(receiver, "label/__name__/values", "['a','b']");
            check(receiver, "label/__name__/values?match[]=a", "['a']");
            check(receiver, "label/__name__/values?match[]=a&match[]=b&limit=1", "['a']", true);
            check(receiver, "label/U___5f__5f_name__/values", "[]");
            check(receiver, "label/U__job/values", "['x']");
            check(receiver, "label/nosuch/values", "[]");
            check(receiver, "label/j%6Fb/values", "['x']");
            check(receiver, "label/a%20b/values", "[]");
        }
    }

    /** As a real Prometheus answered. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\u0000', textBlock = """
                    series | no match[] parameter provided
                    series?match[]={} | invalid parameter "match[]": match[] must contain at least one non-empty matcher
                    series?match[]=m{a | invalid parameter "match[]": 1:4: parse error: unexpected end of input inside braces
                    series?match[]=m&limit=x | invalid parameter "limit": strconv.Atoi: parsing "x": invalid syntax
                    labels?limit=-1 | invalid parameter "limit": limit must be non-negative
                    labels?limit=9999999999999999999 | invalid parameter "limit": strconv.Atoi: parsing "9999999999999999999": value out of range
                    labels?start=x | invalid parameter "start": invalid time value for 'start': cannot parse "x" to a valid timestamp
                    labels?end=2020-01-01 | invalid parameter "end": invalid time value for 'end': cannot parse "2020-01-01" to a valid timestamp
                    labels?end=1e400 | invalid parameter "end": invalid time value for 'end': cannot parse "1e400" to a valid timestamp
                    labels?match[]={} | match[] must contain at least one non-empty matcher
                    labels?match[]=x{ | 1:3: parse error: unexpected end of input inside braces
                    label/a/values?match[]=x{ | 1:3: parse error: unexpected end of input inside braces
                    status/tsdb?limit=0 | limit must be a positive number
                    status/tsdb?limit=x | limit must be a positive number
                    status/tsdb?limit=10001 | limit must not exceed 10000
                    """)
    void errorsHaveTheWordsOfPrometheus(String path, String expected) throws Exception {
        HttpResponse<String> answer = shared().get(api(shared(), path));
        assertEquals(400, answer.statusCode());
        JsonNode body = JSON.readTree(answer.body());
        assertEquals("error", body.get("status").asText());
        assertEquals("bad_data", body.get("errorType").asText());
        assertEquals(expected, body.get("error").asText());
        assertFalse(body.has("data"));
    }

    @TempDir
    static Path sharedFolder;

    private static RunningReceiver shared;

    private static synchronized RunningReceiver shared() throws IOException {
        if (shared == null) {
            shared = RunningReceiver.start(sharedFolder);
        }
        return shared;
    }

    @org.junit.jupiter.api.AfterAll
    static void closeShared() {
        if (shared != null) {
            shared.close();
        }
    }

    @Test
    void formsAreTakenWherePrometheusTakesThem() throws Exception {
        String form = "match%5B%5D=%7Bjob%3D%22x%22%7D&match[]=a+";
        for (String path : List.of("series", "labels")) {
            HttpResponse<String> answer = post(path + "?match[]=x{", form);
            assertEquals(400, answer.statusCode(), "the URL counts too: " + answer.body());
            assertEquals(200, post(path, form).statusCode());
        }
        for (String path : List.of("label/a/values", "status/tsdb")) {
            assertEquals(405, post(path, form).statusCode());
        }
        assertEquals(400, post("series", "match[]=%2").statusCode());
        assertEquals(
                400,
                post("series", "a=" + "x".repeat(ApiParameters.FORM_BYTES_MAX)).statusCode());
    }

    private static HttpResponse<String> post(String path, String form) throws IOException, InterruptedException {
        return shared().send(HttpRequest.newBuilder(api(shared(), path))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(form)));
    }

    @Test
    void tenantsAreApartAndAnUnknownOneHasNothing() throws Exception {
        for (String tenant : List.of("t1", "t2")) {
            byte[] body = RunningReceiver.body("of_" + tenant, NOW, 1);
            assertEquals(
                    204, shared().post("/api/v1/receive", body, TENANT, tenant).statusCode());
        }
        for (String tenant : List.of("t1", "t2", "unknown")) {
            JsonNode data = data("label/__name__/values", TENANT, tenant);
            String expected = tenant.equals("unknown") ? "[]" : "[\"of_" + tenant + "\"]";
            assertEquals(expected, data.toString());
        }
        assertEquals(
                0,
                data("status/tsdb", TENANT, "unknown")
                        .at("/headStats/numSeries")
                        .asInt());
        HttpResponse<String> refused =
                shared().send(HttpRequest.newBuilder(api(shared(), "labels")).header(TENANT, ".."));
        assertEquals(400, refused.statusCode());
        assertTrue(refused.body().contains("bad_data"), refused.body());
        assertFalse(java.nio.file.Files.exists(sharedFolder.resolve("data/unknown")));
    }

    private static JsonNode data(String path, String... headers) throws IOException, InterruptedException {
        HttpResponse<String> answer =
                shared().send(HttpRequest.newBuilder(api(shared(), path)).headers(headers));
        assertEquals(200, answer.statusCode(), answer.body());
        return JSON.readTree(answer.body()).get("data");
    }

    @Test
    void figuresOfTheHeadHaveTheShapeOfPrometheus(@TempDir Path folder) throws Exception {
        try (RunningReceiver receiver = started(folder)) {
            JsonNode data = JSON.readTree(
                            receiver.get(api(receiver, "status/tsdb")).body())
                    .get("data");
            assertEquals(
                    json("{'headStats':{'numSeries':2,'numLabelPairs':3,'chunkCount':2,'minTime':" + NOW + ",'maxTime':"
                            + NOW + "},'seriesCountByMetricName':[{'name':'a','value':1},{'name':'b','value':1}],"
                            + "'labelValueCountByLabelName':[{'name':'__name__','value':2},{'name':'job','value':1}],"
                            + "'memoryInBytesByLabelName':[{'name':'__name__','value':22},{'name':'job','value':12}],"
                            + "'seriesCountByLabelValuePair':[{'name':'job=x','value':2},"
                            + "{'name':'__name__=a','value':1},{'name':'__name__=b','value':1}]}"),
                    data);
            JsonNode one = JSON.readTree(
                            receiver.get(api(receiver, "status/tsdb?limit=1")).body())
                    .get("data");
            assertEquals(json("[{'name':'job=x','value':2}]"), one.get("seriesCountByLabelValuePair"));
            JsonNode all = JSON.readTree(receiver.get(api(receiver, "status/tsdb?all_tenants=true"))
                            .body())
                    .get("data");
            assertEquals("default-tenant", all.get(0).get("tenant").asText());
            assertEquals(data.get("headStats"), all.get(0).get("headStats"));
        }
    }

    @Test
    void aQueryWhoseClientGoesIsEnded(@TempDir Path folder) throws Exception {
        try (RunningReceiver receiver = RunningReceiver.start(folder)) {
            storeManySeries(receiver);
            Tsdb db = receiver.receiver().tenants().known("default-tenant").openStore();
            try (Socket socket = socket(receiver)) {
                ask(socket);
                assertTrue(socket.getInputStream().read() >= 0);
                assertEquals(1, db.stats().queriersOpen());
            }
            Patience.await("the query still runs", () -> db.stats().queriersOpen() == 0);
        }
    }

    @Test
    void oneTenantsQueriesWaitBehindEachOtherAndEvenMoreOfThemAreRefused(@TempDir Path folder) throws Exception {
        List<Socket> slow = new ArrayList<>();
        try (RunningReceiver receiver = RunningReceiver.start(folder)) {
            storeManySeries(receiver);
            byte[] body = RunningReceiver.body("other_metric", NOW, 1);
            assertEquals(
                    204,
                    receiver.post("/api/v1/receive", body, "THANOS-TENANT", "other")
                            .statusCode());
            int running = 10;
            for (int i = 0; i < running + QueryTurns.WAITING_MAX; i++) {
                slow.add(socket(receiver));
                ask(slow.get(i));
            }
            awaitMetric(receiver, "cairn_receiver_queries_waiting " + QueryTurns.WAITING_MAX + ".0");
            awaitMetric(receiver, "cairn_receiver_queries_running " + running + ".0");
            HttpResponse<String> refused = receiver.get(api(receiver, "labels"));
            assertEquals(503, refused.statusCode());
            assertEquals("1", refused.headers().firstValue("Retry-After").orElse(""));
            assertEquals(
                    "unavailable",
                    JSON.readTree(refused.body()).get("errorType").asText());
            assertEquals(200, receiver.get(receiver.admin("/-/ready")).statusCode());
            HttpResponse<String> other = receiver.send(HttpRequest.newBuilder(api(receiver, "label/__name__/values"))
                    .header("THANOS-TENANT", "other"));
            assertEquals(200, other.statusCode(), other.body());
            assertTrue(other.body().contains("other_metric"), other.body());
            awaitMetric(
                    receiver,
                    "cairn_receiver_queries_refused_total{reason=\"too_many_waiting\",tenant=\"default-tenant\"} 2.0");
            for (Socket socket : slow) {
                socket.close();
            }
            awaitMetric(receiver, "cairn_receiver_queries_running 0.0");
            assertEquals(200, receiver.get(api(receiver, "labels")).statusCode());
        }
    }

    private static void awaitMetric(RunningReceiver receiver, String line) throws Exception {
        Patience.await(
                line,
                () -> receiver.get(receiver.admin("/metrics")).body().lines().anyMatch(line::equals));
    }

    /** So many that their labels fit into no buffers of a connection. */
    private static void storeManySeries(RunningReceiver receiver) throws IOException, InterruptedException {
        for (int request = 0; request < 10; request++) {
            List<String> metrics = new ArrayList<>();
            for (int i = 0; i < 1_000; i++) {
                metrics.add("m_" + request + "_" + i + "x".repeat(1_000));
            }
            byte[] body = RunningReceiver.body(metrics, NOW, 1);
            assertEquals(204, receiver.post("/api/v1/receive", body).statusCode());
        }
    }

    private static Socket socket(RunningReceiver receiver) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(8_192);
        socket.connect(new java.net.InetSocketAddress(
                receiver.admin("/").getHost(), receiver.admin("/").getPort()));
        return socket;
    }

    private static void ask(Socket socket) throws IOException {
        socket.getOutputStream()
                .write("GET /api/v1/series?match[]=%7Bjob=%22x%22%7D HTTP/1.1\r\nHost: x\r\n\r\n"
                        .getBytes(StandardCharsets.US_ASCII));
    }

    private static RunningReceiver started(Path folder) throws IOException, InterruptedException {
        RunningReceiver receiver = RunningReceiver.start(folder);
        assertEquals(
                204,
                receiver.post("/api/v1/receive", RunningReceiver.body(List.of("b", "a"), NOW, 1))
                        .statusCode());
        return receiver;
    }

    private static void check(RunningReceiver receiver, String path, String data) throws Exception {
        check(receiver, path, data, false);
    }

    private static void check(RunningReceiver receiver, String path, String data, boolean truncated) throws Exception {
        HttpResponse<String> answer = receiver.get(api(receiver, path));
        assertEquals(200, answer.statusCode(), answer.body());
        assertEquals(
                "application/json", answer.headers().firstValue("Content-Type").orElse(""));
        String warnings = truncated ? ",'warnings':['results truncated due to limit']" : "";
        assertEquals(json("{'status':'success','data':" + data + warnings + "}"), JSON.readTree(answer.body()), path);
    }

    private static JsonNode json(String text) throws IOException {
        return JSON.readTree(text.replace('\'', '"'));
    }

    /** Encodes what a URL must not have. */
    private static java.net.URI api(RunningReceiver receiver, String path) {
        StringBuilder encoded = new StringBuilder("/api/v1/");
        for (char c : path.toCharArray()) {
            boolean plain = "{}[]\" ".indexOf(c) < 0;
            encoded.append(plain ? String.valueOf(c) : URLEncoder.encode("" + c, StandardCharsets.UTF_8));
        }
        return receiver.admin(encoded.toString());
    }
}

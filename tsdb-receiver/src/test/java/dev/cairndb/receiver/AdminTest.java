package dev.cairndb.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Probes, metrics, status, own metrics, and the way a stop looks from outside. */
class AdminTest {
    private static final String TENANT = "THANOS-TENANT";
    private static final long NOW = System.currentTimeMillis();

    @Test
    void metricsTellOfRequestsTenantsAndTheProcess(@TempDir Path folder) throws Exception {
        try (RunningReceiver receiver = RunningReceiver.start(folder)) {
            byte[] body = RunningReceiver.body(List.of("a", "b"), NOW, 1);
            assertEquals(
                    204, receiver.post("/api/v1/receive", body, TENANT, "t").statusCode());
            byte[] late = RunningReceiver.body("a", NOW - 1, 1);
            assertEquals(
                    204, receiver.post("/api/v1/receive", late, TENANT, "t").statusCode());
            byte[] tooOld = RunningReceiver.body("a", NOW - 25 * 3_600_000, 1);
            assertEquals(400, receiver.post("/api/v1/push", tooOld, TENANT, "t").statusCode());
            HttpResponse<String> answer = receiver.get(receiver.admin("/metrics"));
            assertTrue(answer.headers().firstValue("Content-Type").orElse("").startsWith("text/plain"));
            String text = answer.body();
            for (String line : List.of(
                    "prometheus_tsdb_head_series{tenant=\"t\"} 2.0",
                    "prometheus_tsdb_blocks_loaded{tenant=\"t\"} 0.0",
                    "prometheus_tsdb_head_samples_appended_total{tenant=\"t\",type=\"float\"} 3.0",
                    "# TYPE prometheus_tsdb_head_series gauge",
                    "# TYPE prometheus_tsdb_blocks_loaded gauge",
                    "# TYPE prometheus_tsdb_head_samples_appended_total counter",
                    "prometheus_tsdb_head_out_of_order_samples_appended_total{tenant=\"t\",type=\"float\"} 1.0",
                    "cairn_samples_rejected_total{reason=\"too_old\",tenant=\"t\"} 1.0",
                    "prometheus_tsdb_too_old_samples_total{tenant=\"t\",type=\"float\"} 1.0",
                    "prometheus_tsdb_out_of_order_samples_total{tenant=\"t\",type=\"float\"} 0.0",
                    "http_requests_total{code=\"204\",handler=\"receive\",method=\"post\"} 2.0",
                    "http_requests_total{code=\"400\",handler=\"push\",method=\"post\"} 1.0",
                    "http_request_duration_seconds_count{code=\"204\",handler=\"receive\",method=\"post\"} 2",
                    "cairn_receiver_samples_total{result=\"appended\"} 3.0",
                    "cairn_receiver_in_flight_bytes 0.0",
                    "cairn_background_failures_total{tenant=\"t\"} 0.0",
                    "cairn_blocks_shipped_total{tenant=\"t\"} 0.0",
                    "cairn_tenant_open{tenant=\"t\"} 1.0")) {
                assertTrue(text.contains(line + "\n"), line + " is not in\n" + text);
            }
            for (String name : List.of(
                    "process_start_time_seconds",
                    "jvm_memory_used_bytes",
                    "cairn_build_info",
                    "cairn_wal_syncs_total",
                    "process_open_fds")) {
                assertTrue(text.contains("\n" + name), name);
            }
        }
    }

    @Test
    void openMetricsIsGivenToThoseWhoAskForIt(@TempDir Path folder) throws Exception {
        try (RunningReceiver receiver = RunningReceiver.start(folder)) {
            HttpResponse<String> answer = receiver.send(HttpRequest.newBuilder(receiver.admin("/metrics"))
                    .header("Accept", "application/openmetrics-text; version=1.0.0"));
            assertTrue(
                    answer.headers().firstValue("Content-Type").orElse("").startsWith("application/openmetrics-text"));
            assertTrue(answer.body().endsWith("# EOF\n"));
        }
    }

    @Test
    void headFiguresAreGivenPerTenantOnBothPorts(@TempDir Path folder) throws Exception {
        try (RunningReceiver receiver = RunningReceiver.start(folder)) {
            byte[] body = RunningReceiver.body("a", NOW, 1);
            for (String tenant : List.of("t", "say \"hi\"")) {
                assertEquals(
                        204,
                        receiver.post("/api/v1/receive", body, TENANT, tenant).statusCode());
            }
            JsonNode all = new ObjectMapper()
                    .readTree(receiver.get(receiver.admin("/api/v1/status/tsdb?all_tenants=true"))
                            .body());
            assertEquals("success", all.get("status").asText());
            assertEquals(List.of("say \"hi\"", "t"), all.get("data").findValuesAsText("tenant"));
            JsonNode one = new ObjectMapper()
                    .readTree(receiver.send(HttpRequest.newBuilder(receiver.write("/api/v1/status/tsdb"))
                                    .header(TENANT, "t"))
                            .body());
            assertEquals(1, one.get("data").size());
            JsonNode head = one.get("data").get(0).get("headStats");
            assertEquals(1, head.get("numSeries").asInt());
            assertEquals(NOW, head.get("maxTime").asLong());
        }
    }

    @Test
    void thePageShowsWhereToSendAndEscapesNames(@TempDir Path folder) throws Exception {
        try (RunningReceiver receiver = RunningReceiver.start(folder)) {
            byte[] body = RunningReceiver.body("a", NOW, 1);
            assertEquals(
                    204, receiver.post("/api/v1/receive", body, TENANT, "<b>&").statusCode());
            HttpResponse<String> page = receiver.get(receiver.admin("/"));
            assertEquals(
                    "text/html; charset=utf-8",
                    page.headers().firstValue("Content-Type").orElse(""));
            assertTrue(page.body().contains("- url: " + receiver.write("/api/v1/receive")), page.body());
            assertTrue(page.body().contains("&lt;b&gt;&amp;") && !page.body().contains("<b>"), page.body());
        }
    }

    @Test
    void otherPathsAndMethodsAreRefused(@TempDir Path folder) throws Exception {
        try (RunningReceiver receiver = RunningReceiver.start(folder)) {
            assertEquals(404, receiver.get(receiver.admin("/nosuch")).statusCode());
            assertEquals(
                    405,
                    receiver.send(HttpRequest.newBuilder(receiver.admin("/metrics"))
                                    .POST(HttpRequest.BodyPublishers.noBody()))
                            .statusCode());
        }
    }

    @Test
    void ownMetricsAreThereAtOnceThroughTheWritePort(@TempDir Path folder) throws Exception {
        try (RunningReceiver receiver = RunningReceiver.start(folder, "--self-metrics.interval=1h")) {
            Tenant tenant = receiver.receiver().tenants().known("default-tenant");
            String instance = "127.0.0.1:" + receiver.write("/").getPort();
            String series = "{__name__=\"prometheus_tsdb_head_series\", instance=\"" + instance
                    + "\", job=\"cairn\", tenant=\"default-tenant\"}";
            Patience.await(series, () -> StoredSamples.of(tenant).stream().anyMatch(line -> line.startsWith(series)));
            // The answer is counted a moment after its samples can be read.
            String counted = "http_requests_total{code=\"204\",handler=\"receive\",method=\"post\"} 1.0";
            Patience.await(
                    counted,
                    () -> receiver.get(receiver.admin("/metrics")).body().contains(counted));
        }
    }

    @Test
    void aStopFinishesTheRequestUnderWayAndRefusesNewOnes(@TempDir Path folder) throws Exception {
        RunningReceiver receiver = RunningReceiver.start(folder);
        byte[] body = RunningReceiver.body("a", NOW, 1);
        try (Socket socket =
                new Socket(receiver.write("/").getHost(), receiver.write("/").getPort())) {
            new RawRequest("POST", "/api/v1/receive")
                    .header("Content-Length", Integer.toString(body.length))
                    .withoutLength()
                    .body(Arrays.copyOf(body, body.length - 1))
                    .write(socket.getOutputStream());
            ByteBudgetWatch.await(receiver, 4_096);
            CompletableFuture<Void> stop = CompletableFuture.runAsync(receiver::close);
            Patience.await(
                    "not ready", () -> receiver.get(receiver.admin("/-/ready")).statusCode() != 200);
            assertTrue(receiver.get(receiver.admin("/-/ready")).body().contains("stopping"));
            assertEquals(200, receiver.get(receiver.admin("/-/healthy")).statusCode());
            Thread.sleep(200);
            assertFalse(stop.isDone(), "the stop waits for the request");
            socket.getOutputStream().write(body[body.length - 1]);
            assertEquals(204, RawRequest.read(socket).status());
            stop.get(Patience.SECONDS, TimeUnit.SECONDS);
        }
        try (RunningReceiver again = RunningReceiver.start(folder)) {
            assertEquals(
                    1,
                    StoredSamples.of(again.receiver().tenants().known("default-tenant"))
                            .size());
        }
    }
}

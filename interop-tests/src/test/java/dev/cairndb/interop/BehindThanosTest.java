package dev.cairndb.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairndb.remote.RemoteWriteEncoder;
import dev.cairndb.testkit.Peers;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real Thanos Querier in front of the receiver answers PromQL as a real Prometheus with the same samples, and as the
 * same Querier in front of a real {@code thanos receive}; a real router of Thanos forwards to the receiver.
 */
@Tag("interop")
class BehindThanosTest {
    private static final Duration READY_TIME_MAX = Duration.ofSeconds(90);
    private static final double TOLERANCE = 1e-9;

    /** With $ for a selector of gauges, counters that never start again, and those that do. */
    private static final List<String> ANY = List.of(
            "$",
            "sum($)",
            "avg by (job) ($)",
            "max without (instance) ($)",
            "min by (instance) ($)",
            "count($)",
            "stddev($)",
            "quantile(0.7, $)",
            "topk(2, $)",
            "bottomk(1, $)",
            "group by (job) ($)",
            "count_values(\"v\", floor($ / 10))",
            "$ > 20",
            "$ > bool 20",
            "$ * on (instance, job) group_left () $",
            "$ offset 5m",
            "$ @ " + (MixedSeries.BEGIN / 1000 + 600),
            "avg_over_time($[5m])",
            "max_over_time($[3m])",
            "min_over_time($[7m])",
            "sum_over_time($[2m])",
            "count_over_time($[10m])",
            "last_over_time($[1m])",
            "stddev_over_time($[4m])",
            "quantile_over_time(0.9, $[5m])",
            "present_over_time($[1m])",
            "changes($[10m])",
            "delta($[5m])",
            "deriv($[5m])",
            "predict_linear($[10m], 600)",
            "timestamp($)",
            "absent($)",
            "absent_over_time($[30s])",
            "label_replace($, \"copy\", \"$1\", \"instance\", \"(.*)\")",
            "label_join($, \"both\", \"-\", \"job\", \"instance\")",
            "sort_desc($)",
            "clamp_max($, 10)",
            "round($, 0.5)",
            "$ unless $ > 15",
            "$ and $ > 15",
            "$ or vector(1)",
            "avg_over_time(sum($)[10m:1m])",
            "-$ + 2 ^ 3");

    private static final List<String> OF_COUNTERS = List.of(
            "rate($[5m])",
            "irate($[5m])",
            "increase($[10m])",
            "sum by (job) (rate($[3m]))",
            "max_over_time(rate($[2m])[10m:30s])",
            "resets($[30m])");

    private static final List<String> OF_HISTOGRAMS = List.of(
            "histogram_quantile(0.9, sum by (le) (rate(latency_bucket[5m])))",
            "histogram_quantile(0.5, sum by (le, instance) (rate(latency_bucket[10m])))",
            "sum(rate(latency_sum[5m])) / sum(rate(latency_count[5m]))",
            "histogram_count(native)",
            "histogram_sum(native)",
            "histogram_avg(rate(native[5m]))",
            "histogram_quantile(0.9, native)",
            "histogram_quantile(0.9, sum(rate(native[5m])))",
            "histogram_fraction(0, 2, native)",
            "sum(native)",
            "native",
            "rate(native[5m])",
            "increase(native[5m])",
            "avg_over_time(native[5m])",
            "count_over_time(native[5m])");

    @TempDir
    static Path scratch;

    private static final List<AutoCloseable> RUNNING = new ArrayList<>();
    private static Cairn cairn;
    private static int prometheus;
    private static int overCairn;
    private static int overThanos;

    @BeforeAll
    static void startAll() throws Exception {
        cairn = Cairn.start(scratch.resolve("cairn"), scratch.resolve("cairn/data"));
        RUNNING.add(cairn);
        prometheus = Http.freePort();
        RUNNING.add(Prometheus.start(
                scratch,
                scratch.resolve("prometheus"),
                prometheus,
                Prometheus.SCRAPES_NOTHING,
                "--web.enable-remote-write-receiver",
                "--enable-feature=exemplar-storage"));
        int thanosGrpc = Http.freePort();
        int thanosWrite = Http.freePort();
        RUNNING.add(ThanosReceive.start(
                scratch, thanosGrpc, thanosWrite, "--label=replica=\"a\"", "--tsdb.max-exemplars=1000"));
        MixedSeries.send(cairn.writePort(), "/api/v1/receive", 204);
        MixedSeries.send(prometheus, "/api/v1/write", 204);
        MixedSeries.send(thanosWrite, "/api/v1/receive", 200);
        overCairn = querier(cairn.grpcPort());
        overThanos = querier(thanosGrpc);
        await(() -> !Http.query(overCairn, "count(gauge)", MixedSeries.END, "").isEmpty());
        await(() -> !Http.query(overThanos, "count(gauge)", MixedSeries.END, "").isEmpty());
    }

    @AfterAll
    static void stopAll() throws Exception {
        for (AutoCloseable program : RUNNING) {
            program.close();
        }
    }

    private static int querier(int endpointPort) {
        int port = Http.freePort();
        RunningProgram program = RunningProgram.start(
                scratch,
                "query",
                List.of(
                        Peers.program("thanos").toString(),
                        "query",
                        "--endpoint-strict=127.0.0.1:" + endpointPort,
                        "--grpc-address=127.0.0.1:" + Http.freePort(),
                        "--http-address=127.0.0.1:" + port,
                        "--query.replica-label=replica",
                        "--query.replica-label=tenant_id"));
        RUNNING.add(program);
        program.await("ready", READY_TIME_MAX, () -> Http.status(port, "/-/ready") == 200);
        return port;
    }

    private static void await(BooleanSupplier condition) {
        long endNanos = System.nanoTime() + READY_TIME_MAX.toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < endNanos, "not in time");
            Waiting.sleep(50);
        }
    }

    @Test
    void promqlIsAnsweredAsByPrometheusAndAsOverARealReceive() {
        int asked = 0;
        List<String> differences = new ArrayList<>();
        for (String template : ANY) {
            asked += compare(template.replace("$", "gauge"), true, differences);
            asked += compare(template.replace("$", "with_more"), true, differences);
        }
        for (String template : OF_COUNTERS) {
            asked += compare(template.replace("$", "steady_total"), true, differences);
            // The Querier itself changes the values of a counter where it starts again.
            asked += compare(template.replace("$", "resetting_total"), false, differences);
        }
        for (String expression : OF_HISTOGRAMS) {
            asked += compare(expression, true, differences);
        }
        assertEquals(List.of(), differences.subList(0, Math.min(10, differences.size())));
        assertTrue(asked >= 200, asked + " queries");
        System.out.println("BehindThanosTest: " + asked + " queries have the answers of Prometheus and thanos receive");
    }

    /** An expression at a time, and over a range. */
    private static int compare(String expression, boolean withPrometheus, List<String> differences) {
        String text = "query=" + URLEncoder.encode(expression, StandardCharsets.UTF_8);
        String instant = "/api/v1/query?" + text + "&time=" + (MixedSeries.END - 600_000) / 1000;
        String range = "/api/v1/query_range?" + text + "&start=" + (MixedSeries.BEGIN / 1000 + 300) + "&end="
                + MixedSeries.END / 1000 + "&step=61";
        for (String path : List.of(instant, range)) {
            TreeMap<String, String> found = result(overCairn, path);
            if (found.isEmpty() && !expression.startsWith("absent")) {
                differences.add(path + ": no answer, so nothing is compared");
            }
            check(path, found, result(overThanos, path), "thanos receive", differences);
            if (withPrometheus) {
                check(path, found, result(prometheus, path), "prometheus", differences);
            }
        }
        return 2;
    }

    private static void check(
            String path,
            TreeMap<String, String> found,
            TreeMap<String, String> expected,
            String where,
            List<String> differences) {
        boolean same = found.keySet().equals(expected.keySet())
                && found.keySet().stream().allMatch(key -> isClose(found.get(key), expected.get(key)));
        if (!same) {
            differences.add(path + "\n  over the receiver: " + shown(found) + "\n  " + where + ": " + shown(expected));
        }
    }

    private static String shown(TreeMap<String, String> answer) {
        String text = answer.toString();
        return text.substring(0, Math.min(600, text.length()));
    }

    /** Values differ in the last digits between versions of PromQL. */
    private static boolean isClose(String a, String b) {
        if (a.equals(b)) {
            return true;
        }
        String[] as = a.split("[^-+.\\w]+", -1);
        String[] bs = b.split("[^-+.\\w]+", -1);
        boolean close = as.length == bs.length;
        for (int i = 0; close && i < as.length; i++) {
            close = as[i].equals(bs[i]) || areCloseNumbers(as[i], bs[i]);
        }
        return close;
    }

    private static boolean areCloseNumbers(String a, String b) {
        try {
            double x = Double.parseDouble(a);
            double y = Double.parseDouble(b);
            return Math.abs(x - y) <= TOLERANCE * Math.max(1, Math.max(Math.abs(x), Math.abs(y)));
        } catch (NumberFormatException e) {
            return false;
        }
    }

    /** Values by labels; the order of series is the engine's. */
    private static TreeMap<String, String> result(int port, String path) {
        TreeMap<String, String> values = new TreeMap<>();
        JsonNode result = Http.json(port, path).path("data").path("result");
        for (JsonNode series : result) {
            TreeMap<String, String> labels = new TreeMap<>();
            series.path("metric")
                    .properties()
                    .forEach(
                            label -> labels.put(label.getKey(), label.getValue().asText()));
            TreeMap<String, String> fields = new TreeMap<>();
            series.properties().forEach(field -> {
                if (!field.getKey().equals("metric")) {
                    fields.put(field.getKey(), field.getValue().toString());
                }
            });
            values.put(labels.toString(), fields.toString());
        }
        return values;
    }

    @Test
    void grafanasOtherCallsAreAnsweredAsByPrometheus() {
        String times = "start=" + MixedSeries.BEGIN / 1000 + "&end=" + MixedSeries.END / 1000;
        String match =
                "&match[]=" + URLEncoder.encode("{__name__=~\"gauge|latency_.*\",job=\"one\"}", StandardCharsets.UTF_8);
        for (String path : List.of(
                "/api/v1/labels?" + times + match,
                "/api/v1/label/__name__/values?" + times,
                "/api/v1/label/instance/values?" + times + match,
                "/api/v1/label/nowhere/values?" + times,
                "/api/v1/series?" + times + match)) {
            String encoded = path.replace("[]", "%5B%5D");
            JsonNode expected = Http.json(prometheus, encoded).path("data");
            JsonNode found = Http.json(overCairn, encoded).path("data");
            assertEquals(Http.json(overThanos, encoded).path("data").toString(), found.toString(), path);
            assertEquals(expected.size() + externalNames(path), found.size(), path);
        }
        assertEquals(
                "success",
                Http.json(overCairn, "/api/v1/status/buildinfo").path("status").asText());
        assertEquals(
                "success",
                Http.json(overCairn, "/api/v1/metadata").path("status").asText());
        String exemplars = "/api/v1/query_exemplars?" + times + "&query="
                + URLEncoder.encode("rate(latency_bucket[5m]) + latency_sum", StandardCharsets.UTF_8);
        assertEquals(exemplars(prometheus, exemplars), exemplars(overCairn, exemplars));
        assertEquals(
                4 * 4 * (MixedSeries.STEPS / MixedSeries.STEPS_PER_REQUEST),
                exemplars(overCairn, exemplars).size());
    }

    /** The Querier names labels that it takes off elsewhere. */
    private static int externalNames(String path) {
        return path.startsWith("/api/v1/labels") ? 2 : 0;
    }

    private static List<String> exemplars(int port, String path) {
        List<String> found = new ArrayList<>();
        for (JsonNode series : Http.json(port, path).path("data")) {
            String name = series.path("seriesLabels").path("__name__") + " "
                    + series.path("seriesLabels").path("instance");
            for (JsonNode exemplar : series.path("exemplars")) {
                found.add(name
                        + exemplar.path("labels").path("trace_id")
                        + exemplar.path("timestamp").asDouble());
            }
        }
        found.sort(null);
        return found;
    }

    @Test
    void aRealRouterForwards() throws Exception {
        Cairn routedTo = Cairn.start(scratch.resolve("routed"), scratch.resolve("routed/data"));
        RUNNING.add(routedTo);
        int routerWrite = Http.freePort();
        RUNNING.add(ThanosReceive.start(
                scratch,
                Http.freePort(),
                routerWrite,
                "--label=router=\"r\"",
                "--receive.hashrings=[{\"endpoints\": [\"127.0.0.1:" + routedTo.grpcPort() + "\"]}]"));
        int overRouted = querier(routedTo.grpcPort());
        String[] tenant = {"THANOS-TENANT", "routed"};
        RemoteWriteEncoder encoder = new RemoteWriteEncoder();
        byte[] body = oneSample(encoder, MixedSeries.END, 7);
        MixedSeries.post(routerWrite, "/api/v1/receive", body, 200, tenant);
        MixedSeries.post(routerWrite, "/api/v1/receive", body, 200, tenant);
        MixedSeries.post(routerWrite, "/api/v1/receive", oneSample(encoder, MixedSeries.END, 8), 409, tenant);
        await(() -> !Http.query(overRouted, "routed{tenant_id=\"routed\"}", MixedSeries.END, "&dedup=false")
                .isEmpty());
        JsonNode found = Http.query(overRouted, "routed{tenant_id=\"routed\"}", MixedSeries.END, "&dedup=false");
        assertEquals("7", found.path(0).path("value").path(1).asText());
        assertEquals("routed", found.path(0).path("metric").path("tenant_id").asText());
        assertEquals("a", found.path(0).path("metric").path("replica").asText());
    }

    private static byte[] oneSample(RemoteWriteEncoder encoder, long timestampMillis, double value) {
        encoder.clear();
        encoder.startSeries()
                .label("__name__", "routed")
                .label("text", "x".repeat(5_000))
                .sample(timestampMillis, Double.doubleToRawLongBits(value))
                .endSeries()
                .finish();
        return Arrays.copyOf(encoder.body(), encoder.bodySize());
    }
}

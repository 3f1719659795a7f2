package dev.cairndb.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairndb.chunks.CounterResetHint;
import dev.cairndb.chunks.HistogramBuffer;
import dev.cairndb.remote.RemoteWriteEncoder;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A Prometheus without data of its own answers from what CairnDB has, as the one does that has the data itself. */
@Tag("interop")
class RemoteReadTest {
    private static final long STEP_MILLIS = 15_000;
    private static final Duration PAST = Duration.ofHours(7);

    private static final List<String> INSTANT = List.of(
            "{__name__=~\".+\"}",
            "rate(requests_total[5m])",
            "requests_total offset 90m",
            "sum by (job) (increase(requests_total[1h]))",
            "max_over_time(temperature[2h])",
            "count_over_time({job=\"api\",__name__=~\"t.*\"}[6h])",
            "last_over_time(gone[6h])",
            "resets(requests_total[6h])",
            "changes(temperature[30m])",
            "topk(2, requests_total)",
            "absent(nothing)",
            "latency",
            "rate(latency[10m])",
            "histogram_count(increase(latency[2h]))",
            "histogram_sum(rate(latency[1h] offset 1h))",
            "histogram_quantile(0.9, rate(latency[10m]))",
            "histogram_quantile(0.5, sum by (job) (increase(latency[5h])))",
            "histogram_avg(latency)",
            "count_over_time(latency[6h])",
            "sum_over_time(queue[1h])",
            "histogram_fraction(0, 4, rate(bounds[1h]))",
            "resets(latency[6h])");

    private static final List<String> RANGE = List.of(
            "rate(requests_total[5m])",
            "temperature",
            "gone",
            "requests_total{job!~\"a.*\"}",
            "latency",
            "rate(latency[5m])",
            "histogram_quantile(0.99, rate(latency[10m]))",
            "histogram_count(latency)",
            "queue",
            "rate(bounds[7m])");

    @TempDir
    Path scratch;

    @Test
    void aPrometheusAnswersFromHereAsFromItsOwnData() throws IOException {
        long end = System.currentTimeMillis() / STEP_MILLIS * STEP_MILLIS - 60_000;
        Path data = scratch.resolve("data");
        try (Prometheus prometheus = Prometheus.open(scratch, data, "--web.enable-remote-write-receiver")) {
            send(prometheus.port(), end);
            prometheus.stop();
        }
        assertTrue(!Directories.blocks(data).isEmpty(), "no blocks in " + data);
        Path here = Files.createDirectories(scratch.resolve("cairn"));
        Path copied = Directories.copy(data, here.resolve(Cairn.TENANT));
        Files.deleteIfExists(copied.resolve("lock"));
        try (Prometheus own = Prometheus.open(scratch, data);
                Cairn cairn = Cairn.start(scratch, here, "--tsdb.retention=0d");
                Prometheus without =
                        Prometheus.start(scratch, scratch.resolve("empty"), Http.freePort(), config(cairn))) {
            int compared = 0;
            for (long at : new long[] {end, end - 3_600_000 - 1, end - 4 * 3_600_000}) {
                for (String expression : INSTANT) {
                    compared += compare(
                            own,
                            without,
                            "/api/v1/query?query=" + encoded(expression) + "&time=" + at / 1000 + "." + at % 1000,
                            expression + " at " + at);
                }
            }
            for (String expression : RANGE) {
                for (long hours : new long[] {1, 6}) {
                    compared += compare(
                            own,
                            without,
                            "/api/v1/query_range?query=" + encoded(expression) + "&start=" + (end / 1000 - hours * 3600)
                                    + "&end=" + end / 1000 + "&step=" + hours * 41,
                            expression + " over " + hours + " h");
                }
            }
            for (Prometheus one : List.of(own, without)) {
                assertEquals(
                        0,
                        one.program()
                                .log()
                                .lines()
                                .filter(line -> line.contains("level=ERROR"))
                                .count(),
                        one.program()::log);
            }
            System.out.println("RemoteReadTest: " + INSTANT.size() * 3 + " instant and " + RANGE.size() * 2
                    + " range queries, " + compared + " series compared");
        }
    }

    private static String config(Cairn cairn) {
        // Prometheus asks for its own external labels and takes them off the answers.
        return "global: {external_labels: {replica: a, tenant_id: " + Cairn.TENANT + "}}\n"
                + "remote_read: [{url: 'http://127.0.0.1:" + cairn.httpPort() + "/api/v1/read', read_recent: true}]\n";
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /** Returns the number of series. */
    private static int compare(Prometheus own, Prometheus without, String path, String what) {
        TreeMap<String, JsonNode> expected = results(Http.json(own.port(), path));
        TreeMap<String, JsonNode> found = results(Http.json(without.port(), path));
        assertEquals(expected.keySet(), found.keySet(), what);
        expected.forEach((labels, result) ->
                assertEquals(result.toString(), found.get(labels).toString(), () -> what + ", " + labels));
        assertTrue(!expected.isEmpty() || what.startsWith("gone") || what.contains("gone["), "nothing found: " + what);
        return expected.size();
    }

    /** By labels: the order of an answer is not defined. */
    private static TreeMap<String, JsonNode> results(JsonNode answer) {
        assertEquals("success", answer.path("status").asText(), answer::toString);
        TreeMap<String, JsonNode> all = new TreeMap<>();
        answer.path("data")
                .path("result")
                .forEach(one -> all.put(one.path("metric").toString(), one));
        return all;
    }

    private static void send(int port, long end) throws IOException {
        RemoteWriteEncoder encoder = new RemoteWriteEncoder();
        long from = end - PAST.toMillis();
        for (long t = from; t <= end; t += STEP_MILLIS) {
            int round = (int) ((t - from) / STEP_MILLIS);
            for (int i = 0; i < 4; i++) {
                String job = i % 2 == 0 ? "api" : "db";
                long counter = (long) (round % 700 + 1) * (i + 3);
                number(encoder, "requests_total", job, i, t, counter);
            }
            number(encoder, "temperature", "api", 0, t, round * 37 % 101 / 4.0);
            if (round < 400) {
                number(encoder, "gone", "api", 0, t, round);
            } else if (round == 400) {
                encoder.startSeries()
                        .label("__name__", "gone")
                        .label("job", "api")
                        .label("instance", "0")
                        .sample(t, 0x7FF0000000000002L)
                        .endSeries();
            }
            histogram(encoder, "latency", 0, t, latency(round, false));
            histogram(encoder, "latency", 1, t, latency(round, true));
            histogram(encoder, "queue", 0, t, queue(round));
            histogram(encoder, "bounds", 0, t, bounds(round));
            if (round % 20 == 0 || t + STEP_MILLIS > end) {
                post(port, encoder);
            }
        }
    }

    private static void post(int port, RemoteWriteEncoder encoder) throws IOException {
        encoder.finish();
        HttpResponse<byte[]> answer = Http.send(Http.to(port, "/api/v1/write")
                .header("Content-Type", "application/x-protobuf")
                .header("Content-Encoding", "snappy")
                .POST(HttpRequest.BodyPublishers.ofByteArray(Arrays.copyOf(encoder.body(), encoder.bodySize())))
                .build());
        assertEquals(204, answer.statusCode(), () -> new String(answer.body(), StandardCharsets.UTF_8));
    }

    private static void number(
            RemoteWriteEncoder encoder, String name, String job, int instance, long t, double value) {
        encoder.startSeries()
                .label("__name__", name)
                .label("job", job)
                .label("instance", String.valueOf(instance))
                .sample(t, Double.doubleToRawLongBits(value))
                .endSeries();
    }

    private static void histogram(
            RemoteWriteEncoder encoder, String name, int instance, long t, HistogramBuffer value) {
        encoder.startSeries()
                .label("__name__", name)
                .label("job", "api")
                .label("instance", String.valueOf(instance))
                .histogram(t, value)
                .endSeries();
    }

    private static long count(boolean floats, long count) {
        return floats ? Double.doubleToRawLongBits(count) : count;
    }

    /** A counter with more and more buckets, which starts again now and then. */
    private static HistogramBuffer latency(int round, boolean floats) {
        int age = round % 610 + 1;
        int buckets = 2 + age / 200;
        HistogramBuffer histogram = new HistogramBuffer();
        histogram.clear(floats);
        histogram.setSchema(1);
        histogram.setZeroThresholdBits(Double.doubleToRawLongBits(0.001));
        histogram.setZeroCount(count(floats, age));
        histogram.setCount(count(floats, (long) age * (buckets + 1)));
        histogram.setSumBits(Double.doubleToRawLongBits(age * 2.5));
        histogram.addPositiveSpan(-1, buckets);
        for (int i = 0; i < buckets; i++) {
            histogram.addPositiveBucket(floats ? count(true, age) : i == 0 ? age : 0);
        }
        return histogram;
    }

    private static HistogramBuffer queue(int round) {
        HistogramBuffer histogram = new HistogramBuffer();
        histogram.clear(false);
        histogram.setResetHint(CounterResetHint.GAUGE);
        long size = round * 13L % 17 + 1;
        histogram.setCount(size);
        histogram.setSumBits(Double.doubleToRawLongBits(size * 0.5));
        histogram.addNegativeSpan(round % 3, 1);
        histogram.addNegativeBucket(size);
        return histogram;
    }

    private static HistogramBuffer bounds(int round) {
        HistogramBuffer histogram = new HistogramBuffer();
        histogram.clear(false);
        histogram.setSchema(-53);
        histogram.setCount(3L * round);
        histogram.setSumBits(Double.doubleToRawLongBits(round));
        histogram.addPositiveSpan(0, 3);
        histogram.addPositiveBucket(round);
        histogram.addPositiveBucket(0);
        histogram.addPositiveBucket(0);
        histogram.addCustomBound(Double.doubleToRawLongBits(0.5));
        histogram.addCustomBound(Double.doubleToRawLongBits(4));
        return histogram;
    }
}

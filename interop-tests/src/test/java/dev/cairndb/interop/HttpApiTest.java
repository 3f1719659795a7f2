package dev.cairndb.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairndb.chunks.CounterResetHint;
import dev.cairndb.chunks.HistogramBuffer;
import dev.cairndb.chunks.HistogramSample;
import dev.cairndb.index.Labels;
import dev.cairndb.remote.RemoteWriteEncoder;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The read API of {@code bin/cairn} and a real Prometheus that were sent the same; and one that federates from it. */
@Tag("interop")
class HttpApiTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration FEDERATION_TIME_MAX = Duration.ofSeconds(60);
    private static final long NOW = System.currentTimeMillis();
    private static final long[] VALUES = {
        bits(0),
        bits(1),
        bits(-1),
        bits(1e6),
        bits(0.1),
        bits(1e-5),
        bits(1e21),
        bits(2e23),
        bits(0x1p-44),
        bits(5e-324),
        bits(Double.MAX_VALUE),
        bits(Double.POSITIVE_INFINITY),
        bits(Double.NEGATIVE_INFINITY),
        bits(123456789.125)
    };
    /** A Prometheus with these has the labels that the receiver gives the default tenant's data. */
    private static final String GLOBAL =
            "global: {scrape_interval: 1s, external_labels: {replica: a, tenant_id: " + Cairn.TENANT + "}}\n";

    @TempDir
    static Path scratch;

    private static Cairn cairn;
    private static Prometheus prometheus;

    @BeforeAll
    static void sendTheSameToBoth() throws IOException {
        cairn = Cairn.start(scratch, scratch.resolve("cairn"));
        int port = Http.freePort();
        prometheus = Prometheus.start(
                scratch,
                scratch.resolve("prometheus"),
                port,
                GLOBAL,
                "--web.enable-remote-write-receiver",
                "--enable-feature=exemplar-storage");
        byte[] body = body();
        post(cairn.writePort(), body);
        post(port, body);
    }

    @AfterAll
    static void end() {
        if (cairn != null) {
            cairn.close();
        }
        if (prometheus != null) {
            prometheus.close();
        }
    }

    private static long bits(double value) {
        return Double.doubleToRawLongBits(value);
    }

    private static byte[] body() {
        RemoteWriteEncoder encoder = new RemoteWriteEncoder();
        for (int i = 0; i < 300; i++) {
            encoder.startSeries();
            labels(i).forEach(encoder::label);
            encoder.sample(NOW - 5_000, bits(i)).sample(NOW - 1_000 - i, VALUES[i % VALUES.length]);
            if (i % 10 == 3) {
                for (int exemplar = 0; exemplar < 3; exemplar++) {
                    encoder.startExemplar().label("trace_id", i + "\u00fc" + exemplar);
                    encoder.endExemplar(NOW - 3_000 + 500 * exemplar, VALUES[(i + exemplar) % VALUES.length]);
                }
            }
            encoder.endSeries();
        }
        encoder.startSeries().label("__name__", "stale");
        encoder.sample(NOW - 5_000, 1).sample(NOW - 500, SampleSet.STALE).endSeries();
        for (int i = 0; i < 4; i++) {
            encoder.startSeries().label("__name__", i < 2 ? "nh" : "nhcb").label("n", "" + i);
            encoder.histogram(NOW - 4_000, histogram(i, 1)).histogram(NOW - 2_000, histogram(i, 5));
            encoder.endSeries();
        }
        encoder.startSeries().label("__name__", "too_old");
        encoder.sample(NOW - 310_000, 1).endSeries();
        encoder.finish();
        return Arrays.copyOf(encoder.body(), encoder.bodySize());
    }

    /** Counters and gauges, with exponential buckets and with bounds of their own. */
    private static HistogramBuffer histogram(int i, int factor) {
        HistogramBuffer histogram = new HistogramBuffer();
        histogram.clear(false);
        histogram.setResetHint(i % 2 == 0 ? CounterResetHint.UNKNOWN : CounterResetHint.GAUGE);
        histogram.setSumBits(bits(5.5 * factor));
        histogram.addPositiveSpan(0, 2);
        histogram.addPositiveSpan(1, 1);
        histogram.addPositiveBucket(factor);
        histogram.addPositiveBucket(factor);
        histogram.addPositiveBucket(-factor);
        if (i < 2) {
            histogram.setSchema(3);
            histogram.setZeroThresholdBits(bits(0.001));
            histogram.setZeroCount(factor);
            histogram.setCount(7L * factor);
            histogram.addNegativeSpan(-3, 1);
            histogram.addNegativeBucket(2L * factor);
        } else {
            histogram.setSchema(HistogramSample.CUSTOM_BUCKETS_SCHEMA);
            histogram.setCount(4L * factor);
            for (double bound : new double[] {0.5, 1, 2.5}) {
                histogram.addCustomBound(bits(bound));
            }
        }
        return histogram;
    }

    private static Labels labels(int i) {
        String number = String.format("%03d", i);
        return switch (i % 5) {
            case 0 -> Labels.of("__name__", "my.metric", "a b", "x\"\\<&\n\u00fc", "n", number);
            case 1 -> Labels.of("A", "before the name", "__name__", "m" + i % 7, "n", number);
            case 2 -> Labels.of("__name__", "m" + i % 7, "instance", "own", "job", "j" + i % 3, "n", number);
            default -> Labels.of("__name__", "m" + i % 7, "job", "j" + i % 3, "n", number);
        };
    }

    private static void post(int port, byte[] body) throws IOException {
        HttpResponse<byte[]> answer = Http.send(Http.to(port, "/api/v1/write")
                .header("Content-Type", "application/x-protobuf")
                .header("Content-Encoding", "snappy")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build());
        assertEquals(204, answer.statusCode(), () -> new String(answer.body(), StandardCharsets.UTF_8));
    }

    @Test
    void answersAndErrorsAreThoseOfPrometheus() throws IOException {
        List<String> requests = new ArrayList<>(List.of(
                "labels",
                "labels?limit=2",
                "labels?limit=100",
                "labels?end=100",
                "labels?start=2030-01-01T00:00:00Z",
                "labels?start=-292273086-05-16T16:47:06Z&end=292277025-08-18T07:12:54.999999999Z",
                "labels?start=9&end=8",
                "labels?start=x",
                "labels?end=1e400",
                "labels?end=2020-01-01",
                "labels?limit=-1",
                "labels?limit=x",
                "labels?end=5d",
                "labels?end=2020-01-01T25:00:00Z",
                "labels?start=" + (NOW - 3000) / 1e3,
                "label/n/values",
                "label/__name__/values",
                "label/U__a_20_b/values",
                "label/a%20b/values",
                "label/nosuch/values",
                "label/job/values?limit=3",
                "label/a/values/b",
                "nosuch",
                "series",
                "series?match[]=m1&end=5",
                "series?match[]=m1&limit=x",
                "series?match[]=m1&limit=100000",
                "series?match[]=m1&start=" + (NOW - 4_000) / 1e3 + "&end=" + (NOW - 3_000) / 1e3,
                "status/tsdb?limit=10000",
                "status/tsdb?limit=0",
                "status/tsdb?limit=x",
                "status/tsdb?limit=10001",
                "query_exemplars",
                "query_exemplars?query=m1&start=9&end=1",
                "query_exemplars?query=m1&start=x",
                "metadata?limit=x",
                "metadata?limit_per_metric=x"));
        for (String selector : List.of(
                "m1",
                "{n=~\"00.|01.\"}",
                "{job=\"j1\"} m1",
                "{n!~\"0.*\",job!=\"j1\"}",
                "{A=~\".+\"}",
                "{\"a b\"=~\"(?s).*\u00fc\",n=`010`}",
                "nosuch",
                "{}",
                "{a=\"\"}",
                "{",
                "m{a=~\"(\"}",
                "rate(m1[5m])",
                "m[5m]",
                "m1{n='\\060\\x30\\u0031'}",
                "m1 # comment",
                "")) {
            for (String path : List.of("series", "labels", "label/n/values")) {
                String one = path + "?match[]=" + URLEncoder.encode(selector, StandardCharsets.UTF_8);
                requests.add(one);
                requests.add(one + "&match[]=" + URLEncoder.encode("{\"my.metric\"}", StandardCharsets.UTF_8));
            }
        }
        for (String query : List.of("{job=~\".+\"}", "m3", "{}", "m1{__name__=\"x\"}", "m1{", "nosuch")) {
            String encoded = URLEncoder.encode(query, StandardCharsets.UTF_8);
            requests.add("query_exemplars?query=" + encoded);
            requests.add("query_exemplars?query=" + encoded + "&end=" + (NOW - 2_500) / 1e3);
        }
        for (String request : requests) {
            String path = "/api/v1/" + request.replace("[]", "%5B%5D");
            assertEquals(answer(prometheus.port(), path), answer(cairn.httpPort(), path), path);
        }
        System.out.println("HttpApiTest: " + requests.size() + " answers equal");
    }

    /** The order of series, and of equal counts, is nobody's promise. */
    private static String answer(int port, String path) throws IOException {
        HttpResponse<byte[]> answer = Http.send(Http.to(port, path).build());
        String type = answer.headers().firstValue("Content-Type").orElse("");
        if (!type.equals("application/json")) {
            return String.valueOf(answer.statusCode()); // no path of either
        }
        JsonNode body = JSON.readTree(answer.body());
        List<String> lines = new ArrayList<>();
        body.properties().forEach(field -> {
            if (field.getKey().equals("data")) {
                flatten(field.getValue(), lines);
            } else {
                lines.add(field.toString());
            }
        });
        lines.sort(null);
        return answer.statusCode() + "\n" + String.join("\n", lines);
    }

    private static void flatten(JsonNode data, List<String> lines) {
        if (data.isArray()) {
            data.forEach(element -> lines.add(element.toString()));
        } else {
            data.properties().forEach(field -> {
                if (field.getValue().isArray()) {
                    field.getValue().forEach(element -> lines.add(field.getKey() + ": " + element));
                } else {
                    lines.add(field.toString());
                }
            });
        }
    }

    @Test
    void federationIsThatOfPrometheus() throws IOException {
        String everything = "/federate?match%5B%5D=" + URLEncoder.encode("{__name__=~\".+\"}", StandardCharsets.UTF_8);
        for (String accept : List.of(
                "text/plain",
                "text/plain;version=1.0.0;escaping=allow-utf-8",
                "text/plain;escaping=dots",
                "text/plain;escaping=values",
                "*/*")) {
            HttpRequest.Builder ours = Http.to(cairn.httpPort(), everything).header("Accept", accept);
            HttpRequest.Builder theirs = Http.to(prometheus.port(), everything).header("Accept", accept);
            HttpResponse<byte[]> found = Http.send(ours.build());
            HttpResponse<byte[]> expected = Http.send(theirs.build());
            assertEquals(
                    expected.headers().firstValue("Content-Type"),
                    found.headers().firstValue("Content-Type"));
            assertEquals(sortedLines(expected), sortedLines(found), accept);
            assertEquals(families(expected), families(found), accept);
        }
    }

    /** Prometheus does not sort the series of a family. */
    private static List<String> sortedLines(HttpResponse<byte[]> answer) {
        return new String(answer.body(), StandardCharsets.UTF_8)
                .lines()
                .sorted()
                .toList();
    }

    private static List<String> families(HttpResponse<byte[]> answer) {
        return new String(answer.body(), StandardCharsets.UTF_8)
                .lines()
                .filter(line -> line.startsWith("#"))
                .toList();
    }

    @Test
    void aParentThatFederatesHasTheSameSamples() throws IOException {
        StringBuilder config = new StringBuilder("global: {scrape_interval: 1s}\nscrape_configs:\n");
        List<String> protocols =
                List.of("PrometheusText0.0.4", "PrometheusText1.0.0", "OpenMetricsText1.0.0", "PrometheusProto");
        for (String protocol : protocols) {
            config.append("  - job_name: ")
                    .append(protocol)
                    .append("\n    honor_labels: true\n    metrics_path: /federate\n    scrape_protocols: [")
                    .append(protocol)
                    .append(
                            "]\n    scrape_native_histograms: true\n    params: { 'match[]': ['{__name__=~\".+\"}'] }\n    static_configs: [{targets: ['127.0.0.1:")
                    .append(cairn.httpPort())
                    .append("']}]\n    metric_relabel_configs: [{target_label: via, replacement: ")
                    .append(protocol)
                    .append("}]\n");
        }
        SampleSet expected = new SampleSet();
        for (String protocol : protocols) {
            for (int i = 0; i < 300; i++) {
                Labels.Builder labels = labels(i).toBuilder();
                labels.add("replica", "a").add("tenant_id", Cairn.TENANT).add("via", protocol);
                if (labels(i).get("job").isEmpty()) {
                    labels.add("job", protocol);
                }
                if (!protocol.contains("1.0.0") && i % 5 == 0) {
                    // Prometheus asks for every character in names only with formats of version 1.0.0.
                    labels.set("__name__", "my_metric")
                            .set("a_b", labels(i).get("a b"))
                            .set("a b", "");
                }
                expected.add(labels.build(), NOW - 1_000 - i, VALUES[i % VALUES.length]);
            }
        }
        try (Prometheus parent =
                Prometheus.start(scratch, scratch.resolve("parent"), Http.freePort(), config.toString())) {
            SampleSet[] found = new SampleSet[1];
            boolean all = Waiting.until(FEDERATION_TIME_MAX, () -> {
                found[0] = federated(parent);
                return found[0].seriesCount() >= expected.seriesCount();
            });
            assertTrue(
                    all,
                    () -> "only " + found[0] + " of " + expected + "\n"
                            + parent.program().log());
            found[0].assertEqualTo(expected, "the parent");
            for (String number : List.of("0", "1")) {
                JsonNode there = Http.query(prometheus.port(), "nh{n='" + number + "'}", NOW, "");
                JsonNode federated = Http.query(parent.port(), "nh{n='" + number + "',via='PrometheusProto'}", NOW, "");
                assertTrue(there.at("/0/histogram/1/count").isTextual(), there::toString);
                assertEquals(there.at("/0/histogram/1"), federated.at("/0/histogram/1"));
            }
            System.out.println("HttpApiTest: a parent has " + found[0]);
        }
    }

    /** Floats, without what it notes of its scrapes. */
    private static SampleSet federated(Prometheus parent) {
        return Http.rawSamples(parent.port(), "{via!='',__name__!~'nh.*'}[10m]", System.currentTimeMillis(), "");
    }
}

package dev.cairndb.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.chunks.CounterResetHint;
import dev.cairndb.chunks.HistogramBuffer;
import dev.cairndb.chunks.HistogramSample;
import dev.cairndb.remote.RemoteWriteEncoder;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code /federate} gives; {@link FederationFormatsTest} has the formats. */
class FederateTest {
    private static final long NOW = System.currentTimeMillis();
    private static final String EXTERNAL = "instance=\"\",replica=\"a\",tenant_id=\"default-tenant\"}";

    @TempDir
    Path folder;

    private RunningReceiver receiver;

    @Test
    void givesTheNewestSampleOfFiveMinutesOfEachSeries() throws Exception {
        try (RunningReceiver started = RunningReceiver.start(folder, "--label=replica=\"a\"")) {
            receiver = started;
            store("a", 200_000, "job", "x");
            store("old", 310_000, "job", "x");
            store("stale", 1_000, HistogramSample.STALE_NAN_BITS, "job", "x");
            store("stale_before", 20_000, HistogramSample.STALE_NAN_BITS, "job", "x");
            store("stale_before", 10_000, "job", "x");
            store("zz", 3_000, "job", "x", "replica", "own");
            store("zz", 2_000, "job", "x", "instance", "i");
            store("zz", 1_000, "job", "y");
            assertEquals(
                    List.of(
                            "# TYPE a untyped",
                            "a{job=\"x\"," + EXTERNAL + " 7 " + (NOW - 200_000),
                            "# TYPE stale_before untyped",
                            "stale_before{job=\"x\"," + EXTERNAL + " 7 " + (NOW - 10_000),
                            "# TYPE zz untyped",
                            "zz{instance=\"i\",job=\"x\",replica=\"a\",tenant_id=\"default-tenant\"} 7 "
                                    + (NOW - 2_000),
                            "zz{job=\"x\",replica=\"own\",instance=\"\",tenant_id=\"default-tenant\"} 7 "
                                    + (NOW - 3_000)),
                    federate("{job=\"x\"}", "{job=~\"x\",job!=\"\"}"));
            assertEquals(8, federate("{}").size());
            assertEquals(List.of(), federate("nosuch"));
            assertEquals(List.of(), federate());
        }
    }

    @Test
    void familiesComeByNameAlsoWhereLabelsSortBeforeIt() throws Exception {
        try (RunningReceiver started = RunningReceiver.start(folder)) {
            receiver = started;
            store("b", 1_000, "A", "1");
            store("a", 1_000, "A", "2");
            store("c", 1_000, "d", "1");
            store("a", 1_000, "A", "3");
            assertEquals(
                    List.of(
                            "# TYPE a untyped",
                            "a{A=\"2\"",
                            "a{A=\"3\"",
                            "# TYPE b untyped",
                            "b{A=\"1\"",
                            "# TYPE c untyped",
                            "c{d=\"1\""),
                    federate("{__name__=~\".+\"}", "{A=~\".+\"}").stream()
                            .map(line -> line.startsWith("#") ? line : line.substring(0, line.indexOf(',')))
                            .toList());
        }
    }

    @Test
    void theReaderChoosesTheFormatAndErrorsAreText() throws Exception {
        try (RunningReceiver started = RunningReceiver.start(folder)) {
            receiver = started;
            store("a", 1_000, "job", "x");
            HttpResponse<String> answer = receiver.send(HttpRequest.newBuilder(url("a"))
                    .header("Accept", "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8"));
            assertEquals(
                    "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8",
                    answer.headers().firstValue("Content-Type").orElse(""));
            assertTrue(answer.body().endsWith("# EOF\n"), answer.body());
            HttpResponse<String> refused = receiver.get(url("{"));
            assertEquals(400, refused.statusCode());
            assertEquals("1:2: parse error: unexpected end of input inside braces\n", refused.body());
            assertEquals(
                    405,
                    receiver.send(HttpRequest.newBuilder(url("a")).POST(HttpRequest.BodyPublishers.noBody()))
                            .statusCode());
            HttpResponse<String> unknown =
                    receiver.send(HttpRequest.newBuilder(url("a")).header("THANOS-TENANT", "unknown"));
            assertEquals("200 ", unknown.statusCode() + " " + unknown.body());
            assertFalse(receiver.get(url("a")).body().isEmpty());
        }
    }

    @Test
    void nativeHistogramsAreGivenInProtobufAndThoseWithBoundsOfTheirOwnAsClassicOnes() throws Exception {
        try (RunningReceiver started = RunningReceiver.start(folder)) {
            receiver = started;
            RemoteWriteEncoder encoder = new RemoteWriteEncoder();
            HistogramBuffer exponential = FederationFormatsTest.exponential(CounterResetHint.UNKNOWN);
            HistogramBuffer custom = FederationFormatsTest.customBuckets();
            for (String name : List.of("custom", "exponential", "stale")) {
                encoder.startSeries().label("__name__", name);
                encoder.histogram(NOW - 2_000, name.equals("custom") ? custom : exponential);
                exponential.setSumBits(HistogramSample.STALE_NAN_BITS);
                if (name.equals("stale")) {
                    encoder.histogram(NOW - 1_000, exponential);
                }
                exponential = FederationFormatsTest.exponential(CounterResetHint.UNKNOWN);
                encoder.endSeries();
            }
            encoder.finish();
            HttpResponse<String> stored =
                    receiver.post(RunningReceiver.RECEIVE, Arrays.copyOf(encoder.body(), encoder.bodySize()));
            assertEquals(204, stored.statusCode(), stored.body());
            String labels = "{instance=\"\",tenant_id=\"default-tenant\"";
            String time = " " + (NOW - 2_000);
            assertEquals(
                    List.of(
                            "# TYPE custom histogram",
                            "custom_bucket" + labels + ",le=\"0.5\"} 3" + time,
                            "custom_bucket" + labels + ",le=\"1\"} 3" + time,
                            "custom_bucket" + labels + ",le=\"2.5\"} 7" + time,
                            "custom_bucket" + labels + ",le=\"+Inf\"} 7" + time,
                            "custom_sum" + labels + "} 5.5" + time,
                            "custom_count" + labels + "} 7" + time),
                    federate("{__name__=~\".+\"}"));
            String protobuf = receiver.send(HttpRequest.newBuilder(url("{__name__=~\".+\"}"))
                            .header(
                                    "Accept",
                                    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
                                            + "encoding=delimited"))
                    .body();
            assertTrue(protobuf.contains("custom") && protobuf.contains("exponential"), protobuf);
            assertFalse(protobuf.contains("stale"), protobuf);
        }
    }

    private List<String> federate(String... selectors) throws IOException, InterruptedException {
        HttpResponse<String> answer = receiver.get(url(selectors));
        assertEquals(200, answer.statusCode(), answer.body());
        return answer.body().lines().toList();
    }

    private java.net.URI url(String... selectors) {
        StringBuilder path = new StringBuilder("/federate?");
        for (String selector : selectors) {
            path.append("match[]=")
                    .append(URLEncoder.encode(selector, StandardCharsets.UTF_8))
                    .append('&');
        }
        return receiver.admin(path.toString().replace("[]", "%5B%5D"));
    }

    private void store(String metric, long agoMillis, String... labels) throws IOException, InterruptedException {
        store(metric, agoMillis, Double.doubleToRawLongBits(7), labels);
    }

    private void store(String metric, long agoMillis, long valueBits, String... labels)
            throws IOException, InterruptedException {
        RemoteWriteEncoder encoder = new RemoteWriteEncoder();
        encoder.startSeries().label("__name__", metric);
        for (int i = 0; i < labels.length; i += 2) {
            encoder.label(labels[i], labels[i + 1]);
        }
        encoder.sample(NOW - agoMillis, valueBits).endSeries();
        encoder.finish();
        HttpResponse<String> answer =
                receiver.post(RunningReceiver.RECEIVE, Arrays.copyOf(encoder.body(), encoder.bodySize()));
        assertEquals(204, answer.statusCode(), answer.body());
    }
}

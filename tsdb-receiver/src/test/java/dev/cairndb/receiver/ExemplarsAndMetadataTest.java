package dev.cairndb.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairndb.remote.MetricType;
import dev.cairndb.remote.RemoteWriteEncoder;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code /api/v1/query_exemplars} and {@code /api/v1/metadata}. */
class ExemplarsAndMetadataTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long NOW = System.currentTimeMillis() / 1000 * 1000;

    @TempDir
    Path folder;

    private RunningReceiver receiver;

    @Test
    void exemplarsAreGivenBySeriesAsPrometheusGivesThem() throws Exception {
        try (RunningReceiver started = RunningReceiver.start(folder)) {
            receiver = started;
            RemoteWriteEncoder encoder = new RemoteWriteEncoder();
            for (String name : new String[] {"b", "a"}) {
                encoder.startSeries().label("__name__", name).label("job", "x").sample(NOW, 1);
                exemplar(encoder, NOW - 2_000, 0.25);
                exemplar(encoder, NOW - 500, 1e7);
                encoder.endSeries();
            }
            store(encoder);
            String first = "{'labels':{'trace_id':'t'},'value':'0.25','timestamp':" + (NOW - 2_000) / 1000 + "}";
            String second = "{'labels':{'trace_id':'t'},'value':'10000000','timestamp':" + (NOW - 1_000) / 1000 + ".5}";
            String a = "{'seriesLabels':{'__name__':'a','job':'x'},'exemplars':[" + first + "," + second + "]}";
            assertEquals(
                    json("[" + a + "," + a.replace("'a'", "'b'") + "]"), data("query_exemplars?query={job=\"x\"}"));
            assertEquals(json("[" + a + "]"), data("query_exemplars?query=a"));
            assertEquals(
                    json("[" + a.replace("," + second, "") + "]"),
                    data("query_exemplars?query=a&end=" + (NOW - 2_000) / 1000));
            assertEquals(json("[]"), data("query_exemplars?query=nosuch"));
            refused("query_exemplars", "unknown position: parse error: no expression found in input");
            refused("query_exemplars?query=a&start=5&end=1", "end timestamp must not be before start timestamp");
            refused(
                    "query_exemplars?query={}",
                    "1:1: parse error: vector selector must contain at least one non-empty matcher");
            refused(
                    "query_exemplars?query=rate(a[5m])",
                    "1:5: parse error: unexpected \"(\"; only a series selector can be used here");
        }
    }

    private static void exemplar(RemoteWriteEncoder encoder, long timestampMillis, double value) {
        encoder.startExemplar().label("trace_id", "t").endExemplar(timestampMillis, Double.doubleToRawLongBits(value));
    }

    @Test
    void metadataIsGivenByFamily() throws Exception {
        try (RunningReceiver started = RunningReceiver.start(folder)) {
            receiver = started;
            RemoteWriteEncoder encoder = new RemoteWriteEncoder();
            encoder.startSeries().label("__name__", "b_total").sample(NOW, 1).endSeries();
            encoder.startSeries().label("__name__", "a").sample(NOW, 1).endSeries();
            encoder.familyMetadata(MetricType.COUNTER, "b_total", "", "How many.");
            encoder.familyMetadata(MetricType.GAUGE, "a", "seconds", "How long.");
            store(encoder);
            String a = "'a':[{'type':'gauge','unit':'seconds','help':'How long.'}]";
            String b = "'b_total':[{'type':'counter','unit':'','help':'How many.'}]";
            assertEquals(json("{" + a + "," + b + "}"), data("metadata"));
            assertEquals(json("{" + a + "}"), data("metadata?limit=1"));
            assertEquals(json("{}"), data("metadata?limit=0"));
            assertEquals(json("{" + a + "," + b + "}"), data("metadata?limit=-1&limit_per_metric=0"));
            assertEquals(json("{" + b + "}"), data("metadata?metric=b_total&limit_per_metric=1"));
            assertEquals(json("{}"), data("metadata?metric=nosuch"));
            refused("metadata?limit=x", "limit must be a number");
            refused("metadata?limit_per_metric=x", "limit_per_metric must be a number");
        }
    }

    private void store(RemoteWriteEncoder encoder) throws IOException, InterruptedException {
        encoder.finish();
        HttpResponse<String> answer =
                receiver.post(RunningReceiver.RECEIVE, Arrays.copyOf(encoder.body(), encoder.bodySize()));
        assertEquals(204, answer.statusCode(), answer.body());
    }

    private JsonNode data(String path) throws IOException, InterruptedException {
        HttpResponse<String> answer = get(path);
        assertEquals(200, answer.statusCode(), answer.body());
        return JSON.readTree(answer.body()).get("data");
    }

    private void refused(String path, String error) throws IOException, InterruptedException {
        HttpResponse<String> answer = get(path);
        assertEquals(400, answer.statusCode(), answer.body());
        assertEquals(error, JSON.readTree(answer.body()).get("error").asText());
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        int query = path.indexOf("query=");
        int end = path.indexOf('&', Math.max(0, query)) < 0 ? path.length() : path.indexOf('&', Math.max(0, query));
        String encoded = query < 0
                ? path
                : path.substring(0, query + 6)
                        + URLEncoder.encode(path.substring(query + 6, end), StandardCharsets.UTF_8)
                        + path.substring(end);
        return receiver.get(receiver.admin("/api/v1/" + encoded));
    }

    private static JsonNode json(String text) throws IOException {
        return JSON.readTree(text.replace('\'', '"'));
    }
}

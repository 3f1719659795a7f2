package dev.cairndb.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairndb.testkit.GoldenData;
import java.io.IOException;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Headers of writes: what Prometheus answers, and where we answer otherwise on purpose. */
class WriteHeadersGoldenTest {
    private static final String VERSION_2 = "io.prometheus.write.v2.Request";

    private static final List<String> KINDS = List.of("Samples", "Histograms", "Exemplars");

    private final GoldenData golden = new GoldenData(getClass());

    @Test
    void headersAreAnsweredAsPrometheusDoesButForTheStatedDifferences(@TempDir Path folder) throws Exception {
        Path cases = golden.path("remote_write/http");
        try (RunningReceiver receiver = RunningReceiver.start(folder);
                Stream<Path> files = Files.list(cases)) {
            int number = 0;
            for (Path file : files.filter(path -> path.toString().endsWith(".jsonl"))
                    .sorted()
                    .toList()) {
                for (JsonNode one : JsonLines.of(file)) {
                    check(receiver, cases, one, "case-" + number++);
                }
            }
        }
        golden.report(System.out);
    }

    private void check(RunningReceiver receiver, Path cases, JsonNode one, String tenant) throws Exception {
        byte[] body = Files.readAllBytes(
                cases.resolve("odd-v" + one.get("body_version").asInt() + ".body.snappy"));
        HttpRequest.Builder request = HttpRequest.newBuilder(receiver.write("/api/v1/write"))
                .method(one.get("method").asText(), HttpRequest.BodyPublishers.ofByteArray(body))
                .header("THANOS-TENANT", tenant);
        one.get("headers")
                .properties()
                .forEach(header ->
                        request.header(header.getKey(), header.getValue().asText()));
        HttpResponse<String> answer = receiver.send(request);
        int expected = one.get("answer").get("status").asInt();
        String difference = difference(one);
        if (difference == null) {
            golden.checked("answers as by Prometheus", 1);
        } else {
            golden.checked("other answers (" + difference + ")", 1);
            expected = Integer.parseInt(difference.substring(0, 3));
        }
        String what = one + " -> " + answer.statusCode() + " " + answer.body();
        assertEquals(expected, answer.statusCode(), what);
        if (expected != 204) {
            assertTrue(answer.body().length() > 1 || one.get("method").asText().equals("HEAD"), what);
        }
        List<String> stored = StoredSamples.of(receiver.receiver().tenants().known(tenant));
        if (difference == null) {
            assertEquals(expectedSamples(one.get("answer").path("stored")), stored, what);
            assertEquals(written(one.get("answer").path("headers")), written(answer.headers()), what);
        } else {
            boolean right = one.get("headers").path("Content-Type").asText("").contains(VERSION_2)
                    == (one.get("body_version").asInt() == 2);
            assertEquals(expected == 204 && right ? 2 : 0, stored.size(), what);
        }
    }

    /** The answer we give instead, with the reason; null if it is the same. */
    private static @Nullable String difference(JsonNode one) {
        String type = one.get("headers").path("Content-Type").asText("");
        String encoding = one.get("headers").path("Content-Encoding").asText("");
        int status = one.get("answer").get("status").asInt();
        if (status == 415 && encoding.equals("Snappy")) {
            return "204: names of encodings have no case";
        }
        if (status == 415 && encoding.equals("zstd")) {
            return "400: zstd is received, and this body is not";
        }
        if (type.contains("; proto=" + VERSION_2)) {
            return one.get("body_version").asInt() == 1
                    ? "204: a blank hides no version; a version 1 message has no field of version 2"
                    : "204: a blank hides no version";
        }
        if (status == 415 && type.contains(";proto=\"" + VERSION_2)) {
            return "204: values may stand in quotes";
        }
        if (status == 415
                && type.toLowerCase(Locale.ROOT).equals("application/x-protobuf")
                && !type.equals("application/x-protobuf")) {
            return "204: media types have no case";
        }
        return null;
    }

    private static List<String> written(JsonNode headers) {
        return KINDS.stream()
                .map(kind -> headers.path("X-Prometheus-Remote-Write-" + kind + "-Written")
                        .asText(""))
                .toList();
    }

    private static List<String> written(HttpHeaders headers) {
        return KINDS.stream()
                .map(kind -> headers.firstValue("X-Prometheus-Remote-Write-" + kind + "-Written")
                        .orElse(""))
                .toList();
    }

    private static List<String> expectedSamples(JsonNode stored) throws IOException {
        List<String> lines = new ArrayList<>();
        String labels = "";
        for (JsonNode line : stored) {
            String text = line.asText();
            if (text.startsWith("{")) {
                JsonNode values = new ObjectMapper().readTree(text);
                List<String> pairs = new ArrayList<>();
                values.properties().forEach(pair -> pairs.add(pair.getKey() + "=" + pair.getValue()));
                labels = "{" + String.join(", ", pairs) + "}";
            } else {
                String[] fields = text.split("\t");
                lines.add(labels + " " + fields[0] + " " + fields[2]);
            }
        }
        return lines;
    }
}

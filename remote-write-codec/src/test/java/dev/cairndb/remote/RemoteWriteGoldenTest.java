package dev.cairndb.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.Snappy;
import dev.cairndb.testkit.GoldenData;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.Executable;

class RemoteWriteGoldenTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final RemoteWriteLimits LIMITS = RemoteWriteLimits.defaults();
    private static final GoldenData GOLDEN = new GoldenData(RemoteWriteGoldenTest.class);

    /** A body with what is told about it. */
    private record Case(RemoteWriteVersion version, String name) {
        Path file(String suffix) {
            return GOLDEN.path(folder(version)).resolve(name + suffix);
        }

        byte[] body() throws IOException {
            return Files.readAllBytes(file(".body.snappy"));
        }

        RemoteWriteRequest decode() throws IOException {
            return RemoteWriteRequest.decode(body(), version, LIMITS);
        }
    }

    private interface Check {
        void check(Case one) throws Exception;
    }

    @TestFactory
    List<DynamicTest> aBodyIsReadAsPrometheusReadsIt() throws IOException {
        return each(".body.snappy", RemoteWriteGoldenTest::checkDecoder);
    }

    @TestFactory
    List<DynamicTest> whatPrometheusStoresOfABodyHasGoodLabels() throws IOException {
        return each(".answer.json", RemoteWriteGoldenTest::checkAnswer);
    }

    /** What Prometheus' sender wrote comes out again byte for byte. */
    @TestFactory
    List<DynamicTest> capturedBodiesAreEncodedAsPrometheusEncodesThem() throws IOException {
        return each(".body.snappy", one -> {
            if (one.name.startsWith("captured-")) {
                checkEncoder(one);
            }
        });
    }

    @AfterAll
    static void printWhatWasCompared() {
        GOLDEN.report(System.out);
    }

    private static String folder(RemoteWriteVersion version) {
        return version == RemoteWriteVersion.V1 ? "remote_write/v1" : "remote_write/v2";
    }

    private static List<DynamicTest> each(String suffix, Check check) throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        for (RemoteWriteVersion version : RemoteWriteVersion.values()) {
            for (String name : GOLDEN.names(folder(version), suffix)) {
                Executable test = () -> check.check(new Case(version, name));
                tests.add(DynamicTest.dynamicTest(version + " " + name, test));
            }
        }
        return tests;
    }

    private static void checkDecoder(Case one) throws Exception {
        List<JsonNode> expected = new ArrayList<>();
        for (String line : Files.readAllLines(one.file(".expected.jsonl"))) {
            expected.add(JSON.readTree(line));
        }
        GOLDEN.checked("bodies", 1);
        if (!expected.isEmpty()
                && expected.get(0).has("error")
                && !expected.get(0).has("labels")) {
            checkRefused(one, expected.get(0).get("error").asText());
            return;
        }
        RemoteWriteRequest request = one.decode();
        for (int series = 0; series < request.seriesCount(); series++) {
            checkErrors(expected.get(series), request, series);
        }
        List<JsonNode> found = RequestLines.of(request);
        for (int line = 0; line < expected.size() && line < found.size(); line++) {
            JsonNode want = expected.get(line);
            JsonNode have = found.get(line);
            if (!want.has("metadata")) {
                // What Prometheus finds no text for has none here either.
                ((ObjectNode) have).remove("metadata");
            }
            ((ObjectNode) want).remove("error");
            sortExemplarLabels(want);
            takeUnknownHintsForNone(want);
            assertEquals(want, have, "line " + line);
        }
        assertEquals(expected.size(), found.size(), "lines");
    }

    /** References that lead nowhere make a series or an exemplar bad, not the request. */
    private static void checkErrors(JsonNode expected, RemoteWriteRequest request, int series) {
        String error = expected.path("error").asText();
        boolean inExemplar = error.startsWith("exemplar: ");
        LabelProblem problem = request.packLabels(series, new ByteWriter(16));
        assertEquals(!error.isEmpty() && !inExemplar, problem == LabelProblem.INVALID_REFERENCE, error);
        boolean badExemplar = false;
        int start = request.exemplarStart(series);
        for (int e = start; e < start + request.exemplarCount(series); e++) {
            badExemplar |= request.packExemplarLabels(e, new ByteWriter(16)) == LabelProblem.INVALID_REFERENCE;
        }
        assertEquals(inExemplar, badExemplar, error);
    }

    /** They are packed here, so they come sorted; and a name that comes twice cannot be packed. */
    private static void sortExemplarLabels(JsonNode series) {
        for (JsonNode exemplar : series.path("exemplars")) {
            List<JsonNode> labels = new ArrayList<>();
            exemplar.get("labels").forEach(labels::add);
            labels.sort((a, b) -> a.get(0).asText().compareTo(b.get(0).asText()));
            Set<String> names = new HashSet<>();
            boolean twice =
                    !labels.stream().allMatch(label -> names.add(label.get(0).asText()));
            ((ObjectNode) exemplar).putArray("labels").addAll(twice ? List.of() : labels);
        }
    }

    /** Prometheus carries them on and stores none. */
    private static void takeUnknownHintsForNone(JsonNode series) {
        for (JsonNode histogram : series.path("histograms")) {
            if (histogram.get(2).get("counter_reset_hint").asInt() > 3) {
                ((ObjectNode) histogram.get(2)).put("counter_reset_hint", 0);
            }
        }
    }

    private static void checkRefused(Case one, String error) {
        IOException refusal = assertThrows(IOException.class, one::decode);
        if (refusal instanceof MalformedRequestException malformed) {
            MalformedRequestException.Layer layer = error.startsWith("snappy:")
                    ? MalformedRequestException.Layer.SNAPPY
                    : MalformedRequestException.Layer.PROTOBUF;
            assertEquals(layer, malformed.layer(), malformed.getMessage());
        } else if (refusal instanceof RequestTooLargeException) {
            assertTrue(error.contains("exceeds the limit"), error);
        } else {
            fail(refusal);
        }
    }

    /** What is stored, and that what is not stored has bad labels, no samples, or makes the answer 400. */
    private static void checkAnswer(Case one) throws Exception {
        JsonNode answer = JSON.readTree(one.file(".answer.json").toFile());
        boolean listed = answer.has("stored") || answer.get("stored_samples").asInt() == 0;
        if (answer.get("status").asInt() != 204 || !listed) {
            return;
        }
        Set<String> stored = new HashSet<>();
        for (JsonNode line : answer.path("stored")) {
            if (line.asText().startsWith("{")) {
                List<String> labels = new ArrayList<>();
                JSON.readTree(line.asText())
                        .properties()
                        .forEach(label -> labels.add(
                                hex(label.getKey()) + "=" + hex(label.getValue().asText())));
                stored.add(labels.toString());
            }
        }
        RemoteWriteRequest request = one.decode();
        Set<String> packed = new HashSet<>();
        ByteWriter writer = new ByteWriter(16);
        for (int series = 0; series < request.seriesCount(); series++) {
            writer.clear();
            boolean sampled = request.sampleCount(series) + request.histogramCount(series) > 0;
            if (request.packLabels(series, writer) == null && sampled) {
                packed.add(PackedLabels.list(writer.array(), 0, writer.size()).toString());
            }
        }
        assertEquals(stored, packed);
        GOLDEN.checked("answers", 1);
    }

    private static void checkEncoder(Case one) throws Exception {
        RemoteWriteRequest request = one.decode();
        RemoteWriteEncoder encoder = new RemoteWriteEncoder(one.version);
        RequestCopy.copy(request, encoder);
        int messageSize = encoder.messageSizeBytes();
        encoder.finish();
        byte[] body = Arrays.copyOf(encoder.body(), encoder.bodySize());
        RemoteWriteRequest again = RemoteWriteRequest.decode(body, one.version, LIMITS);
        byte[] sent = one.body();
        assertEquals(hex(request.bytes(), 0, messageSize), hex(again.bytes(), 0, messageSize));
        assertEquals(Snappy.uncompressedSizeBytes(sent, 0, sent.length), messageSize);
        GOLDEN.checked("encoded bodies", 1);
    }

    private static String hex(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return hex(bytes, 0, bytes.length);
    }

    private static String hex(byte[] bytes, int offset, int length) {
        return HexFormat.of().formatHex(bytes, offset, offset + length);
    }
}

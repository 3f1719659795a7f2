package dev.cairndb.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.Snappy;
import dev.cairndb.testkit.GoldenData;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class RemoteWriteGoldenTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final RemoteWriteLimits LIMITS = RemoteWriteLimits.defaults();
    private static final String FOLDER = "remote_write/v1";
    private static final GoldenData GOLDEN = new GoldenData(RemoteWriteGoldenTest.class);
    private static final Path V1 = GOLDEN.path(FOLDER);

    @TestFactory
    List<DynamicTest> aVersionOneBodyIsReadAsPrometheusReadsIt() throws IOException {
        RemoteWriteDecoder decoder = new RemoteWriteDecoder();
        return GOLDEN.names(FOLDER, ".body.snappy").stream()
                .map(name -> DynamicTest.dynamicTest(name, () -> check(decoder, name)))
                .toList();
    }

    @TestFactory
    List<DynamicTest> whatPrometheusStoresOfABodyHasGoodLabels() throws IOException {
        return GOLDEN.names(FOLDER, ".answer.json").stream()
                .map(name -> DynamicTest.dynamicTest(name, () -> checkAnswer(name)))
                .toList();
    }

    /** What Prometheus' sender wrote comes out again byte for byte, as far as the encoder has the fields. */
    @TestFactory
    List<DynamicTest> capturedBodiesOfFloatsAreEncodedAsPrometheusEncodesThem() throws IOException {
        return GOLDEN.names(FOLDER, ".body.snappy").stream()
                .filter(name -> name.startsWith("captured-"))
                .map(name -> DynamicTest.dynamicTest(name, () -> checkEncoder(name)))
                .toList();
    }

    @Test
    void versionTwoBodiesAreSkipped() throws IOException {
        List<String> names = GOLDEN.names("remote_write/v2", ".body.snappy");
        System.out.println("RemoteWriteGoldenTest: " + names.size()
                + " cases of remote_write/v2 skipped (version 2 is not decoded yet): " + String.join(" ", names));
    }

    @AfterAll
    static void printWhatWasCompared() {
        GOLDEN.report(System.out);
    }

    private static void check(RemoteWriteDecoder decoder, String name) throws Exception {
        byte[] body = Files.readAllBytes(V1.resolve(name + ".body.snappy"));
        List<String> lines = Files.readAllLines(V1.resolve(name + ".expected.jsonl"));
        GOLDEN.checked("bodies", 1);
        if (!lines.isEmpty() && JSON.readTree(lines.get(0)).has("error")) {
            checkRefused(decoder, body, JSON.readTree(lines.get(0)).get("error").asText());
            return;
        }
        RemoteWriteRequest request = decoder.decode(body, 0, body.length, RemoteWriteVersion.V1, LIMITS);
        int series = 0;
        int metadata = 0;
        int exemplars = 0;
        for (String line : lines) {
            JsonNode expected = JSON.readTree(line);
            if (expected.has("family_metadata")) {
                metadata++;
                continue;
            }
            assertEquals(labelsOf(expected.path("labels")), labelsOf(request, series), "labels of series " + series);
            compareSamples(expected, request, series);
            int histograms = expected.path("histograms").size();
            assertEquals(histograms, request.histogramCount(series), "histograms of series " + series);
            GOLDEN.skipped("content of histograms", histograms);
            exemplars += expected.path("exemplars").size();
            series++;
        }
        assertEquals(series, request.seriesCount(), "series");
        assertEquals(metadata, request.metadataCount(), "metadata");
        assertEquals(exemplars, request.exemplarCount(), "exemplars");
        GOLDEN.skipped("content of metadata", metadata);
        GOLDEN.skipped("content of exemplars", exemplars);
    }

    private static void checkRefused(RemoteWriteDecoder decoder, byte[] body, String error) {
        IOException refusal = assertThrows(
                IOException.class, () -> decoder.decode(body, 0, body.length, RemoteWriteVersion.V1, LIMITS));
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

    private static void compareSamples(JsonNode expected, RemoteWriteRequest request, int series) throws Exception {
        if (expected.has("samples_count")) {
            assertEquals(expected.get("samples_count").asInt(), request.sampleCount(series));
            assertEquals(expected.get("samples_sha256").asText(), digest(samplesOf(request, series)));
            return;
        }
        List<String> samples = new ArrayList<>();
        for (JsonNode sample : expected.path("samples")) {
            samples.add(sample.get(0).asLong() + "\t" + sample.get(1).asText());
        }
        assertEquals(samples, samplesOf(request, series), "samples of series " + series);
    }

    /** What is stored of floats, and that what is not stored has bad labels, no samples, or makes the answer 400. */
    private static void checkAnswer(String name) throws Exception {
        JsonNode answer = JSON.readTree(V1.resolve(name + ".answer.json").toFile());
        byte[] body = Files.readAllBytes(V1.resolve(name + ".body.snappy"));
        boolean listed = answer.has("stored") || answer.get("stored_samples").asInt() == 0;
        if (answer.get("status").asInt() != 204 || !listed) {
            return;
        }
        Set<String> stored = new HashSet<>();
        for (JsonNode line : answer.path("stored")) {
            if (line.asText().startsWith("{")) {
                List<String> labels = new ArrayList<>();
                JSON.readTree(line.asText())
                        .fields()
                        .forEachRemaining(label -> labels.add(hex(utf8(label.getKey())) + "="
                                + hex(utf8(label.getValue().asText()))));
                stored.add(labels.toString());
            }
        }
        RemoteWriteRequest request = RemoteWriteRequest.decode(body, LIMITS);
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

    private static void checkEncoder(String name) throws Exception {
        byte[] body = Files.readAllBytes(V1.resolve(name + ".body.snappy"));
        RemoteWriteRequest request = RemoteWriteRequest.decode(body, LIMITS);
        if (request.histogramCount() + request.exemplarCount() + request.metadataCount() > 0) {
            GOLDEN.skipped("encoding a captured body of other kinds than floats");
            return;
        }
        RemoteWriteEncoder encoder = new RemoteWriteEncoder();
        byte[] bytes = request.bytes();
        for (int series = 0; series < request.seriesCount(); series++) {
            encoder.startSeries();
            for (int label = 0; label < request.labelCount(series); label++) {
                encoder.label(
                        bytes,
                        request.labelNameOffset(series, label),
                        request.labelNameLength(series, label),
                        bytes,
                        request.labelValueOffset(series, label),
                        request.labelValueLength(series, label));
            }
            int start = request.sampleStart(series);
            for (int sample = start; sample < start + request.sampleCount(series); sample++) {
                encoder.sample(request.timestampMillis(sample), request.valueBits(sample));
            }
            encoder.endSeries();
        }
        int messageSize = encoder.messageSizeBytes();
        encoder.finish();
        RemoteWriteRequest again = RemoteWriteRequest.decode(Arrays.copyOf(encoder.body(), encoder.bodySize()), LIMITS);
        assertEquals(Snappy.uncompressedSizeBytes(body, 0, body.length), messageSize);
        assertEquals(hex(bytes, 0, messageSize), hex(again.bytes(), 0, messageSize));
        GOLDEN.checked("encoded bodies", 1);
    }

    private static List<String> labelsOf(JsonNode labels) {
        List<String> list = new ArrayList<>();
        for (JsonNode label : labels) {
            list.add(hexOf(label.get(0)) + "=" + hexOf(label.get(1)));
        }
        return list;
    }

    private static List<String> labelsOf(RemoteWriteRequest request, int series) {
        List<String> list = new ArrayList<>();
        for (int label = 0; label < request.labelCount(series); label++) {
            list.add(
                    hex(request.bytes(), request.labelNameOffset(series, label), request.labelNameLength(series, label))
                            + "="
                            + hex(
                                    request.bytes(),
                                    request.labelValueOffset(series, label),
                                    request.labelValueLength(series, label)));
        }
        return list;
    }

    private static List<String> samplesOf(RemoteWriteRequest request, int series) {
        List<String> list = new ArrayList<>();
        int start = request.sampleStart(series);
        for (int sample = start; sample < start + request.sampleCount(series); sample++) {
            list.add(request.timestampMillis(sample) + "\t" + HexFormat.of().toHexDigits(request.valueBits(sample)));
        }
        return list;
    }

    private static String digest(List<String> lines) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        for (String line : lines) {
            digest.update((line + "\n").getBytes(StandardCharsets.UTF_8));
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static String hexOf(JsonNode text) {
        return text.isObject() ? text.get("hex").asText() : hex(utf8(text.asText()));
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String hex(byte[] bytes) {
        return hex(bytes, 0, bytes.length);
    }

    private static String hex(byte[] bytes, int offset, int length) {
        return HexFormat.of().formatHex(bytes, offset, offset + length);
    }
}

package dev.cairndb.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairndb.chunks.ChunkEncoding;
import dev.cairndb.chunks.EncodedChunk;
import dev.cairndb.io.Snappy;
import dev.cairndb.remote.ReadRequest.LabelMatcher;
import dev.cairndb.remote.ReadRequest.MatchType;
import dev.cairndb.remote.ReadRequest.Query;
import dev.cairndb.testkit.GoldenData;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Requests that Prometheus understood, and its answers: both forms are encoded again to the same bytes. */
class RemoteReadGoldenTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String FOLDER = "remote_read";

    private final GoldenData golden = new GoldenData(getClass());

    @Test
    void requestsAreReadAsPrometheusReadsThem() throws Exception {
        for (String name : golden.names(FOLDER, ".request.snappy")) {
            byte[] body = Files.readAllBytes(golden.path(FOLDER + "/" + name + ".request.snappy"));
            JsonNode json =
                    JSON.readTree(golden.path(FOLDER + "/" + name + ".json").toFile());
            if (name.startsWith("bad-proto") || name.startsWith("bad-snappy") || name.startsWith("empty-body")) {
                assertThrows(MalformedRequestException.class, () -> decode(body), name);
                golden.checked("bad requests", 1);
                continue;
            }
            assertEquals(expected(json), decode(body), name);
            golden.checked("requests", 1);
        }
        golden.report(System.out);
    }

    private static ReadRequest decode(byte[] body) throws IOException {
        return ReadRequestDecoder.decode(body, 0, body.length, 1 << 20);
    }

    private static ReadRequest expected(JsonNode json) {
        List<Query> queries = new ArrayList<>();
        for (JsonNode query : json.get("queries")) {
            List<LabelMatcher> matchers = new ArrayList<>();
            for (JsonNode matcher : query.path("matchers")) {
                matchers.add(new LabelMatcher(
                        MatchType.values()[matcher.path("type").asInt()],
                        matcher.path("name").asText(),
                        matcher.path("value").asText()));
            }
            queries.add(new Query(
                    query.path("start_timestamp_ms").asLong(),
                    query.path("end_timestamp_ms").asLong(),
                    matchers,
                    query.has("hints") ? hints(query.get("hints")) : null));
        }
        List<Integer> types = new ArrayList<>();
        json.get("accepted_response_types").forEach(type -> types.add(type.asInt()));
        return new ReadRequest(queries, types);
    }

    private static ReadRequest.Hints hints(JsonNode json) {
        List<String> grouping = new ArrayList<>();
        json.path("grouping").forEach(name -> grouping.add(name.asText()));
        return new ReadRequest.Hints(
                json.path("step_ms").asLong(),
                json.path("func").asText(),
                json.path("start_ms").asLong(),
                json.path("end_ms").asLong(),
                grouping,
                json.path("by").asBoolean(),
                json.path("range_ms").asLong());
    }

    @Test
    void answersOfSamplesAreEncodedAsPrometheusEncodesThem() throws Exception {
        for (String name : golden.names(FOLDER, ".samples.response")) {
            ReadResponseEncoder encoder = new ReadResponseEncoder(0);
            List<JsonNode> lines = lines(name + ".samples");
            int queries = JSON.readTree(
                            golden.path(FOLDER + "/" + name + ".samples.json").toFile())
                    .get("queries")
                    .size();
            for (int query = 0; query < queries; query++) {
                encoder.startResult();
                for (JsonNode line : lines) {
                    if (line.path("query").asInt() == query) {
                        encoder.startSeries();
                        for (JsonNode label : line.get("labels")) {
                            byte[] labelName = utf8(label.get(0));
                            byte[] value = utf8(label.get(1));
                            encoder.label(labelName, 0, labelName.length, value, 0, value.length);
                        }
                        encoder.addSamples(new ListedSamples(ListedSamples.of(line)));
                        encoder.endSeries();
                    }
                }
                encoder.endResult();
            }
            encoder.finish();
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            encoder.writeTo(body);
            assertEquals(encoder.sizeBytes(), body.size());
            assertEquals(
                    decompressed(Files.readAllBytes(golden.path(FOLDER + "/" + name + ".samples.response"))),
                    decompressed(body.toByteArray()),
                    name);
            golden.checked("answers", 1);
        }
        golden.report(System.out);
    }

    private static String decompressed(byte[] body) throws IOException {
        byte[] message = new byte[Snappy.uncompressedSizeBytes(body, 0, body.length)];
        int unused = Snappy.decompress(body, 0, body.length, message, 0, message.length);
        return HexFormat.of().formatHex(message);
    }

    @Test
    void framesAreEncodedAsPrometheusEncodesThem() throws Exception {
        for (String name : golden.names(FOLDER, ".streamed.response")) {
            String server =
                    name.startsWith("small-frames") ? "max_bytes_in_frame_of_small_frames_cases" : "max_bytes_in_frame";
            ChunkedReadResponseEncoder encoder = new ChunkedReadResponseEncoder(
                    JSON.readTree(golden.path(FOLDER + "/server.json").toFile())
                            .get(server)
                            .asInt());
            String last = "";
            for (JsonNode line : lines(name + ".streamed")) {
                int query = line.path("query").asInt();
                // Frames of one series are given as one, to be split again.
                if (!last.equals(query + " " + line.get("labels"))) {
                    encoder.endSeries();
                    encoder.startSeries(query);
                    for (JsonNode label : line.get("labels")) {
                        byte[] labelName = utf8(label.get(0));
                        byte[] value = utf8(label.get(1));
                        encoder.label(labelName, 0, labelName.length, value, 0, value.length);
                    }
                }
                last = query + " " + line.get("labels");
                line.get("chunks").forEach(chunk -> encoder.addChunk(chunk(chunk)));
            }
            encoder.endSeries();
            assertEquals(
                    HexFormat.of()
                            .formatHex(Files.readAllBytes(golden.path(FOLDER + "/" + name + ".streamed.response"))),
                    HexFormat.of().formatHex(encoder.frames().toByteArray()),
                    name);
            golden.checked("streams", 1);
        }
        golden.report(System.out);
    }

    private static EncodedChunk chunk(JsonNode json) {
        byte[] bytes = HexFormat.of().parseHex(json.get("hex").asText());
        EncodedChunk chunk = new EncodedChunk();
        chunk.wrap(
                ChunkEncoding.values()[json.get("type").asInt() - 1],
                json.get("min").asLong(),
                json.get("max").asLong(),
                bytes,
                0,
                bytes.length);
        return chunk;
    }

    private List<JsonNode> lines(String name) throws IOException {
        List<JsonNode> all = new ArrayList<>();
        for (String line : Files.readAllLines(golden.path(FOLDER + "/" + name + ".expected.jsonl"))) {
            all.add(JSON.readTree(line));
        }
        return all;
    }

    private static byte[] utf8(JsonNode text) {
        return text.asText().getBytes(StandardCharsets.UTF_8);
    }
}

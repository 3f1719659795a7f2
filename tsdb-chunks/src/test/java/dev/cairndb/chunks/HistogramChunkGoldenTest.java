package dev.cairndb.chunks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairndb.testkit.GoldenData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Chunks of native histograms that Prometheus wrote, and what it was given for them. */
class HistogramChunkGoldenTest {
    private static final HexFormat HEX = HexFormat.of();

    private final GoldenData golden = new GoldenData(HistogramChunkGoldenTest.class);

    /** Bytes by the encoding's id and the chunk's name. */
    private final Map<String, String> chunks = new TreeMap<>();

    @Test
    void chunksAreReadAndWrittenAsByPrometheus() throws IOException {
        List<JsonNode> sequences = new ArrayList<>();
        ObjectMapper json = new ObjectMapper();
        for (Path file : golden.list("chunks")) {
            for (String line : Files.readAllLines(file)) {
                JsonNode node = json.readTree(line);
                int encoding = node.get("encoding").asInt();
                if (node.has("appended")) {
                    sequences.add(node);
                } else if (encoding == 2 || encoding == 3) {
                    chunks.put(
                            encoding + node.get("name").asText(),
                            node.get("hex").asText());
                    checkRead(node, ChunkEncoding.ofId(encoding));
                } else if (encoding > 4) {
                    golden.skipped("encoding " + encoding);
                }
            }
        }
        for (JsonNode sequence : sequences) {
            checkWritten(sequence);
        }
        golden.report(System.out);
    }

    private void checkRead(JsonNode node, ChunkEncoding encoding) throws IOException {
        String name = node.get("name").asText();
        byte[] bytes = HEX.parseHex(node.get("hex").asText());
        JsonNode samples = node.get("samples");
        EncodedChunk chunk = new EncodedChunk();
        int last = samples.size() - 1;
        chunk.wrap(
                encoding,
                samples.get(0).get(0).asLong(),
                samples.get(last).get(0).asLong(),
                bytes,
                0,
                bytes.length);
        new ChunkCursors().verify(chunk);
        SampleCursor cursor = new ChunkCursors().open(chunk);
        SampleKind kind = encoding == ChunkEncoding.HISTOGRAM ? SampleKind.HISTOGRAM : SampleKind.FLOAT_HISTOGRAM;
        for (JsonNode sample : samples) {
            assertTrue(cursor.next(), name);
            assertEquals(kind, cursor.kind(), name);
            assertEquals(sample.get(0).asLong(), cursor.timestampMillis(), name);
            assertEquals(sample.get(1).toString(), HistogramJson.text(cursor.histogram()), name);
        }
        assertFalse(cursor.next(), name);
        golden.checked("chunks read", 1);
        checkLoaded(chunk, name);
    }

    /** What goes on with a chunk that was read has the state of who wrote it: it recodes it to the same bytes. */
    private static void checkLoaded(EncodedChunk chunk, String name) throws IOException {
        HistogramAppender appender = new HistogramAppender();
        appender.load(chunk);
        assertEquals(chunk.sampleCount(), appender.sampleCount(), name);
        assertEquals(chunk.maxTimestampMillis(), appender.lastTimestampMillis(), name);
        assertArrayEquals(
                Arrays.copyOf(chunk.array(), chunk.length()),
                Arrays.copyOf(appender.array(), appender.byteLength()),
                name);
    }

    private void checkWritten(JsonNode sequence) {
        int encodingId = sequence.get("encoding").asInt();
        ChunkEncoding encoding = ChunkEncoding.ofId(encodingId);
        if (encoding == null) {
            golden.skipped("sequence of encoding " + encodingId);
            return;
        }
        String name = sequence.get("name").asText();
        int cutEvery = sequence.get("cut_every").asInt();
        List<String> written = new ArrayList<>();
        HistogramAppender appender = new HistogramAppender();
        appender.start(encoding);
        int appended = 0;
        for (JsonNode sample : sequence.get("appended")) {
            HistogramBuffer histogram = HistogramJson.read(sample.get(1), encodingId == 3);
            if (cutEvery > 0 && appended == cutEvery) {
                written.add(hex(appender));
                appender.startNext(encoding);
                appended = 0;
            }
            if (!appender.append(sample.get(0).asLong(), histogram)) {
                written.add(hex(appender));
                appender.startNext(encoding);
                assertTrue(appender.append(sample.get(0).asLong(), histogram), name);
                appended = 0;
            }
            assertTrue(HistogramChecks.areEqual(histogram, appender.last()), name);
            appended++;
        }
        written.add(hex(appender));
        List<String> expected = new ArrayList<>();
        for (JsonNode chunk : sequence.get("chunks")) {
            expected.add(chunks.get(encodingId + chunk.asText()));
        }
        assertEquals(String.join("\n", expected), String.join("\n", written), name);
        golden.checked("sequences written", 1);
    }

    private static String hex(HistogramAppender appender) {
        return HEX.formatHex(appender.array(), 0, appender.byteLength());
    }
}

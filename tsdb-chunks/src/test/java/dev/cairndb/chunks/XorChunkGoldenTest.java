package dev.cairndb.chunks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairndb.testkit.GoldenData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** Chunks written by Prometheus, compared in both directions. */
class XorChunkGoldenTest {
    private final GoldenData golden = new GoldenData(XorChunkGoldenTest.class);

    @Test
    void chunksAreEncodedAndDecodedAsByPrometheus() throws IOException {
        ObjectMapper json = new ObjectMapper();
        for (Path file : golden.list("chunks")) {
            if (file.getFileName().toString().contains("histogram")) {
                continue; // HistogramChunkGoldenTest
            }
            for (String line : Files.readAllLines(file)) {
                check(json.readTree(line));
            }
        }
        golden.report(System.out);
    }

    private void check(JsonNode chunk) throws IOException {
        int encoding = chunk.get("encoding").asInt();
        if (encoding == ChunkEncoding.XOR2.id()) {
            checkXor2(chunk);
            return;
        }
        if (encoding != ChunkEncoding.XOR.id()) {
            golden.skipped("encoding " + encoding);
            return;
        }
        String name = chunk.get("name").asText();
        String hex = chunk.get("hex").asText();
        Samples samples = samples(chunk.get("samples"));
        assertEquals(hex, HexFormat.of().formatHex(samples.encode()), name);
        byte[] bytes = HexFormat.of().parseHex(hex);
        XorCursor cursor = new XorCursor().reset(bytes, 0, bytes.length);
        assertEquals(samples.size(), cursor.samplesLeft(), name);
        samples.assertReadBy(cursor);
        golden.checked();
    }

    private void checkXor2(JsonNode chunk) throws IOException {
        String name = chunk.get("name").asText();
        String hex = chunk.get("hex").asText();
        JsonNode list = chunk.get("samples");
        Samples floats = samples(list);
        long[] starts = new long[list.size()];
        for (int i = 0; i < starts.length; i++) {
            starts[i] = list.get(i).path(2).asLong();
        }
        Xor2Samples samples = new Xor2Samples(floats.timestampsMillis(), starts, floats.valuesBits());
        assertEquals(hex, HexFormat.of().formatHex(samples.encode()), name);
        byte[] bytes = HexFormat.of().parseHex(hex);
        Xor2Cursor cursor = new Xor2Cursor().reset(bytes, 0, bytes.length);
        assertEquals(samples.size(), cursor.samplesLeft(), name);
        samples.assertReadBy(cursor);
        golden.checked();
    }

    private static Samples samples(JsonNode list) {
        long[] timestamps = new long[list.size()];
        long[] values = new long[list.size()];
        for (int i = 0; i < timestamps.length; i++) {
            timestamps[i] = list.get(i).get(0).asLong();
            values[i] = Long.parseUnsignedLong(list.get(i).get(1).asText(), 16);
        }
        return new Samples(timestamps, values);
    }
}

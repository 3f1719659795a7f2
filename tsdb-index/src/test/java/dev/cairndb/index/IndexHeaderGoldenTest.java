package dev.cairndb.index;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairndb.io.BigEndian;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.testkit.GoldenData;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Headers that Thanos wrote: ours are the same to the byte, and theirs are read as Thanos reads them. */
final class IndexHeaderGoldenTest {
    private final GoldenData golden = new GoldenData(IndexHeaderGoldenTest.class);

    @Test
    void headersAreWrittenAsThanosWritesThem() throws IOException {
        for (Path folder : golden.folders("thanos/index-header")) {
            byte[] index = indexOf(folder);
            assertArrayEquals(
                    Files.readAllBytes(folder.resolve("index-header")),
                    IndexHeaderTest.headerOf(index),
                    folder.toString());
            golden.checked("headers", 1);
        }
        golden.report(System.out);
    }

    @Test
    void headersOfThanosAreReadAsThanosReadsThem() throws IOException {
        for (Path folder : golden.folders("thanos/index-header")) {
            byte[] index = indexOf(folder);
            byte[] header = Files.readAllBytes(folder.resolve("index-header"));
            try (IndexReader reader = IndexHeaderTest.open(header, index)) {
                List<String> lines = Files.readAllLines(folder.resolve("expected.jsonl"), StandardCharsets.UTF_8);
                for (String line : lines) {
                    check(GoldenJson.MAPPER.readTree(line), reader, index, header);
                }
                golden.checked("answers", lines.size());
                try (IndexReader whole = IndexSeries.open(index)) {
                    assertEquals(IndexSeries.dump(whole), IndexSeries.dump(reader));
                }
            }
        }
        golden.report(System.out);
    }

    private byte[] indexOf(Path folder) throws IOException {
        return Files.readAllBytes(golden.path("blocks/" + folder.getFileName()).resolve("index"));
    }

    private static void check(JsonNode answer, IndexReader reader, byte[] index, byte[] header) throws IOException {
        if (answer.has("size")) {
            assertEquals(answer.get("size").intValue(), header.length);
            List<String> names = new ArrayList<>();
            reader.forEachName((bytes, offset, length) -> names.add(Utf8.decode(bytes, offset, length)));
            List<String> expected = new ArrayList<>();
            answer.get("label_names").forEach(name -> expected.add(text(name)));
            assertEquals(expected, names);
        } else if (answer.has("symbol")) {
            ByteWriter symbol = new ByteWriter(16);
            reader.symbol(answer.get("symbol").intValue(), symbol);
            assertEquals(text(answer.get("text")), Utf8.decode(symbol.array(), 0, symbol.size()));
        } else {
            byte[] name = Utf8.encode(text(answer.get("name")));
            byte[] value = Utf8.encode(text(answer.get("value")));
            if (answer.has("error")) {
                assertFalse(reader.has(name, value), answer.toString());
            } else {
                // A list lies between its length and its checksum.
                int start = answer.get("start").intValue();
                int end = answer.get("end").intValue();
                assertEquals(end - start, BigEndian.getInt(index, start - Integer.BYTES));
                PostingList series = reader.postings(name, value);
                assertEquals(BigEndian.getInt(index, start), series.cardinality());
                assertTrue(series.cardinality() > 0);
            }
        }
    }

    private static String text(JsonNode node) {
        return node.isTextual()
                ? node.textValue()
                : new String(HexFormat.of().parseHex(node.get("hex").textValue()), StandardCharsets.UTF_8);
    }
}

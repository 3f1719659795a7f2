package dev.cairndb.index;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.FileStorage;
import dev.cairndb.testkit.GoldenData;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Index files of real blocks: what we read from them is what Prometheus reads, what we write is what it wrote. */
final class IndexGoldenTest {
    private final GoldenData golden = new GoldenData(IndexGoldenTest.class);

    @TempDir
    Path directory;

    @Test
    void readsAllSeries() throws IOException {
        int count = 0;
        for (Path block : golden.folders("blocks")) {
            try (IndexReader reader = open(block)) {
                JsonNode expected =
                        GoldenJson.MAPPER.readTree(block.resolve("index.json").toFile());
                IndexToc toc = reader.toc();
                assertEquals(expected.get("symbols").longValue(), toc.symbols());
                assertEquals(expected.get("series").longValue(), toc.series());
                assertEquals(expected.get("label_indices").longValue(), toc.labelIndices());
                assertEquals(expected.get("label_indices_table").longValue(), toc.labelIndicesTable());
                assertEquals(expected.get("postings").longValue(), toc.postings());
                assertEquals(expected.get("postings_table").longValue(), toc.postingsTable());
                assertEquals(expected.get("size").longValue(), reader.sizeBytes());
                assertEquals(expected.get("symbol_count").intValue(), reader.symbolCount());
                assertEquals(
                        expected.get("series_count").intValue(), reader.all().cardinality());
                count += checkChunks(block, reader);
            }
        }
        golden.checked("chunks", count);
        golden.report(System.out);
    }

    /** Returns the number of lines of chunks.tsv: series, series reference, chunk reference, min, max, ... */
    private static int checkChunks(Path block, IndexReader reader) throws IOException {
        Map<Integer, List<String>> bySeries = new TreeMap<>();
        for (String line : Files.readAllLines(block.resolve("chunks.tsv"), StandardCharsets.UTF_8)) {
            String[] fields = line.split("\t", -1);
            bySeries.computeIfAbsent(Integer.valueOf(fields[0]), number -> new ArrayList<>())
                    .add(fields[1] + " " + fields[2] + " " + fields[3] + " " + fields[4]);
        }
        int[] refs = reader.all().toArray();
        SeriesEntry entry = new SeriesEntry();
        int count = 0;
        for (Map.Entry<Integer, List<String>> series : bySeries.entrySet()) {
            int ref = refs[series.getKey()];
            reader.series(ref, entry);
            List<String> found = new ArrayList<>();
            ChunkMetas chunks = entry.chunks();
            for (int i = 0; i < chunks.count(); i++) {
                found.add(Integer.toUnsignedString(ref) + " " + chunks.ref(i) + " " + chunks.minTimestampMillis(i) + " "
                        + chunks.maxTimestampMillis(i));
            }
            assertEquals(series.getValue(), found, () -> "series " + series.getKey() + " of " + block);
            count += found.size();
        }
        assertTrue(count > 0);
        return count;
    }

    @Test
    void readsAllPostings() throws IOException {
        int count = 0;
        for (Path block : golden.folders("blocks")) {
            try (IndexReader reader = open(block)) {
                Map<String, String> expected = new TreeMap<>();
                for (String line : Files.readAllLines(block.resolve("postings.tsv"), StandardCharsets.UTF_8)) {
                    String[] fields = line.split("\t", -1);
                    byte[] name = GoldenJson.bytes(GoldenJson.MAPPER.readTree(fields[0]));
                    byte[] value = GoldenJson.bytes(GoldenJson.MAPPER.readTree(fields[1]));
                    assertEquals(fields[2], text(reader.postings(name, value)), line);
                    expected.put(key(name, value), fields[2]);
                    count++;
                }
                Map<String, String> visited = new TreeMap<>();
                visited.put(key(new byte[0], new byte[0]), text(reader.all()));
                reader.forEachName((bytes, offset, length) -> {
                    byte[] name = Arrays.copyOfRange(bytes, offset, offset + length);
                    reader.forEachValue(name, (from, at, size, postings) -> {
                        visited.put(key(name, Arrays.copyOfRange(from, at, at + size)), text(postings.load()));
                        return true;
                    });
                    return true;
                });
                assertEquals(expected, visited, block.toString());
                assertTrue(reader.postings(new byte[] {'n', 'o'}, new byte[] {'n', 'o'})
                        .isEmpty());
            }
        }
        golden.checked("posting lists", count);
        golden.report(System.out);
    }

    @Test
    void selectsTheSameSeries() throws IOException {
        int count = 0;
        for (Path block : golden.folders("blocks")) {
            try (IndexReader reader = open(block)) {
                int[] refs = reader.all().toArray();
                PostingList deleted = deletedSeries(block, reader);
                for (JsonNode line : GoldenJson.lines(block.resolve("selections.jsonl"))) {
                    int[] selected = Selections.select(reader, GoldenJson.matchers(line.get("matchers")))
                            .minus(deleted)
                            .toArray();
                    assertEquals(line.get("series").toString(), ranges(refs, selected), line::toString);
                    assertEquals(line.get("count").intValue(), selected.length);
                    if (selected.length > 0) {
                        JsonNode ends = line.get("first_and_last_series");
                        assertEquals(ends.get(0).textValue(), labels(reader, selected[0]));
                        assertEquals(
                                ends.get(ends.size() - 1).textValue(), labels(reader, selected[selected.length - 1]));
                    }
                    count++;
                }
            }
        }
        golden.checked("selections", count);
        golden.report(System.out);
    }

    /** Series whose chunks all lie within tombstones; the selections were recorded with those applied. */
    private static PostingList deletedSeries(Path block, IndexReader reader) throws IOException {
        Path file = block.resolve("tombstones.tsv");
        if (!Files.exists(file)) {
            return PostingList.empty();
        }
        List<String> stones = Files.readAllLines(file, StandardCharsets.UTF_8);
        SeriesEntry entry = new SeriesEntry();
        List<PostingList> deleted = new ArrayList<>();
        for (int ref : reader.all().toArray()) {
            reader.series(ref, entry);
            int left = entry.chunks().count();
            for (int i = 0; i < entry.chunks().count(); i++) {
                long min = entry.chunks().minTimestampMillis(i);
                long max = entry.chunks().maxTimestampMillis(i);
                for (String stone : stones) {
                    String[] fields = stone.split("\t", -1);
                    if (fields[0].equals(Integer.toUnsignedString(ref))
                            && Long.parseLong(fields[1]) <= min
                            && max <= Long.parseLong(fields[2])) {
                        left--;
                        break;
                    }
                }
            }
            if (left == 0) {
                deleted.add(PostingList.of(ref));
            }
        }
        return PostingList.union(deleted);
    }

    @Test
    void findsTheSameNamesAndValues() throws IOException {
        int count = 0;
        for (Path block : golden.folders("blocks")) {
            try (IndexReader reader = open(block)) {
                for (JsonNode line : GoldenJson.lines(block.resolve("labels.jsonl"))) {
                    Matcher[] matchers = GoldenJson.matchers(line.get("matchers"));
                    List<byte[]> found;
                    if (line.has("values_of")) {
                        found = Selections.labelValues(
                                reader, line.get("values_of").textValue(), matchers);
                    } else {
                        found = Selections.labelNames(reader, matchers);
                        assertEquals(
                                hex(found),
                                hex(Selections.labelNames(withoutNamesOfSeries(reader), matchers)),
                                line::toString);
                    }
                    List<byte[]> expected = new ArrayList<>();
                    line.get("result").forEach(node -> expected.add(GoldenJson.bytes(node)));
                    assertEquals(hex(expected), hex(found), line::toString);
                    count++;
                }
            }
        }
        golden.checked("lists of names and values", count);
        golden.report(System.out);
    }

    @Test
    void writesTheSameBytes() throws IOException {
        int count = 0;
        for (Path block : golden.folders("blocks")) {
            byte[] expected = Files.readAllBytes(block.resolve("index"));
            try (IndexReader reader = open(block)) {
                for (int memory : new int[] {0, 4096, IndexWriter.POSTINGS_MEMORY_BYTES_DEFAULT}) {
                    for (boolean packed : new boolean[] {false, true}) {
                        Path copy = directory.resolve("index-" + count++);
                        rewrite(reader, copy, memory, packed);
                        assertArrayEquals(
                                expected, Files.readAllBytes(copy), () -> block + ", memory " + memory + ", " + packed);
                        Files.delete(copy);
                    }
                }
            }
        }
        golden.checked("rewritten index files", count);
        golden.report(System.out);
    }

    private static void rewrite(IndexReader reader, Path copy, int memory, boolean packed) throws IOException {
        try (IndexWriter writer = IndexWriter.create(FileStorage.instance(), copy, memory)) {
            IndexReader.SymbolCursor symbols = reader.symbols();
            while (symbols.next()) {
                writer.addSymbol(symbols.array(), symbols.offset(), symbols.length());
            }
            SeriesEntry entry = new SeriesEntry();
            PostingCursor series = reader.all().cursor();
            while (series.next()) {
                reader.series(series.id(), entry);
                int ref = packed
                        ? writer.addSeries(entry.labels(), 0, entry.labelsLength(), entry.chunks())
                        : writer.addSeries(entry.symbols(), entry.labelCount(), entry.chunks());
                assertEquals(series.id(), ref);
            }
            writer.finish();
        }
    }

    private static IndexReader open(Path block) throws IOException {
        return IndexReader.open(FileStorage.instance(), block.resolve("index"));
    }

    private static String text(PostingList list) {
        StringBuilder text = new StringBuilder();
        for (int id : list.toArray()) {
            text.append(text.isEmpty() ? "" : ",").append(Integer.toUnsignedString(id));
        }
        return text.toString();
    }

    private static String key(byte[] name, byte[] value) {
        return HexFormat.of().formatHex(name) + "=" + HexFormat.of().formatHex(value);
    }

    private static List<String> hex(List<byte[]> strings) {
        return strings.stream().map(HexFormat.of()::formatHex).toList();
    }

    /** Numbers of the selected series as JSON ranges. */
    private static String ranges(int[] all, int[] selected) {
        StringBuilder text = new StringBuilder("[");
        int i = 0;
        while (i < selected.length) {
            int first = Arrays.binarySearch(all, selected[i]);
            int last = first;
            i++;
            while (i < selected.length && all[last + 1] == selected[i]) {
                last++;
                i++;
            }
            text.append(text.length() == 1 ? "[" : ",[")
                    .append(first)
                    .append(',')
                    .append(last)
                    .append(']');
        }
        return text.append(']').toString();
    }

    private static String labels(IndexReader reader, int ref) throws IOException {
        SeriesEntry entry = new SeriesEntry();
        reader.series(ref, entry);
        ObjectNode object = GoldenJson.MAPPER.createObjectNode();
        entry.toLabels().forEach(object::put);
        ByteWriter again = new ByteWriter(16);
        again.putBytes(entry.labels(), 0, entry.labelsLength());
        assertArrayEquals(entry.toLabels().packed(), again.toByteArray());
        return object.toString();
    }

    /** The same index as one that must look at all values to find the names of series. */
    private static LabelIndex withoutNamesOfSeries(IndexReader reader) {
        return new LabelIndex() {
            @Override
            public PostingList all() throws IOException {
                return reader.all();
            }

            @Override
            public PostingList postings(byte[] name, byte[] value) throws IOException {
                return reader.postings(name, value);
            }

            @Override
            public void forEachValue(byte[] name, ValueVisitor visitor) throws IOException {
                reader.forEachValue(name, visitor);
            }

            @Override
            public void forEachName(NameVisitor visitor) throws IOException {
                reader.forEachName(visitor);
            }

            @Override
            public boolean valuesAreSorted(byte[] name) {
                return false;
            }
        };
    }
}

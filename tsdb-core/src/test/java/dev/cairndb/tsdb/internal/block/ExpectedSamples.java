package dev.cairndb.tsdb.internal.block;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairndb.index.Labels;
import dev.cairndb.io.ByteWriter;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/** The {@code expected.tsv} of golden data: what Prometheus reads from the files beside it. */
public final class ExpectedSamples {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String FLOAT = "f";

    private ExpectedSamples() {}

    /** The float samples, as bits, by series and time; a series without any is in it too, without samples. */
    public static TreeMap<Labels, TreeMap<Long, Long>> floats(Path file) throws IOException {
        TreeMap<Labels, TreeMap<Long, Long>> all = new TreeMap<>();
        TreeMap<Long, Long> samples = new TreeMap<>();
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            for (String line; (line = lines.readLine()) != null; ) {
                if (isSeries(line)) {
                    samples = new TreeMap<>();
                    if (all.put(labels(JSON.readTree(line)), samples) != null) {
                        throw new AssertionError("a series comes twice in " + file + ": " + line);
                    }
                    continue;
                }
                String[] cells = line.split("\t", -1);
                if (cells[1].equals(FLOAT)) {
                    samples.put(Long.parseLong(cells[0]), Long.parseUnsignedLong(cells[2], 16));
                }
            }
        }
        return all;
    }

    /** All samples as {@link SampleText}, by series and time; a series without any is in it too, without samples. */
    public static TreeMap<Labels, TreeMap<Long, String>> texts(Path file) throws IOException {
        TreeMap<Labels, TreeMap<Long, String>> all = new TreeMap<>();
        for (Map.Entry<Labels, TreeMap<Long, String[]>> series : cells(file).entrySet()) {
            TreeMap<Long, String> texts = new TreeMap<>();
            for (Map.Entry<Long, String[]> sample : series.getValue().entrySet()) {
                texts.put(sample.getKey(), SampleText.of(sample.getValue()));
            }
            all.put(series.getKey(), texts);
        }
        return all;
    }

    /** All samples as the cells of their lines, by series and time. */
    public static TreeMap<Labels, TreeMap<Long, String[]>> cells(Path file) throws IOException {
        TreeMap<Labels, TreeMap<Long, String[]>> all = new TreeMap<>();
        TreeMap<Long, String[]> samples = new TreeMap<>();
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            for (String line; (line = lines.readLine()) != null; ) {
                if (isSeries(line)) {
                    samples = new TreeMap<>();
                    if (all.put(labels(JSON.readTree(line)), samples) != null) {
                        throw new AssertionError("a series comes twice in " + file + ": " + line);
                    }
                    continue;
                }
                String[] cells = line.split("\t", -1);
                samples.put(Long.parseLong(cells[0]), cells);
            }
        }
        return all;
    }

    /** Whether there are samples of another kind than floats. */
    public static boolean hasOtherKinds(Path file) throws IOException {
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            for (String line; (line = lines.readLine()) != null; ) {
                if (!isSeries(line) && !line.split("\t", -1)[1].equals(FLOAT)) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean isSeries(String line) {
        return line.startsWith("{");
    }

    private static Labels labels(JsonNode json) {
        ByteWriter packed = new ByteWriter(256);
        json.fields().forEachRemaining(label -> {
            put(packed, label.getKey().getBytes(StandardCharsets.UTF_8));
            put(packed, bytes(label.getValue()));
        });
        return Labels.ofPacked(packed.array(), 0, packed.size());
    }

    /** Text that is not UTF-8 stands as {@code {"hex": "..."}}. */
    private static byte[] bytes(JsonNode value) {
        return value.isTextual()
                ? value.textValue().getBytes(StandardCharsets.UTF_8)
                : HexFormat.of().parseHex(value.get("hex").textValue());
    }

    private static void put(ByteWriter packed, byte[] text) {
        packed.putUvarint(text.length);
        packed.putBytes(text, 0, text.length);
    }
}

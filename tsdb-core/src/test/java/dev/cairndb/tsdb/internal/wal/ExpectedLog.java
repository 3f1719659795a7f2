package dev.cairndb.tsdb.internal.wal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What Prometheus reads from a directory of golden data, in the words of {@link RecordedLog}. */
final class ExpectedLog {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** By series: {@code expected.tsv}. */
    final Map<String, List<String>> samplesByLabels = new TreeMap<>();

    /** With a start timestamp if Prometheus gives one. */
    static ExpectedLog read(Path file) throws IOException {
        ExpectedLog expected = new ExpectedLog();
        List<String> samples = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            if (line.startsWith("{")) {
                samples = new ArrayList<>();
                expected.samplesByLabels.put(labels(JSON.readTree(line)), samples);
            } else {
                samples.add(sample(line.split("\t", -1)));
            }
        }
        return expected;
    }

    private static String sample(String[] cells) throws IOException {
        String start = cells.length > 3 ? RecordedLog.start(Long.parseLong(cells[3])) : "";
        String value = cells[1].equals("f")
                ? cells[2]
                : HistogramTexts.comparable(HistogramTexts.parse(JSON.readTree(cells[2]), cells[1].equals("fh")));
        return cells[0] + ":" + value + start;
    }

    /** The lines of {@code exemplars.jsonl}, from a time on. */
    static Set<String> exemplars(Path file, long fromMillis) throws IOException {
        Set<String> exemplars = new TreeSet<>();
        for (String line : Files.readAllLines(file)) {
            JsonNode json = JSON.readTree(line);
            if (json.get("t").asLong() < fromMillis) {
                continue;
            }
            exemplars.add(labels(json.get("series")) + " " + json.get("t").asLong() + ":"
                    + json.get("value_bits").textValue() + " " + labels(json.get("labels")));
        }
        return exemplars;
    }

    /** The lines of {@code metadata.jsonl} by series reference. */
    static Map<Long, String> metadata(Path file) throws IOException {
        Map<Long, String> metadata = new TreeMap<>();
        for (String line : Files.readAllLines(file)) {
            JsonNode json = JSON.readTree(line);
            metadata.put(
                    json.get("ref").asLong(),
                    json.get("type_byte").asInt() + " " + quote(json.get("unit")) + " " + quote(json.get("help")));
        }
        return metadata;
    }

    private static String labels(JsonNode json) {
        StringBuilder text = new StringBuilder();
        json.fields()
                .forEachRemaining(
                        label -> text.append(RecordedLog.quote(label.getKey().getBytes(StandardCharsets.UTF_8)))
                                .append(quote(label.getValue())));
        return text.toString();
    }

    private static String quote(JsonNode text) {
        return RecordedLog.quote(
                text.isTextual()
                        ? text.textValue().getBytes(StandardCharsets.UTF_8)
                        : HexFormat.of().parseHex(text.get("hex").textValue()));
    }
}

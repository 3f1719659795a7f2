package dev.cairndb.tsdb.internal.wal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Where golden data directories lie, how their files are read, and the count of what a test did not cover. */
final class GoldenLogs {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final String test;
    private final Map<String, Integer> skippedByReason = new TreeMap<>();
    private int checked;

    GoldenLogs(Class<?> test) {
        this.test = test.getSimpleName();
    }

    static Path repository() {
        Path at = Path.of("").toAbsolutePath();
        while (!Files.exists(at.resolve("mvnw"))) {
            at = at.getParent();
        }
        return at;
    }

    /** All data directories, of the tree given with {@code -Dcairn.golden} or of this module's copy. */
    static List<Path> dataDirectories() throws IOException {
        String given = System.getProperty("cairn.golden");
        Path root = given == null ? repository().resolve("tsdb-core/src/test/resources/golden") : Path.of(given);
        try (Stream<Path> entries = Files.list(root.resolve("datadirs"))) {
            return entries.filter(Files::isDirectory).sorted().toList();
        }
    }

    static JsonNode info(Path dataDirectory) throws IOException {
        return JSON.readTree(dataDirectory.resolve("info.json").toFile());
    }

    static void copy(Path source, Path target) throws IOException {
        try (Stream<Path> files = Files.walk(source)) {
            for (Path file : files.toList()) {
                Path copy = target.resolve(source.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(copy);
                } else {
                    Files.write(copy, Files.readAllBytes(file));
                }
            }
        }
    }

    /** The float samples of an expected.tsv, as {@code timestamp:bits}, by the series' label pairs. */
    static Map<String, List<String>> expectedFloats(Path dataDirectory) throws IOException {
        Map<String, List<String>> series = new HashMap<>();
        List<String> samples = new ArrayList<>();
        for (String line : Files.readAllLines(dataDirectory.resolve("expected.tsv"))) {
            if (line.startsWith("{")) {
                samples = new ArrayList<>();
                series.put(labelsOf(JSON.readTree(line)), samples);
                continue;
            }
            String[] fields = line.split("\t");
            if (fields[1].equals("f")) {
                samples.add(Long.parseLong(fields[0]) + ":" + fields[2]);
            }
        }
        return series;
    }

    private static String labelsOf(JsonNode labels) {
        StringBuilder text = new StringBuilder();
        labels.fields()
                .forEachRemaining(field -> text.append(RecordedLog.quote(textOf(field.getKey())))
                        .append(RecordedLog.quote(textOf(field.getValue()))));
        return text.toString();
    }

    private static byte[] textOf(String text) {
        return text.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    }

    private static byte[] textOf(JsonNode value) {
        return value.isTextual()
                ? textOf(value.textValue())
                : java.util.HexFormat.of().parseHex(value.get("hex").textValue());
    }

    void checked() {
        checked++;
    }

    void skipped(String reason) {
        skippedByReason.merge(reason, 1, Integer::sum);
    }

    /** Prints the counts; a test that checked nothing fails. */
    void report() {
        int skipped =
                skippedByReason.values().stream().mapToInt(Integer::intValue).sum();
        String reasons = skippedByReason.isEmpty()
                ? ""
                : " " + skippedByReason.toString().replace('=', ':');
        System.out.println(test + ": " + checked + " cases checked, " + skipped + " skipped" + reasons);
        if (checked == 0) {
            throw new AssertionError(test + " found nothing to check");
        }
    }
}

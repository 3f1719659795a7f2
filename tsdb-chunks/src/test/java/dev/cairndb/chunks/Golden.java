package dev.cairndb.chunks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Where the golden data lies, and the count of what of it a test did not cover. */
final class Golden {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final String test;
    private final Map<String, Integer> skippedByReason = new TreeMap<>();
    private int checked;

    Golden(Class<?> test) {
        this.test = test.getSimpleName();
    }

    /** The folder of this name in the tree given with {@code -Dcairn.golden}, or in this module's copy. */
    static Path folder(String name) {
        String given = System.getProperty("cairn.golden");
        Path root = given == null ? moduleFolder().resolve("src/test/resources/golden") : Path.of(given);
        Path folder = root.resolve(name);
        if (!Files.isDirectory(folder)) {
            throw new AssertionError("golden data is missing: " + folder.toAbsolutePath());
        }
        return folder;
    }

    static Path repository() {
        Path at = Path.of("").toAbsolutePath();
        while (!Files.exists(at.resolve("mvnw"))) {
            at = at.getParent();
        }
        return at;
    }

    private static Path moduleFolder() {
        return repository().resolve("tsdb-chunks");
    }

    static List<Path> list(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.sorted().toList();
        }
    }

    static List<JsonNode> jsonLines(Path file) throws IOException {
        List<JsonNode> nodes = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            nodes.add(JSON.readTree(line));
        }
        return nodes;
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

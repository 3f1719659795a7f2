package dev.cairndb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairndb.results.RenderTool;
import dev.cairndb.results.RunTool;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every benchmark runs, and its figures come out; what it measures this way means nothing. */
class BenchmarksRunTest {
    @Test
    void aSmokeRunHasEveryBenchmarkAndIsRendered(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("smoke.json");
        RunTool.main(new String[] {"--smoke", file.toString()});

        JsonNode results = new ObjectMapper().readTree(file.toFile());
        Set<String> ran = new TreeSet<>();
        for (JsonNode figure : results.get("figures")) {
            String name = figure.get("name").asText();
            ran.add("dev.cairndb." + figure.get("group").asText() + "." + name.split("[ :]")[0]);
        }
        assertFalse(ran.isEmpty());
        assertEquals(generated(), ran);

        Path page = directory.resolve("RESULTS.md");
        RenderTool.main(new String[] {file.toString(), page.toString()});
        String text = Files.readString(page);
        assertTrue(text.contains("A smoke run: the figures mean nothing"), text);
        assertTrue(text.contains("| best, of gorilla-tsc's |"), text);
        assertTrue(text.contains("| encode MIXED | xor | ns of CPU |"), text);
        try (Stream<Path> plots = Files.list(directory.resolve("plots"))) {
            assertTrue(plots.count() >= 2);
        }
    }

    /** The benchmarks that the generator saw when this module was compiled. */
    private static Set<String> generated() throws Exception {
        try (InputStream list = BenchmarksRunTest.class.getResourceAsStream("/META-INF/BenchmarkList")) {
            return new String(list.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .map(BenchmarksRunTest::name)
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    /** A line is a list of texts, each with its kind and length in front: class, generated class, method. */
    private static String name(String line) {
        String[] words = line.split(" +");
        return words[3] + "." + words[9];
    }
}

package dev.cairndb.tsdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairndb.index.Labels;
import dev.cairndb.index.Matcher;
import dev.cairndb.remote.MetricType;
import dev.cairndb.testkit.DirectoryCopy;
import dev.cairndb.testkit.GoldenData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Exemplars and metadata in the logs of data directories that real Prometheus wrote. What the running database had is
 * in the files; when it opens the directory again, exemplars that are older than the end of its blocks are gone.
 */
class AnnotationsGoldenTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path temporary;

    @Test
    void whatPrometheusLoggedReadsBackEqual() throws Exception {
        GoldenData golden = new GoldenData(getClass());
        for (Path directory : golden.folders("datadirs")) {
            if (!Files.exists(directory.resolve("exemplars.jsonl"))
                    && !Files.exists(directory.resolve("metadata.jsonl"))) {
                continue;
            }
            Path copy = temporary.resolve(String.valueOf(directory.getFileName()));
            DirectoryCopy.copy(directory.resolve("data"), copy);
            for (int opening = 0; opening < 2; opening++) {
                try (Tsdb db = Tsdb.builder(copy)
                        .options(TsdbOptions.defaults().withMaintenance(TsdbOptions.Maintenance.MANUAL))
                        .open()) {
                    checkExemplars(db, directory.resolve("exemplars.jsonl"), endOfBlocks(copy), golden);
                    if (hasSnapshot(directory.resolve("data"))) {
                        golden.skipped("metadata in the log before a snapshot, which Prometheus does not read either");
                    } else {
                        checkMetadata(db, directory.resolve("metadata.jsonl"), golden);
                    }
                }
            }
        }
        golden.report(System.out);
    }

    private static void checkExemplars(Tsdb db, Path expectedFile, long fromMillis, GoldenData golden)
            throws IOException {
        Map<Labels, List<Exemplar>> expected = new TreeMap<>();
        for (String line : Files.readAllLines(expectedFile)) {
            JsonNode node = JSON.readTree(line);
            if (node.get("t").asLong() < fromMillis) {
                continue;
            }
            double value = Double.longBitsToDouble(
                    Long.parseUnsignedLong(node.get("value_bits").asText(), 16));
            expected.computeIfAbsent(labels(node.get("series")), key -> new ArrayList<>())
                    .add(new Exemplar(labels(node.get("labels")), node.get("t").asLong(), value));
            golden.checked("exemplars", 1);
        }
        Map<Labels, List<Exemplar>> found = new TreeMap<>();
        for (ExemplarSeries series : db.exemplars(TimeRange.all(), new Matcher[] {Matcher.regex("__name__", ".*")})) {
            found.put(series.labels(), series.exemplars());
        }
        assertEquals(expected, found);
        assertTrue(!found.isEmpty());
    }

    private static void checkMetadata(Tsdb db, Path expectedFile, GoldenData golden) throws IOException {
        Set<MetricMetadata> expected = new HashSet<>();
        for (String line : Files.readAllLines(expectedFile)) {
            JsonNode node = JSON.readTree(line);
            expected.add(new MetricMetadata(
                    node.get("series").get("__name__").asText(),
                    MetricType.ofWireId(node.get("type_byte").asInt()),
                    node.get("unit").asText(),
                    node.get("help").asText()));
            golden.checked("metadata", 1);
        }
        assertEquals(expected, new HashSet<>(db.metadata()));
    }

    private static boolean hasSnapshot(Path data) throws IOException {
        try (Stream<Path> files = Files.list(data)) {
            return files.anyMatch(file -> String.valueOf(file.getFileName()).startsWith("chunk_snapshot."));
        }
    }

    private static long endOfBlocks(Path directory) throws IOException {
        long end = Long.MIN_VALUE;
        try (Stream<Path> metas = Files.find(directory, 2, (path, attributes) -> path.endsWith("meta.json"))) {
            for (Path meta : metas.toList()) {
                end = Math.max(end, JSON.readTree(meta.toFile()).get("maxTime").asLong());
            }
        }
        return end;
    }

    private static Labels labels(JsonNode object) {
        Labels.Builder labels = Labels.builder();
        object.fields()
                .forEachRemaining(
                        field -> labels.add(field.getKey(), field.getValue().asText()));
        return labels.build();
    }
}

package dev.cairndb.tsdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairndb.index.Labels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Opens data directories that real Prometheus wrote, damaged ones included, and compares all samples. */
class DataDirGoldenTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path temporary;

    @Test
    void opensWhatPrometheusWroteAndReadsAtLeastWhatItReads() throws Exception {
        int checked = 0;
        List<String> skipped = new ArrayList<>();
        for (Path golden : dataDirectories()) {
            String reason = reasonToSkip(golden);
            if (reason != null) {
                skipped.add(golden.getFileName() + ": " + reason);
                continue;
            }
            check(golden);
            checked++;
        }
        System.out.println(
                "DataDirGoldenTest: " + checked + " directories checked, " + skipped.size() + " skipped " + skipped);
        assertTrue(checked > 0, "no directory was checked");
    }

    private void check(Path golden) throws Exception {
        String name = String.valueOf(golden.getFileName());
        Path copy = temporary.resolve(name);
        copy(golden.resolve("data"), copy);
        if (!Files.exists(golden.resolve("expected.tsv"))) {
            assertThrows(IOException.class, () -> open(copy).close(), name + " should not open");
            return;
        }
        Map<Labels, TreeMap<Long, Long>> expected = expected(golden.resolve("expected.tsv"));
        boolean damaged = JSON.readTree(golden.resolve("info.json").toFile()).has("damage");
        for (int opening = 1; opening <= 2; opening++) {
            try (Tsdb db = open(copy)) {
                Map<Labels, TreeMap<Long, Long>> found = Dump.of(db);
                if (damaged) {
                    assertContains(expected, found, name + ", opening " + opening);
                } else {
                    assertEquals(expected, found, name + ", opening " + opening);
                }
            }
        }
    }

    private static Tsdb open(Path directory) throws IOException {
        return Tsdb.builder(directory)
                .options(TsdbOptions.defaults()
                        .withDurability(Durability.OS)
                        .withMaintenance(TsdbOptions.Maintenance.MANUAL))
                .open();
    }

    private static void assertContains(
            Map<Labels, TreeMap<Long, Long>> expected, Map<Labels, TreeMap<Long, Long>> found, String where) {
        expected.forEach((labels, samples) -> samples.forEach((t, bits) -> {
            TreeMap<Long, Long> series = found.get(labels);
            if (series == null || !bits.equals(series.get(t))) {
                fail(where + ": " + labels + " lacks the sample at " + t);
            }
        }));
    }

    private static List<Path> dataDirectories() throws IOException {
        String given = System.getProperty("cairn.golden");
        Path root = given == null ? Path.of("src/test/resources/golden") : Path.of(given);
        try (Stream<Path> entries = Files.list(root.resolve("datadirs"))) {
            return entries.filter(Files::isDirectory).sorted().toList();
        }
    }

    /** What this version does not read yet, or what is missing in the copy. */
    private static @Nullable String reasonToSkip(Path golden) throws IOException {
        JsonNode info = JSON.readTree(golden.resolve("info.json").toFile());
        if (info.path("out_of_order_window_ms").asLong() > 0) {
            return "out of order";
        }
        for (String records : List.of("wal_records", "checkpoint_records")) {
            for (Iterator<String> names = info.path(records).fieldNames(); names.hasNext(); ) {
                String type = names.next();
                if (type.contains("histogram")) {
                    return "histograms";
                }
                if (type.contains("v2") || type.startsWith("11 ")) {
                    return "version 2 records";
                }
            }
        }
        Path expected = golden.resolve("expected.tsv");
        if (Files.exists(expected)) {
            for (String line : Files.readAllLines(expected)) {
                if (!line.startsWith("{") && !line.split("\t")[1].equals("f")) {
                    return "histograms";
                }
            }
        }
        return null;
    }

    static Map<Labels, TreeMap<Long, Long>> expected(Path file) throws IOException {
        Map<Labels, TreeMap<Long, Long>> all = new TreeMap<>();
        TreeMap<Long, Long> samples = new TreeMap<>();
        for (String line : Files.readAllLines(file)) {
            if (line.startsWith("{")) {
                samples = new TreeMap<>();
                Labels.Builder labels = Labels.builder();
                JSON.readTree(line)
                        .fields()
                        .forEachRemaining(label ->
                                labels.add(label.getKey(), label.getValue().asText()));
                assertFalse(all.containsKey(labels.build()), line);
                all.put(labels.build(), samples);
            } else {
                String[] fields = line.split("\t");
                samples.put(Long.parseLong(fields[0]), Long.parseUnsignedLong(fields[2], 16));
            }
        }
        all.values().removeIf(TreeMap::isEmpty);
        return all;
    }

    private static void copy(Path source, Path target) throws IOException {
        try (Stream<Path> files = Files.walk(source)) {
            for (Path file : files.toList()) {
                Path to = target.resolve(source.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(to);
                } else {
                    Files.copy(file, to);
                }
            }
        }
    }
}

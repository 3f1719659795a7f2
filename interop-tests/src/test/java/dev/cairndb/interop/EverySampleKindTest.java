package dev.cairndb.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairndb.index.Labels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real Prometheus with native histograms, exemplars and metadata that sends all of it by remote_write, in version 1
 * to one tenant and in version 2 to another: each then says the same as Prometheus itself.
 */
@Tag("interop")
class EverySampleKindTest {
    private static final int SCRAPE_MILLIS = 400;
    private static final int SCRAPES = Integer.getInteger("cairn.interop.everyKindScrapes", 25);
    private static final String GLOBAL =
            "global: {scrape_interval: " + SCRAPE_MILLIS + "ms, scrape_native_histograms: true}\n";
    private static final List<String> TENANTS = List.of("version-1", "version-2");
    private static final String TENANT_HEADER = "THANOS-TENANT";
    private static final String EXEMPLARS = "/api/v1/query_exemplars?query=%7B__name__%3D~%22.%2B%22%7D";
    private static final String RULES = """
            groups:
            - name: histograms
              interval: 400ms
              rules:
              - {record: gauge_of_floats, expr: 'rate(prometheus_http_request_duration_seconds[4s])'}
              - {record: bounds_of_floats, expr: 'sum by (job) (app_latency_seconds{job="bounds"})'}
            """;

    @TempDir
    Path scratch;

    @Test
    void eachVersionBringsEverySampleExemplarAndDescription() throws IOException {
        int port = Http.freePort();
        Path rules = Files.writeString(scratch.resolve("rules.yml"), RULES);
        try (Application application = Application.start();
                Cairn cairn = Cairn.start(scratch, scratch.resolve("cairn"))) {
            String scraping = "rule_files: ['" + rules + "']\n" + writes(cairn)
                    + scrapes("'127.0.0.1:" + port + "'", "'127.0.0.1:" + application.port() + "'");
            try (Prometheus prometheus = Prometheus.start(
                    scratch,
                    scratch.resolve("prometheus"),
                    port,
                    GLOBAL + scraping,
                    "--enable-feature=exemplar-storage,metadata-wal-records")) {
                Waiting.sleep((long) SCRAPES * SCRAPE_MILLIS);
                JsonNode metadata = Http.json(port, "/api/v1/metadata").path("data");
                // ends every series with a stale marker
                prometheus.reload(GLOBAL + writes(cairn) + scrapes("", ""));
                prometheus.awaitEndedAndSent();

                Map<Labels, TreeMap<Long, String>> samples = RemoteRead.texts(port);
                requireEveryKind(samples);
                Map<Labels, Set<String>> exemplars = exemplars(Http.json(port, EXEMPLARS + range()));
                assertTrue(exemplars.size() >= 7, () -> "exemplars of " + exemplars.keySet());
                for (String tenant : TENANTS) {
                    // Prometheus does not send histograms with custom bounds in version 1.
                    Set<Labels> unsent = tenant.equals("version-1") ? withCustomBounds(samples) : Set.of();
                    assertSame(
                            without(unsent, samples),
                            without(
                                    unsent,
                                    withoutOwnLabels(RemoteRead.texts(cairn.httpPort(), TENANT_HEADER, tenant))),
                            tenant);
                    JsonNode found = Http.json(cairn.httpPort(), EXEMPLARS + range(), TENANT_HEADER, tenant);
                    assertEquals(without(unsent, exemplars), without(unsent, exemplars(found)), tenant);
                    JsonNode told = Http.json(cairn.httpPort(), "/api/v1/metadata", TENANT_HEADER, tenant)
                            .path("data");
                    if (metadataSent(port, tenant) > 0) {
                        assertMetadata(metadata, told, tenant);
                    } else {
                        // Prometheus 3.15 has none for version 2, feature metadata-wal-records or not.
                        assertEquals("version-2", tenant);
                        assertTrue(told.isEmpty(), told::toString);
                        System.out.println("EverySampleKindTest: SKIPPED metadata of version 2, Prometheus sent none");
                    }
                }
                long count = samples.values().stream().mapToLong(Map::size).sum();
                long histograms = samples.values().stream()
                        .flatMap(series -> series.values().stream())
                        .filter(text -> text.contains("schema="))
                        .count();
                System.out.println("EverySampleKindTest: " + count + " samples of " + samples.size() + " series, "
                        + histograms + " of them histograms, and exemplars of " + exemplars.size()
                        + " series equal by both versions");
            }
        }
    }

    private static String writes(Cairn cairn) {
        StringBuilder writes = new StringBuilder("remote_write:\n");
        for (int version = 1; version <= 2; version++) {
            writes.append("- url: http://127.0.0.1:").append(cairn.writePort()).append("/api/v1/write\n");
            writes.append("  name: version-").append(version).append('\n');
            writes.append("  protobuf_message: ")
                    .append(version == 1 ? "prometheus.WriteRequest" : "io.prometheus.write.v2.Request")
                    .append('\n');
            writes.append("  headers: {")
                    .append(TENANT_HEADER)
                    .append(": version-")
                    .append(version)
                    .append("}\n");
            writes.append("  send_exemplars: true\n  send_native_histograms: true\n");
            writes.append("  metadata_config: {send: true, send_interval: 1s}\n");
        }
        return writes.toString();
    }

    private static String scrapes(String self, String application) {
        return "scrape_configs:\n"
                + "- {job_name: self, static_configs: [{targets: [" + self + "]}]}\n"
                + "- {job_name: app, static_configs: [{targets: [" + application + "]}]}\n"
                + "- {job_name: bounds, convert_classic_histograms_to_nhcb: true,"
                + " static_configs: [{targets: [" + application + "]}]}\n";
    }

    private static String range() {
        return "&start=0&end=4000000000";
    }

    private static double metadataSent(int port, String queue) {
        return Http.get(port, "/metrics")
                .lines()
                .filter(line -> line.startsWith("prometheus_remote_storage_metadata_total{"))
                .filter(line -> line.contains("remote_name=\"" + queue + "\""))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    private static void requireEveryKind(Map<Labels, TreeMap<Long, String>> samples) {
        Set<String> found = new TreeSet<>();
        samples.values().forEach(series -> series.values().forEach(text -> found.add(kindOf(text))));
        assertEquals(
                Set.of(
                        "float",
                        "stale",
                        "stale histogram",
                        "integer",
                        "integer with bounds",
                        "float histogram",
                        "float histogram with bounds"),
                found);
    }

    private static Set<Labels> withCustomBounds(Map<Labels, TreeMap<Long, String>> samples) {
        Set<Labels> found = new TreeSet<>();
        samples.forEach((labels, series) -> {
            if (series.values().stream().anyMatch(text -> text.contains("schema=-53"))) {
                found.add(labels);
            }
        });
        return found;
    }

    private static <V> Map<Labels, V> without(Set<Labels> left, Map<Labels, V> all) {
        Map<Labels, V> rest = new TreeMap<>(all);
        rest.keySet().removeAll(left);
        return rest;
    }

    private static String kindOf(String text) {
        if (text.equals(Long.toHexString(SampleSet.STALE))) {
            return "stale";
        }
        if (!text.contains(" ") || text.startsWith("stale")) {
            return text.startsWith("stale") ? text : "float";
        }
        return (text.startsWith("float") ? "float histogram" : "integer")
                + (text.contains("schema=-53") ? " with bounds" : "");
    }

    private static Map<Labels, TreeMap<Long, String>> withoutOwnLabels(Map<Labels, TreeMap<Long, String>> samples) {
        Map<Labels, TreeMap<Long, String>> bare = new TreeMap<>();
        samples.forEach((labels, series) -> bare.put(withoutOwn(labels), series));
        return bare;
    }

    private static Labels withoutOwn(Labels labels) {
        Labels.Builder bare = Labels.builder();
        labels.forEach((name, value) -> {
            if (!name.equals("replica") && !name.equals("tenant_id")) {
                bare.add(name, value);
            }
        });
        return bare.build();
    }

    private static void assertSame(
            Map<Labels, TreeMap<Long, String>> expected, Map<Labels, TreeMap<Long, String>> found, String tenant) {
        assertEquals(expected.keySet(), found.keySet(), tenant);
        expected.forEach((labels, series) -> assertEquals(series, found.get(labels), () -> tenant + ", " + labels));
    }

    private static Map<Labels, Set<String>> exemplars(JsonNode answer) {
        assertEquals("success", answer.path("status").asText(), answer::toString);
        Map<Labels, Set<String>> all = new TreeMap<>();
        for (JsonNode series : answer.path("data")) {
            Labels.Builder labels = Labels.builder();
            series.path("seriesLabels")
                    .properties()
                    .forEach(
                            label -> labels.add(label.getKey(), label.getValue().asText()));
            Set<String> texts = new TreeSet<>();
            series.path("exemplars")
                    .forEach(each -> texts.add(each.path("labels") + " " + each.path("value") + " "
                            + Math.round(each.path("timestamp").asDouble() * 1000)));
            all.put(withoutOwn(labels.build()), texts);
        }
        return all;
    }

    /** Of a series it is told what it is, not the name of its family: a counter's may end in {@code _total}. */
    private static void assertMetadata(JsonNode expected, JsonNode found, String tenant) {
        Set<String> missing = new TreeSet<>();
        expected.properties().forEach(family -> {
            if (!family.getKey().startsWith("app_")) {
                return;
            }
            Set<String> here = new TreeSet<>();
            for (String name : List.of(family.getKey(), family.getKey() + "_total")) {
                found.path(name).forEach(each -> here.add(each.toString()));
            }
            family.getValue().forEach(each -> {
                if (!here.contains(each.toString())) {
                    missing.add(family.getKey() + " " + each + ", found " + here);
                }
            });
        });
        assertEquals(Set.of(), missing, tenant);
        assertTrue(expected.has("app_requests"), expected::toString);
    }
}

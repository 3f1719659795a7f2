package dev.cairndb.tsdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairndb.index.Labels;
import dev.cairndb.index.Matcher;
import dev.cairndb.remote.MetricType;
import dev.cairndb.remote.RemoteWriteDecoder;
import dev.cairndb.remote.RemoteWriteLimits;
import dev.cairndb.remote.RemoteWriteVersion;
import dev.cairndb.testkit.GoldenData;
import dev.cairndb.testkit.ManualClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a real Prometheus sent of exemplars and metadata is stored, and comes back from the log. */
class CapturedAnnotationsGoldenTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Map<Labels, Set<Exemplar>> sent = new TreeMap<>();
    private final Set<MetricMetadata> sentMetadata = new HashSet<>();
    private int ofUnknownSeries;

    @ParameterizedTest
    @EnumSource(RemoteWriteVersion.class)
    void whatPrometheusSendsIsStored(RemoteWriteVersion version) throws IOException {
        GoldenData golden = new GoldenData(getClass());
        String folder = "remote_write/" + (version == RemoteWriteVersion.V1 ? "v1" : "v2");
        ManualClock clock = new ManualClock(4_000_000_000_000L);
        var storage = TestStores.storage(1);
        try (TsdbRuntime runtime = TsdbRuntime.create()) {
            try (Tsdb db = TestStores.builder(storage, clock, runtime).open()) {
                for (String name : golden.names(folder, ".body.snappy")) {
                    if (name.startsWith("captured-")) {
                        Path expected = golden.path(folder + "/" + name + ".expected.jsonl");
                        append(db, Files.readAllBytes(golden.path(folder + "/" + name + ".body.snappy")), version);
                        for (String line : Files.readAllLines(expected)) {
                            expect(JSON.readTree(line));
                        }
                    }
                }
                check(db, golden);
            }
            try (Tsdb db = TestStores.builder(storage, clock, runtime).open()) {
                check(db, golden);
            }
        }
        golden.report(System.out);
    }

    private void append(Tsdb db, byte[] body, RemoteWriteVersion version) throws IOException {
        AppendResult result =
                db.append(new RemoteWriteDecoder().decode(body, 0, body.length, version, RemoteWriteLimits.defaults()));
        ofUnknownSeries += result.rejected(Rejection.EXEMPLAR_UNKNOWN_SERIES);
        assertEquals(result.rejected(Rejection.EXEMPLAR_UNKNOWN_SERIES), result.exemplarsRejected(), result::toString);
        assertEquals(0, result.metadataIgnored());
    }

    private void expect(JsonNode node) {
        JsonNode family = node.path("family_metadata");
        if (family.isObject()) {
            sentMetadata.add(metadata(family.path("family").asText(), family));
            return;
        }
        Labels labels = labels(node.get("labels"));
        for (JsonNode each : node.path("exemplars")) {
            double value = Double.longBitsToDouble(
                    Long.parseUnsignedLong(each.get("value_bits").asText(), 16));
            sent.computeIfAbsent(labels, key -> new LinkedHashSet<>())
                    .add(new Exemplar(labels(each.get("labels")), each.get("t").asLong(), value));
        }
        if (node.path("metadata").isObject()) {
            sentMetadata.add(metadata("", node.get("metadata")));
        }
    }

    private void check(Tsdb db, GoldenData golden) throws IOException {
        Map<Labels, List<Exemplar>> found = new TreeMap<>();
        for (ExemplarSeries series : db.exemplars(TimeRange.all(), new Matcher[] {Matcher.regex("__name__", ".*")})) {
            found.put(series.labels(), series.exemplars());
        }
        assertTrue(!found.isEmpty());
        int missing = 0;
        for (Map.Entry<Labels, Set<Exemplar>> series : sent.entrySet()) {
            List<Exemplar> all = new ArrayList<>(series.getValue());
            List<Exemplar> stored = found.getOrDefault(series.getKey(), List.of());
            // Those that came before the first sample of their series was captured are not stored.
            missing += all.size() - stored.size();
            assertEquals(all.subList(all.size() - stored.size(), all.size()), stored);
            golden.checked("exemplars", stored.size());
        }
        assertTrue(missing <= ofUnknownSeries, missing + " are missing, " + ofUnknownSeries + " were rejected");
        if (missing > 0) {
            golden.skipped("exemplars of series without a stored sample");
        }
        Set<MetricMetadata> shown = new HashSet<>();
        boolean hasFamilies =
                sentMetadata.stream().anyMatch(each -> !each.family().isEmpty());
        for (MetricMetadata each : db.metadata()) {
            shown.add(hasFamilies ? each : new MetricMetadata("", each.type(), each.unit(), each.help()));
        }
        assertTrue(sentMetadata.containsAll(shown), () -> sentMetadata + " lack some of " + shown);
        golden.checked("metadata", shown.size());
    }

    private static MetricMetadata metadata(String family, JsonNode node) {
        return new MetricMetadata(
                family,
                MetricType.ofWireId(node.path("type").asInt()),
                node.path("unit").asText(),
                node.path("help").asText());
    }

    private static Labels labels(JsonNode pairs) {
        Labels.Builder labels = Labels.builder();
        for (JsonNode pair : pairs) {
            labels.add(pair.get(0).asText(), pair.get(1).asText());
        }
        return labels.build();
    }
}

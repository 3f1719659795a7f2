package dev.cairndb.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairndb.chunks.SampleCursor;
import dev.cairndb.index.Matcher;
import dev.cairndb.remote.RemoteWriteVersion;
import dev.cairndb.testkit.GoldenData;
import dev.cairndb.tsdb.Querier;
import dev.cairndb.tsdb.SeriesCursor;
import dev.cairndb.tsdb.TimeRange;
import dev.cairndb.tsdb.Tsdb;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bodies as Prometheus' receiver answered them, each over an empty store, and where we answer otherwise on purpose. */
class WriteBodiesGoldenTest {
    private static final String NAMED = "series that cannot be stored are named with 400, not only counted";
    private static final String CONTRADICTION =
            "samples that contradict others of their request are rejected and named";
    private static final String OLDEST = "an empty store takes the oldest times there are";

    /** By version and first letters of the name. */
    private static final Map<String, Answered> DIFFERENT = new HashMap<>();

    static {
        for (String number : List.of("004", "005", "006", "008", "009", "010", "011", "012", "013", "014", "084")) {
            DIFFERENT.put("V1 odd-" + number, new Answered(400, 0, NAMED));
        }
        DIFFERENT.put("V1 odd-019", new Answered(400, 0, "the labels of a series are limited"));
        DIFFERENT.put("V1 odd-024", new Answered(400, 3, OLDEST));
        DIFFERENT.put("V1 odd-026", new Answered(204, 1, OLDEST));
        DIFFERENT.put("V1 odd-095", new Answered(204, 1, OLDEST));
        DIFFERENT.put("V1 odd-028", new Answered(400, 2, CONTRADICTION));
        DIFFERENT.put("V1 odd-030", new Answered(400, 1, CONTRADICTION));
        DIFFERENT.put("V1 odd-135", new Answered(413, 0, "a declared size over the limit is too large, not broken"));
        DIFFERENT.put("V2 odd-034", new Answered(400, 1, OLDEST));
        DIFFERENT.put("V2 odd-035", new Answered(400, 1, CONTRADICTION));
        DIFFERENT.put("V2 odd-038", new Answered(400, 2, CONTRADICTION));
        DIFFERENT.put("V2 odd-049", new Answered(400, 2, CONTRADICTION));
    }

    private final GoldenData golden = new GoldenData(getClass());

    private record Answered(int status, int stored, String reason) {}

    @Test
    void bodiesAreAnsweredAsPrometheusDoesButForTheStatedDifferences(@TempDir Path folder) throws Exception {
        try (RunningReceiver receiver = RunningReceiver.start(folder, "--tsdb.out-of-order.time-window=0s")) {
            for (RemoteWriteVersion version : RemoteWriteVersion.values()) {
                String cases = version == RemoteWriteVersion.V1 ? "remote_write/v1" : "remote_write/v2";
                for (String name : golden.names(cases, ".body.snappy")) {
                    check(receiver, version, golden.path(cases), name);
                }
            }
        }
        golden.report(System.out);
    }

    private void check(RunningReceiver receiver, RemoteWriteVersion version, Path cases, String name) throws Exception {
        JsonNode expected =
                new ObjectMapper().readTree(cases.resolve(name + ".answer.json").toFile());
        String tenant = version + "-" + name;
        HttpResponse<String> answer = receiver.post(
                "/api/v1/write",
                Files.readAllBytes(cases.resolve(name + ".body.snappy")),
                "THANOS-TENANT",
                tenant,
                "Content-Type",
                "application/x-protobuf;proto=" + version.messageName());
        int stored = storedCount(receiver.receiver().tenants().known(tenant));
        String what = version + " " + name + " -> " + answer.statusCode() + " " + answer.body() + ", " + stored
                + " stored, expected " + expected;
        Answered other = otherAnswer(version, name, expected);
        if (other != null) {
            assertEquals(other.status, answer.statusCode(), what);
            assertEquals(other.stored, stored, what);
            golden.checked("other answers (" + other.reason + ")", 1);
            return;
        }
        assertEquals(expected.get("status").asInt(), answer.statusCode(), what);
        assertEquals(expected.get("stored_samples").asInt(), stored, what);
        assertTrue(answer.statusCode() == 204 || answer.body().length() > 1, what);
        assertEquals(
                written(kind -> expected.get("headers").path(kind).asText("")),
                written(kind -> answer.headers().firstValue(kind).orElse("")),
                what);
        golden.checked("answers as by Prometheus", 1);
    }

    private static @Nullable Answered otherAnswer(RemoteWriteVersion version, String name, JsonNode expected) {
        if (name.startsWith("captured-") && expected.get("status").asInt() == 400) {
            return new Answered(
                    204,
                    expected.get("stored_samples").asInt(),
                    "Prometheus sends exemplars in series of their own, and its receiver refuses them");
        }
        return DIFFERENT.get(version + " " + name.substring(0, Math.min(name.length(), "odd-000".length())));
    }

    private static List<String> written(UnaryOperator<String> header) {
        return Stream.of("Samples", "Histograms", "Exemplars")
                .map(kind -> header.apply("X-Prometheus-Remote-Write-" + kind + "-Written"))
                .toList();
    }

    /** Samples of all kinds. */
    private static int storedCount(@Nullable Tenant tenant) throws IOException {
        Tsdb db = tenant == null ? null : tenant.openStore();
        if (db == null) {
            return 0;
        }
        int count = 0;
        try (Querier querier = db.querier(TimeRange.all());
                SeriesCursor series = querier.select(Matcher.regex("__name__", ".*"))) {
            while (series.next()) {
                SampleCursor samples = series.samples();
                while (samples.next()) {
                    count++;
                }
            }
        }
        return count;
    }
}

package dev.cairndb.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairndb.index.Labels;
import dev.cairndb.index.Matcher;
import dev.cairndb.remote.RemoteWriteDecoder;
import dev.cairndb.remote.RemoteWriteEncoder;
import dev.cairndb.remote.RemoteWriteLimits;
import dev.cairndb.remote.RemoteWriteVersion;
import dev.cairndb.tsdb.Exemplar;
import dev.cairndb.tsdb.ExemplarSeries;
import dev.cairndb.tsdb.TimeRange;
import dev.cairndb.tsdb.Tsdb;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Exemplars in one data directory in which the library and a real Prometheus write in turns, each ending in good order
 * or killed: whoever opens it answers with the exemplars of both.
 */
@Tag("interop")
class ExemplarsInteropTest {
    private static final int TURNS = 4;
    private static final int REQUESTS_PER_TURN = 20;
    private static final int SERIES = 6;
    private static final Matcher[] EVERYTHING = {Matcher.regex("__name__", ".+")};

    @TempDir
    Path scratch;

    private final Map<Labels, List<Exemplar>> expected = new TreeMap<>();
    private long nowMillis = System.currentTimeMillis() - 600_000;
    private int number;

    @Test
    void bothFindTheExemplarsOfBoth() throws IOException {
        Path data = scratch.resolve("turn-0");
        for (int turn = 0; turn < TURNS; turn++) {
            Path next = scratch.resolve("turn-" + (turn + 1));
            boolean killed = turn / 2 % 2 == 0;
            if (turn % 2 == 0) {
                turnOfTheLibrary(data, next, killed);
            } else {
                turnOfPrometheus(data, next, killed);
            }
            data = next;
        }
        try (Tsdb db = open(data)) {
            assertEquals(expected, ofStore(db), "at the end");
        }
        int count = expected.values().stream().mapToInt(List::size).sum();
        assertEquals(TURNS * REQUESTS_PER_TURN * SERIES, count);
        System.out.println("ExemplarsInteropTest: " + count + " exemplars after " + TURNS + " turns");
    }

    private static Tsdb open(Path data) throws IOException {
        return Tsdb.builder(data).options(StoreSamples.manual()).open();
    }

    private void turnOfTheLibrary(Path data, Path next, boolean killed) throws IOException {
        try (Tsdb db = open(data)) {
            assertEquals(expected, ofStore(db), "opened by the library");
            for (int i = 0; i < REQUESTS_PER_TURN; i++) {
                RemoteWriteVersion version = i % 2 == 0 ? RemoteWriteVersion.V1 : RemoteWriteVersion.V2;
                byte[] body = nextRequest(version);
                assertEquals(
                        SERIES,
                        db.append(new RemoteWriteDecoder()
                                        .decode(body, 0, body.length, version, RemoteWriteLimits.defaults()))
                                .exemplarsAppended());
            }
            assertEquals(expected, ofStore(db), "before the end of the library's turn");
            if (killed) {
                Directories.copy(data, next);
            }
        }
        if (!killed) {
            Directories.copy(data, next);
        }
    }

    private void turnOfPrometheus(Path data, Path next, boolean killed) throws IOException {
        try (Prometheus prometheus = Prometheus.open(
                scratch, data, "--web.enable-remote-write-receiver", "--enable-feature=exemplar-storage")) {
            assertEquals(expected, ofPrometheus(prometheus), "opened by Prometheus");
            for (int i = 0; i < REQUESTS_PER_TURN; i++) {
                HttpRequest request = Http.to(prometheus.port(), "/api/v1/write")
                        .header("Content-Type", "application/x-protobuf")
                        .header("Content-Encoding", "snappy")
                        .POST(HttpRequest.BodyPublishers.ofByteArray(nextRequest(RemoteWriteVersion.V1)))
                        .build();
                assertEquals(204, Http.send(request).statusCode());
            }
            assertEquals(expected, ofPrometheus(prometheus), "before the end of Prometheus' turn");
            if (killed) {
                prometheus.kill();
            } else {
                prometheus.stop();
            }
        }
        Directories.copy(data, next);
    }

    /** A sample and an exemplar of each series, which are {@link #expected} from now on. */
    private byte[] nextRequest(RemoteWriteVersion version) {
        RemoteWriteEncoder encoder = new RemoteWriteEncoder(version);
        nowMillis += 1_000;
        for (int i = 0; i < SERIES; i++) {
            Labels series = Labels.of("__name__", "requests_total", "path", "/" + i, "zone", "ü");
            Labels trace = Labels.of("span_id", "s" + number++, "trace_id", "%032x".formatted(number));
            double value = number * 0.1;
            encoder.startSeries();
            series.forEach(encoder::label);
            encoder.sample(nowMillis, Double.doubleToRawLongBits(number)).startExemplar();
            trace.forEach(encoder::label);
            encoder.endExemplar(nowMillis + i, Double.doubleToRawLongBits(value))
                    .endSeries();
            expected.computeIfAbsent(series, key -> new ArrayList<>()).add(new Exemplar(trace, nowMillis + i, value));
        }
        encoder.finish();
        return Arrays.copyOf(encoder.body(), encoder.bodySize());
    }

    private static Map<Labels, List<Exemplar>> ofStore(Tsdb db) {
        Map<Labels, List<Exemplar>> found = new TreeMap<>();
        for (ExemplarSeries series : db.exemplars(TimeRange.all(), EVERYTHING)) {
            found.put(series.labels(), series.exemplars());
        }
        return found;
    }

    private static Map<Labels, List<Exemplar>> ofPrometheus(Prometheus prometheus) {
        JsonNode answer = Http.json(
                prometheus.port(), "/api/v1/query_exemplars?query=%7B__name__%3D~%22.%2B%22%7D&start=0&end=4000000000");
        assertTrue(answer.path("data").isArray(), answer::toString);
        Map<Labels, List<Exemplar>> found = new TreeMap<>();
        for (JsonNode series : answer.path("data")) {
            List<Exemplar> exemplars = new ArrayList<>();
            for (JsonNode each : series.path("exemplars")) {
                exemplars.add(new Exemplar(
                        labels(each.path("labels")),
                        Math.round(each.path("timestamp").asDouble() * 1000),
                        Double.parseDouble(each.path("value").asText())));
            }
            found.put(labels(series.path("seriesLabels")), exemplars);
        }
        return found;
    }

    private static Labels labels(JsonNode object) {
        Labels.Builder labels = Labels.builder();
        object.properties()
                .forEach(label -> labels.add(label.getKey(), label.getValue().asText()));
        return labels.build();
    }
}

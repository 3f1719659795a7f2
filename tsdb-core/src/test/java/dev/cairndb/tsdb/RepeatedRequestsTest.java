package dev.cairndb.tsdb;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairndb.index.Labels;
import dev.cairndb.index.Matcher;
import dev.cairndb.remote.MetricType;
import dev.cairndb.remote.RemoteWriteEncoder;
import dev.cairndb.remote.RemoteWriteLimits;
import dev.cairndb.remote.RemoteWriteRequest;
import dev.cairndb.remote.RemoteWriteVersion;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Series are recognised in later requests by what was remembered of earlier ones: they must be the right ones. */
class RepeatedRequestsTest {
    private static final long START_MILLIS = System.currentTimeMillis() - 3_600_000;

    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource(RemoteWriteVersion.class)
    void samplesOfEachSeriesStayTogetherWhateverElseIsInARequest(RemoteWriteVersion version) throws IOException {
        Random random = new Random(11);
        TreeMap<String, List<String>> wanted = new TreeMap<>();
        try (Tsdb db = Tsdb.builder(directory).open()) {
            for (int round = 0; round < 60; round++) {
                List<Integer> series = new ArrayList<>();
                for (int i = 0; i < 300; i++) {
                    if (random.nextInt(3) > 0) {
                        // Some go, some come.
                        series.add(i + round / 20 * 100);
                    }
                }
                if (random.nextBoolean()) {
                    Collections.shuffle(series, random);
                }
                db.append(request(version, series, START_MILLIS + round * 1_000L, wanted));
            }
            TreeMap<String, List<String>> found = new TreeMap<>();
            try (Querier querier = db.querier(TimeRange.all());
                    SeriesCursor cursor = querier.select(Matcher.regex("__name__", ".+"))) {
                while (cursor.next()) {
                    List<String> samples = new ArrayList<>();
                    for (var sample = cursor.samples(); sample.next(); ) {
                        samples.add(sample.timestampMillis() + " " + sample.value());
                    }
                    found.put(cursor.labels().toString(), samples);
                }
            }
            assertEquals(wanted, found);
        }
    }

    private static RemoteWriteRequest request(
            RemoteWriteVersion version,
            List<Integer> series,
            long timestampMillis,
            TreeMap<String, List<String>> wanted)
            throws IOException {
        RemoteWriteEncoder encoder = new RemoteWriteEncoder(version);
        for (int i : series) {
            String name = "metric_" + i % 17;
            String path = "/" + i;
            String zone = i % 3 == 0 ? "x".repeat(i) : "z";
            encoder.startSeries().label("__name__", name).label("path", path).label("zone", zone);
            if (version == RemoteWriteVersion.V2) {
                encoder.metadata(MetricType.GAUGE, "", "help");
            }
            encoder.sample(timestampMillis, Double.doubleToRawLongBits(i)).endSeries();
            wanted.computeIfAbsent(
                            Labels.of("__name__", name, "path", path, "zone", zone)
                                    .toString(),
                            key -> new ArrayList<>())
                    .add(timestampMillis + " " + (double) i);
        }
        encoder.finish();
        byte[] body = Arrays.copyOf(encoder.body(), encoder.bodySize());
        return RemoteWriteRequest.decode(body, version, RemoteWriteLimits.defaults());
    }
}

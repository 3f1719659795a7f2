package dev.cairndb.tsdb;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairndb.index.Labels;
import dev.cairndb.index.Matcher;
import dev.cairndb.remote.KnownLabels;
import dev.cairndb.remote.MetricType;
import dev.cairndb.remote.RemoteWriteCompression;
import dev.cairndb.remote.RemoteWriteDecoder;
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
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
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
        try (Tsdb db = Tsdb.builder(directory.resolve("db")).open();
                Tsdb other = Tsdb.builder(directory.resolve("other")).open()) {
            List<Integer> all = new ArrayList<>(
                    IntStream.range(0, 500).map(i -> 499 - i).boxed().toList());
            for (int time = 0; time < 2; time++) {
                // Another store knows the same labels, of other rows.
                other.append(decode(version, body(version, all, START_MILLIS + time, new TreeMap<>()), null));
            }
            List<@Nullable KnownLabels> knowing = Arrays.asList(db.knownLabels(), other.knownLabels(), null);
            int places = 0;
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
                byte[] body = body(version, series, START_MILLIS + round * 1_000L, wanted);
                RemoteWriteRequest request = decode(version, body, knowing.get(random.nextInt(3)));
                for (int i = 0; i < request.seriesCount(); i++) {
                    places += request.labelsPlace(i) == KnownLabels.NOWHERE ? 0 : 1;
                }
                db.append(request);
            }
            assertEquals(version == RemoteWriteVersion.V1, places > 2_000, places + " found");
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

    private static byte[] body(
            RemoteWriteVersion version,
            List<Integer> series,
            long timestampMillis,
            TreeMap<String, List<String>> wanted) {
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
        return Arrays.copyOf(encoder.body(), encoder.bodySize());
    }

    private static RemoteWriteRequest decode(RemoteWriteVersion version, byte[] body, @Nullable KnownLabels known)
            throws IOException {
        return new RemoteWriteDecoder()
                .decode(
                        body,
                        0,
                        body.length,
                        RemoteWriteCompression.SNAPPY,
                        version,
                        RemoteWriteLimits.defaults(),
                        known);
    }
}

package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestStores.HOUR;
import static dev.cairndb.tsdb.TestStores.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.remote.MetricType;
import dev.cairndb.remote.RemoteWriteRequest;
import dev.cairndb.testkit.ManualClock;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What exemplars and metadata cost an append in garbage: nothing where there are none, or where they are known. */
class AnnotationCostTest {
    private static final int SERIES = 200;
    private static final int REQUESTS = 60;
    private static final int WARM_UP = 20;

    private long t = START;

    @TempDir
    Path directory;

    @Test
    void knownMetadataAndExemplarsMakeNoGarbage() throws IOException {
        try (TsdbRuntime runtime = TsdbRuntime.create();
                Tsdb db = Tsdb.builder(directory)
                        .clock(new ManualClock(START + HOUR))
                        .runtime(runtime)
                        .options(TestStores.OPTIONS
                                .withDurability(Durability.OS)
                                .withWalSegmentBytesMax(1 << 20)
                                .withExemplarsMax(1_000))
                        .open()) {
            double plain = Double.MAX_VALUE;
            double metadata = Double.MAX_VALUE;
            double exemplars = Double.MAX_VALUE;
            // The least of some rounds: a segment that ends, or a table that grows, is none of theirs.
            for (int round = 0; round < 4; round++) {
                plain = Math.min(plain, bytesPerSeries(db, false, false));
                metadata = Math.min(metadata, bytesPerSeries(db, true, false));
                exemplars = Math.min(exemplars, bytesPerSeries(db, false, true));
            }
            System.out.printf(
                    "AnnotationCostTest: bytes of garbage per series: %.2f plain, %.2f with metadata, %.2f with exemplars%n",
                    plain, metadata, exemplars);
            assertTrue(metadata <= plain + 4, metadata + " bytes with metadata, " + plain + " without");
            assertTrue(exemplars <= plain + 4, exemplars + " bytes with exemplars, " + plain + " without");
        }
    }

    private double bytesPerSeries(Tsdb db, boolean withMetadata, boolean withExemplars) throws IOException {
        List<RemoteWriteRequest> requests = new ArrayList<>();
        for (int i = 0; i < REQUESTS; i++) {
            TestRequest request = TestRequest.v2();
            t += 1_000;
            for (int series = 0; series < SERIES; series++) {
                request.series(Labels.of("__name__", "requests_total", "path", "/" + series))
                        .sample(t, series);
                if (withMetadata) {
                    request.metadata(MetricType.COUNTER, "", "What came in, by path.");
                }
                if (withExemplars) {
                    request.exemplar(Labels.of("trace_id", "%032x".formatted(t + series)), t, 1);
                }
            }
            requests.add(request.build());
        }
        double bytes = AppendGarbage.perRequest(db, requests, WARM_UP, result -> {
            assertEquals(SERIES, result.samplesAppended());
            assertEquals(withExemplars ? SERIES : 0, result.exemplarsAppended());
        });
        return bytes / SERIES;
    }
}

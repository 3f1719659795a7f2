package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestStores.HOUR;
import static dev.cairndb.tsdb.TestStores.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.remote.RemoteWriteRequest;
import dev.cairndb.testkit.ManualClock;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What late samples cost in garbage: nothing for those in order, and nothing for each of a backlog that is in order.
 */
class LateCostTest {
    private static final int SERIES = 200;
    private static final int REQUESTS = 60;
    private static final int WARM_UP = 20;

    @TempDir
    Path directory;

    @Test
    void lateSamplesMakeNoGarbageAndSamplesInOrderNoMoreThanWithoutAWindow() throws IOException {
        try (TsdbRuntime runtime = TsdbRuntime.create();
                Tsdb without = open(runtime, "without", Duration.ZERO);
                Tsdb with = open(runtime, "with", Duration.ofHours(24))) {
            double plain = Double.MAX_VALUE;
            double windowed = Double.MAX_VALUE;
            double late = Double.MAX_VALUE;
            double beside = Double.MAX_VALUE;
            // The least of some rounds: a segment that ends, or a table that grows, is none of theirs.
            for (int round = 0; round < 4; round++) {
                long from = START + 20 * HOUR + round * HOUR;
                plain = Math.min(plain, bytesPerSample(without, from, false));
                windowed = Math.min(windowed, bytesPerSample(with, from, false));
            }
            for (int round = 0; round < 4; round++) {
                late = Math.min(late, bytesPerSample(with, START + round * HOUR, true));
                beside = Math.min(beside, bytesPerSample(with, START + (24 + round) * HOUR, false));
            }
            System.out.printf(
                    "LateCostTest: bytes of garbage per sample: %.2f without a window, %.2f with one, %.2f late, %.2f in"
                            + " order beside late ones%n",
                    plain, windowed, late, beside);
            assertTrue(windowed <= plain + 2, windowed + " bytes with a window, " + plain + " without");
            assertTrue(beside <= plain + 2, beside + " bytes beside late samples, " + plain + " without");
            assertTrue(late <= plain + 4, late + " bytes for late samples, " + plain + " in order");
        }
    }

    private Tsdb open(TsdbRuntime runtime, String name, Duration window) throws IOException {
        return Tsdb.builder(directory.resolve(name))
                .clock(new ManualClock(START + 50 * HOUR))
                .runtime(runtime)
                .options(TestStores.OPTIONS
                        .withDurability(Durability.OS)
                        .withWalSegmentBytesMax(1 << 20)
                        .withOutOfOrderWindow(window))
                .open();
    }

    private static double bytesPerSample(Tsdb db, long fromMillis, boolean late) throws IOException {
        List<RemoteWriteRequest> requests = new ArrayList<>();
        for (int i = 0; i < REQUESTS; i++) {
            TestRequest request = TestRequest.v2();
            for (int series = 0; series < SERIES; series++) {
                request.series(Labels.of("__name__", "requests_total", "path", "/" + series))
                        .sample(fromMillis + i * 1_000, series);
            }
            requests.add(request.build());
        }
        double bytes = AppendGarbage.perRequest(db, requests, WARM_UP, result -> {
            assertEquals(SERIES, result.samplesAppended());
            assertEquals(late ? SERIES : 0, result.samplesLate());
        });
        return bytes / SERIES;
    }
}

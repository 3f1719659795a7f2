package dev.cairndb.tsdb;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairndb.index.Labels;
import dev.cairndb.testkit.ManualClock;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A store beside a map of samples: appends, cuts, reopenings and churn in random order. */
class TsdbModelTest {
    private static final long HOUR = Duration.ofHours(1).toMillis();

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void holdsWhatWasAppended(long seed) throws IOException {
        Random random = new Random(seed);
        ManualClock clock = new ManualClock(1_700_000_000_000L);
        Map<Labels, TreeMap<Long, Long>> model = new TreeMap<>();
        List<Labels> series = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            series.add(Labels.of("__name__", "metric_" + i % 7, "instance", "i" + i, "pod", "p" + random.nextInt()));
        }
        Tsdb db = open(clock);
        try {
            for (int round = 0; round < 1500; round++) {
                appendRound(db, clock, random, series, model);
                int dice = random.nextInt(100);
                if (dice == 0) {
                    db.close();
                    db = open(clock);
                } else if (dice < 3) {
                    db.admin().runMaintenance();
                } else if (dice < 6) {
                    int replaced = random.nextInt(series.size());
                    series.set(
                            replaced, Labels.of("__name__", "metric_" + replaced % 7, "pod", "n" + random.nextInt()));
                } else if (dice < 8) {
                    assertEquals(model, Dump.of(db), "seed " + seed + ", round " + round);
                }
            }
            db.admin().runMaintenance();
            assertEquals(model, Dump.of(db), "seed " + seed);
            db.close();
            db = open(clock);
            assertEquals(model, Dump.of(db), "seed " + seed + ", reopened");
        } finally {
            db.close();
        }
    }

    private static void appendRound(
            Tsdb db, ManualClock clock, Random random, List<Labels> series, Map<Labels, TreeMap<Long, Long>> model)
            throws IOException {
        clock.advance(Duration.ofMillis(random.nextInt(60) == 0 ? 3 * HOUR / 4 : 5_000 + random.nextInt(50_000)));
        AppendBatch batch = db.newBatch();
        int expected = 0;
        for (Labels labels : series) {
            if (random.nextInt(4) > 0) {
                long bits = random.nextInt(10) == 0 ? random.nextLong() : Double.doubleToRawLongBits(random.nextInt(9));
                batch.add(db.series(labels), clock.wallMillis(), Double.longBitsToDouble(bits));
                model.computeIfAbsent(labels, key -> new TreeMap<>())
                        .put(clock.wallMillis(), Double.doubleToRawLongBits(Double.longBitsToDouble(bits)));
                expected++;
            }
        }
        AppendResult result = batch.commit();
        assertEquals(expected, result.samplesAppended(), result.toString());
    }

    private Tsdb open(ManualClock clock) throws IOException {
        return Tsdb.builder(directory)
                .clock(clock)
                .options(TsdbOptions.defaults()
                        .withDurability(Durability.OS)
                        .withRetention(Duration.ZERO)
                        .withWalSegmentBytesMax(1 << 17)
                        .withMaintenance(TsdbOptions.Maintenance.MANUAL))
                .open();
    }
}

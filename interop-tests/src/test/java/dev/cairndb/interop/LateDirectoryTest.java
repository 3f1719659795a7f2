package dev.cairndb.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.chunks.HistogramBuffer;
import dev.cairndb.index.Labels;
import dev.cairndb.remote.RemoteWriteEncoder;
import dev.cairndb.remote.RemoteWriteVersion;
import dev.cairndb.testkit.ManualClock;
import dev.cairndb.tsdb.AppendBatch;
import dev.cairndb.tsdb.AppendResult;
import dev.cairndb.tsdb.Tsdb;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * One data directory in which the library and a real Prometheus write in turns, in order and late, floats and
 * histograms, each ending in good order or not. Whoever opens it finds every sample of both.
 */
@Tag("interop")
class LateDirectoryTest {
    private static final String TAKES_LATE = "storage: {tsdb: {out_of_order_time_window: 30h}}\n";
    private static final int TURNS = 6;
    private static final int ROUNDS_PER_TURN = 120;
    private static final int SERIES = 12;
    private static final Duration STEP = Duration.ofSeconds(30);
    /** Less than the library's window of a day. */
    private static final int LATE_STEPS_MAX = 2_000;

    @TempDir
    Path scratch;

    private final ManualClock clock = new ManualClock(1_700_006_400_000L);
    private final Map<Labels, TreeMap<Long, String>> expected = new TreeMap<>();
    private final List<Labels> series = new ArrayList<>();
    private final RemoteWriteEncoder encoder = new RemoteWriteEncoder(RemoteWriteVersion.V2);
    private Random random = new Random(0);
    private long lateCount;

    private record Sample(Labels labels, boolean isHistogram, long timestampMillis, long number) {
        HistogramBuffer histogram() {
            HistogramBuffer histogram = new HistogramBuffer();
            histogram.clear(false);
            histogram.setCount(number + 3);
            histogram.setZeroCount(number);
            histogram.setSumBits(Double.doubleToRawLongBits(number));
            histogram.addPositiveSpan((int) (number % 7), 2);
            histogram.addPositiveBucket(1);
            histogram.addPositiveBucket(1);
            return histogram;
        }

        long bits() {
            return number % 11 == 0 ? SampleSet.STALE : Double.doubleToRawLongBits(number);
        }

        String text() {
            return isHistogram ? HistogramText.of(histogram()) : Long.toHexString(bits());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.cairndb.interop.Turns#seeds")
    void bothFindEverySampleOfBoth(long seed) throws IOException {
        random = new Random(seed);
        for (int i = 0; i < SERIES; i++) {
            series.add(Labels.of("__name__", i % 3 == 1 ? "histogram" : "float", "instance", "host-" + i));
        }
        Path data = Turns.take(TURNS, scratch, random, seed, this::turnOfTheLibrary, this::turnOfPrometheus);
        try (Tsdb db = open(Directories.copy(data, scratch.resolve("end")))) {
            assertSame(StoreSamples.textsOf(db), "seed " + seed + ", at the end");
            db.admin().cutBlocks();
            assertSame(StoreSamples.textsOf(db), "seed " + seed + ", after the last cut");
        }
        long count = expected.values().stream().mapToLong(Map::size).sum();
        assertTrue(lateCount > count / 4, lateCount + " late samples");
        System.out.println("LateDirectoryTest: " + count + " samples, " + lateCount + " of them late, after " + TURNS
                + " turns, seed " + seed);
    }

    /** What comes next, already in {@link #expected}; one sample of a series at most. */
    private List<Sample> next(boolean late) {
        List<Sample> samples = new ArrayList<>();
        for (int i = 0; i < SERIES; i++) {
            if (random.nextInt(late ? 3 : 10) == 0) {
                continue;
            }
            long t = clock.wallMillis();
            if (late) {
                // Between the times of those in order.
                t -= STEP.toMillis() * (1 + random.nextInt(LATE_STEPS_MAX)) - 1;
            }
            TreeMap<Long, String> known = expected.computeIfAbsent(series.get(i), absent -> new TreeMap<>());
            if (!known.containsKey(t)) {
                Sample sample = new Sample(series.get(i), i % 3 == 1, t, random.nextInt(10_000));
                known.put(t, sample.text());
                samples.add(sample);
            }
        }
        lateCount += late ? samples.size() : 0;
        return samples;
    }

    private Tsdb open(Path data) throws IOException {
        return Tsdb.builder(data)
                .clock(clock)
                .options(StoreSamples.manual().withWalSegmentBytesMax(1 << 16))
                .open();
    }

    private void turnOfTheLibrary(Path data, Path next, boolean inGoodOrder, String where) throws IOException {
        try (Tsdb db = open(data)) {
            assertSame(StoreSamples.textsOf(db), where + ", opened by the library");
            for (int round = 0; round < ROUNDS_PER_TURN; round++) {
                clock.advance(STEP);
                append(db, next(false));
                if (round > 2) {
                    append(db, next(true));
                }
                if (random.nextInt(20) == 0) {
                    db.admin().runMaintenance();
                }
                if (random.nextInt(60) == 0) {
                    db.admin().cutBlocks();
                }
            }
            assertSame(StoreSamples.textsOf(db), where + ", before the end of the turn");
            if (!inGoodOrder) {
                Directories.copy(data, next);
            }
        }
        if (inGoodOrder) {
            Directories.copy(data, next);
        }
        assertTrue(Files.exists(next.resolve("wbl")), where);
    }

    private static void append(Tsdb db, List<Sample> samples) throws IOException {
        AppendBatch batch = db.newBatch();
        for (Sample sample : samples) {
            if (sample.isHistogram()) {
                batch.add(db.series(sample.labels()), sample.timestampMillis(), sample.histogram());
            } else {
                batch.add(db.series(sample.labels()), sample.timestampMillis(), Double.longBitsToDouble(sample.bits()));
            }
        }
        AppendResult result = batch.commit();
        assertEquals(samples.size(), result.samplesAppended() + result.histogramsAppended(), result::toString);
    }

    private void turnOfPrometheus(Path data, Path next, boolean inGoodOrder, String where) throws IOException {
        try (Prometheus prometheus =
                Prometheus.start(scratch, data, Http.freePort(), TAKES_LATE, "--web.enable-remote-write-receiver")) {
            assertSame(RemoteRead.texts(prometheus.port()), where + ", opened by Prometheus");
            for (int round = 0; round < ROUNDS_PER_TURN; round++) {
                clock.advance(STEP);
                write(prometheus.port(), next(false));
                write(prometheus.port(), next(true));
            }
            assertSame(RemoteRead.texts(prometheus.port()), where + ", before the end of the turn");
            Turns.end(prometheus, inGoodOrder);
        }
        Directories.copy(data, next);
    }

    private void write(int port, List<Sample> samples) throws IOException {
        for (Sample sample : samples) {
            encoder.startSeries();
            sample.labels().forEach(encoder::label);
            if (sample.isHistogram()) {
                encoder.histogram(sample.timestampMillis(), sample.histogram());
            } else {
                encoder.sample(sample.timestampMillis(), sample.bits());
            }
            encoder.endSeries();
        }
        encoder.finish();
        Turns.write(port, encoder, RemoteWriteVersion.V2);
    }

    private void assertSame(Map<Labels, TreeMap<Long, String>> found, String where) {
        assertEquals(withSamples(expected).keySet(), withSamples(found).keySet(), where);
        List<String> differences = new ArrayList<>();
        expected.forEach((labels, samples) -> {
            TreeMap<Long, String> there = found.getOrDefault(labels, new TreeMap<>());
            samples.forEach((t, text) -> {
                if (!text.equals(there.get(t))) {
                    differences.add(labels + " at " + t + ": " + text + ", found " + there.get(t));
                }
            });
            there.keySet().stream()
                    .filter(t -> !samples.containsKey(t))
                    .forEach(t -> differences.add(labels + " at " + t + ": nobody sent that"));
        });
        assertTrue(
                differences.isEmpty(),
                () -> where + ": " + differences.size() + " differ, such as "
                        + String.join("\n", differences.subList(0, Math.min(10, differences.size()))));
    }

    private static Map<Labels, TreeMap<Long, String>> withSamples(Map<Labels, TreeMap<Long, String>> all) {
        Map<Labels, TreeMap<Long, String>> some = new TreeMap<>(all);
        some.values().removeIf(TreeMap::isEmpty);
        return some;
    }
}

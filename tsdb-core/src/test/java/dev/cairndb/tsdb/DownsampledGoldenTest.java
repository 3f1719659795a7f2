package dev.cairndb.tsdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.chunks.Aggregate;
import dev.cairndb.chunks.SampleCursor;
import dev.cairndb.index.Labels;
import dev.cairndb.index.Matcher;
import dev.cairndb.objstore.FileObjectStore;
import dev.cairndb.testkit.GoldenData;
import dev.cairndb.tsdb.TsdbOptions.QueryLimits;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Blocks that Thanos compacted and downsampled: what they say is what the raw samples beside them come to. */
class DownsampledGoldenTest {
    private static final Duration RESOLUTION = Duration.ofMinutes(5);
    private static final Labels STREAM = Labels.of("replica", "a");

    private final GoldenData golden = new GoldenData(DownsampledGoldenTest.class);

    @TempDir
    Path headers;

    @Test
    void aggregatesAreThoseOfTheRawSamples() throws IOException {
        for (Path bucket : golden.folders("thanos/downsampled")) {
            TreeMap<Labels, TreeMap<Long, Double>> raw = read(bucket, null);
            for (Aggregate aggregate : Aggregate.values()) {
                TreeMap<Labels, TreeMap<Long, Double>> found = read(bucket, aggregate);
                assertEquals(raw.keySet(), found.keySet());
                for (Map.Entry<Labels, TreeMap<Long, Double>> series : found.entrySet()) {
                    NavigableMap<Long, Double> samples = raw.get(series.getKey());
                    String where = aggregate + " of " + series.getKey();
                    if (aggregate == Aggregate.COUNTER) {
                        checkCounter(where, samples, series.getValue());
                    } else {
                        checkWindows(where, aggregate, samples, series.getValue());
                    }
                    golden.checked("samples", series.getValue().size());
                }
            }
        }
        golden.report(System.out);
    }

    /** @param aggregate null for raw samples */
    private TreeMap<Labels, TreeMap<Long, Double>> read(Path bucket, @Nullable Aggregate aggregate) throws IOException {
        TreeMap<Labels, TreeMap<Long, Double>> all = new TreeMap<>();
        try (FileObjectStore store = new FileObjectStore(bucket);
                BucketReader reader = aggregate == null
                        ? BucketReader.builder(store, headers, STREAM).open()
                        : BucketReader.builder(store, headers, STREAM)
                                .downsampled(RESOLUTION, aggregate)
                                .open();
                Querier querier = reader.querier(TimeRange.all(), QueryLimits.none());
                SeriesCursor series = querier.select(Matcher.regex("__name__", ".+"))) {
            assertEquals(1, reader.stats().blocks());
            while (series.next()) {
                TreeMap<Long, Double> samples = new TreeMap<>();
                for (SampleCursor sample = series.samples(); sample.next(); ) {
                    assertEquals(null, samples.put(sample.timestampMillis(), sample.value()));
                }
                all.put(series.labels(), samples);
            }
        }
        return all;
    }

    private static void checkWindows(
            String where, Aggregate aggregate, NavigableMap<Long, Double> raw, TreeMap<Long, Double> found) {
        Map<Long, List<Double>> windows = new HashMap<>();
        raw.forEach((t, value) -> windows.computeIfAbsent(
                        Math.floorDiv(t, RESOLUTION.toMillis()), window -> new ArrayList<>())
                .add(value));
        assertEquals(windows.size(), found.size(), where);
        found.forEach((t, value) -> {
            List<Double> window = windows.get(Math.floorDiv(t, RESOLUTION.toMillis()));
            double expected = switch (aggregate) {
                case COUNT -> window.size();
                case SUM -> inOrder(window);
                case MIN -> window.stream().mapToDouble(v -> v).min().orElseThrow();
                default -> window.stream().mapToDouble(v -> v).max().orElseThrow();
            };
            assertEquals(expected, value, where + " at " + t);
        });
    }

    private static double inOrder(List<Double> values) {
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        return sum;
    }

    /** At each time the counter has what had been counted until then, as if it had never been reset. */
    private static void checkCounter(String where, NavigableMap<Long, Double> raw, TreeMap<Long, Double> found) {
        if (raw.values().stream().anyMatch(value -> value < 0)) {
            return; // no counter at all
        }
        TreeMap<Long, Double> totals = new TreeMap<>();
        double last = 0;
        double total = 0;
        for (Map.Entry<Long, Double> sample : raw.entrySet()) {
            total += sample.getValue() < last ? sample.getValue() : sample.getValue() - last;
            last = sample.getValue();
            totals.put(sample.getKey(), total);
        }
        assertTrue(found.size() * 6 > raw.size() / 2, where);
        // A gauge is no counter: its sums are rounded on the way, by each in its own order.
        found.forEach((t, value) -> assertEquals(totals.floorEntry(t).getValue(), value, 1e-6, where + " at " + t));
    }
}

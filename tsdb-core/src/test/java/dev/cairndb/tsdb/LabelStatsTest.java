package dev.cairndb.tsdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.cairndb.index.Labels;
import dev.cairndb.testkit.ManualClock;
import dev.cairndb.tsdb.LabelStats.Count;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Counts of labels, compared with counting in maps. */
class LabelStatsTest {
    @Property(tries = 30)
    void countsAreThoseOfCountingInMaps(@ForAll long seed) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        Set<Labels> series = new TreeSet<>();
        for (int i = random.nextInt(40); i > 0; i--) {
            Labels.Builder labels = Labels.builder().add("__name__", "m" + random.nextInt(4));
            for (int label = random.nextInt(4); label > 0; label--) {
                labels.set("l" + random.nextInt(3), "\u00fc".repeat(1 + random.nextInt(3)));
            }
            labels.set("long", "x".repeat(253 + random.nextInt(4)));
            series.add(labels.build());
        }
        try (TsdbRuntime runtime = TsdbRuntime.create();
                Tsdb db = TestStores.builder(TestStores.storage(seed), new ManualClock(TestStores.START), runtime)
                        .open()) {
            for (Labels labels : series) {
                assertEquals(
                        0, TestStores.append(db, labels, TestStores.START, 1).rejectedTotal());
            }
            int listLength = 1 + random.nextInt(20);
            check(series, listLength, db.labelStats(listLength));
        }
    }

    private static void check(Set<Labels> series, int listLength, LabelStats found) {
        Map<String, Long> metrics = new HashMap<>();
        Map<String, Set<String>> values = new HashMap<>();
        Map<String, Long> bytes = new HashMap<>();
        Map<String, Long> pairs = new HashMap<>();
        for (Labels labels : series) {
            metrics.merge(labels.get("__name__"), 1L, Long::sum);
            labels.forEach((name, value) -> {
                values.computeIfAbsent(name, absent -> new TreeSet<>()).add(value);
                bytes.merge(name, size(name) + size(value), Long::sum);
                pairs.merge(name + "=" + value, 1L, Long::sum);
            });
        }
        Map<String, Long> valueCounts = new HashMap<>();
        values.forEach((name, ofName) -> valueCounts.put(name, (long) ofName.size()));
        assertEquals(pairs.size(), found.labelPairs());
        check(metrics, listLength, found.seriesByMetricName());
        check(valueCounts, listLength, found.valuesByLabelName());
        check(bytes, listLength, found.bytesByLabelName());
        check(pairs, listLength, found.seriesByLabelPair());
    }

    private static long size(String text) {
        int length = text.getBytes(StandardCharsets.UTF_8).length;
        return length < 255 ? length + 1L : length + 4L;
    }

    /** Which of equal counts are shown is open. */
    private static void check(Map<String, Long> expected, int listLength, List<Count> found) {
        List<Long> largest = new ArrayList<>(expected.values());
        largest.sort((a, b) -> Long.compare(b, a));
        assertEquals(
                largest.subList(0, Math.min(listLength, largest.size())),
                found.stream().map(Count::value).toList());
        for (Count count : found) {
            assertEquals(expected.get(count.name()), count.value(), count.name());
        }
    }

    @Test
    void listsMayBeLeftOut() throws IOException {
        try (TsdbRuntime runtime = TsdbRuntime.create();
                Tsdb db = TestStores.builder(TestStores.storage(1), new ManualClock(TestStores.START), runtime)
                        .open()) {
            assertThrows(IllegalArgumentException.class, () -> db.labelStats(-1));
            assertEquals(new LabelStats(0, List.of(), List.of(), List.of(), List.of()), db.labelStats(1));
            assertEquals(
                    0,
                    TestStores.append(db, Labels.of("__name__", "up", "job", "a"), TestStores.START, 1)
                            .rejectedTotal());
            assertEquals(new LabelStats(2, List.of(), List.of(), List.of(), List.of()), db.labelStats(0));
        }
    }
}

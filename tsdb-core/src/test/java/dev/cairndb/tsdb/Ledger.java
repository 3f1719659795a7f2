package dev.cairndb.tsdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import dev.cairndb.index.Labels;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;

/** What was sent to a store and what it acknowledged, to compare with what it has. Thread-safe. */
final class Ledger {
    private final Map<Labels, ConcurrentSkipListMap<Long, Long>> sent = new ConcurrentHashMap<>();
    private final Map<Labels, ConcurrentSkipListMap<Long, Long>> acknowledged = new ConcurrentHashMap<>();

    /** With what is in this one now. */
    Ledger copy() {
        Ledger copy = new Ledger();
        sent.forEach((labels, samples) -> copy.sent.put(labels, new ConcurrentSkipListMap<>(samples)));
        acknowledged.forEach((labels, samples) -> copy.acknowledged.put(labels, new ConcurrentSkipListMap<>(samples)));
        return copy;
    }

    /** Appends one sample to each series; the value tells series and time. */
    AppendResult append(Tsdb db, List<Labels> series, long timestampMillis) throws IOException {
        AppendBatch batch = db.newBatch();
        for (Labels labels : series) {
            long bits = bits(labels, timestampMillis);
            put(sent, labels, timestampMillis, bits);
            batch.add(db.series(labels), timestampMillis, TestStores.ofBits(bits));
        }
        AppendResult result = batch.commit();
        if (result.rejectedTotal() == 0) {
            series.forEach(labels -> put(acknowledged, labels, timestampMillis, bits(labels, timestampMillis)));
        }
        return result;
    }

    static long bits(Labels labels, long timestampMillis) {
        return timestampMillis * 31 + labels.hashCode();
    }

    private static void put(Map<Labels, ConcurrentSkipListMap<Long, Long>> map, Labels labels, long t, long bits) {
        map.computeIfAbsent(labels, key -> new ConcurrentSkipListMap<>()).put(t, bits);
    }

    long acknowledgedCount() {
        return acknowledged.values().stream().mapToLong(Map::size).sum();
    }

    /** All that was acknowledged is there, nothing that was not sent, and nothing twice. Nobody writes meanwhile. */
    void check(Tsdb db, String where) throws IOException {
        try (Querier querier = db.querier(TimeRange.all())) {
            Map<Labels, TreeMap<Long, Long>> found = check(querier, acknowledged, where);
            long merged = found.values().stream().mapToLong(Map::size).sum();
            assertEquals(merged, Dump.samplesInChunks(querier), where + ": samples in chunks");
        }
    }

    /** All that was acknowledged before this is there, and nothing that was not sent. */
    void checkWhileWriting(Tsdb db, String where) throws IOException {
        Map<Labels, Map<Long, Long>> before = new TreeMap<>();
        acknowledged.forEach((labels, samples) -> before.put(labels, new TreeMap<>(samples)));
        try (Querier querier = db.querier(TimeRange.all())) {
            Map<Labels, TreeMap<Long, Long>> unused = check(querier, before, where);
        }
    }

    private Map<Labels, TreeMap<Long, Long>> check(
            Querier querier, Map<Labels, ? extends Map<Long, Long>> expected, String where) throws IOException {
        Map<Labels, TreeMap<Long, Long>> found = Dump.of(querier);
        expected.forEach((labels, samples) -> samples.forEach((t, bits) -> {
            TreeMap<Long, Long> series = found.get(labels);
            if (series == null || !bits.equals(series.get(t))) {
                fail(where + ": " + labels + " lost its sample at " + t + "; has "
                        + (series == null ? "nothing" : series.firstKey() + ".." + series.lastKey()));
            }
        }));
        found.forEach((labels, samples) -> samples.forEach((t, bits) -> {
            ConcurrentSkipListMap<Long, Long> series = sent.get(labels);
            if (series == null || !bits.equals(series.get(t))) {
                fail(where + ": " + labels + " has a sample at " + t + " nobody sent");
            }
        }));
        return found;
    }
}

package dev.cairndb.tsdb.internal.wal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Commits in which series change their kind, read as Prometheus does: what is not newer than the last is dropped. */
final class LogGroupPropertyTest {
    @Property(tries = 500)
    void whateverKindsASeriesHasInACommitItsSamplesKeepTheirOrder(@ForAll long seed) throws IOException {
        assertEquals(0, lostByReader(new Random(seed), true));
    }

    @Test
    void withoutGroupsAReaderWouldLoseSamples() throws IOException {
        int lost = 0;
        for (int seed = 0; seed < 20; seed++) {
            lost += lostByReader(new Random(seed), false);
        }
        assertTrue(lost > 0);
    }

    private static int lostByReader(Random random, boolean inGroups) throws IOException {
        RandomEntries entries = new RandomEntries(random);
        LogBatch batch = new LogBatch();
        Map<Long, List<String>> written = new TreeMap<>();
        Map<Long, RandomEntries.Kind> kinds = new HashMap<>();
        int seriesCount = 1 + random.nextInt(4);
        for (int t = 0; t < 40; t++) {
            long ref = 1 + random.nextInt(seriesCount);
            RandomEntries.Kind kind =
                    random.nextInt(3) == 0 || !kinds.containsKey(ref) ? entries.kind() : kinds.get(ref);
            if (kinds.containsKey(ref) && kinds.get(ref) != kind && inGroups && !areFloats(kinds.get(ref), kind)) {
                batch.beginGroup();
                kinds.clear();
            }
            kinds.put(ref, kind);
            written.computeIfAbsent(ref, r -> new ArrayList<>()).add(entries.addSample(batch, kind, ref, t));
        }
        Map<Long, List<String>> found = readDroppingTheOld(batch);
        if (inGroups) {
            assertEquals(written, found);
        }
        return count(written) - count(found);
    }

    /** Floats keep their order whether or not they have start timestamps. */
    private static boolean areFloats(RandomEntries.Kind a, RandomEntries.Kind b) {
        return a.compareTo(RandomEntries.Kind.HISTOGRAM) < 0 && b.compareTo(RandomEntries.Kind.HISTOGRAM) < 0;
    }

    private static Map<Long, List<String>> readDroppingTheOld(LogBatch batch) throws IOException {
        RecordedLog log = new RecordedLog();
        RecordDecoder decoder = new RecordDecoder();
        for (byte[] record : recordsOf(batch)) {
            decoder.read(record, 0, record.length);
            decoder.deliver(log);
        }
        Map<Long, List<String>> found = new TreeMap<>();
        Map<Long, Long> newest = new HashMap<>();
        for (String entry : log.entries) {
            String[] words = entry.split("[ :]");
            long ref = Long.parseLong(words[1]);
            long timestamp = Long.parseLong(words[2]);
            if (timestamp > newest.getOrDefault(ref, -1L)) {
                newest.put(ref, timestamp);
                found.computeIfAbsent(ref, r -> new ArrayList<>()).add(entry);
            }
        }
        return found;
    }

    @Test
    void aGroupIsWrittenInPrometheusOrder() throws IOException {
        RandomEntries entries = new RandomEntries(new Random(1));
        LogBatch batch = new LogBatch();
        RecordedLog.addSeries(batch, 1, "a", "b");
        List<RandomEntries.Kind> backwards = new ArrayList<>(List.of(RandomEntries.Kind.values()));
        java.util.Collections.reverse(backwards);
        Map<RandomEntries.Kind, String> added = new EnumMap<>(RandomEntries.Kind.class);
        batch.addTombstone(1, 2, 3);
        String exemplar = entries.addExemplar(batch, 1, 1);
        backwards.forEach(kind -> {
            if (kind != RandomEntries.Kind.FLOAT) {
                added.put(kind, entries.addSample(batch, kind, 1, 1));
            }
        });
        String metadata = entries.addMetadata(batch, 1);
        batch.beginGroup();
        String last = entries.addSample(batch, RandomEntries.Kind.FLOAT, 1, 1);
        List<String> expected = new ArrayList<>(List.of("series 1 'a''b'", metadata));
        expected.addAll(added.values());
        expected.addAll(List.of(exemplar, last, "tombstone 1 2 3"));
        RecordedLog log = new RecordedLog();
        RecordDecoder decoder = new RecordDecoder();
        List<Integer> types = new ArrayList<>();
        for (byte[] record : recordsOf(batch)) {
            types.add(decoder.read(record, 0, record.length));
            decoder.deliver(log);
        }
        assertEquals(expected, log.entries);
        assertEquals(List.of(1, 6, 11, 7, 9, 8, 10, 4, 2, 3), types);
        batch.clear();
        assertTrue(batch.isEmpty());
        assertEquals(0, recordsOf(batch).size());
    }

    private static int count(Map<Long, List<String>> entries) {
        return entries.values().stream().mapToInt(List::size).sum();
    }

    private static List<byte[]> recordsOf(LogBatch batch) {
        List<byte[]> records = new ArrayList<>();
        batch.forEachRecord((bytes, offset, length) -> records.add(Arrays.copyOfRange(bytes, offset, offset + length)));
        return records;
    }
}

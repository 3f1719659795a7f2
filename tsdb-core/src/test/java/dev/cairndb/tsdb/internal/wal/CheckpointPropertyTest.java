package dev.cairndb.tsdb.internal.wal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.tsdb.Durability;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.LongPredicate;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Checkpoints of logs with entries of every kind, one upon the other, against the list of what was written. */
final class CheckpointPropertyTest {
    private static final int SERIES_MAX = 6;
    private static final int COMMITS = 12;

    /** What is said of a series, in order, and its last metadata. A series record may come earlier than it did. */
    private record Content(
            Map<Long, List<String>> series, Map<Long, List<String>> entries, Map<Long, String> metadata) {}

    @Property(tries = 60)
    void aCheckpointSaysWhatIsStillNeeded(@ForAll long seed) throws IOException {
        Random random = new Random(seed);
        CrashingStorage storage = new CrashingStorage(seed);
        storage.createDurableDirectories(LogFixture.DIRECTORY);
        LogSettings settings = LogFixture.settings(Durability.OS);
        for (int round = 0; round < 3; round++) {
            int last = write(storage, settings, random, round);
            RecordedLog before = LogFixture.read(storage);
            long min = random.nextInt(10) == 0 ? Long.MIN_VALUE : (round * COMMITS + random.nextInt(COMMITS)) * 100L;
            int dropped = 1 + random.nextInt(2 * SERIES_MAX);
            LongPredicate keep = ref -> ref != dropped;
            Checkpoint.Result result = Checkpoint.write(
                    storage, LogFixture.DIRECTORY, last, min, keep::test, Checkpoint.SeriesRecords.NONE, settings);
            Content expected = content(before, min, keep);
            RecordedLog after = LogFixture.read(storage);
            assertEquals(expected, content(after, Long.MIN_VALUE, ref -> true), "round " + round + " from " + min);
            assertEquals(
                    count(expected.entries, "sample") + count(expected.entries, "histogram"),
                    result.keptSamples(),
                    "kept samples");
            assertEquals(count(expected.series, "series"), result.keptSeries(), "kept series");
        }
    }

    /** Commits of everything, in segments as small as they come; returns the last one. */
    private static int write(CrashingStorage storage, LogSettings settings, Random random, int round)
            throws IOException {
        RandomEntries entries = new RandomEntries(random);
        Path directory = LogFixture.DIRECTORY;
        int number = LogDirectory.list(storage, directory).nextSegment();
        LogSegments segments = new LogSegments(storage, directory, number, settings);
        LogScratch scratch = new LogScratch();
        LogBatch batch = new LogBatch();
        for (int commit = 0; commit < COMMITS; commit++) {
            long time = (round * COMMITS + commit) * 100L;
            for (int i = random.nextInt(30); i > 0; i--) {
                add(batch, entries, random, 1 + random.nextInt(SERIES_MAX), time + random.nextInt(100));
            }
            if (random.nextInt(4) == 0) {
                RecordedLog.addSeries(batch, 1 + random.nextInt(SERIES_MAX), "round", round + "." + commit);
            }
            segments.stage(batch, scratch);
            segments.flush(scratch);
            batch.clear();
            if (random.nextInt(4) == 0) {
                segments.endSegment(scratch);
            }
        }
        segments.endSegment(scratch);
        segments.close();
        return LogDirectory.list(storage, directory).lastSegment();
    }

    private static void add(LogBatch batch, RandomEntries entries, Random random, long ref, long time) {
        String unused = switch (random.nextInt(8)) {
            case 0 -> entries.addExemplar(batch, ref, time);
            case 1 -> entries.addMetadata(batch, ref);
            case 2 -> entries.addHistogramWithStart(batch, ref, time);
            case 3 -> {
                batch.addTombstone(ref, time - random.nextInt(2_000), time);
                yield "";
            }
            case 4 -> {
                batch.beginGroup();
                yield "";
            }
            default -> entries.addSample(batch, entries.kind(), ref, time);
        };
    }

    private static Content content(RecordedLog log, long minMillis, LongPredicate keep) {
        Map<Long, List<String>> series = new TreeMap<>();
        Map<Long, List<String>> entries = new TreeMap<>();
        for (String entry : log.entries) {
            String[] words = entry.split("[ :]");
            long ref = Long.parseLong(words[1]);
            boolean isNeeded = switch (words[0]) {
                case "series" -> true;
                case "metadata" -> false;
                case "tombstone" -> Long.parseLong(words[3]) >= minMillis;
                default -> Long.parseLong(words[2]) >= minMillis;
            };
            if (isNeeded && keep.test(ref)) {
                (words[0].equals("series") ? series : entries)
                        .computeIfAbsent(ref, r -> new ArrayList<>())
                        .add(entry);
            }
        }
        Map<Long, String> metadata = new TreeMap<>(log.metadataByRef);
        metadata.keySet().removeIf(ref -> !keep.test(ref));
        return new Content(series, entries, metadata);
    }

    private static long count(Map<Long, List<String>> entries, String kind) {
        return entries.values().stream()
                .flatMap(List::stream)
                .filter(entry -> entry.startsWith(kind))
                .count();
    }
}

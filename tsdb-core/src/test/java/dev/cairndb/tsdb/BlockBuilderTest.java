package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestStores.HOUR;
import static dev.cairndb.tsdb.TestStores.MINUTE;
import static dev.cairndb.tsdb.TestStores.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.io.FileStorage;
import dev.cairndb.testkit.ManualClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Samples in any order become one block for each range. */
class BlockBuilderTest {
    private static final Duration RANGE = Duration.ofHours(2);

    @TempDir
    Path directory;

    private record Sample(Labels labels, long t, double value) {}

    private static List<Sample> samples(long from, long to) {
        List<Sample> samples = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            Labels labels = Labels.of("__name__", "m" + i % 3, "i", "" + i);
            for (long t = from + i; t < to; t += MINUTE) {
                samples.add(new Sample(labels, t, t * 0.5 + i));
            }
        }
        return samples;
    }

    private static Map<Labels, TreeMap<Long, Long>> bits(List<Sample> samples) {
        Map<Labels, TreeMap<Long, Long>> all = new TreeMap<>();
        samples.forEach(sample -> all.computeIfAbsent(sample.labels, key -> new TreeMap<>())
                .put(sample.t, Double.doubleToRawLongBits(sample.value)));
        return all;
    }

    private Map<Labels, TreeMap<Long, Long>> read() throws IOException {
        try (ReadOnlyTsdb store = ReadOnlyTsdb.open(directory, TsdbListener.NONE);
                Querier querier = store.querier(TimeRange.all())) {
            return Dump.of(querier);
        }
    }

    @Test
    void samplesInAnyOrderAreInOneBlockForEachRange() throws IOException {
        List<Sample> samples = samples(START + HOUR, START + 9 * HOUR);
        Collections.shuffle(samples, new Random(1));
        List<BlockInfo> blocks;
        try (BlockBuilder builder = BlockBuilder.create(directory, RANGE)) {
            for (Sample sample : samples) {
                builder.add(sample.labels, sample.t, sample.value);
            }
            blocks = builder.finish();
        }
        assertEquals(5, blocks.size());
        for (BlockInfo block : blocks) {
            assertEquals(0, block.minTimestampMillis() % RANGE.toMillis());
            assertTrue(block.maxTimestampMillis() - block.minTimestampMillis() <= RANGE.toMillis());
            assertEquals(7, block.seriesCount());
            assertTrue(block.late());
        }
        assertEquals(
                samples.size(),
                blocks.stream().mapToLong(BlockInfo::sampleCount).sum());
        assertEquals(bits(samples), read());
    }

    @Test
    void canBeAddedToAgain() throws IOException {
        List<Sample> all = new ArrayList<>();
        try (BlockBuilder builder = BlockBuilder.create(directory, RANGE)) {
            // The older ones come later.
            for (long from = START + 4 * HOUR; from >= START; from -= 2 * HOUR) {
                List<Sample> samples = samples(from, from + 2 * HOUR);
                for (Sample sample : samples) {
                    builder.add(sample.labels, sample.t, sample.value);
                }
                all.addAll(samples);
                assertEquals(1, builder.finish().size());
            }
            assertEquals(List.of(), builder.finish());
        }
        assertEquals(bits(all), read());
    }

    @Test
    void timesBefore1970AndFarAheadAreTimes() throws IOException {
        Labels labels = Labels.of("__name__", "m");
        List<Sample> samples = new ArrayList<>();
        for (long t : new long[] {-5 * HOUR, -1, 0, 1, START * 100}) {
            samples.add(new Sample(labels, t, t));
        }
        try (BlockBuilder builder = BlockBuilder.create(directory, RANGE)) {
            for (Sample sample : samples) {
                builder.add(sample.labels, sample.t, sample.value);
            }
            assertEquals(4, builder.finish().size());
        }
        assertEquals(bits(samples), read());
    }

    private Tsdb openStore() throws IOException {
        return Tsdb.builder(directory)
                .options(TestStores.OPTIONS)
                .clock(new ManualClock(START + 9 * HOUR))
                .open();
    }

    @Test
    void aStoreThatBlocksArePutIntoKeepsWhatIsInItsLog() throws IOException {
        Labels own = Labels.of("__name__", "own");
        Map<Labels, TreeMap<Long, Long>> all = new TreeMap<>();
        try (Tsdb db = openStore()) {
            for (long t = START; t < START + HOUR; t += MINUTE) {
                assertEquals(0, TestStores.append(db, own, t, t).rejectedTotal());
            }
            all.putAll(Dump.of(db));
        }
        List<Sample> imported = samples(START, START + 5 * HOUR);
        all.putAll(bits(imported));
        try (BlockBuilder builder = BlockBuilder.create(directory, RANGE)) {
            for (Sample sample : imported) {
                builder.add(sample.labels, sample.t, sample.value);
            }
            assertEquals(3, builder.finish().size());
        }
        assertEquals(all, read());
        try (Tsdb db = openStore()) {
            assertEquals(all, Dump.of(db));
            long next = START + HOUR;
            assertEquals(0, TestStores.append(db, own, next, 1).rejectedTotal(), "the head goes on");
            all.get(own).put(next, Double.doubleToRawLongBits(1));
            db.admin().runMaintenance();
            assertEquals(all, Dump.of(db), "maintained");
        }
        try (Tsdb db = openStore()) {
            assertEquals(all, Dump.of(db), "opened again");
        }
    }

    @Test
    void oneThatCannotBeMadeLeavesNoThread() throws IOException {
        TsdbRuntime runtime = TsdbRuntime.create();
        assertThrows(
                IllegalArgumentException.class,
                () -> BlockBuilder.create(FileStorage.instance(), directory, Duration.ZERO, runtime));
        assertThrows(
                RejectedExecutionException.class,
                () -> runtime.maintenanceExecutor().execute(() -> {}));
    }

    @Test
    void ofTwoValuesAtAnOlderTimeOneIsKept() throws IOException {
        Labels labels = Labels.of("__name__", "m");
        try (BlockBuilder builder = BlockBuilder.create(directory, RANGE)) {
            builder.add(labels, START, 1);
            builder.add(labels, START + 1, 1);
            builder.add(labels, START, 2);
            assertEquals(2, builder.finish().get(0).sampleCount());
        }
    }

    @Test
    void twoValuesAtTheNewestTimeAreRefused() throws IOException {
        Labels labels = Labels.of("__name__", "m");
        try (BlockBuilder builder = BlockBuilder.create(directory, RANGE)) {
            builder.add(labels, START, 1);
            builder.add(labels, START, 2);
            IOException refused = assertThrows(IOException.class, builder::finish);
            assertTrue(String.valueOf(refused.getMessage()).contains("another value at the same time"));
        }
    }

    @Test
    void whatIsNotFinishedLeavesNothing() throws IOException {
        try (BlockBuilder builder = BlockBuilder.create(directory, RANGE)) {
            for (Sample sample : samples(START, START + 4 * HOUR)) {
                builder.add(sample.labels, sample.t, sample.value);
            }
        }
        try (Stream<Path> files = Files.list(directory)) {
            assertEquals(List.of(), files.toList());
        }
    }

    private static void add(BlockBuilder builder, long from, long to) throws IOException {
        for (Sample sample : samples(from, to)) {
            builder.add(sample.labels, sample.t, sample.value);
        }
    }

    @Test
    void blocksAreSeenAllAtOnce() throws IOException {
        try (BlockBuilder builder = BlockBuilder.create(directory, RANGE)) {
            add(builder, START, START + 2 * HOUR);
            builder.write();
            add(builder, START + 4 * HOUR, START + 5 * HOUR);
            builder.write();
            assertEquals(0, blockCount());
            assertEquals(2, builder.finish().size());
            assertEquals(2, blockCount());
        }
        // Another one was killed.
        Path left = Files.createDirectories(directory.resolve("00000000000000000000000000.tmp-for-creation/other"));
        try (BlockBuilder builder = BlockBuilder.create(directory, RANGE)) {
            assertFalse(Files.exists(left));
            assertThrows(IOException.class, () -> BlockBuilder.create(directory, RANGE), "another one is at work");
            add(builder, START - 2 * HOUR, START);
            builder.write();
        }
        assertEquals(2, blockCount());
        try (Stream<Path> files = Files.list(directory)) {
            assertEquals(2, files.count(), "and nothing else");
        }
    }

    private long blockCount() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(
                            file -> StoreFiles.isBlockName(file.getFileName().toString()))
                    .count();
        }
    }
}

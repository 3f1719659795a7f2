package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestStores.DIRECTORY;
import static dev.cairndb.tsdb.TestStores.HOUR;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.cairndb.index.Labels;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.tsdb.internal.block.BlockContents;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.Ulid;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Blocks of two hours that are put into a data directory one by one, and what is in them together. */
final class WrittenBlocks {
    static final long RANGE = 2 * HOUR;

    private final long from;
    private final long shiftMillis;
    final Map<Labels, TreeMap<Long, Long>> expected = new TreeMap<>();

    /**
     * @param from where the first range begins
     * @param shiftMillis from the times of a block to those of the next one
     */
    WrittenBlocks(long from, long shiftMillis) {
        this.from = from;
        this.shiftMillis = shiftMillis;
    }

    static Ulid ulid(int number) {
        return Ulid.parse("0%025d".formatted(number));
    }

    /** Samples of some series in the n-th range; those of different blocks may be at the same times. */
    void write(CrashingStorage storage, int number, int range, boolean late) throws IOException {
        long begin = from + range * RANGE;
        BlockContents contents = new BlockContents();
        for (int series = number % 3; series < 6; series++) {
            TreeMap<Long, Long> samples = new TreeMap<>();
            for (long t = begin + number * shiftMillis; t < begin + RANGE && samples.size() < 150; t += 20_000) {
                samples.put(t, Double.doubleToRawLongBits(t + series));
            }
            Labels labels = Labels.of("__name__", "m", "i", String.valueOf(series));
            contents.series.put(labels, samples);
            expected.computeIfAbsent(labels, absent -> new TreeMap<>()).putAll(samples);
        }
        BlockMeta.Compaction compaction =
                late ? BlockMeta.Compaction.late(ulid(number)) : BlockMeta.Compaction.firstLevel(ulid(number));
        assertNotNull(contents.write(storage, DIRECTORY, ulid(number), begin, begin + RANGE, compaction));
    }

    /** A directory with a block in each of so many ranges, and nothing else. */
    CrashingStorage ranges(long seed, int count) throws IOException {
        expected.clear();
        CrashingStorage storage = TestStores.storage(seed);
        for (int i = 0; i < count; i++) {
            write(storage, i + 1, i, false);
        }
        return storage;
    }

    /** Those that were deleted and are still read, too. */
    static long folders(CrashingStorage storage) throws IOException {
        return storage.list(DIRECTORY).stream()
                .filter(name -> Ulid.tryParse(name.substring(0, Math.min(name.length(), Ulid.TEXT_LENGTH))) != null)
                .count();
    }

    /** Start in ranges, length in ranges, level. */
    List<String> shapes(Tsdb db) {
        return db.admin().blocks().stream()
                .map(block -> (block.minTimestampMillis() - from) / RANGE + "+"
                        + (block.maxTimestampMillis() - block.minTimestampMillis()) / RANGE + " level "
                        + block.compactionLevel() + (block.late() ? " late" : ""))
                .toList();
    }
}

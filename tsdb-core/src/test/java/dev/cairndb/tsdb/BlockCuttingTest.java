package dev.cairndb.tsdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.cairndb.index.Labels;
import dev.cairndb.testkit.ManualClock;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BlockCuttingTest {
    private static final long NOW = 1_700_000_000_000L;
    private static final long RANGE = Duration.ofHours(2).toMillis();

    @TempDir
    Path directory;

    private Tsdb open(TsdbOptions options) throws IOException {
        return Tsdb.builder(directory)
                .clock(new ManualClock(NOW))
                .options(options.withDurability(Durability.OS)
                        .withRetention(Duration.ZERO)
                        .withMaintenance(TsdbOptions.Maintenance.MANUAL))
                .open();
    }

    private static void append(Tsdb db, long... timestampsMillis) throws IOException {
        for (long t : timestampsMillis) {
            AppendResult result =
                    db.newBatch().add(db.series(Labels.of("a", "b")), t, t).commit();
            assertEquals(1, result.samplesAppended(), result.toString());
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -5, 1_000_000_000L, Long.MIN_VALUE / 2, Long.MIN_VALUE + 10_000_000})
    void rangesWithoutSamplesAreSteppedOver(long ancientMillis) throws IOException {
        try (Tsdb db = open(TsdbOptions.defaults())) {
            append(db, ancientMillis, NOW);
            assertTimeoutPreemptively(Duration.ofSeconds(30), () -> db.admin().cutBlocks());
            assertEquals(1, db.admin().blocks().size());
            assertFalse(db.admin().blocks().get(0).late());
            assertEquals(List.of(ancientMillis, NOW), timestamps(db));
        }
    }

    @Test
    void aBlockIsDueWhenTheHeadSpansMoreThanOneAndAHalfRanges() throws IOException {
        long start = NOW / RANGE * RANGE - 2 * RANGE;
        try (Tsdb db = open(TsdbOptions.defaults())) {
            append(db, start, start + RANGE, start + RANGE / 2 * 3);
            db.admin().cutBlocks();
            assertEquals(List.of(), db.admin().blocks());
            append(db, start + RANGE / 2 * 3 + 1);
            db.admin().cutBlocks();
            BlockInfo block = db.admin().blocks().get(0);
            assertEquals(1, db.admin().blocks().size());
            assertEquals(start, block.minTimestampMillis());
            assertEquals(start + RANGE, block.maxTimestampMillis());
            assertEquals(1, block.sampleCount());
            assertEquals(4, timestamps(db).size());
        }
    }

    @Test
    void flushingCutsAllButTheRangeOfTheNewestSample() throws IOException {
        long start = NOW / RANGE * RANGE - 2 * RANGE;
        try (Tsdb db = open(TsdbOptions.defaults())) {
            append(db, start + 1, start + RANGE - 1, start + RANGE, start + 2 * RANGE - 1, start + 2 * RANGE);
            db.admin().flushAligned();
            assertEquals(2, db.admin().blocks().size());
            assertEquals(start + 2 * RANGE, db.stats().headMinTimestampMillis());
            assertEquals(5, timestamps(db).size());
            db.admin().flushAligned();
            assertEquals(2, db.admin().blocks().size());
        }
    }

    private static List<Long> timestamps(Tsdb db) throws IOException {
        return Dump.of(db).values().stream()
                .flatMapToLong(samples -> LongStream.of(
                        samples.keySet().stream().mapToLong(t -> t).toArray()))
                .boxed()
                .toList();
    }
}

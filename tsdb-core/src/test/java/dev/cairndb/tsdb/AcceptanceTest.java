package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestStores.HOUR;
import static dev.cairndb.tsdb.TestStores.MINUTE;
import static dev.cairndb.tsdb.TestStores.START;
import static dev.cairndb.tsdb.TestStores.append;
import static dev.cairndb.tsdb.TestStores.ofBits;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.ManualClock;
import dev.cairndb.testkit.StorageOperation;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which samples a store takes: the rules of Prometheus without a window for late samples. */
class AcceptanceTest {
    private static final TsdbOptions OPTIONS = TestStores.OPTIONS.withOutOfOrderWindow(Duration.ZERO);
    private static final Labels A = Labels.of("__name__", "a");
    private static final Labels B = Labels.of("__name__", "b");
    private static final long QUIET_NAN = 0x7ff8000000000001L;
    private static final long STALE_NAN = 0x7ff0000000000002L;

    private final ManualClock clock = new ManualClock(START + 20 * HOUR);
    private final TsdbRuntime runtime = TsdbRuntime.create();
    private CrashingStorage storage;
    private Tsdb db;

    @BeforeEach
    void open() throws IOException {
        storage = TestStores.storage(1);
        db = TestStores.builder(storage, clock, runtime).options(OPTIONS).open();
    }

    @AfterEach
    void close() throws IOException {
        db.close();
        assertEquals(List.of(), storage.openFiles());
        runtime.close();
        assertEquals(0, runtime.threadCount());
    }

    private void reopen() throws IOException {
        db.close();
        db = TestStores.builder(storage, clock, runtime).options(OPTIONS).open();
    }

    private void accepted(Labels labels, long t, long bits) throws IOException {
        AppendResult result = append(db, labels, t, ofBits(bits));
        assertEquals("appended 1", result.toString());
        assertEquals(1, result.samplesAppended());
        assertEquals(0, result.samplesDuplicate());
        assertEquals(0, result.rejectedTotal());
        assertNull(result.firstRejected());
    }

    private void duplicate(Labels labels, long t, long bits) throws IOException {
        AppendResult result = append(db, labels, t, ofBits(bits));
        assertEquals(0, result.samplesAppended(), result::toString);
        assertEquals(1, result.samplesDuplicate(), result::toString);
        assertEquals(0, result.rejectedTotal(), result::toString);
        assertNull(result.firstRejected());
    }

    private void rejected(Labels labels, long t, long bits, Rejection reason) throws IOException {
        AppendResult result = append(db, labels, t, ofBits(bits));
        assertEquals(0, result.samplesAppended(), result::toString);
        assertEquals(0, result.samplesDuplicate(), result::toString);
        assertEquals(1, result.rejectedTotal(), result::toString);
        assertEquals(1, result.rejected(reason), result::toString);
        String first = result.firstRejected();
        assertNotNull(first);
        assertTrue(first.contains(labels.toString()) && first.contains(String.valueOf(t)), first);
        assertTrue(first.contains(reason.description()), first);
    }

    @Test
    void aNewerSampleIsTakenAndAnEqualOneIsSilentlyDropped() throws IOException {
        accepted(A, START, 7);
        accepted(A, START + 1, 7);
        duplicate(A, START + 1, 7);
        rejected(A, START + 1, 8, Rejection.DUPLICATE_TIMESTAMP);
        rejected(A, START, 7, Rejection.OUT_OF_ORDER);
        accepted(B, START, 7);
        assertEquals(1, db.stats().samplesDuplicate());
        assertEquals(1L, db.stats().samplesRejected().get(Rejection.OUT_OF_ORDER));
        assertEquals(1L, db.stats().samplesRejected().get(Rejection.DUPLICATE_TIMESTAMP));
        assertEquals(3, db.stats().samplesAppended());
    }

    @Test
    void valuesAreComparedByTheirBits() throws IOException {
        long[] values = {
            QUIET_NAN,
            STALE_NAN,
            QUIET_NAN + 5,
            0xfff8000000000001L,
            Double.doubleToRawLongBits(0.0),
            Double.doubleToRawLongBits(-0.0),
            Double.doubleToRawLongBits(Double.POSITIVE_INFINITY),
            1
        };
        for (int i = 0; i < values.length; i++) {
            accepted(A, START + i, values[i]);
            duplicate(A, START + i, values[i]);
            for (long other : values) {
                if (other != values[i]) {
                    rejected(A, START + i, other, Rejection.DUPLICATE_TIMESTAMP);
                }
            }
        }
        TreeMap<Long, Long> found = Dump.of(db).get(A);
        for (int i = 0; i < values.length; i++) {
            assertEquals(values[i], found.get(START + i));
        }
    }

    @Test
    void whatIsOlderThanHalfARangeIsOutOfBoundsAndElseOutOfOrder() throws IOException {
        long newest = START + 5 * HOUR;
        accepted(A, newest - HOUR, 1);
        accepted(A, newest, 1);
        accepted(B, newest - HOUR, 1);
        rejected(B, newest - HOUR - 1, 1, Rejection.OUT_OF_BOUNDS);
        rejected(A, newest - HOUR - 1, 1, Rejection.OUT_OF_BOUNDS);
        rejected(A, newest - HOUR, 1, Rejection.OUT_OF_ORDER);
        rejected(Labels.of("__name__", "never"), newest - HOUR - 1, 1, Rejection.OUT_OF_BOUNDS);
        assertEquals(List.of("a", "b"), db.labelValues("__name__"), "a rejected sample creates no series");
    }

    @Test
    void theFutureIsGuardedToTheMillisecond() throws IOException {
        long limit = clock.wallMillis() + 10 * MINUTE;
        rejected(A, limit + 1, 1, Rejection.TOO_FAR_IN_FUTURE);
        rejected(A, Long.MAX_VALUE, 1, Rejection.TOO_FAR_IN_FUTURE);
        assertEquals(0, db.stats().seriesCreated());
        accepted(A, limit, 1);
        clock.advance(Duration.ofMillis(1));
        accepted(A, limit + 1, 1);
    }

    @Test
    void aGuardOfAllTimeGuardsNothing() throws IOException {
        db.close();
        db = TestStores.builder(storage, clock, runtime)
                .options(OPTIONS.withFutureGuard(Duration.ofMillis(Long.MAX_VALUE)))
                .open();
        accepted(A, START, 1);
        accepted(A, START + 1_000 * HOUR, 1);
    }

    @Test
    void theOldestTimestampsDoNotShutTheStore() throws IOException {
        accepted(A, Long.MIN_VALUE + 1, 1);
        accepted(A, -1, 2);
        accepted(A, 0, 3);
        accepted(A, 1, 4);
        accepted(A, START, 5);
        accepted(A, START + 1, 6);
        Map<Labels, TreeMap<Long, Long>> before = Dump.of(db);
        assertEquals(6, before.get(A).size());
        db.admin().runMaintenance();
        assertEquals(before, Dump.of(db));
        assertEquals(0, db.stats().backgroundFailures());
        reopen();
        assertEquals(before, Dump.of(db));
        accepted(A, START + 2, 7);
    }

    @Test
    void afterACutNothingBeforeItsEndIsTaken() throws IOException {
        for (long t = START; t <= START + 3 * HOUR + MINUTE; t += MINUTE) {
            accepted(A, t, t);
        }
        db.admin().flushAligned();
        assertEquals(1, db.admin().blocks().size());
        long floor = START + 2 * HOUR;
        rejected(B, floor - 1, 1, Rejection.OUT_OF_BOUNDS);
        // Half a range behind the newest sample is later than the end of the block.
        rejected(B, floor + MINUTE - 1, 1, Rejection.OUT_OF_BOUNDS);
        accepted(B, floor + MINUTE, 1);
        reopen();
        rejected(B, floor - 1, 1, Rejection.OUT_OF_BOUNDS);
        duplicate(B, floor + MINUTE, 1);
    }

    @Test
    void aFlushUpToTheNewestSampleRaisesTheFloorAboveHalfARange() throws IOException {
        for (long t = START; t <= START + 2 * HOUR; t += MINUTE) {
            accepted(A, t, t);
        }
        db.admin().flushAligned();
        rejected(B, START + 2 * HOUR - 1, 1, Rejection.OUT_OF_BOUNDS);
        accepted(B, START + 2 * HOUR, 1);
    }

    @Test
    void afterARestartDuplicatesOfAMappedChunksLastSampleAreStillKnown() throws IOException {
        long last = START + 2 * HOUR - MINUTE;
        for (long t = last - 10 * MINUTE; t < last; t += MINUTE) {
            accepted(A, t, t);
        }
        accepted(A, last, STALE_NAN);
        // A sample of the next range closes the chunk; it alone is in the newest segment, which is then lost.
        reopen();
        accepted(A, last + MINUTE, 5);
        db.admin().runMaintenance();
        db.close();
        storage.delete(newestSegment());
        db = TestStores.builder(storage, clock, runtime).options(OPTIONS).open();
        assertEquals(1, db.stats().headChunks());
        assertEquals(last, db.stats().headMaxTimestampMillis());
        for (int round = 0; round < 2; round++) {
            duplicate(A, last, STALE_NAN);
            rejected(A, last, QUIET_NAN, Rejection.DUPLICATE_TIMESTAMP);
            rejected(A, last - MINUTE, last - MINUTE, Rejection.OUT_OF_ORDER);
            reopen();
        }
        accepted(A, last + MINUTE, 6);
        reopen();
        duplicate(A, last + MINUTE, 6);
        assertEquals(12, Dump.of(db).get(A).size());
    }

    private Path newestSegment() throws IOException {
        Path wal = TestStores.DIRECTORY.resolve("wal");
        List<String> segments = storage.list(wal).stream()
                .filter(name -> name.matches("[0-9]{8}"))
                .sorted()
                .toList();
        return wal.resolve(segments.get(segments.size() - 1));
    }

    @Test
    void theSamplesOfARequestAreJudgedByTheOldestTimeAtItsStart() throws IOException {
        accepted(A, START, 1);
        // The first sample of the batch would push the second out of bounds, were it judged one by one.
        AppendResult result = db.newBatch()
                .add(db.series(A), START + 5 * HOUR, 1)
                .add(db.series(B), START + MINUTE, 1)
                .commit();
        assertEquals(2, result.samplesAppended(), result::toString);
        rejected(Labels.of("__name__", "c"), START + MINUTE, 1, Rejection.OUT_OF_BOUNDS);
    }

    @Test
    void aMixedBatchIsCountedByReasonAndTheGoodOnesAreKept() throws IOException {
        long now = START + 5 * HOUR;
        append(db, A, now, 1);
        AppendResult result = db.newBatch()
                .add(db.series(A), now - 1, 1)
                .add(db.series(A), now, 1)
                .add(db.series(A), now, 2)
                .add(db.series(B), now - 3 * HOUR, 1)
                .add(db.series(B), clock.wallMillis() + HOUR, 1)
                .add(db.series(B), now, 1)
                .add(db.series(B), now, 1)
                .add(db.series(B), now + 1, 1)
                .commit();
        assertEquals(2, result.samplesAppended());
        assertEquals(2, result.samplesDuplicate());
        assertEquals(4, result.rejectedTotal());
        assertEquals(1, result.rejected(Rejection.OUT_OF_ORDER));
        assertEquals(1, result.rejected(Rejection.DUPLICATE_TIMESTAMP));
        assertEquals(1, result.rejected(Rejection.OUT_OF_BOUNDS));
        assertEquals(1, result.rejected(Rejection.TOO_FAR_IN_FUTURE));
        assertEquals(A + " at " + (now - 1) + ": " + Rejection.OUT_OF_ORDER.description(), result.firstRejected());
        assertEquals(3, Dump.of(db).values().stream().mapToInt(TreeMap::size).sum());
    }

    @Test
    void aBatchIsEmptyAfterItsCommit() throws IOException {
        AppendBatch batch = db.newBatch().add(db.series(A), START, 1);
        assertEquals(1, batch.commit().samplesAppended());
        assertEquals("appended 0", batch.commit().toString());
        assertEquals(
                0,
                Arrays.stream(Rejection.values())
                        .mapToInt(batch.commit()::rejected)
                        .sum());
    }

    @Test
    void aLongSilenceIsNotCutRangeByRange() throws IOException {
        accepted(A, 1, 1);
        accepted(B, 2, 2);
        accepted(A, START, 3);
        accepted(B, START + 8 * HOUR, 4);
        Map<Labels, TreeMap<Long, Long>> before = Dump.of(db);
        long creations = storage.faults().calls(StorageOperation.CREATE);
        db.admin().cutBlocks();
        assertEquals(2, db.admin().blocks().size());
        assertTrue(storage.faults().calls(StorageOperation.CREATE) - creations < 50);
        assertEquals(before, Dump.of(db));
        assertEquals(START + 8 * HOUR, db.stats().headMinTimestampMillis());
        reopen();
        assertEquals(before, Dump.of(db));
    }
}

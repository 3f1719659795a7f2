package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestStores.HOUR;
import static dev.cairndb.tsdb.TestStores.MINUTE;
import static dev.cairndb.tsdb.TestStores.START;
import static dev.cairndb.tsdb.TestStores.ofBits;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairndb.chunks.HistogramBuffer;
import dev.cairndb.index.Labels;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.ManualClock;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which samples a store takes late: the table of Prometheus (tsdb/head_append.go, memSeries.appendable). */
class OutOfOrderAcceptanceTest {
    private static final Labels A = Labels.of("__name__", "a");
    private static final Labels B = Labels.of("__name__", "b");
    private static final long STALE_NAN = 0x7ff0000000000002L;
    private static final long NEWEST = START + 10 * HOUR;
    private static final long WINDOW = 3 * HOUR;

    private final ManualClock clock = new ManualClock(START + 20 * HOUR);
    private final TsdbRuntime runtime = TsdbRuntime.create();
    private CrashingStorage storage;
    private Tsdb db;

    private enum Expected {
        IN_ORDER,
        LATE,
        DUPLICATE,
        REJECTED
    }

    @BeforeEach
    void open() throws IOException {
        storage = TestStores.storage(1);
        openStore();
    }

    private void openStore() throws IOException {
        db = TestStores.builder(storage, clock, runtime)
                .options(TestStores.OPTIONS.withOutOfOrderWindow(Duration.ofMillis(WINDOW)))
                .open();
    }

    @AfterEach
    void close() throws IOException {
        db.close();
        assertEquals(List.of(), storage.openFiles());
        runtime.close();
    }

    private void reopen() throws IOException {
        db.close();
        openStore();
    }

    private void check(Labels labels, long t, long bits, Expected expected, Rejection... reason) throws IOException {
        check(TestStores.append(db, labels, t, ofBits(bits)), expected, reason);
    }

    private static void check(AppendResult result, Expected expected, Rejection... reason) {
        int appended = result.samplesAppended() + result.histogramsAppended();
        int late = result.samplesLate() + result.histogramsLate();
        int duplicate = result.samplesDuplicate() + result.histogramsDuplicate();
        String where = expected + ": " + result;
        assertEquals(expected == Expected.IN_ORDER || expected == Expected.LATE ? 1 : 0, appended, where);
        assertEquals(expected == Expected.LATE ? 1 : 0, late, where);
        assertEquals(expected == Expected.DUPLICATE ? 1 : 0, duplicate, where);
        assertEquals(expected == Expected.REJECTED ? 1 : 0, result.rejectedTotal(), where);
        for (Rejection rejection : reason) {
            assertEquals(1, result.rejected(rejection), where);
        }
    }

    @Test
    void theTableOfPrometheus() throws IOException {
        check(A, NEWEST, 1, Expected.IN_ORDER);
        check(B, NEWEST - HOUR, 1, Expected.IN_ORDER);
        // At the series' newest sample: that one is looked at.
        check(B, NEWEST - HOUR, 1, Expected.DUPLICATE);
        check(B, NEWEST - HOUR, 2, Expected.REJECTED, Rejection.DUPLICATE_TIMESTAMP);
        // Behind it, though in bounds; and before all that is taken in order, though the series is new.
        check(A, NEWEST - 1, 1, Expected.LATE);
        check(Labels.of("__name__", "new"), NEWEST - HOUR - 1, 1, Expected.LATE);
        check(Labels.of("__name__", "new"), NEWEST - HOUR, 1, Expected.IN_ORDER);
        // The window is that of the head, not of the series.
        check(B, NEWEST - WINDOW, 1, Expected.LATE);
        check(B, NEWEST - WINDOW - 1, 1, Expected.REJECTED, Rejection.TOO_OLD);
        check(Labels.of("__name__", "never"), NEWEST - WINDOW - 1, 1, Expected.REJECTED, Rejection.TOO_OLD);
        check(A, clock.wallMillis() + HOUR, 1, Expected.REJECTED, Rejection.TOO_FAR_IN_FUTURE);
        assertEquals(List.of("a", "b", "new"), db.labelValues("__name__"), "a rejected sample creates no series");
        assertEquals(3, db.stats().samplesLate());
        assertEquals(6, db.stats().samplesAppended());
        assertEquals(2L, db.stats().samplesRejected().get(Rejection.TOO_OLD));
        assertEquals(NEWEST, db.stats().headMaxTimestampMillis());
        assertEquals(NEWEST - HOUR, db.stats().headMinTimestampMillis(), "late samples move no bounds");
    }

    @Test
    void duplicatesAreKnownInsideTheOpenLateChunk() throws IOException {
        check(A, NEWEST, 1, Expected.IN_ORDER);
        check(A, NEWEST - 5, 5, Expected.LATE);
        check(A, NEWEST - 5, 5, Expected.DUPLICATE);
        check(A, NEWEST - 5, 6, Expected.REJECTED, Rejection.DUPLICATE_TIMESTAMP);
        check(A, NEWEST - 3, 3, Expected.LATE);
        check(A, NEWEST - 4, 4, Expected.LATE);
        for (int i = 3; i <= 5; i++) {
            check(A, NEWEST - i, i, Expected.DUPLICATE);
            check(A, NEWEST - i, i + 1, Expected.REJECTED, Rejection.DUPLICATE_TIMESTAMP);
        }
        assertEquals(
                Map.of(NEWEST - 5, 5L, NEWEST - 4, 4L, NEWEST - 3, 3L, NEWEST, 1L),
                Dump.of(db).get(A));
        reopen();
        check(A, NEWEST - 4, 4, Expected.DUPLICATE);
        check(A, NEWEST - 4, 5, Expected.REJECTED, Rejection.DUPLICATE_TIMESTAMP);
    }

    @Test
    void aLateSampleAtTheTimeOfOneInOrderIsMerged() throws IOException {
        for (int i = 0; i < 4; i++) {
            check(A, NEWEST + i, i, Expected.IN_ORDER);
        }
        check(A, NEWEST + 1, 1, Expected.DUPLICATE);
        check(A, NEWEST + 1, 7, Expected.LATE);
        assertEquals(4, Dump.of(db).get(A).size());
    }

    @Test
    void histogramsGoByTheSameRules() throws IOException {
        check(histogram(NEWEST, 10), Expected.IN_ORDER);
        check(histogram(NEWEST - HOUR, 4), Expected.LATE);
        check(histogram(NEWEST - HOUR, 4), Expected.DUPLICATE);
        check(histogram(NEWEST - HOUR, 5), Expected.REJECTED, Rejection.DUPLICATE_TIMESTAMP);
        check(histogram(NEWEST - 2 * HOUR, 2), Expected.LATE);
        check(histogram(NEWEST - 2 * HOUR, 2), Expected.DUPLICATE);
        check(histogram(NEWEST - WINDOW - 1, 2), Expected.REJECTED, Rejection.TOO_OLD);
        // A stale marker takes the kind of the newest sample in order.
        check(A, NEWEST - HOUR + 1, STALE_NAN, Expected.LATE);
        check(A, NEWEST - HOUR + 1, STALE_NAN, Expected.DUPLICATE);
        assertEquals(1, db.stats().samplesLate());
        assertEquals(2, db.stats().histogramsLate());
        TreeMap<Long, String> texts =
                Dump.texts(db, sample -> sample.kind().name()).get(A);
        assertEquals(
                "[HISTOGRAM, HISTOGRAM, HISTOGRAM, HISTOGRAM]", texts.values().toString());
        reopen();
        assertEquals(texts, Dump.texts(db, sample -> sample.kind().name()).get(A));
    }

    private AppendResult histogram(long t, int count) throws IOException {
        HistogramBuffer histogram = new HistogramBuffer();
        histogram.clear(false);
        histogram.setCount(count);
        histogram.setSumBits(Double.doubleToRawLongBits(count));
        histogram.addPositiveSpan(0, 1);
        histogram.addPositiveBucket(count);
        return db.newBatch().add(db.series(A), t, histogram).commit();
    }

    @Test
    void aCommitIsJudgedByTheNewestTimeAtItsStart() throws IOException {
        check(A, NEWEST, 1, Expected.IN_ORDER);
        AppendResult result = db.newBatch()
                .add(db.series(A), NEWEST + 4 * HOUR, 1)
                .add(db.series(B), NEWEST - WINDOW, 1)
                .commit();
        assertEquals(2, result.samplesAppended(), result::toString);
        assertEquals(1, result.samplesLate(), result::toString);
        check(B, NEWEST + HOUR - 1, 1, Expected.REJECTED, Rejection.TOO_OLD);
        check(B, NEWEST + HOUR, 1, Expected.LATE);
    }

    @Test
    void aHeadWithoutSamplesCountsFromTheEndOfItsBlocks() throws IOException {
        for (long t = START; t < START + 4 * HOUR; t += MINUTE) {
            check(A, t, t, Expected.IN_ORDER);
        }
        db.admin().flushAligned();
        check(A, START + 4 * HOUR - MINUTE - WINDOW, 7, Expected.LATE);
        check(A, START + 4 * HOUR - MINUTE - WINDOW - 1, 7, Expected.REJECTED, Rejection.TOO_OLD);
    }

    @Test
    void aWindowOfAllTimeTakesAllOfIt() throws IOException {
        db.close();
        db = TestStores.builder(storage, clock, runtime)
                .options(TestStores.OPTIONS.withOutOfOrderWindow(Duration.ofMillis(Long.MAX_VALUE)))
                .open();
        check(A, NEWEST, 1, Expected.IN_ORDER);
        check(A, 1, 2, Expected.LATE);
        check(A, -5, 3, Expected.LATE);
        check(A, Long.MIN_VALUE + 1, 4, Expected.REJECTED, Rejection.TOO_OLD);
        TreeMap<Long, Long> expected = new TreeMap<>(Map.of(-5L, 3L, 1L, 2L, NEWEST, 1L));
        assertEquals(expected, Dump.of(db).get(A));
        reopen();
        assertEquals(expected, Dump.of(db).get(A));
    }

    @Test
    void aSeriesOfLateSamplesOnlyLives() throws IOException {
        check(A, NEWEST, 1, Expected.IN_ORDER);
        check(B, NEWEST - 2 * HOUR, 1, Expected.LATE);
        for (int i = 0; i < 3; i++) {
            assertEquals(Map.of(A, Map.of(NEWEST, 1L), B, Map.of(NEWEST - 2 * HOUR, 1L)), Dump.of(db), "round " + i);
            assertEquals(2, db.stats().seriesActive());
            db.admin().runMaintenance();
            if (i == 1) {
                reopen();
            }
        }
    }
}

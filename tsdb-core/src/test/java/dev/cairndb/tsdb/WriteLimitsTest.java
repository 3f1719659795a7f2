package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestStores.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.io.LimitExceededException;
import dev.cairndb.io.LimitExceededException.Limit;
import dev.cairndb.remote.RemoteWriteRequest;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.ManualClock;
import dev.cairndb.tsdb.TsdbOptions.SeriesLimits;
import dev.cairndb.tsdb.TsdbOptions.WriteLimits;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Limits on how much is written: what is refused, what it costs, and when it passes. */
class WriteLimitsTest {
    private static final int MAX = Integer.MAX_VALUE;

    private final ManualClock clock = new ManualClock(START);
    private final TsdbRuntime runtime = TsdbRuntime.create();
    private final CrashingStorage storage = storage();
    private Tsdb db;

    private static CrashingStorage storage() {
        try {
            return TestStores.storage(1);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @BeforeEach
    void open() throws IOException {
        db = TestStores.builder(storage, clock, runtime).open();
    }

    @AfterEach
    void close() throws IOException {
        db.close();
        runtime.close();
    }

    private void limit(WriteLimits limits) {
        db.admin().changeLimits(db.options().withWriteLimits(limits));
    }

    /** So many samples, of one series each, which all are new. */
    private RemoteWriteRequest request(int samples) throws IOException {
        clock.advance(Duration.ofMillis(1));
        TestRequest request = TestRequest.v1();
        for (int i = 0; i < samples; i++) {
            request.series(Labels.of("__name__", "m", "i", "" + i)).sample(clock.wallMillis(), i);
        }
        return request.build();
    }

    private LimitExceededException refused(RemoteWriteRequest request) {
        return assertThrows(LimitExceededException.class, () -> db.append(request));
    }

    private long refusedBy(Limit limit) {
        return db.stats().writesRefused().getOrDefault(limit, -1L);
    }

    @Test
    void samplesPerSecondRefuseWholeRequestsAndSayHowLongToWait() throws IOException {
        limit(new WriteLimits(100, 10, 0, 0, 0, 0));
        assertEquals(10, db.append(request(10)).samplesAppended());
        RemoteWriteRequest next = request(10);
        LimitExceededException refusal = refused(next);
        assertEquals(Limit.SAMPLES_PER_SECOND, refusal.limit());
        assertEquals(99, refusal.retryAfterMillis());
        assertEquals(1, refusedBy(Limit.SAMPLES_PER_SECOND));
        assertEquals(10, db.stats().samplesAppended(), "nothing of it was stored");
        assertEquals(0, db.stats().requestsInFlight());
        clock.advance(Duration.ofMillis(refusal.retryAfterMillis()));
        assertEquals(10, db.append(next).samplesAppended());

        // One larger than the burst passes once the bucket is full, or it never would.
        assertThrows(LimitExceededException.class, () -> db.append(request(50)));
        clock.advance(Duration.ofMillis(100));
        assertEquals(50, db.append(request(50)).samplesAppended());
        assertEquals(499, refused(request(10)).retryAfterMillis());
    }

    @Test
    void batchesAndAsynchronousAppendsAreCountedToo() throws IOException {
        limit(new WriteLimits(1, 1, 0, 0, 0, 0));
        assertEquals(1, TestStores.append(db, Labels.of("a", "b"), START, 1).samplesAppended());
        assertThrows(LimitExceededException.class, () -> TestStores.append(db, Labels.of("a", "b"), START + 1, 1));
        CompletionStage<AppendResult> later = db.appendAsync(request(1));
        CompletionException failure = assertThrows(
                CompletionException.class, () -> later.toCompletableFuture().join());
        assertEquals(LimitExceededException.class, failure.getCause().getClass());
        assertEquals(2, refusedBy(Limit.SAMPLES_PER_SECOND));
        assertEquals(0, db.stats().bytesInFlight());
    }

    @Test
    void bytesPerSecondCountTheDecompressedMessage() throws IOException {
        RemoteWriteRequest one = request(100);
        limit(new WriteLimits(0, 0, one.sizeBytes() * 2L, one.sizeBytes(), 0, 0));
        assertEquals(100, db.append(one).samplesAppended());
        LimitExceededException refusal = refused(request(100));
        assertEquals(Limit.BYTES_PER_SECOND, refusal.limit());
        assertTrue(refusal.retryAfterMillis() > 490 && refusal.retryAfterMillis() <= 500, refusal.toString());
    }

    @Test
    void whatOneLimitRefusesTakesNothingOfTheOthers() throws IOException {
        RemoteWriteRequest one = request(10);
        limit(new WriteLimits(10, 10, one.sizeBytes(), one.sizeBytes(), 0, 0));
        runtime.limitWrites(new WriteLimits(0, 0, 0, 0, 1, 1));
        db.append(one);
        for (int i = 0; i < 100; i++) {
            refused(request(10));
        }
        clock.advance(Duration.ofMillis(1000));
        assertEquals(10, db.append(request(10)).samplesAppended(), "refused requests were free");
    }

    @Test
    void theRuntimesLimitsHoldForAllItsStoresTogether() throws IOException {
        runtime.limitWrites(new WriteLimits(1, 100, 0, 0, 0, 0));
        CrashingStorage other = TestStores.storage(2);
        try (Tsdb second = TestStores.builder(other, clock, runtime).open()) {
            db.append(request(60));
            RemoteWriteRequest request = request(60);
            LimitExceededException refusal = assertThrows(LimitExceededException.class, () -> second.append(request));
            assertEquals(Limit.RUNTIME_SAMPLES_PER_SECOND, refusal.limit());
            assertTrue(refusal.limit().isOfRuntime());
            assertTrue(refusal.retryAfterMillis() > 10_000, refusal.toString());
            assertEquals(1, second.stats().writesRefused().get(Limit.RUNTIME_SAMPLES_PER_SECOND));
            assertEquals(0, refusedBy(Limit.RUNTIME_SAMPLES_PER_SECOND));
            runtime.limitWrites(WriteLimits.none());
            assertEquals(60, second.append(request).samplesAppended());
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(20, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void requestsInFlightAreThoseThatAreNotDurableYet() throws Exception {
        limit(new WriteLimits(0, 0, 0, 0, 1, 0));
        db.append(request(1));
        CountDownLatch syncs = new CountDownLatch(1);
        storage.duringSync(path -> await(syncs));
        CompletionStage<AppendResult> first;
        try {
            first = db.appendAsync(request(1));
            assertEquals(1, db.stats().requestsInFlight());
            assertTrue(db.stats().bytesInFlight() > 10);
            LimitExceededException refusal = refused(request(1));
            assertEquals(Limit.REQUESTS_IN_FLIGHT, refusal.limit());
            assertEquals(1_000, refusal.retryAfterMillis());
            limit(new WriteLimits(0, 0, 0, 0, 0, 1));
            assertEquals(Limit.BYTES_IN_FLIGHT, refused(request(1)).limit());
        } finally {
            syncs.countDown();
        }
        assertEquals(1, first.toCompletableFuture().join().samplesAppended());
        assertEquals(0, db.stats().requestsInFlight());
        assertEquals(0, db.stats().bytesInFlight());
        assertEquals(0, runtime.requestsInFlight());
        assertEquals(0, runtime.bytesInFlight());
        assertEquals(1, db.append(request(1)).samplesAppended(), "one that is alone passes, however large");
    }

    @Test
    void seriesOfOneMetricAreCountedExactlyUnderChurn() throws IOException {
        db.admin().changeLimits(db.options().withLimits(new SeriesLimits(MAX, 3, 128, 1024, 65_535)));
        for (int round = 0; round < 4; round++) {
            long t = clock.wallMillis();
            for (int i = 0; i < 5; i++) {
                AppendResult result = TestStores.append(db, Labels.of("__name__", "m", "r", round + "/" + i), t, 1);
                assertEquals(i < 3 ? 1 : 0, result.samplesAppended(), round + "/" + i);
                assertEquals(i < 3 ? 0 : 1, result.rejected(Rejection.METRIC_SERIES_LIMIT));
                assertEquals(
                        1,
                        TestStores.append(db, Labels.of("__name__", "n" + i), t, 1)
                                .samplesAppended());
                assertEquals(
                        1,
                        TestStores.append(db, Labels.of("x", round + "/" + i), t, 1)
                                .samplesAppended());
            }
            assertEquals(
                    1,
                    TestStores.append(db, Labels.of("__name__", "m", "r", round + "/0"), t + 1, 2)
                            .samplesAppended(),
                    "those that are there go on");
            db.close();
            open();
            db.admin().changeLimits(db.options().withLimits(new SeriesLimits(MAX, 3, 128, 1024, 65_535)));
            assertEquals(
                    1,
                    TestStores.append(db, Labels.of("__name__", "m", "r", "new"), t + 2, 1)
                            .rejected(Rejection.METRIC_SERIES_LIMIT),
                    "a restart counts the same");
            clock.advance(Duration.ofHours(8));
            TestStores.append(db, Labels.of("later", "1"), clock.wallMillis(), 1);
            db.admin().runMaintenance();
            db.admin().runMaintenance();
            assertEquals(1, db.stats().seriesActive());
        }
    }

    @Test
    void limitsOfSeriesCanBeChangedWhileItIsOpen() throws IOException {
        db.append(request(5));
        db.admin().changeLimits(db.options().withLimits(new SeriesLimits(5, MAX, 128, 1024, 8)));
        assertEquals(5, db.append(request(6)).samplesAppended());
        assertEquals(1L, db.stats().samplesRejected().get(Rejection.SERIES_LIMIT));
        SeriesHandle handle = db.series(Labels.of("a", "123456789"));
        assertEquals(1, db.newBatch().add(handle, START, 1).commit().rejected(Rejection.LABEL_LIMIT));
        db.admin().changeLimits(db.options().withLimits(new SeriesLimits(MAX, MAX, 128, 1024, 9)));
        assertEquals(6, db.append(request(6)).samplesAppended());
        assertEquals(
                1, db.newBatch().add(handle, clock.wallMillis(), 1).commit().samplesAppended());
        assertEquals(9, db.options().limits().labelValueBytesMax());
    }
}

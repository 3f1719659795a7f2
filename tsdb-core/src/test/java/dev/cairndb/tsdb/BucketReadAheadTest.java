package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestBucket.everythingIn;
import static dev.cairndb.tsdb.TestStores.HOUR;
import static dev.cairndb.tsdb.TestStores.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.index.Matcher;
import dev.cairndb.io.QueryStoppedException;
import dev.cairndb.objstore.ObjectStoreObserver.Operation;
import dev.cairndb.tsdb.TsdbOptions.QueryLimits;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is read of a bucket ahead of a query, and at the same time. */
class BucketReadAheadTest {
    private static final int SPARSE_SERIES = 3000;

    private TestBucket test;

    @BeforeEach
    void make() throws IOException {
        test = new TestBucket(1500);
        test.fill();
    }

    @AfterEach
    void close() {
        test.close();
    }

    @Test
    void whatIsReadAheadOfManyBlocksIsUsedBeforeTheCacheIsFull() throws IOException {
        long cacheBytes = test.sizeBytes() / 3;
        try (BucketReader reader = test.reader().cacheBytesMax(cacheBytes).open()) {
            assertEquals(test.expected(), everythingIn(reader));
            assertTrue(reader.stats().bytesRead() < 2 * test.sizeBytes(), reader.stats() + " of " + test.sizeBytes());
        }
    }

    @Test
    void severalBlocksAreReadAtATime() throws IOException {
        ExecutorService threads = Executors.newFixedThreadPool(3);
        try (BucketReader reader = test.reader().executor(threads, 4).open()) {
            CountDownLatch both = new CountDownLatch(2);
            AtomicBoolean met = new AtomicBoolean();
            test.flaky.plan((call, operation, name) -> {
                if (operation == Operation.READ) {
                    both.countDown();
                    met.compareAndSet(false, isReached(both));
                }
                return null;
            });
            assertEquals(test.expected(), everythingIn(reader));
            assertTrue(met.get());
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void listsOfOneBlockThatLieApartAreReadAtATime() throws IOException {
        ExecutorService threads = Executors.newFixedThreadPool(3);
        try (TestBucket large = new TestBucket(12_000)) {
            large.fill(3 * HOUR);
            assertEquals(1, large.folders().size());
            try (BucketReader reader = large.reader().executor(threads, 4).open()) {
                try (Querier querier = reader.querier(TimeRange.all(), QueryLimits.none())) {
                    assertEquals(List.of("z3"), querier.labelValues("zone", Matcher.equal("zone", "z3")));
                }
                CountDownLatch both = new CountDownLatch(2);
                AtomicBoolean met = new AtomicBoolean();
                large.flaky.plan((call, operation, name) -> {
                    if (operation == Operation.READ && name.endsWith("/index")) {
                        both.countDown();
                        met.compareAndSet(false, isReached(both));
                    }
                    return null;
                });
                Matcher[] matchers = {Matcher.equal("__name__", "m0"), Matcher.equal("zone", "z4")};
                try (Querier querier = reader.querier(TimeRange.all(), QueryLimits.none());
                        SeriesCursor series = querier.select(matchers)) {
                    assertTrue(met.get());
                    assertTrue(series.next());
                }
            }
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void seriesThatAQueryMayNotShowAreNotFetched() throws IOException {
        try (TestBucket large = new TestBucket(12_000)) {
            large.fill(3 * HOUR);
            assertEquals(1, large.folders().size());
            try (BucketReader makesTheHeader = large.reader().open()) {
                assertEquals(large.expected(), everythingIn(makesTheHeader));
            }
            long all = bytesToTheFirstSeries(large, QueryLimits.none());
            long two = bytesToTheFirstSeries(large, new QueryLimits(1, 0, 0, Duration.ZERO));
            // All ten lie apart in an index of half a MiB, and a limit of one needs two of them.
            assertTrue(two > 0 && two < all - (200 << 10), () -> two + " in place of " + all);
        }
    }

    @Test
    void whereFewSeriesHaveChunksInTheRangeMoreAreLookedAtAtATime() throws IOException {
        try (TestBucket sparse = new TestBucket(0)) {
            int shown = fillSparsely(sparse);
            try (BucketReader makesTheHeader = sparse.reader().open()) {
                assertEquals(SPARSE_SERIES, everythingIn(makesTheHeader).size());
            }
            AtomicInteger reads = new AtomicInteger();
            TimeRange range = TimeRange.ofMillis(START + HOUR, START + 2 * HOUR);
            try (BucketReader reader = sparse.reader().open();
                    Querier querier = reader.querier(range, new QueryLimits(shown, 0, 0, Duration.ZERO));
                    SeriesCursor series = querier.select(Matcher.equal("z_chosen", "yes"))) {
                sparse.flaky.plan((call, operation, name) -> {
                    if (operation == Operation.READ && name.endsWith("/index")) {
                        reads.incrementAndGet();
                    }
                    return null;
                });
                for (int i = 0; i < shown; i++) {
                    assertTrue(series.next());
                }
                assertFalse(series.next());
            }
            assertTrue(reads.get() <= 3, () -> reads + " reads");
        }
    }

    /** Series that lie apart in the index of one block, a third of which have samples in its second hour; how many. */
    private static int fillSparsely(TestBucket bucket) throws IOException {
        int shown = 0;
        try (BucketReader reader = bucket.reader().open();
                Tsdb db = bucket.open(Duration.ofDays(9), reader)) {
            for (long t : new long[] {START, START + HOUR + 1, START + 3 * HOUR}) {
                AppendBatch batch = db.newBatch();
                for (int i = 0; i < SPARSE_SERIES; i++) {
                    boolean isChosen = i % 100 == 0;
                    boolean isShown = i % 300 == 100;
                    if (t == START || isShown) {
                        batch.add(db.series(manyLabels(i, isChosen)), t, i);
                        shown += t == START && isShown ? 1 : 0;
                    }
                }
                assertEquals(0, batch.commit().rejectedTotal());
                bucket.clock.advance(Duration.ofHours(2));
            }
            db.admin().flushAligned();
            db.admin().shipBlocks();
        }
        assertEquals(1, bucket.folders().size());
        return shown;
    }

    private static Labels manyLabels(int series, boolean isChosen) {
        Labels.Builder labels =
                Labels.builder().add("__name__", "m").add("host", String.format(Locale.ROOT, "host-%05d", series));
        for (int i = 0; i < 50; i++) {
            labels.add("label_" + i, "value_" + series * 7 % (i + 40));
        }
        return labels.add("z_chosen", isChosen ? "yes" : "no").build();
    }

    private static long bytesToTheFirstSeries(TestBucket bucket, QueryLimits limits) throws IOException {
        try (BucketReader reader = bucket.reader().open();
                Querier querier = reader.querier(TimeRange.all(), limits);
                SeriesCursor series = querier.select(Matcher.regex("host", "host-[0-9]"))) {
            assertTrue(series.next());
            return reader.stats().bytesRead();
        }
    }

    @Test
    void chunksThatAQueryMayNotLookAtAreNotFetched() throws IOException {
        TimeRange first = TimeRange.ofMillis(START, START + 2 * HOUR - 1);
        try (BucketReader reader = test.reader().open();
                BucketReader limited = test.reader().open()) {
            QueryLimits limits = new QueryLimits(0, 0, chunkBytes(reader, first, 600), Duration.ZERO);
            try (Querier querier = limited.querier(first, limits);
                    SeriesCursor series = querier.select(TestBucket.EVERYTHING)) {
                assertTrue(series.next());
                long before = limited.stats().bytesRead();
                int chunks = 0;
                try {
                    do {
                        for (ChunkCursor cursor = series.chunks(); cursor.next(); ) {
                            chunks++;
                        }
                    } while (series.next());
                } catch (QueryStoppedException e) {
                    assertEquals(QueryStoppedException.Reason.CHUNK_BYTES, e.reason());
                }
                assertEquals(600, chunks);
                long read = limited.stats().bytesRead() - before;
                assertTrue(read <= limits.chunkBytesMax() + 3 * (16 << 10), read + " of " + limits.chunkBytesMax());
            }
        }
    }

    /** Of the first chunks. */
    private static long chunkBytes(BucketReader reader, TimeRange range, int count) throws IOException {
        long bytes = 0;
        int seen = 0;
        try (Querier querier = reader.querier(range, QueryLimits.none());
                SeriesCursor series = querier.select(TestBucket.EVERYTHING)) {
            while (seen < count && series.next()) {
                for (ChunkCursor cursor = series.chunks(); seen < count && cursor.next(); seen++) {
                    bytes += cursor.chunk().length();
                }
            }
        }
        return bytes;
    }

    private static boolean isReached(CountDownLatch latch) {
        try {
            return latch.await(20, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Test
    void aHostWhoseThreadsAreBusyOrGoneWaitsForNone() throws Exception {
        Executor refusing = task -> {
            throw new RejectedExecutionException();
        };
        Executor forgetting = task -> {};
        for (Executor executor : List.<Executor>of(refusing, forgetting, Runnable::run)) {
            try (BucketReader reader = test.reader().executor(executor, 4).open()) {
                assertEquals(test.expected(), everythingIn(reader));
            }
        }
        ExecutorService one = Executors.newSingleThreadExecutor();
        try (BucketReader reader = test.reader().executor(one, 4).open()) {
            // It would wait for itself.
            assertEquals(test.expected(), one.submit(() -> everythingIn(reader)).get());
        } finally {
            one.shutdown();
        }
        assertThrows(IllegalArgumentException.class, () -> test.reader().executor(refusing, 0));
    }
}

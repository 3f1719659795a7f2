package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestBucket.everythingIn;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.objstore.ObjectStoreObserver.Operation;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is read of a bucket ahead of a query, and at the same time. */
class BucketReadAheadTest {
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

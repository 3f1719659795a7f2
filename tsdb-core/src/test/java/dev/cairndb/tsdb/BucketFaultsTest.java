package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestBucket.HEADERS;
import static dev.cairndb.tsdb.TestBucket.everythingIn;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.chunks.UnsupportedChunkException;
import dev.cairndb.index.Labels;
import dev.cairndb.io.QueryStoppedException;
import dev.cairndb.io.TsdbException;
import dev.cairndb.objstore.ObjectBody;
import dev.cairndb.objstore.ObjectKey;
import dev.cairndb.objstore.ObjectStoreException;
import dev.cairndb.testkit.FlakyObjectStore.Fault;
import dev.cairndb.tsdb.TsdbOptions.QueryLimits;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A bucket that fails, and blocks in it that are damaged. */
class BucketFaultsTest {
    private static final int SERIES = 60;

    private TestBucket test;

    @BeforeEach
    void make() throws IOException {
        test = new TestBucket(SERIES);
    }

    @AfterEach
    void close() {
        test.close();
    }

    @Test
    void eachCallThatFailsFailsTheQueryWithItsOwnExceptionAndTheNextOneIsRight() throws IOException {
        test.fill();
        eachCallThatFailsFailsTheQuery(null);
    }

    @Test
    void soDoesEachCallOfTheHostsThreads() throws IOException {
        test.fill();
        ExecutorService threads = Executors.newFixedThreadPool(3);
        try {
            eachCallThatFailsFailsTheQuery(threads);
        } finally {
            threads.shutdown();
        }
    }

    private BucketReader open(@Nullable Executor threads) throws IOException {
        BucketReader.Builder reader = test.reader();
        return (threads == null ? reader : reader.executor(threads, 4)).open();
    }

    private void eachCallThatFailsFailsTheQuery(@Nullable Executor threads) throws IOException {
        long calls;
        try (BucketReader reader = open(threads)) {
            long before = test.flaky.calls();
            everythingIn(reader);
            calls = test.flaky.calls() - before;
        }
        assertTrue(calls >= 2L * test.folders().size(), "calls: " + calls);
        for (Fault fault : List.of(Fault.BEFORE, Fault.MIDWAY)) {
            for (long call = 1; call <= calls; call++) {
                test.storage.deleteRecursively(HEADERS);
                try (BucketReader reader = open(threads)) {
                    long failing = test.flaky.calls() + call;
                    test.flaky.plan((number, operation, name) -> number == failing ? fault : null);
                    assertThrows(ObjectStoreException.class, () -> everythingIn(reader), fault + " at " + call);
                    test.flaky.heal();
                    assertEquals(test.expected(), everythingIn(reader), fault + " at " + call);
                }
            }
        }
        assertEquals(List.of(), test.storage.openFiles());
    }

    @Test
    void whoWaitsForABlockThatAnotherOpensWaitsNoLongerThanItsQueryMay() throws Exception {
        test.fill();
        CountDownLatch reading = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try (BucketReader reader = test.reader().open()) {
            test.flaky.plan((call, operation, name) -> {
                reading.countDown();
                await(goOn);
                return null;
            });
            Future<?> first = threads.submit(() -> everythingIn(reader));
            reading.await();
            QueryLimits aSecond = new QueryLimits(0, 0, 0, Duration.ofSeconds(1));
            Future<?> second = threads.submit(() -> reader.querier(TimeRange.all(), aSecond));
            while (!second.isDone()) {
                // Whenever its time began.
                test.clock.advance(Duration.ofSeconds(2));
                TimeUnit.MILLISECONDS.sleep(1);
            }
            ExecutionException stopped = assertThrows(ExecutionException.class, second::get);
            assertTrue(stopped.getCause() instanceof QueryStoppedException, stopped.toString());
            assertFalse(first.isDone());
            goOn.countDown();
            assertEquals(test.expected(), first.get());
        } finally {
            goOn.countDown();
            threads.shutdown();
        }
        assertEquals(List.of(), test.storage.openFiles());
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void damageInTheBucketIsNeverAWrongAnswer() throws IOException {
        test.fill();
        test.folders().stream().skip(1).forEach(test::delete);
        TreeMap<Labels, TreeMap<Long, Long>> whole;
        try (BucketReader reader = test.reader().open()) {
            whole = everythingIn(reader);
        }
        assertEquals(SERIES, whole.size());
        String folder = test.folders().get(0);
        int noticed = 0;
        for (String file : List.of("index", "chunks/000001")) {
            ObjectKey key = ObjectKey.of(folder + file);
            byte[] good = test.bytesOf(key);
            for (int at = 0; at < good.length; at += 29) {
                byte[] bad = good.clone();
                bad[at] ^= (byte) (1 << at % 8);
                noticed += isNoticed(key, bad, whole) ? 1 : 0;
            }
            for (int length = 0; length < good.length; length += 997) {
                assertTrue(isNoticed(key, Arrays.copyOf(good, length), whole), file + " cut at " + length);
            }
            test.bucket.put(key, ObjectBody.ofBytes(good));
        }
        assertTrue(noticed > 200, "noticed: " + noticed);
    }

    private boolean isNoticed(ObjectKey key, byte[] bytes, TreeMap<Labels, TreeMap<Long, Long>> whole)
            throws IOException {
        test.bucket.put(key, ObjectBody.ofBytes(bytes));
        test.storage.deleteRecursively(HEADERS);
        try (BucketReader reader = test.reader().open()) {
            assertEquals(whole, everythingIn(reader));
            return false;
        } catch (IOException e) {
            assertTrue(e instanceof TsdbException || e instanceof UnsupportedChunkException, e.toString());
            return true;
        }
    }
}

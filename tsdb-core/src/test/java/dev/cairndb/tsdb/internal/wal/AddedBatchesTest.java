package dev.cairndb.tsdb.internal.wal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.io.StoreUnavailableException;
import dev.cairndb.tsdb.Durability;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who writes what was added to a log. */
@Timeout(60)
final class AddedBatchesTest {
    private final NumberedLogs logs = new NumberedLogs();
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();

    @AfterEach
    void stopThreads() {
        logs.close();
    }

    /** Its tasks run when the test says so. */
    private WriteAheadLog openWithTasks(Durability durability) throws IOException {
        LogTasks later = new LogTasks(tasks::add, Runnable::run, logs.fixture.scheduler);
        return WriteAheadLog.open(
                logs.storage,
                LogFixture.DIRECTORY,
                LogFixture.settings(durability).withSyncIntervalMillis(60_000),
                logs.fixture.pool,
                later,
                logs.fixture);
    }

    private long add(WriteAheadLog log, int samples) {
        return log.add(logs.nextBatch(log, samples));
    }

    private void runTasks() {
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
        }
    }

    @Test
    void withoutSyncTheThreadThatAddsWritesToAnOpenSegment() throws IOException {
        for (Durability durability : List.of(Durability.OS, Durability.INTERVAL)) {
            logs.restart(1);
            WriteAheadLog log = openWithTasks(durability);
            long first = add(log, 10);
            log.writeAdded();
            assertTrue(log.durableTicket() < first, "making a segment syncs its folder");
            runTasks();
            assertEquals(first, log.durableTicket());

            long second = add(log, 10);
            long third = add(log, 10);
            CompletableFuture<?> waits = log.whenDurable(second).toCompletableFuture();
            assertEquals(first, log.durableTicket());
            log.writeAdded();
            assertEquals(third, log.durableTicket());
            assertTrue(waits.isDone());
            log.writeAdded();
            assertEquals(List.of(), List.copyOf(tasks));
            assertEquals(2, log.writeCount());
            log.close();
            logs.assertReadsBack(3);
        }
    }

    @Test
    void anotherThreadWritesWhatHasToBeSynced() throws IOException {
        WriteAheadLog log = openWithTasks(Durability.SYNC);
        for (int i = 0; i < 3; i++) {
            long ticket = add(log, 10);
            log.writeAdded();
            assertTrue(log.durableTicket() < ticket);
            assertEquals(1, tasks.size());
            runTasks();
            assertEquals(ticket, log.durableTicket());
        }
        log.close();
        logs.assertReadsBack(3);
    }

    @Test
    void whatIsSubmittedIsNotWrittenByTheThreadThatAdds() throws IOException {
        WriteAheadLog log = openWithTasks(Durability.OS);
        add(log, 1);
        log.writeAdded();
        runTasks();
        long submitted = logs.submit(log, 1);
        long added = add(log, 1);
        log.writeAdded();
        assertTrue(log.durableTicket() < submitted);
        runTasks();
        assertEquals(added, log.durableTicket());
        // What was added before is written with what is submitted.
        add(log, 1);
        long last = logs.submit(log, 1);
        log.writeAdded();
        assertTrue(log.durableTicket() < last);
        runTasks();
        assertEquals(last, log.durableTicket());
        log.close();
        logs.assertReadsBack(5);
    }

    @Test
    void theThreadThatAddsNeverSyncs() throws IOException {
        Thread adding = Thread.currentThread();
        for (int seed = 1; seed <= 5; seed++) {
            logs.restart(seed);
            Random random = new Random(seed);
            List<Thread> syncing = new ArrayList<>();
            WriteAheadLog log = logs.open(Durability.OS);
            logs.storage.duringSync(path -> syncing.add(Thread.currentThread()));
            while (log.currentSegment() < 4) {
                long ticket = add(log, 1 + random.nextInt(1_000));
                log.writeAdded();
                log.awaitDurable(ticket);
            }
            assertFalse(syncing.isEmpty());
            syncing.forEach(thread -> assertNotSame(adding, thread));
            logs.storage.duringSync(path -> {});
            log.close();
            logs.assertReadsBack(logs.numbers);
        }
    }

    @Test
    void manyThreadsAddAndAllIsWrittenInOrder() throws Exception {
        for (Durability durability : Durability.values()) {
            logs.restart(2);
            WriteAheadLog log = logs.open(durability);
            Object commitLock = new Object();
            List<CompletableFuture<Void>> threads = new ArrayList<>();
            for (int thread = 0; thread < 4; thread++) {
                threads.add(new CompletableFuture<>());
            }
            threads.forEach(end -> new Thread(() -> {
                        try {
                            for (int i = 0; i < 200; i++) {
                                long ticket;
                                synchronized (commitLock) {
                                    ticket = i % 10 == 0 ? logs.submit(log, 5) : add(log, 5);
                                }
                                log.writeAdded();
                                log.awaitDurable(ticket);
                            }
                            end.complete(null);
                        } catch (Throwable e) {
                            end.completeExceptionally(e);
                        }
                    })
                    .start());
            for (CompletableFuture<Void> end : threads) {
                end.get(60, TimeUnit.SECONDS);
            }
            log.close();
            logs.assertReadsBack(800);
        }
    }

    @Test
    void whatTheThreadThatAddsCannotWriteIsKeptAndWrittenLater() throws Exception {
        WriteAheadLog log = logs.open(Durability.OS);
        long ticket = add(log, 10);
        log.writeAdded();
        log.awaitDurable(ticket);
        logs.storage.freeBytes(10);
        long refused = add(log, 100);
        log.writeAdded();
        assertThrows(StoreUnavailableException.class, () -> log.awaitDurable(refused));
        logs.storage.freeBytes(1 << 20);
        NumberedLogs.awaitWritable(log);
        log.awaitDurable(refused);
        logs.awaitEvents("unavailable", "healed");
        log.close();
        logs.assertReadsBack(2);
    }

    @Test
    void closingWritesWhatWasOnlyAdded() throws IOException {
        WriteAheadLog log = openWithTasks(Durability.OS);
        add(log, 10);
        log.close();
        log.writeAdded();
        assertEquals(List.of(), List.copyOf(tasks));
        logs.assertReadsBack(1);
    }
}

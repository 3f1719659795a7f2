package dev.cairndb.tsdb.internal.wal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.io.StoreFailedException;
import dev.cairndb.io.StoreUnavailableException;
import dev.cairndb.testkit.StorageFault;
import dev.cairndb.testkit.StorageOperation;
import dev.cairndb.tsdb.Durability;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
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
    private WriteAheadLog openWithTasks(LogSettings settings) throws IOException {
        return open(
                settings.withSyncIntervalMillis(60_000),
                new LogTasks(tasks::add, Runnable::run, logs.fixture.scheduler));
    }

    private WriteAheadLog open(LogSettings settings, LogTasks logTasks) throws IOException {
        return WriteAheadLog.open(
                logs.storage, LogFixture.DIRECTORY, settings, logs.fixture.pool, logTasks, logs.fixture);
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
            WriteAheadLog log = openWithTasks(LogFixture.settings(durability));
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
        WriteAheadLog log = openWithTasks(LogFixture.settings(Durability.SYNC));
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
        WriteAheadLog log = openWithTasks(LogFixture.settings(Durability.OS));
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
            List<Thread> syncing = new CopyOnWriteArrayList<>();
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
        WriteAheadLog log = openWithTasks(LogFixture.settings(Durability.OS));
        add(log, 10);
        log.writeAdded();
        runTasks();
        logs.storage.freeBytes(10);
        List<Thread> told = new CopyOnWriteArrayList<>();
        logs.fixture.whenUnavailable = () -> told.add(Thread.currentThread());
        long refused = add(log, 100);
        log.writeAdded();
        assertEquals(List.of(Thread.currentThread()), told, "who wrote");
        assertThrows(StoreUnavailableException.class, () -> log.awaitDurable(refused));
        logs.storage.freeBytes(1 << 20);
        while (log.durableTicket() < refused) {
            NumberedLogs.pause(1);
            runTasks();
        }
        log.checkWritable();
        logs.awaitEvents("unavailable", "healed");
        log.close();
        logs.assertReadsBack(2);
    }

    @Test
    void whatManyHaveAddedIsLeftToATask() throws IOException {
        LogSettings largeSegments = LogFixture.settings(Durability.OS).withSegmentSizeBytesMax(64 << 20);
        WriteAheadLog log = openWithTasks(largeSegments);
        add(log, 10);
        log.writeAdded();
        runTasks();
        long last = 0;
        for (int i = 0; i < 16; i++) {
            last = add(log, 10_000);
        }
        log.writeAdded();
        assertTrue(log.durableTicket() < last);
        assertEquals(1, tasks.size());
        runTasks();
        assertEquals(last, log.durableTicket());
        last = add(log, 10_000);
        log.writeAdded();
        assertEquals(last, log.durableTicket());
        assertEquals(0, tasks.size());
        log.close();
        logs.assertReadsBack(logs.numbers);
    }

    @Test
    void anExecutorWithoutAThreadLeavesNobodyWaiting() throws IOException {
        Random random = new Random(1);
        Executor exhausted = task -> {
            if (random.nextInt(3) > 0) {
                throw new OutOfMemoryError("unable to create native thread");
            }
            logs.fixture.executor.execute(task);
        };
        for (Durability durability : Durability.values()) {
            logs.restart(1);
            WriteAheadLog log =
                    open(LogFixture.settings(durability), new LogTasks(exhausted, exhausted, logs.fixture.scheduler));
            for (int i = 0; i < 200; i++) {
                long ticket = logs.handIn(log, 1 + random.nextInt(300));
                if (random.nextBoolean()) {
                    log.awaitDurable(ticket);
                } else {
                    log.whenDurable(ticket).toCompletableFuture().join();
                }
            }
            log.close();
            logs.assertReadsBack(logs.numbers);
        }
    }

    /** A log that nobody would write again says so. */
    @Test
    void aLogWhoseNextStepCannotBePlannedFails() throws Exception {
        ScheduledExecutorService exhausted = new ScheduledThreadPoolExecutor(1) {
            @Override
            public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
                throw new OutOfMemoryError("Java heap space");
            }
        };
        WriteAheadLog log = open(
                LogFixture.settings(Durability.INTERVAL),
                new LogTasks(logs.fixture.executor, Runnable::run, exhausted));
        for (int i = 0; i < 3; i++) {
            long ticket = logs.handIn(log, 10);
            assertThrows(StoreFailedException.class, () -> log.awaitDurable(ticket));
        }
        logs.awaitEvents("failed");
        assertThrows(StoreFailedException.class, log::close);
        exhausted.shutdownNow();
        assertEquals(List.of(), logs.storage.openFiles());
    }

    @Test
    void anErrorInASyncIsToldToAllWhoWait() throws Exception {
        WriteAheadLog log = logs.open(Durability.SYNC);
        log.awaitDurable(logs.submit(log, 10));
        logs.storage.duringSync(path -> {
            throw new StackOverflowError();
        });
        long ticket = logs.add(log, 10);
        CompletableFuture<?> waits = log.whenDurable(ticket).toCompletableFuture();
        assertThrows(StoreFailedException.class, () -> log.awaitDurable(ticket));
        assertThrows(ExecutionException.class, () -> waits.get(60, TimeUnit.SECONDS));
        logs.awaitEvents("failed");
        assertThrows(StoreFailedException.class, log::close);
        assertEquals(List.of(), logs.storage.openFiles());
    }

    @Test
    void anErrorOfAListenerIsNotTheLogs() throws Exception {
        logs.fixture.whenUnavailable = () -> {
            throw new StackOverflowError();
        };
        WriteAheadLog log = logs.open(Durability.OS);
        log.awaitDurable(logs.submit(log, 10));
        logs.storage.freeBytes(10);
        long refused = logs.add(log, 100);
        assertThrows(StoreUnavailableException.class, () -> log.awaitDurable(refused));
        logs.storage.freeBytes(1 << 20);
        NumberedLogs.awaitWritable(log);
        log.awaitDurable(refused);
        log.close();
        logs.assertReadsBack(2);
    }

    /** Neither the sync beside the writes nor who ends the segment meets a thread that adds where it must not be. */
    @Test
    void segmentsEndAndSyncsFailBesideThoseWhoAdd() throws Exception {
        for (int seed = 1; seed <= 20; seed++) {
            logs.restart(seed);
            boolean fails = seed % 2 == 0;
            WriteAheadLog log = logs.open(Durability.values()[1 + seed % 4 / 2]);
            if (fails) {
                logs.storage
                        .faults()
                        .failOnce(StorageFault.IO_ERROR, EnumSet.of(StorageOperation.SYNC), path -> true, seed);
            }
            AtomicInteger answered = new AtomicInteger();
            Object commitLock = new Object();
            CompletableFuture<Void> cuts = CompletableFuture.runAsync(() -> cutUntilRefused(log));
            List<CompletableFuture<Void>> adding = new ArrayList<>();
            for (int thread = 0; thread < 3; thread++) {
                adding.add(CompletableFuture.runAsync(() -> addUntilRefused(log, commitLock, answered)));
            }
            NumberedLogs.pause(30);
            boolean refusedAtClose = false;
            try {
                log.close();
            } catch (StoreFailedException e) {
                refusedAtClose = true;
            }
            assertTrue(fails || !refusedAtClose, "no sync failed");
            cuts.get(60, TimeUnit.SECONDS);
            for (CompletableFuture<Void> each : adding) {
                each.get(60, TimeUnit.SECONDS);
            }
            assertEquals(List.of(), logs.storage.openFiles());
            List<Integer> found = NumberedLogs.numbersIn(LogFixture.read(logs.storage));
            assertTrue(found.size() >= answered.get(), found.size() + " of " + answered);
            for (int i = 0; i < found.size(); i++) {
                assertEquals(i, found.get(i));
            }
        }
    }

    private static void cutUntilRefused(WriteAheadLog log) {
        try {
            while (true) {
                int unused = log.cutSegment();
            }
        } catch (IOException | IllegalStateException e) {
            // It failed or is closed.
        }
    }

    private void addUntilRefused(WriteAheadLog log, Object commitLock, AtomicInteger answered) {
        try {
            while (true) {
                long ticket;
                try {
                    synchronized (commitLock) {
                        ticket = add(log, 20);
                    }
                } finally {
                    log.writeAdded();
                }
                log.awaitDurable(ticket);
                answered.incrementAndGet();
            }
        } catch (IOException | IllegalStateException e) {
            // It failed or is closed.
        }
    }

    @Test
    void closingWritesWhatWasOnlyAdded() throws IOException {
        WriteAheadLog log = openWithTasks(LogFixture.settings(Durability.OS));
        add(log, 10);
        log.close();
        log.writeAdded();
        assertEquals(List.of(), List.copyOf(tasks));
        logs.assertReadsBack(1);
    }
}

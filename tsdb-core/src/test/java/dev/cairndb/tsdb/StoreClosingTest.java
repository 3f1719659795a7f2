package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestStores.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.chunks.SampleCursor;
import dev.cairndb.index.Labels;
import dev.cairndb.io.StoreFailedException;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.ManualClock;
import dev.cairndb.testkit.StorageFault;
import dev.cairndb.testkit.StorageOperation;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Asynchronous appends, interrupts, and closing a store that is in use. */
@Timeout(120)
class StoreClosingTest {
    private static final String PINNED = "jdk.VirtualThreadPinned";
    private static final Labels A = Labels.of("__name__", "a");

    private final ManualClock clock = new ManualClock(START);

    @TempDir
    Path directory;

    private static AppendBatch batch(Tsdb db, long t) {
        return db.newBatch().add(db.series(A), t, t);
    }

    private final Set<Thread> threadsBefore = Thread.getAllStackTraces().keySet();

    private void assertNoThreadIsLeft(TsdbRuntime runtime) throws InterruptedException {
        runtime.close();
        assertEquals(0, runtime.threadCount());
        assertNoThreadIsLeft();
    }

    private void assertNoThreadIsLeft() throws InterruptedException {
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().startsWith("cairn-") && !threadsBefore.contains(thread)) {
                // Its last task has ended; the thread itself may need a moment.
                thread.join(60_000);
                assertFalse(thread.isAlive(), thread + " is left");
            }
        }
    }

    @Test
    void aStageCompletesAfterTheSyncAndNotBefore() throws Exception {
        CrashingStorage storage = TestStores.storage(1);
        TsdbRuntime runtime = TsdbRuntime.create();
        CountDownLatch syncing = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        try (Tsdb db = TestStores.builder(storage, clock, runtime).open()) {
            storage.duringSync(path -> {
                syncing.countDown();
                await(goOn);
            });
            CompletableFuture<AppendResult> first =
                    batch(db, START).commitAsync().toCompletableFuture();
            assertTrue(syncing.await(60, TimeUnit.SECONDS));
            CompletableFuture<AppendResult> second =
                    batch(db, START + 1).commitAsync().toCompletableFuture();
            CompletableFuture<AppendResult> duplicate =
                    batch(db, START + 1).commitAsync().toCompletableFuture();
            Thread.sleep(50);
            assertFalse(first.isDone());
            assertFalse(second.isDone());
            assertFalse(duplicate.isDone(), "a duplicate of what is not durable yet");
            goOn.countDown();
            assertEquals(1, first.get(60, TimeUnit.SECONDS).samplesAppended());
            assertEquals(1, second.get(60, TimeUnit.SECONDS).samplesAppended());
            assertEquals(1, duplicate.get(60, TimeUnit.SECONDS).samplesDuplicate());
            CrashingStorage after = storage.crashedCopy(5);
            try (Tsdb reopened = TestStores.builder(after, clock, runtime).open()) {
                assertEquals(2, Dump.of(reopened).get(A).size());
            }
        }
        assertNoThreadIsLeft(runtime);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(60, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void callbacksRunOnThreadsOfTheRuntimeAndMayAppendAgain() throws Exception {
        try (TsdbRuntime runtime = TsdbRuntime.create();
                Tsdb db = TestStores.builder(TestStores.storage(1), clock, runtime)
                        .open()) {
            AtomicReference<String> thread = new AtomicReference<>("");
            AppendResult last = batch(db, START)
                    .commitAsync()
                    .thenApply(result -> {
                        thread.set(Thread.currentThread().getName());
                        try {
                            return batch(db, START + 1).commit();
                        } catch (IOException e) {
                            throw new AssertionError(e);
                        }
                    })
                    .toCompletableFuture()
                    .get(60, TimeUnit.SECONDS);
            assertEquals(1, last.samplesAppended());
            assertTrue(thread.get().startsWith("cairn-callback") || thread.get().equals("main"), thread.get());
        }
    }

    @Test
    void aStageOfAStoreThatFailedOrIsClosedCompletesExceptionally() throws Exception {
        CrashingStorage storage = TestStores.storage(1);
        try (TsdbRuntime runtime = TsdbRuntime.create()) {
            Tsdb db = TestStores.builder(storage, clock, runtime).open();
            storage.faults().failFrom(StorageFault.IO_ERROR, EnumSet.of(StorageOperation.SYNC), path -> true, 1);
            assertInstanceOf(StoreFailedException.class, failureOf(batch(db, START)));
            assertInstanceOf(StoreFailedException.class, failureOf(batch(db, START + 1)));
            assertThrows(IOException.class, db::close);
            db.close();
            assertInstanceOf(IllegalStateException.class, failureOf(batch(db, START + 2)));
            assertThrows(IllegalStateException.class, () -> batch(db, START + 2).commit());
            assertThrows(IllegalStateException.class, () -> db.querier(TimeRange.all()));
            assertThrows(IllegalStateException.class, () -> db.admin().runMaintenance());
            assertThrows(IllegalStateException.class, () -> db.labelNames());
            assertEquals(List.of(), storage.openFiles());
        }
    }

    private static Throwable failureOf(AppendBatch batch) {
        Future<AppendResult> stage = batch.commitAsync().toCompletableFuture();
        return assertThrows(ExecutionException.class, () -> stage.get(60, TimeUnit.SECONDS))
                .getCause();
    }

    @Test
    void closingRightAfterAnAsynchronousAppendDoesNotTakeItsAnswerAway() throws Exception {
        Durability[] durabilities = Durability.values();
        for (int round = 0; round < 60; round++) {
            CrashingStorage storage = TestStores.storage(round);
            List<CompletableFuture<AppendResult>> stages = new ArrayList<>();
            Tsdb db = Tsdb.builder(TestStores.DIRECTORY)
                    .storage(storage)
                    .clock(clock)
                    .options(TestStores.LARGE_SEGMENTS.withDurability(durabilities[round % durabilities.length]))
                    .open();
            for (int i = 0; i < 20; i++) {
                stages.add(batch(db, START + i).commitAsync().toCompletableFuture());
            }
            db.close();
            for (CompletableFuture<AppendResult> stage : stages) {
                assertEquals(1, stage.get(60, TimeUnit.SECONDS).samplesAppended());
            }
        }
    }

    @Test
    void interruptsNeitherHurtTheStoreNorGetLost() throws Exception {
        for (Durability durability : Durability.values()) {
            interrupt(TestStores.LARGE_SEGMENTS.withDurability(durability));
        }
    }

    private void interrupt(TsdbOptions options) throws Exception {
        Path data = directory.resolve(options.durability().name());
        TsdbRuntime runtime = TsdbRuntime.create();
        Ledger ledger = new Ledger();
        Thread.currentThread().interrupt();
        Tsdb db = Tsdb.builder(data)
                .runtime(runtime)
                .clock(clock)
                .options(options)
                .open();
        assertTrue(Thread.interrupted(), "opening keeps the flag");
        long start = clock.wallMillis();
        clock.advance(Duration.ofHours(10));
        Threads threads = new Threads();
        for (int i = 0; i < 3; i++) {
            List<Labels> series = List.of(Labels.of("__name__", "m" + i), Labels.of("__name__", "n" + i));
            threads.start(() -> {
                for (int round = 0; round < 60; round++) {
                    Thread.currentThread().interrupt();
                    ledger.append(db, series, start + round * 120_000L);
                    ledger.checkWhileWriting(db, "interrupted");
                    if (round % 20 == 19) {
                        db.admin().flushAligned();
                    }
                    assertTrue(Thread.currentThread().isInterrupted(), "the flag is kept");
                }
            });
        }
        Random random = new Random(1);
        while (threads.areRunning()) {
            threads.all().get(random.nextInt(3)).interrupt();
            Thread.sleep(1);
        }
        threads.join();
        ledger.check(db, "at the end");
        Thread.currentThread().interrupt();
        db.close();
        assertTrue(Thread.interrupted(), "closing keeps the flag");
        try (Tsdb reopened = Tsdb.builder(data)
                .runtime(runtime)
                .clock(clock)
                .options(options)
                .open()) {
            ledger.check(reopened, "reopened");
        }
        assertNoThreadIsLeft(runtime);
    }

    @Test
    void virtualThreadsAppendAndReadWithoutPinningTheirCarriers() throws Exception {
        ExecutorService threads;
        try {
            threads = (ExecutorService)
                    Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
        } catch (NoSuchMethodException e) {
            System.out.println("StoreClosingTest: no virtual threads in this runtime, skipped 1");
            return;
        }
        for (Durability durability : List.of(Durability.SYNC, Durability.OS)) {
            appendAndReadUnpinned(threads, durability);
        }
        threads.shutdown();
    }

    private void appendAndReadUnpinned(ExecutorService threads, Durability durability) throws Exception {
        Ledger ledger = new Ledger();
        List<RecordedEvent> pinned;
        try (TsdbRuntime runtime = TsdbRuntime.create();
                Tsdb db = Tsdb.builder(directory.resolve("db-" + durability))
                        .runtime(runtime)
                        .clock(clock)
                        .options(TestStores.LARGE_SEGMENTS.withDurability(durability))
                        .open()) {
            int rounds = 0;
            do {
                // Threads that need a class or a call site for the first time wait for each other in the JVM, pinned.
                pinned = pinnedWhileAppendingAndReading(threads, db, ledger, rounds++);
            } while (!pinned.isEmpty() && rounds < 6);
            ledger.check(db, "virtual threads");
            assertEquals(rounds * 1_500, ledger.acknowledgedCount());
        }
        assertEquals(List.of(), pinned, durability::name);
    }

    private List<RecordedEvent> pinnedWhileAppendingAndReading(
            ExecutorService threads, Tsdb db, Ledger ledger, int round) throws Exception {
        try (Recording recording = new Recording()) {
            recording.enable(PINNED).withThreshold(Duration.ZERO).withStackTrace();
            recording.start();
            List<Future<?>> done = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                List<Labels> series = List.of(Labels.of("__name__", "m" + i));
                done.add(threads.submit(() -> {
                    for (int n = 0; n < 5; n++) {
                        ledger.append(db, series, START + round * 5 + n);
                    }
                    ledger.checkWhileWriting(db, "virtual");
                    return null;
                }));
            }
            for (Future<?> each : done) {
                each.get(60, TimeUnit.SECONDS);
            }
            recording.stop();
            Path recorded = directory.resolve("pinned-" + round + ".jfr");
            recording.dump(recorded);
            return RecordingFile.readAllEvents(recorded).stream()
                    .filter(event -> event.getEventType().getName().equals(PINNED))
                    .toList();
        }
    }

    @Test
    void closingAStoreInUseEndsWhatIsUnderWayAndRefusesTheRest() throws Exception {
        int rounds = 18;
        Durability[] durabilities = Durability.values();
        AtomicLong acknowledged = new AtomicLong();
        for (int round = 0; round < rounds; round++) {
            CrashingStorage storage = TestStores.storage(round);
            TsdbRuntime runtime = TsdbRuntime.create();
            Tsdb db = TestStores.builder(storage, clock, runtime)
                    .options(TestStores.LARGE_SEGMENTS.withDurability(durabilities[round % durabilities.length]))
                    .open();
            Ledger ledger = new Ledger();
            List<Labels> first = List.of(Labels.of("__name__", "first"));
            for (int i = 0; i < 300; i++) {
                ledger.append(db, first, START + i * 60_000L);
                clock.advance(Duration.ofMinutes(1));
            }
            AtomicReference<Throwable> failure = new AtomicReference<>();
            List<Thread> threads = new ArrayList<>();
            AtomicBoolean stop = new AtomicBoolean();
            for (int i = 0; i < 2; i++) {
                List<Labels> series = List.of(Labels.of("__name__", "m" + i));
                threads.add(user(failure, stop, n -> ledger.append(db, series, START + 18_000_000L + n)));
            }
            threads.add(user(failure, stop, n -> ledger.checkWhileWriting(db, "while closing")));
            threads.add(user(failure, stop, n -> db.admin().runMaintenance()));
            threads.add(user(failure, stop, n -> readSlowly(db)));
            threads.forEach(Thread::start);
            Thread.sleep(round * 2L);
            db.close();
            db.close();
            for (Thread thread : threads) {
                thread.join(60_000);
                assertFalse(thread.isAlive(), thread + " hangs");
            }
            if (failure.get() != null) {
                throw new AssertionError("round " + round, failure.get());
            }
            assertEquals(List.of(), storage.openFiles());
            try (Tsdb reopened =
                    TestStores.builder(storage.crash(round), clock, runtime).open()) {
                ledger.check(reopened, "reopened");
            }
            acknowledged.addAndGet(ledger.acknowledgedCount());
            assertNoThreadIsLeft(runtime);
        }
        System.out.println("StoreClosingTest: " + rounds + " stores closed in use, " + acknowledged + " samples");
    }

    /** A bug of ours, or a storage of the host's that throws what it may not. */
    @Test
    void whatAPartThrowsWhenItIsClosedLeavesNeitherFilesNorThreadsNorTheLock() throws Exception {
        for (Durability durability : Durability.values()) {
            CrashingStorage storage = TestStores.storage(1);
            TsdbOptions options = TestStores.OPTIONS.withDurability(durability);
            Tsdb db = Tsdb.builder(TestStores.DIRECTORY)
                    .storage(storage)
                    .clock(clock)
                    .options(options)
                    .listener(new TsdbListener() {
                        @Override
                        public void backgroundFailure(String what, Exception failure) {
                            throw new IllegalArgumentException("thrown by the listener", failure);
                        }
                    })
                    .open();
            batch(db, START).commit();
            db.querier(TimeRange.all()).close();
            storage.duringSync(path -> {
                throw new IllegalArgumentException("thrown by a sync");
            });
            assertThrows(Exception.class, db::close, durability.toString());
            assertEquals(List.of(), storage.openFiles(), durability.toString());
            storage.duringSync(path -> {});
            Tsdb.builder(TestStores.DIRECTORY)
                    .storage(storage)
                    .clock(clock)
                    .options(options)
                    .open()
                    .close();
            assertNoThreadIsLeft();
        }
    }

    private interface Use {
        void run(int n) throws IOException;
    }

    /** Uses the store until it says that it is closed. */
    private static Thread user(AtomicReference<Throwable> failure, AtomicBoolean stop, Use use) {
        return new Thread(() -> {
            try {
                for (int n = 0; !stop.get(); n++) {
                    use.run(n);
                }
            } catch (IllegalStateException e) {
                if (e.getMessage() == null || e.getMessage().contains("BUG")) {
                    failure.compareAndSet(null, e);
                }
            } catch (Throwable e) {
                failure.compareAndSet(null, e);
            }
        });
    }

    private static void readSlowly(Tsdb db) throws IOException {
        try (Querier querier = db.querier(TimeRange.all());
                SeriesCursor series = querier.select(Dump.EVERYTHING)) {
            while (series.next()) {
                for (SampleCursor samples = series.samples(); samples.next(); ) {
                    Thread.onSpinWait();
                }
                Thread.yield();
            }
        }
    }
}

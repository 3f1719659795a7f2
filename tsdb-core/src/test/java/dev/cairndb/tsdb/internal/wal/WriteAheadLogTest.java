package dev.cairndb.tsdb.internal.wal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.io.StoreFailedException;
import dev.cairndb.io.StoreUnavailableException;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.StorageFault;
import dev.cairndb.testkit.StorageOperation;
import dev.cairndb.tsdb.Durability;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class WriteAheadLogTest {
    private final LogFixture fixture = new LogFixture();
    private CrashingStorage storage = new CrashingStorage(1);
    private int numbers;

    @BeforeEach
    void makeDirectory() throws IOException {
        storage.createDurableDirectories(LogFixture.DIRECTORY.getParent());
    }

    @AfterEach
    void stopThreads() {
        fixture.close();
    }

    @Test
    void aLogThatIsOpenedAndClosedLeavesNoSegment() throws IOException {
        WriteAheadLog log = open(Durability.SYNC);
        assertEquals(0, log.cutSegment());
        log.close();
        log.close();
        assertEquals(List.of(), storage.list(LogFixture.DIRECTORY));
        assertEquals(List.of(), storage.openFiles());
    }

    @Test
    void everyOpeningBeginsASegmentBehindAllThatAreThere() throws IOException {
        for (int i = 0; i < 3; i++) {
            WriteAheadLog log = open(Durability.SYNC);
            assertEquals(i, log.currentSegment());
            submit(log, 1);
            log.close();
        }
        assertEquals(List.of("00000000", "00000001", "00000002"), storage.list(LogFixture.DIRECTORY));
        storage.createDirectories(LogFixture.DIRECTORY.resolve("checkpoint.00000007"));
        WriteAheadLog log = open(Durability.SYNC);
        assertEquals(8, log.currentSegment());
        log.close();
    }

    @Test
    void anEmptyBatchNeedsNoTicketOfItsOwn() throws IOException {
        WriteAheadLog log = open(Durability.SYNC);
        assertEquals(0, log.submit(log.newBatch()));
        long ticket = submit(log, 3);
        assertEquals(ticket, log.submit(log.newBatch()));
        log.awaitDurable(ticket);
        assertThrows(IllegalArgumentException.class, () -> log.awaitDurable(ticket + 1));
        log.close();
        assertThrows(IllegalStateException.class, () -> submit(log, 1));
    }

    @Test
    void manyCommitsShareASync() throws Exception {
        CountDownLatch inSync = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        storage.duringSync(path -> {
            inSync.countDown();
            await(goOn);
        });
        WriteAheadLog log = open(Durability.SYNC);
        long first = submit(log, 1);
        await(inSync);
        long last = first;
        for (int i = 0; i < 100; i++) {
            last = submit(log, 1);
        }
        assertEquals(0, log.durableTicket());
        goOn.countDown();
        log.awaitDurable(last);
        assertEquals(2, log.syncCount());
        assertEquals(2, log.writeCount());
        log.close();
        assertReadsBack(101);
    }

    @Test
    void aSegmentIsFullBeforeTheNextBeginsAndACommitStaysTogether() throws IOException {
        LogSettings settings = LogFixture.settings(Durability.SYNC).withCompression(LogCompression.NONE);
        WriteAheadLog log = fixture.open(storage, settings);
        for (int i = 0; i < 100; i++) {
            log.awaitDurable(submit(log, 200));
        }
        submit(log, 10_000);
        submit(log, 1);
        log.close();
        int last = log.currentSegment();
        assertTrue(last >= 5, "segments: " + last);
        for (int segment = 0; segment < last; segment++) {
            long size = storage.size(LogFixture.DIRECTORY.resolve(SegmentDescriptor.segmentName(segment)));
            assertEquals(0, size % SegmentDescriptor.PAGE_SIZE_BYTES);
        }
        long oversized = storage.size(LogFixture.DIRECTORY.resolve(SegmentDescriptor.segmentName(last - 1)));
        assertTrue(oversized > settings.segmentSizeBytesMax(), "size: " + oversized);
        assertReadsBack(102);
    }

    @Test
    void cuttingEndsTheSegmentBehindEverythingSubmittedBefore() throws IOException {
        WriteAheadLog log = open(Durability.OS);
        submit(log, 5);
        submit(log, 5);
        assertEquals(1, log.cutSegment());
        assertEquals(1, log.cutSegment(), "an empty segment need not be cut");
        submit(log, 5);
        assertEquals(2, log.cutSegment());
        submit(log, 7);
        log.awaitDurable(log.lastTicket());
        assertEquals(0, log.firstSegment());
        long before = log.sizeBytes();
        log.truncateBefore(2);
        assertEquals(2, log.firstSegment());
        assertEquals(List.of("00000002"), storage.list(LogFixture.DIRECTORY));
        assertTrue(log.sizeBytes() < before && log.sizeBytes() > 0);
        log.truncateBefore(100);
        assertEquals(List.of("00000002"), storage.list(LogFixture.DIRECTORY));
        log.close();
    }

    /** promtool fails on a log without segments. */
    @Test
    void aLogThatIsTruncatedCompletelyKeepsAnEmptySegment() throws IOException {
        WriteAheadLog log = open(Durability.SYNC);
        submit(log, 5);
        log.truncateBefore(log.cutSegment());
        assertEquals(List.of("00000001"), storage.list(LogFixture.DIRECTORY));
        assertEquals(0, log.sizeBytes());
        log.truncateBefore(100);
        assertEquals(List.of("00000001"), storage.list(LogFixture.DIRECTORY));
        log.awaitDurable(submit(log, 7));
        log.close();
        assertEquals(List.of("00000001"), storage.list(LogFixture.DIRECTORY));
        assertTrue(storage.size(LogFixture.DIRECTORY.resolve("00000001")) > 0);
    }

    @Test
    void withAnIntervalTheLastSyncIsWhatAPowerCutLeaves() throws IOException {
        for (int seed = 0; seed < 50; seed++) {
            storage = new CrashingStorage(seed);
            makeDirectory();
            numbers = 0;
            WriteAheadLog log = open(Durability.INTERVAL);
            for (int i = 0; i < 10; i++) {
                log.awaitDurable(submit(log, 3));
            }
            long syncs = log.syncCount();
            while (log.syncCount() < syncs + 2) {
                Thread.onSpinWait();
                log.awaitDurable(submit(log, 1));
            }
            RecordedLog read = LogFixture.read(storage.crash(seed));
            List<Integer> found = numbersIn(read);
            for (int i = 0; i < 10; i++) {
                assertTrue(found.contains(i), "seed " + seed + " lost " + i);
            }
        }
    }

    @Test
    void aSyncBesideTheWritesNeverMeetsAClosedFile() throws Exception {
        LogSettings busy = LogFixture.settings(Durability.INTERVAL)
                .withSyncIntervalMillis(1)
                .withRetryIntervalMillis(1);
        List<Path> closedInSync = new CopyOnWriteArrayList<>();
        for (int round = 0; round < 30; round++) {
            storage = new CrashingStorage(round);
            makeDirectory();
            numbers = 0;
            WriteAheadLog log = fixture.open(storage, busy);
            storage.faults()
                    .failOnce(StorageFault.IO_ERROR, EnumSet.of(StorageOperation.WRITE), p -> true, 1 + round % 7);
            storage.faults().failOnce(StorageFault.IO_ERROR, EnumSet.of(StorageOperation.TRUNCATE), p -> true, 1);
            storage.faults().failOnce(StorageFault.IO_ERROR, EnumSet.of(StorageOperation.APPEND), p -> true, 1);
            CrashingStorage files = storage;
            storage.duringSync(path -> {
                pause(2);
                if (!files.openFiles().contains("append " + path)) {
                    closedInSync.add(path);
                }
            });
            while (numbers < 12) {
                submit(log, 400);
                if (numbers % 3 == 0) {
                    Thread.sleep(1);
                }
            }
            storage.faults().clear();
            awaitWritable(log);
            log.close();
            assertReadsBack(12);
        }
        assertEquals(List.of(), closedInSync);
        assertFalse(fixture.events.contains("failed"));
    }

    @Test
    void aFullDiskRefusesWritesUntilThereIsRoomAndThenWritesWhatWasKept() throws Exception {
        for (Durability durability : Durability.values()) {
            for (int seed = 0; seed < 20; seed++) {
                fullDisk(durability, seed);
            }
        }
    }

    private void fullDisk(Durability durability, int seed) throws Exception {
        storage = new CrashingStorage(seed);
        makeDirectory();
        numbers = 0;
        fixture.events.clear();
        WriteAheadLog log = open(durability);
        Random random = new Random(seed);
        storage.freeBytes(random.nextInt(150_000));
        List<Long> refused = new ArrayList<>();
        while (refused.size() < 3) {
            long ticket = submit(log, 1 + random.nextInt(500));
            try {
                log.awaitDurable(ticket);
                assertEquals(List.of(), refused, "a write went through although an earlier one did not");
            } catch (StoreUnavailableException e) {
                refused.add(ticket);
            }
        }
        assertThrows(StoreUnavailableException.class, () -> log.checkWritable());
        assertThrows(StoreUnavailableException.class, () -> log.checkWritable(10));
        assertRefused(log.whenDurable(log.lastTicket()), StoreUnavailableException.class);
        awaitEvents("unavailable");
        Thread.sleep(random.nextInt(10));
        storage.freeBytes(1 << 20);
        awaitWritable(log);
        log.awaitDurable(log.lastTicket());
        log.awaitDurable(submit(log, 1));
        awaitEvents("unavailable", "healed");
        if (durability == Durability.SYNC && random.nextBoolean()) {
            storage = storage.crash(seed);
        } else {
            log.close();
        }
        RecordedLog read = assertReadsBack(numbers);
        assertEquals(List.of(), read.damages);
        assertEquals(0, read.cutBytes);
    }

    @Test
    void aListenerThatTakesLongDoesNotKeepTheLogFromHealing() throws Exception {
        fixture.whenUnavailable = () -> pause(50);
        WriteAheadLog log = open(Durability.SYNC);
        storage.freeBytes(10);
        long ticket = submit(log, 100);
        assertThrows(StoreUnavailableException.class, () -> log.awaitDurable(ticket));
        storage.freeBytes(1 << 20);
        awaitWritable(log);
        log.awaitDurable(ticket);
        log.close();
        assertReadsBack(1);
    }

    @Test
    void anyWriteMayFailAndEveryRecordIsWrittenOnceAndInOrder() throws Exception {
        Set<StorageOperation> operations =
                EnumSet.of(StorageOperation.WRITE, StorageOperation.CREATE, StorageOperation.TRUNCATE);
        int failed = 0;
        for (Durability durability : Durability.values()) {
            for (int nth = 1; nth <= 40; nth++) {
                storage = new CrashingStorage(nth);
                makeDirectory();
                numbers = 0;
                WriteAheadLog log = open(durability);
                storage.faults().failOnce(StorageFault.IO_ERROR, operations, p -> true, nth);
                storage.faults().failOnce(StorageFault.IO_ERROR, EnumSet.of(StorageOperation.TRUNCATE), p -> true, 1);
                Random random = new Random(nth);
                while (numbers < 60) {
                    long ticket = submit(log, 1 + random.nextInt(500));
                    try {
                        log.awaitDurable(ticket);
                    } catch (StoreUnavailableException e) {
                        failed++;
                        awaitWritable(log);
                    }
                }
                awaitWritable(log);
                log.close();
                RecordedLog read = assertReadsBack(numbers);
                assertEquals(List.of(), read.damages, durability + " " + nth);
            }
        }
        assertTrue(failed > 50, "calls that failed: " + failed);
    }

    @Test
    void closingWritesWhatAFailedWriteLeftOrSaysThatItCannot() throws Exception {
        LogSettings patient = LogFixture.settings(Durability.SYNC).withRetryIntervalMillis(100_000);
        WriteAheadLog log = fixture.open(storage, patient);
        storage.freeBytes(10);
        long ticket = submit(log, 100);
        assertThrows(StoreUnavailableException.class, () -> log.awaitDurable(ticket));
        storage.freeBytes(1 << 20);
        log.close();
        assertReadsBack(1);

        numbers = 0;
        storage = new CrashingStorage(2);
        makeDirectory();
        WriteAheadLog second = fixture.open(storage, patient);
        storage.freeBytes(10);
        submit(second, 100);
        assertThrows(StoreUnavailableException.class, second::close);
        assertEquals(List.of(), storage.openFiles());
        assertEquals(List.of(), numbersIn(LogFixture.read(storage)));
    }

    @Test
    void afterAFailedSyncNothingIsAcknowledgedUntilTheLogIsReopened() throws Exception {
        for (int nth = 1; nth <= 8; nth++) {
            storage = new CrashingStorage(nth);
            makeDirectory();
            numbers = 0;
            fixture.events.clear();
            WriteAheadLog log = open(Durability.SYNC);
            storage.faults()
                    .failOnce(
                            StorageFault.IO_ERROR,
                            EnumSet.of(StorageOperation.SYNC, StorageOperation.SYNC_DIRECTORY),
                            p -> true,
                            nth);
            int acknowledged = 0;
            long ticket;
            try {
                while (true) {
                    ticket = submit(log, 400);
                    log.awaitDurable(ticket);
                    acknowledged++;
                }
            } catch (StoreFailedException e) {
                ticket = log.lastTicket();
            }
            long last = ticket;
            assertThrows(StoreFailedException.class, () -> log.awaitDurable(last));
            assertThrows(StoreFailedException.class, () -> log.checkWritable(100));
            assertRefused(log.whenDurable(last), StoreFailedException.class);
            long later = submit(log, 1);
            assertThrows(StoreFailedException.class, () -> log.awaitDurable(later));
            assertThrows(StoreFailedException.class, log::cutSegment);
            awaitEvents("failed");
            assertThrows(StoreFailedException.class, log::close);
            List<Integer> found = numbersIn(LogFixture.read(storage.crash(nth)));
            for (int i = 0; i < acknowledged; i++) {
                assertTrue(found.contains(i), nth + ": lost " + i);
            }
        }
    }

    @Test
    void aFailedSyncBesideTheWritesIsFinalToo() throws Exception {
        WriteAheadLog log = open(Durability.INTERVAL);
        storage.faults().failOnce(StorageFault.IO_ERROR, EnumSet.of(StorageOperation.SYNC), p -> true, 1);
        StoreFailedException failure = assertThrows(StoreFailedException.class, () -> {
            while (true) {
                log.awaitDurable(submit(log, 1));
            }
        });
        assertNotEquals(null, failure.getCause());
        assertThrows(StoreFailedException.class, () -> log.checkWritable());
        awaitEvents("failed");
        assertThrows(StoreFailedException.class, log::close);
    }

    @Test
    void anInterruptNeitherEndsAWaitNorHurtsTheLog() throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        storage.duringSync(path -> await(goOn));
        WriteAheadLog log = open(Durability.SYNC);
        AtomicReference<Object> seen = new AtomicReference<>();
        Thread waiting = new Thread(() -> {
            Thread.currentThread().interrupt();
            try {
                log.checkWritable(100);
                log.awaitDurable(submit(log, 1));
                seen.set(Thread.currentThread().isInterrupted());
            } catch (IOException e) {
                seen.set(e);
            }
        });
        waiting.start();
        Thread.sleep(20);
        waiting.interrupt();
        Thread.sleep(20);
        assertTrue(waiting.isAlive());
        goOn.countDown();
        waiting.join();
        assertEquals(true, seen.get());
        log.close();
        assertReadsBack(1);
    }

    @Test
    void stagesAreCompletedWhenTheirTicketIsDurable() throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        storage.duringSync(path -> await(goOn));
        WriteAheadLog log = open(Durability.SYNC);
        long first = submit(log, 1);
        long second = submit(log, 1);
        CompletionStage<?> late = log.whenDurable(second);
        CompletionStage<?> early = log.whenDurable(first);
        assertFalse(early.toCompletableFuture().isDone());
        goOn.countDown();
        early.toCompletableFuture().get(10, TimeUnit.SECONDS);
        late.toCompletableFuture().get(10, TimeUnit.SECONDS);
        assertTrue(log.durableTicket() >= second);
        assertTrue(log.whenDurable(first).toCompletableFuture().isDone());
        log.close();
    }

    @Test
    void tooMuchThatWaitsToBeWrittenIsRefused() throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        storage.duringSync(path -> await(goOn));
        WriteAheadLog log =
                fixture.open(storage, LogFixture.settings(Durability.SYNC).withPendingBytesMax(10_000));
        while (true) {
            try {
                log.checkWritable();
            } catch (StoreUnavailableException e) {
                break;
            }
            submit(log, 100);
        }
        assertThrows(StoreUnavailableException.class, () -> log.checkWritable(10));
        goOn.countDown();
        log.checkWritable(10_000);
        log.close();
        assertReadsBack(numbers);
    }

    @Test
    void aStoppedExecutorLosesNothing() throws IOException {
        WriteAheadLog log = open(Durability.SYNC);
        log.awaitDurable(submit(log, 1));
        fixture.executor.shutdownNow();
        assertThrows(RejectedExecutionException.class, () -> fixture.executor.execute(() -> {}));
        log.awaitDurable(submit(log, 1));
        log.close();
        assertReadsBack(2);
    }

    @Test
    void recordsOfEachKindComeBackInOrderWithEachCompression() throws IOException {
        for (LogCompression compression : LogCompression.values()) {
            storage = new CrashingStorage(3);
            makeDirectory();
            WriteAheadLog log =
                    fixture.open(storage, LogFixture.settings(Durability.SYNC).withCompression(compression));
            LogBatch batch = log.newBatch();
            batch.addRecord(new byte[] {99, 1, 2}, 0, 3);
            batch.addTombstone(1, Long.MIN_VALUE, Long.MAX_VALUE);
            batch.addSample(RecordHandler.SERIES_REF_MAX, Long.MIN_VALUE, 0x7ff0000000000002L);
            batch.addSample(1, Long.MAX_VALUE, Long.MIN_VALUE);
            RecordedLog.addSeries(batch, 1, "a", "b");
            RecordedLog.addSeries(batch, 2);
            batch.addRecord(new byte[] {7}, 0, 1);
            log.submit(batch);
            log.close();
            RecordedLog read = new RecordedLog();
            WalRecovery.Result result = WalRecovery.open(storage, LogFixture.DIRECTORY, read, read);
            assertEquals(
                    List.of(
                            "series 1 'a''b'",
                            "series 2 ",
                            "sample 1099511627775 -9223372036854775808:7ff0000000000002",
                            "sample 1 9223372036854775807:8000000000000000",
                            "tombstone 1 -9223372036854775808 9223372036854775807"),
                    read.entries);
            assertEquals("{1=1, 2=1, 3=1, 7=1, 99=1}", result.segmentRecords().toString());
            assertEquals("99 unknown", RecordType.describe(99));
        }
    }

    private WriteAheadLog open(Durability durability) throws IOException {
        return fixture.open(storage, LogFixture.settings(durability));
    }

    /** Submits a batch with the next number and that many samples; not compressible. */
    private long submit(WriteAheadLog log, int samples) {
        LogBatch batch = log.newBatch();
        int number = numbers++;
        Random random = new Random(number);
        for (int i = 0; i < samples; i++) {
            batch.addSample(number, i, random.nextLong());
        }
        return log.submit(batch);
    }

    /** Whoever waits is answered before the listener is told. */
    private void awaitEvents(String... expected) throws InterruptedException {
        for (int i = 0; i < 5_000 && fixture.events.size() < expected.length; i++) {
            Thread.sleep(1);
        }
        assertEquals(List.of(expected), fixture.events);
    }

    private static void awaitWritable(WriteAheadLog log) throws InterruptedException {
        while (true) {
            try {
                log.checkWritable();
                return;
            } catch (IOException e) {
                assertInstanceOf(StoreUnavailableException.class, e);
                Thread.sleep(1);
            }
        }
    }

    /** Numbers of the batches, each once; fails if a batch is not whole or comes twice. */
    private static List<Integer> numbersIn(RecordedLog read) {
        List<Integer> found = new ArrayList<>();
        int next = 0;
        for (String entry : read.entries) {
            String[] fields = entry.split("[ :]");
            int number = Integer.parseInt(fields[1]);
            int i = Integer.parseInt(fields[2]);
            if (i == 0) {
                found.add(number);
                next = 0;
            }
            assertEquals(next++, i, entry);
            assertEquals(number, found.get(found.size() - 1), entry);
        }
        return found;
    }

    private RecordedLog assertReadsBack(int count) throws IOException {
        RecordedLog read = LogFixture.read(storage);
        List<Integer> found = numbersIn(read);
        assertEquals(count, found.size());
        for (int i = 0; i < count; i++) {
            assertEquals(i, found.get(i));
        }
        return read;
    }

    private static void assertRefused(CompletionStage<?> stage, Class<? extends Throwable> type) {
        CompletionException refused = assertThrows(
                CompletionException.class, () -> stage.toCompletableFuture().join());
        assertInstanceOf(type, refused.getCause());
    }

    private static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void await(CountDownLatch latch) {
        boolean interrupted = false;
        while (true) {
            try {
                latch.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}

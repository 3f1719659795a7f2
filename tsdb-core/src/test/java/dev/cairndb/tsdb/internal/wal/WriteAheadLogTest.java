package dev.cairndb.tsdb.internal.wal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.io.StoreUnavailableException;
import dev.cairndb.tsdb.Durability;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class WriteAheadLogTest {
    private final NumberedLogs logs = new NumberedLogs();

    @AfterEach
    void stopThreads() {
        logs.close();
    }

    @Test
    void aLogThatIsOpenedAndClosedLeavesNoSegment() throws IOException {
        WriteAheadLog log = logs.open(Durability.SYNC);
        assertEquals(0, log.cutSegment());
        log.close();
        log.close();
        assertEquals(List.of(), logs.storage.list(LogFixture.DIRECTORY));
        assertEquals(List.of(), logs.storage.openFiles());
    }

    @Test
    void everyOpeningBeginsASegmentBehindAllThatAreThere() throws IOException {
        for (int i = 0; i < 3; i++) {
            WriteAheadLog log = logs.open(Durability.SYNC);
            assertEquals(i, log.currentSegment());
            logs.handIn(log, 1);
            log.close();
        }
        assertEquals(List.of("00000000", "00000001", "00000002"), logs.storage.list(LogFixture.DIRECTORY));
        logs.storage.createDirectories(LogFixture.DIRECTORY.resolve("checkpoint.00000007"));
        WriteAheadLog log = logs.open(Durability.SYNC);
        assertEquals(8, log.currentSegment());
        log.close();
    }

    @Test
    void anEmptyBatchNeedsNoTicketOfItsOwn() throws IOException {
        WriteAheadLog log = logs.open(Durability.SYNC);
        assertEquals(0, log.submit(log.newBatch()));
        long ticket = logs.handIn(log, 3);
        assertEquals(ticket, log.submit(log.newBatch()));
        log.awaitDurable(ticket);
        assertThrows(IllegalArgumentException.class, () -> log.awaitDurable(ticket + 1));
        log.close();
        assertThrows(IllegalStateException.class, () -> logs.handIn(log, 1));
    }

    @Test
    void manyCommitsShareASync() throws Exception {
        CountDownLatch inSync = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        logs.storage.duringSync(path -> {
            inSync.countDown();
            NumberedLogs.await(goOn);
        });
        WriteAheadLog log = logs.open(Durability.SYNC);
        long first = logs.handIn(log, 1);
        NumberedLogs.await(inSync);
        long last = first;
        for (int i = 0; i < 100; i++) {
            last = logs.handIn(log, 1);
        }
        assertEquals(0, log.durableTicket());
        goOn.countDown();
        log.awaitDurable(last);
        assertEquals(2, log.syncCount());
        assertEquals(2, log.writeCount());
        log.close();
        logs.assertReadsBack(101);
    }

    @Test
    void aSegmentIsFullBeforeTheNextBeginsAndACommitStaysTogether() throws IOException {
        LogSettings settings = LogFixture.settings(Durability.SYNC).withCompression(LogCompression.NONE);
        WriteAheadLog log = logs.open(settings);
        for (int i = 0; i < 100; i++) {
            log.awaitDurable(logs.handIn(log, 200));
        }
        logs.handIn(log, 10_000);
        logs.handIn(log, 1);
        log.close();
        int last = log.currentSegment();
        assertTrue(last >= 5, "segments: " + last);
        for (int segment = 0; segment < last; segment++) {
            long size = logs.storage.size(LogFixture.DIRECTORY.resolve(SegmentDescriptor.segmentName(segment)));
            assertEquals(0, size % SegmentDescriptor.PAGE_SIZE_BYTES);
        }
        long oversized = logs.storage.size(LogFixture.DIRECTORY.resolve(SegmentDescriptor.segmentName(last - 1)));
        assertTrue(oversized > settings.segmentSizeBytesMax(), "size: " + oversized);
        logs.assertReadsBack(102);
    }

    @Test
    void cuttingEndsTheSegmentBehindEverythingSubmittedBefore() throws IOException {
        WriteAheadLog log = logs.open(Durability.OS);
        logs.handIn(log, 5);
        logs.handIn(log, 5);
        assertEquals(1, log.cutSegment());
        assertEquals(1, log.cutSegment(), "an empty segment need not be cut");
        logs.handIn(log, 5);
        assertEquals(2, log.cutSegment());
        logs.handIn(log, 7);
        log.awaitDurable(log.lastTicket());
        assertEquals(0, log.firstSegment());
        long before = log.sizeBytes();
        log.truncateBefore(2);
        assertEquals(2, log.firstSegment());
        assertEquals(List.of("00000002"), logs.storage.list(LogFixture.DIRECTORY));
        assertTrue(log.sizeBytes() < before && log.sizeBytes() > 0);
        log.truncateBefore(100);
        assertEquals(List.of("00000002"), logs.storage.list(LogFixture.DIRECTORY));
        log.close();
    }

    /** promtool fails on a log without segments. */
    @Test
    void aLogThatIsTruncatedCompletelyKeepsAnEmptySegment() throws IOException {
        WriteAheadLog log = logs.open(Durability.SYNC);
        logs.handIn(log, 5);
        log.truncateBefore(log.cutSegment());
        assertEquals(List.of("00000001"), logs.storage.list(LogFixture.DIRECTORY));
        assertEquals(0, log.sizeBytes());
        log.truncateBefore(100);
        assertEquals(List.of("00000001"), logs.storage.list(LogFixture.DIRECTORY));
        log.awaitDurable(logs.handIn(log, 7));
        log.close();
        assertEquals(List.of("00000001"), logs.storage.list(LogFixture.DIRECTORY));
        assertTrue(logs.storage.size(LogFixture.DIRECTORY.resolve("00000001")) > 0);
    }

    @Test
    void anInterruptNeitherEndsAWaitNorHurtsTheLog() throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        logs.storage.duringSync(path -> NumberedLogs.await(goOn));
        WriteAheadLog log = logs.open(Durability.SYNC);
        AtomicReference<Object> seen = new AtomicReference<>();
        Thread waiting = new Thread(() -> {
            Thread.currentThread().interrupt();
            try {
                log.checkWritable(100);
                log.awaitDurable(logs.handIn(log, 1));
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
        logs.assertReadsBack(1);
    }

    @Test
    void stagesAreCompletedWhenTheirTicketIsDurable() throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        logs.storage.duringSync(path -> NumberedLogs.await(goOn));
        WriteAheadLog log = logs.open(Durability.SYNC);
        long first = logs.handIn(log, 1);
        long second = logs.handIn(log, 1);
        CompletionStage<?> late = log.whenDurable(second);
        CompletionStage<?> early = log.whenDurable(first);
        assertFalse(early.toCompletableFuture().isDone());
        goOn.countDown();
        early.toCompletableFuture().get(60, TimeUnit.SECONDS);
        late.toCompletableFuture().get(60, TimeUnit.SECONDS);
        assertTrue(log.durableTicket() >= second);
        assertTrue(log.whenDurable(first).toCompletableFuture().isDone());
        log.close();
    }

    @Test
    void tooMuchThatWaitsToBeWrittenIsRefused() throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        logs.storage.duringSync(path -> NumberedLogs.await(goOn));
        WriteAheadLog log = logs.open(LogFixture.settings(Durability.SYNC).withPendingBytesMax(10_000));
        while (true) {
            try {
                log.checkWritable();
            } catch (StoreUnavailableException e) {
                break;
            }
            logs.handIn(log, 100);
        }
        assertThrows(StoreUnavailableException.class, () -> log.checkWritable(10));
        goOn.countDown();
        log.checkWritable(10_000);
        log.close();
        logs.assertReadsBack(logs.numbers);
    }

    @Test
    void aStoppedExecutorLosesNothing() throws IOException {
        WriteAheadLog log = logs.open(Durability.SYNC);
        log.awaitDurable(logs.handIn(log, 1));
        logs.fixture.executor.shutdownNow();
        assertThrows(RejectedExecutionException.class, () -> logs.fixture.executor.execute(() -> {}));
        log.awaitDurable(logs.handIn(log, 1));
        log.close();
        logs.assertReadsBack(2);
    }

    @Test
    void recordsOfEachKindComeBackInOrderWithEachCompression() throws IOException {
        for (LogCompression compression : LogCompression.values()) {
            logs.restart(3);
            WriteAheadLog log = logs.open(LogFixture.settings(Durability.SYNC).withCompression(compression));
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
            WalRecovery.Result result = WalRecovery.open(logs.storage, LogFixture.DIRECTORY, read, read, Runnable::run);
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
}

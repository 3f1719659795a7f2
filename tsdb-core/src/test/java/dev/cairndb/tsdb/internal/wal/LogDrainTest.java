package dev.cairndb.tsdb.internal.wal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.io.StoreFailedException;
import dev.cairndb.io.StoreUnavailableException;
import dev.cairndb.testkit.StorageFault;
import dev.cairndb.testkit.StorageOperation;
import dev.cairndb.tsdb.Durability;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a log does when its files cannot be written. */
@Timeout(60)
final class LogDrainTest {
    private final NumberedLogs logs = new NumberedLogs();

    @AfterEach
    void stopThreads() {
        logs.close();
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
        logs.restart(seed);
        WriteAheadLog log = logs.open(durability);
        Random random = new Random(seed);
        logs.storage.freeBytes(random.nextInt(150_000));
        List<Long> refused = new ArrayList<>();
        while (refused.size() < 3) {
            long ticket = logs.handIn(log, 1 + random.nextInt(500));
            try {
                log.awaitDurable(ticket);
                assertEquals(List.of(), refused, "a write went through although an earlier one did not");
            } catch (StoreUnavailableException e) {
                refused.add(ticket);
            }
        }
        assertThrows(StoreUnavailableException.class, () -> log.checkWritable());
        assertThrows(StoreUnavailableException.class, () -> log.checkWritable(10));
        NumberedLogs.assertRefused(log.whenDurable(log.lastTicket()), StoreUnavailableException.class);
        logs.awaitEvents("unavailable");
        Thread.sleep(random.nextInt(10));
        logs.storage.freeBytes(1 << 20);
        logs.awaitWritable(log);
        log.awaitDurable(log.lastTicket());
        log.awaitDurable(logs.handIn(log, 1));
        logs.awaitEvents("unavailable", "healed");
        if (durability == Durability.SYNC && random.nextBoolean()) {
            logs.storage = logs.storage.crash(seed);
        } else {
            log.close();
        }
        RecordedLog read = logs.assertReadsBack(logs.numbers);
        assertEquals(List.of(), read.damages);
        assertEquals(0, read.cutBytes);
    }

    @Test
    void aFullDiskLeavesNoTornRecordEvenBeforeTheNextAttempt() throws Exception {
        LogSettings patient = LogFixture.settings(Durability.SYNC).withRetryIntervalMillis(60_000);
        for (int seed = 0; seed < 30; seed++) {
            logs.restart(seed);
            WriteAheadLog log = logs.open(patient);
            Random random = new Random(seed);
            logs.storage.freeBytes(10_000 + random.nextInt(100_000));
            assertThrows(StoreUnavailableException.class, () -> {
                while (true) {
                    log.awaitDurable(logs.handIn(log, 1 + random.nextInt(500)));
                }
            });
            logs.storage = logs.storage.kill();
            RecordedLog read = logs.assertReadsBack(logs.numbers - 1);
            assertEquals(List.of(), read.damages);
            assertEquals(0, read.cutBytes);
        }
    }

    @Test
    void aListenerThatTakesLongDoesNotKeepTheLogFromHealing() throws Exception {
        logs.fixture.whenUnavailable = () -> NumberedLogs.pause(50);
        WriteAheadLog log = logs.open(Durability.SYNC);
        logs.storage.freeBytes(10);
        long ticket = logs.handIn(log, 100);
        assertThrows(StoreUnavailableException.class, () -> log.awaitDurable(ticket));
        logs.storage.freeBytes(1 << 20);
        logs.awaitWritable(log);
        log.awaitDurable(ticket);
        log.close();
        logs.assertReadsBack(1);
    }

    @Test
    void anyWriteMayFailAndEveryRecordIsWrittenOnceAndInOrder() throws Exception {
        Set<StorageOperation> operations =
                EnumSet.of(StorageOperation.WRITE, StorageOperation.CREATE, StorageOperation.TRUNCATE);
        int failed = 0;
        for (Durability durability : Durability.values()) {
            for (int nth = 1; nth <= 40; nth++) {
                logs.restart(nth);
                WriteAheadLog log = logs.open(durability);
                logs.storage.faults().failOnce(StorageFault.IO_ERROR, operations, p -> true, nth);
                logs.storage
                        .faults()
                        .failOnce(StorageFault.IO_ERROR, EnumSet.of(StorageOperation.TRUNCATE), p -> true, 1);
                logs.storage
                        .faults()
                        .failOnce(StorageFault.IO_ERROR, EnumSet.of(StorageOperation.TRUNCATE), p -> true, 2);
                Random random = new Random(nth);
                while (logs.numbers < 60) {
                    long ticket = logs.handIn(log, 1 + random.nextInt(500));
                    try {
                        log.awaitDurable(ticket);
                    } catch (StoreUnavailableException e) {
                        failed++;
                        logs.awaitWritable(log);
                    }
                }
                logs.awaitWritable(log);
                log.close();
                RecordedLog read = logs.assertReadsBack(logs.numbers);
                assertEquals(List.of(), read.damages, durability + " " + nth);
            }
        }
        assertTrue(failed > 50, "calls that failed: " + failed);
    }

    @Test
    void closingWritesWhatAFailedWriteLeftOrSaysThatItCannot() throws Exception {
        LogSettings patient = LogFixture.settings(Durability.SYNC).withRetryIntervalMillis(100_000);
        WriteAheadLog log = logs.open(patient);
        logs.storage.freeBytes(10);
        long ticket = logs.handIn(log, 100);
        assertThrows(StoreUnavailableException.class, () -> log.awaitDurable(ticket));
        logs.storage.freeBytes(1 << 20);
        log.close();
        logs.assertReadsBack(1);

        logs.restart(2);
        WriteAheadLog second = logs.open(patient);
        logs.storage.freeBytes(10);
        logs.handIn(second, 100);
        assertThrows(StoreUnavailableException.class, second::close);
        assertEquals(List.of(), logs.storage.openFiles());
        assertEquals(List.of(), NumberedLogs.numbersIn(LogFixture.read(logs.storage)));
    }

    @Test
    void afterAFailedSyncNothingIsAcknowledgedUntilTheLogIsReopened() throws Exception {
        for (int nth = 1; nth <= 8; nth++) {
            logs.restart(nth);
            WriteAheadLog log = logs.open(Durability.SYNC);
            logs.storage
                    .faults()
                    .failOnce(
                            StorageFault.IO_ERROR,
                            EnumSet.of(StorageOperation.SYNC, StorageOperation.SYNC_DIRECTORY),
                            p -> true,
                            nth);
            int acknowledged = 0;
            long ticket;
            try {
                while (true) {
                    ticket = logs.handIn(log, 400);
                    log.awaitDurable(ticket);
                    acknowledged++;
                }
            } catch (StoreFailedException e) {
                ticket = log.lastTicket();
            }
            long last = ticket;
            assertThrows(StoreFailedException.class, () -> log.awaitDurable(last));
            assertThrows(StoreFailedException.class, () -> log.checkWritable(100));
            NumberedLogs.assertRefused(log.whenDurable(last), StoreFailedException.class);
            long later = logs.handIn(log, 1);
            assertThrows(StoreFailedException.class, () -> log.awaitDurable(later));
            assertThrows(StoreFailedException.class, log::cutSegment);
            logs.awaitEvents("failed");
            assertThrows(StoreFailedException.class, log::close);
            List<Integer> found = NumberedLogs.numbersIn(LogFixture.read(logs.storage.crash(nth)));
            for (int i = 0; i < acknowledged; i++) {
                assertTrue(found.contains(i), nth + ": lost " + i);
            }
        }
    }

    /** The system goes on showing what it could not write: a log opened on it would take it for durable. */
    @Test
    void afterAFailedSyncTheLogEndsAtTheLastOneThatWorked() throws Exception {
        WriteAheadLog log = logs.open(Durability.SYNC);
        log.awaitDurable(logs.handIn(log, 10));
        logs.storage.faults().failOnce(StorageFault.IO_ERROR, EnumSet.of(StorageOperation.SYNC), path -> true, 1);
        long ticket = logs.handIn(log, 10);
        assertThrows(StoreFailedException.class, () -> log.awaitDurable(ticket));
        assertThrows(StoreFailedException.class, log::close);
        logs.storage = logs.storage.kill();
        logs.assertReadsBack(1);
        assertEquals(List.of(), logs.storage.failedSyncs());
    }
}

package dev.cairndb.tsdb.internal.wal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.io.StoreFailedException;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.StorageFault;
import dev.cairndb.testkit.StorageOperation;
import dev.cairndb.tsdb.Durability;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class BackgroundSyncTest {
    private final NumberedLogs logs = new NumberedLogs();

    @AfterEach
    void stopThreads() {
        logs.close();
    }

    @Test
    void withAnIntervalTheLastSyncIsWhatAPowerCutLeaves() throws IOException {
        for (int seed = 0; seed < 50; seed++) {
            logs.restart(seed);
            WriteAheadLog log = logs.open(Durability.INTERVAL);
            for (int i = 0; i < 10; i++) {
                log.awaitDurable(logs.handIn(log, 3));
            }
            long syncs = log.syncCount();
            while (log.syncCount() < syncs + 2) {
                Thread.onSpinWait();
                log.awaitDurable(logs.handIn(log, 1));
            }
            RecordedLog read = LogFixture.read(logs.storage.crash(seed));
            List<Integer> found = NumberedLogs.numbersIn(read);
            for (int i = 0; i < 10; i++) {
                assertTrue(found.contains(i), "seed " + seed + " lost " + i);
            }
        }
    }

    @Test
    void withoutPromisesASegmentIsSyncedAsItGrows() throws Exception {
        WriteAheadLog log = logs.open(Durability.OS);
        int segment = log.currentSegment();
        while (log.sizeBytes() < LogFixture.SEGMENT_SIZE_BYTES / 2) {
            log.awaitDurable(logs.handIn(log, 100));
        }
        while (log.syncCount() == 0) {
            Thread.sleep(1);
        }
        assertEquals(segment, log.currentSegment(), "the segment ended, which syncs it too");
        log.close();
    }

    @Test
    void aSyncBesideTheWritesNeverMeetsAClosedFile() throws Exception {
        LogSettings busy = LogFixture.settings(Durability.INTERVAL)
                .withSyncIntervalMillis(1)
                .withRetryIntervalMillis(1);
        List<Path> closedInSync = new CopyOnWriteArrayList<>();
        for (int round = 0; round < 30; round++) {
            logs.restart(round);
            WriteAheadLog log = logs.open(busy);
            logs.storage
                    .faults()
                    .failOnce(StorageFault.IO_ERROR, EnumSet.of(StorageOperation.WRITE), p -> true, 1 + round % 7);
            logs.storage.faults().failOnce(StorageFault.IO_ERROR, EnumSet.of(StorageOperation.TRUNCATE), p -> true, 1);
            logs.storage.faults().failOnce(StorageFault.IO_ERROR, EnumSet.of(StorageOperation.TRUNCATE), p -> true, 2);
            logs.storage.faults().failOnce(StorageFault.IO_ERROR, EnumSet.of(StorageOperation.APPEND), p -> true, 1);
            CrashingStorage files = logs.storage;
            logs.storage.duringSync(path -> {
                NumberedLogs.pause(2);
                if (!files.openFiles().contains("append " + path)) {
                    closedInSync.add(path);
                }
            });
            while (logs.numbers < 12) {
                logs.handIn(log, 400);
                if (logs.numbers % 3 == 0) {
                    Thread.sleep(1);
                }
            }
            logs.storage.faults().clear();
            logs.awaitWritable(log);
            log.close();
            logs.assertReadsBack(12);
        }
        assertEquals(List.of(), closedInSync);
        assertFalse(logs.fixture.events.contains("failed"));
    }

    @Test
    void aFailedSyncBesideTheWritesIsFinalToo() throws Exception {
        WriteAheadLog log = logs.open(Durability.INTERVAL);
        logs.storage.faults().failOnce(StorageFault.IO_ERROR, EnumSet.of(StorageOperation.SYNC), p -> true, 1);
        StoreFailedException failure = assertThrows(StoreFailedException.class, () -> {
            while (true) {
                log.awaitDurable(logs.handIn(log, 1));
            }
        });
        assertNotEquals(null, failure.getCause());
        assertThrows(StoreFailedException.class, () -> log.checkWritable());
        logs.awaitEvents("failed");
        assertThrows(StoreFailedException.class, log::close);
    }

    /** Closing waits for a sync that is running. */
    @Test
    void aSyncThatThrowsWhateverItMayFailsTheLogAndLetsItBeClosed() throws Exception {
        WriteAheadLog log = logs.open(Durability.INTERVAL);
        logs.storage.duringSync(path -> {
            throw new IllegalArgumentException("thrown by a sync");
        });
        StoreFailedException failure = assertThrows(StoreFailedException.class, () -> {
            while (true) {
                log.awaitDurable(logs.handIn(log, 1));
            }
        });
        assertTrue(failure.getMessage().contains("thrown by a sync"), failure.getMessage());
        logs.awaitEvents("failed");
        assertThrows(StoreFailedException.class, log::close);
        assertEquals(List.of(), logs.storage.openFiles());
    }
}

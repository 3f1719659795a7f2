package dev.cairndb.tsdb.internal.wal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.io.AppendFile;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.TsdbException;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.StorageFault;
import dev.cairndb.testkit.StorageOperation;
import dev.cairndb.tsdb.Durability;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class CheckpointTest {
    private static final LogSettings SETTINGS = LogFixture.settings(Durability.SYNC);

    @Test
    void theLowerTwoThirdsOfTheClosedSegmentsAreChosenOnceThereAreThree() {
        assertEquals(-1, Checkpoint.lastSegmentFor(0, 0));
        assertEquals(-1, Checkpoint.lastSegmentFor(0, 1));
        assertEquals(-1, Checkpoint.lastSegmentFor(0, 2));
        assertEquals(1, Checkpoint.lastSegmentFor(0, 3));
        assertEquals(2, Checkpoint.lastSegmentFor(0, 4));
        assertEquals(6, Checkpoint.lastSegmentFor(0, 10));
        assertEquals(-1, Checkpoint.lastSegmentFor(7, 9));
        assertEquals(8, Checkpoint.lastSegmentFor(7, 10));
    }

    @Test
    void whatIsStillNeededIsKeptAndEverythingElseDropped() throws IOException {
        try (LogFixture fixture = new LogFixture()) {
            CrashingStorage storage = new CrashingStorage(1);
            storage.createDurableDirectories(LogFixture.DIRECTORY);
            WriteAheadLog log = fixture.open(storage, SETTINGS);
            write(log, 1, 100);
            log.cutSegment();
            write(log, 2, 200);
            log.cutSegment();
            write(log, 1, 300);
            log.submit(log.newBatch());
            log.cutSegment();
            write(log, 3, 400);

            Checkpoint.Result result = Checkpoint.write(
                    storage, LogFixture.DIRECTORY, 1, 200, ref -> ref != 3, Checkpoint.SeriesRecords.NONE, SETTINGS);
            assertEquals(2, result.keptSeries());
            assertEquals(1, result.keptSamples());
            assertEquals(1, result.droppedSamples());
            assertEquals(2, result.passedRecords());
            log.truncateBefore(2);
            Checkpoint.deleteBefore(storage, LogFixture.DIRECTORY, 1);
            assertEquals(List.of("00000002", "00000003", "checkpoint.00000001"), storage.list(LogFixture.DIRECTORY));
            log.close();

            assertEquals(
                    List.of(
                            "series 1 'n''1'",
                            "series 2 'n''2'",
                            "sample 2 200:0000000000000002",
                            "tombstone 2 0 200",
                            "series 1 'n''1'",
                            "sample 1 300:0000000000000001",
                            "tombstone 1 0 300",
                            "series 3 'n''3'",
                            "sample 3 400:0000000000000003",
                            "tombstone 3 0 400"),
                    LogFixture.read(storage).entries);

            result = Checkpoint.write(
                    storage, LogFixture.DIRECTORY, 3, 400, ref -> ref == 3, Checkpoint.SeriesRecords.NONE, SETTINGS);
            assertEquals(1, result.keptSamples());
            assertEquals(4, result.passedRecords());
            RecordedLog read = new RecordedLog();
            WalRecovery.Result recovered = WalRecovery.open(storage, LogFixture.DIRECTORY, read, read, Runnable::run);
            assertEquals(3, recovered.checkpoint());
            assertEquals("{1=1, 2=1, 3=1, 88=4}", recovered.checkpointRecords().toString());
            assertEquals("{}", recovered.segmentRecords().toString());
            assertEquals(
                    List.of("series 3 'n''3'", "sample 3 400:0000000000000003", "tombstone 3 0 400"), read.entries);
            assertEquals(List.of("checkpoint.00000003"), storage.list(LogFixture.DIRECTORY));
            assertEquals(4, fixture.open(storage, SETTINGS).currentSegment());
        }
    }

    @Test
    void killedOrCutOffAtAnyCallTheLogSaysTheSame() throws IOException {
        try (LogFixture fixture = new LogFixture()) {
            boolean finished = false;
            int deaths = 0;
            for (int nth = 1; !finished; nth++) {
                CrashingStorage storage = new CrashingStorage(nth);
                storage.createDurableDirectories(LogFixture.DIRECTORY);
                List<String> expected = threeSegments(fixture, storage);
                storage.faults().failOnce(StorageFault.DEATH, StorageOperation.changing(), p -> true, nth);
                try {
                    checkpointAndTruncate(storage);
                    finished = true;
                } catch (IOException e) {
                    assertFalse(e instanceof TsdbException, e::toString);
                    deaths++;
                }
                for (int seed = 0; seed < 10; seed++) {
                    CrashingStorage after = storage.crashedCopy(seed);
                    RecordedLog read = LogFixture.read(after);
                    assertEquals(expected, samplesOf(read), "call " + nth + " seed " + seed);
                    assertEquals(List.of(), read.damages);
                    checkpointAndTruncate(after);
                    assertEquals(expected, samplesOf(LogFixture.read(after)), "call " + nth + " again");
                }
            }
            assertTrue(deaths > 10, "deaths: " + deaths);
        }
    }

    private static void checkpointAndTruncate(CrashingStorage storage) throws IOException {
        LogDirectory log = LogDirectory.list(storage, LogFixture.DIRECTORY);
        if (log.lastCheckpoint() < 1) {
            Checkpoint.write(
                    storage,
                    LogFixture.DIRECTORY,
                    1,
                    Long.MIN_VALUE,
                    ref -> true,
                    Checkpoint.SeriesRecords.NONE,
                    SETTINGS);
        }
        LogSegments segments = new LogSegments(storage, LogFixture.DIRECTORY, log.nextSegment(), SETTINGS);
        log.segments().forEach(segment -> segments.addClosed(segment, 0));
        segments.deleteBefore(2);
        Checkpoint.deleteBefore(storage, LogFixture.DIRECTORY, 1);
    }

    private static List<String> threeSegments(LogFixture fixture, CrashingStorage storage) throws IOException {
        WriteAheadLog log = fixture.open(storage, SETTINGS);
        for (int i = 0; i < 3; i++) {
            write(log, i, i * 100L);
            log.cutSegment();
        }
        log.close();
        return samplesOf(LogFixture.read(storage));
    }

    private static List<String> samplesOf(RecordedLog read) {
        return read.entries.stream().filter(e -> e.startsWith("sample")).toList();
    }

    @Test
    void damageStopsACheckpointAndChangesNothing() throws IOException {
        try (LogFixture fixture = new LogFixture()) {
            CrashingStorage storage = new CrashingStorage(1);
            storage.createDurableDirectories(LogFixture.DIRECTORY);
            threeSegments(fixture, storage);
            Path segment = LogFixture.DIRECTORY.resolve("00000001");
            try (AppendFile file = storage.append(segment)) {
                file.writeAt(9, new byte[] {77}, 0, 1);
            }
            CorruptionException damage = assertThrows(
                    CorruptionException.class,
                    () -> Checkpoint.write(
                            storage, LogFixture.DIRECTORY, 1, 0, ref -> true, Checkpoint.SeriesRecords.NONE, SETTINGS));
            assertEquals(segment.toString(), damage.file());
            assertEquals(0, damage.offset());
            assertEquals(List.of(), storage.openFiles());
            assertEquals(1, LogFixture.read(storage).damages.size());
            Checkpoint.write(storage, LogFixture.DIRECTORY, 1, 0, ref -> true, Checkpoint.SeriesRecords.NONE, SETTINGS);
            assertThrows(
                    IllegalArgumentException.class,
                    () -> Checkpoint.write(
                            storage, LogFixture.DIRECTORY, 1, 0, ref -> true, Checkpoint.SeriesRecords.NONE, SETTINGS));
        }
    }

    @Test
    void aLargeCheckpointHasSeveralSegmentsAndDamageInItIsRepaired() throws IOException {
        try (LogFixture fixture = new LogFixture()) {
            CrashingStorage storage = new CrashingStorage(1);
            storage.createDurableDirectories(LogFixture.DIRECTORY);
            WriteAheadLog log = fixture.open(storage, SETTINGS);
            Random random = new Random(1);
            for (int i = 0; i < 200; i++) {
                LogBatch batch = log.newBatch();
                for (int j = 0; j < 300; j++) {
                    batch.addSample(i, j, random.nextLong());
                }
                log.submit(batch);
            }
            int last = log.cutSegment() - 1;
            log.close();
            List<String> all = LogFixture.read(storage).entries;
            Checkpoint.Result result = Checkpoint.write(
                    storage, LogFixture.DIRECTORY, last, 0, ref -> true, Checkpoint.SeriesRecords.NONE, SETTINGS);
            log.truncateBefore(last + 1);
            assertEquals(60_000, result.keptSamples());
            assertTrue(result.sizeBytes() > 600_000);
            Path directory = LogFixture.DIRECTORY.resolve(SegmentDescriptor.checkpointName(last));
            assertTrue(storage.list(directory).size() > 2, () -> "one file only");
            assertEquals(all, LogFixture.read(storage).entries);

            try (AppendFile file = storage.append(directory.resolve("00000001"))) {
                file.truncate(file.size() / 2);
            }
            RecordedLog read = LogFixture.read(storage);
            assertEquals(1, read.damages.size());
            assertTrue(read.entries.size() < all.size() && read.entries.size() > all.size() / 3);
            assertTrue(storage.list(directory).contains("00000001.damaged-1"));
            assertEquals(read.entries, LogFixture.read(storage).entries);
            List<String> rest = new ArrayList<>(all);
            rest.retainAll(new java.util.HashSet<>(read.entries));
            assertEquals(rest, read.entries);
        }
    }

    /** A series, a sample and a tombstone at {@code timestamp}, and a record of a type that is only passed on. */
    private static void write(WriteAheadLog log, long ref, long timestamp) throws IOException {
        LogBatch batch = log.newBatch();
        RecordedLog.addSeries(batch, ref, "n", String.valueOf(ref));
        batch.addSample(ref, timestamp, ref);
        batch.addTombstone(ref, 0, timestamp);
        batch.addRecord(new byte[] {88, 1, 2}, 0, 3);
        log.awaitDurable(log.submit(batch));
    }
}

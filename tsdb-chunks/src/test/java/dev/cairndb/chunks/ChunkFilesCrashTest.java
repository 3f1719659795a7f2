package dev.cairndb.chunks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.Storage;
import dev.cairndb.io.StoreFailedException;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.StorageFault;
import dev.cairndb.testkit.StorageOperation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Power cuts, full disks and failing calls while chunk files are written. */
class ChunkFilesCrashTest {
    private static final Path DATA = Path.of("/data");
    private static final Path HEAD = DATA.resolve("chunks_head");
    private static final long SMALL_FILE_BYTES = 1500;
    private static final int SEEDS = 400;

    private record Written(HeadChunkRecord record, byte[] data) {}

    private static Written write(HeadChunkWriter writer, int number) throws IOException {
        Random random = new Random(number);
        byte[] data = new byte[4 + random.nextInt(200)];
        random.nextBytes(data);
        int count = (data[0] & 0xFF) << 8 | data[1] & 0xFF;
        long reference = writer.write(number + 1, number, number + 5, ChunkEncoding.XOR, false, data, 0, data.length);
        return new Written(new HeadChunkRecord(number + 1, reference, number, number + 5, 1, count, false), data);
    }

    private static List<HeadChunkRecord> records(List<Written> written) {
        return written.stream().map(Written::record).toList();
    }

    private static CrashingStorage storage(long seed) throws IOException {
        CrashingStorage storage = new CrashingStorage(seed);
        storage.createDurableDirectories(DATA);
        return storage;
    }

    /** Opens the directory as a store does and returns what is good in it. */
    private static List<HeadChunkRecord> recover(Storage storage) throws IOException {
        List<HeadChunkRecord> good = new ArrayList<>();
        try (HeadChunkReader reader = HeadChunkReader.open(storage, HEAD)) {
            try {
                reader.scan(HeadChunkRecord.addTo(good));
            } catch (CorruptionException e) {
                reader.setDamagedAside();
            }
        }
        return good;
    }

    @Test
    void whatWasSyncedSurvivesAPowerCut() throws IOException {
        int lost = 0;
        for (int seed = 0; seed < SEEDS; seed++) {
            Random random = new Random(seed);
            CrashingStorage storage = storage(seed);
            List<Written> written = new ArrayList<>();
            int synced = 0;
            HeadChunkWriter writer = HeadChunkWriter.open(storage, HEAD, HeadFileList.empty(), SMALL_FILE_BYTES);
            for (int i = random.nextInt(60); i >= 0; i--) {
                int last = writer.lastFileNumber();
                written.add(write(writer, written.size()));
                if (writer.lastFileNumber() > last) {
                    // The file before was completed.
                    synced = written.size() - 1;
                }
                if (random.nextInt(4) == 0) {
                    writer.flush();
                }
                if (random.nextInt(10) == 0) {
                    writer.sync();
                    synced = written.size();
                }
            }
            CrashingStorage survivor = storage.crash(seed + 1);
            List<HeadChunkRecord> good = recover(survivor);
            assertTrue(good.size() >= synced, "seed " + seed + ": " + good.size() + " of " + synced);
            assertEquals(records(written).subList(0, good.size()), good, "seed " + seed);
            lost += written.size() - good.size();
            checkGoingOn(survivor, good);
        }
        assertTrue(lost > 0, "the storage did lose what was not synced");
    }

    private static void checkGoingOn(CrashingStorage storage, List<HeadChunkRecord> good) throws IOException {
        List<HeadChunkRecord> expected = new ArrayList<>(good);
        EncodedChunk chunk = new EncodedChunk();
        try (HeadChunkReader reader = HeadChunkReader.open(storage, HEAD);
                HeadChunkWriter writer = HeadChunkWriter.open(storage, HEAD, HeadFileList.empty(), SMALL_FILE_BYTES)) {
            for (int i = 500; i < 515; i++) {
                Written written = write(writer, i);
                writer.flush();
                reader.read(written.record.reference(), chunk);
                assertArrayEquals(
                        written.data,
                        Arrays.copyOfRange(chunk.array(), chunk.offset(), chunk.offset() + chunk.length()));
                expected.add(written.record);
            }
        }
        assertEquals(List.of(), storage.openFiles());
        assertEquals(expected, recover(storage.crash(9)));
    }

    @Test
    void aPowerCutWhileFilesAreDeletedLeavesNoGap() throws IOException {
        for (int seed = 0; seed < SEEDS; seed++) {
            CrashingStorage storage = storage(seed);
            List<Written> written = new ArrayList<>();
            try (HeadChunkWriter writer = HeadChunkWriter.open(storage, HEAD, HeadFileList.empty(), 400)) {
                for (int i = 0; i < 40; i++) {
                    written.add(write(writer, i));
                }
            }
            HeadChunkReader reader = HeadChunkReader.open(storage, HEAD);
            StorageOperation at = seed % 2 == 0 ? StorageOperation.DELETE : StorageOperation.SYNC_DIRECTORY;
            storage.faults().failOnce(StorageFault.DEATH, EnumSet.of(at), path -> true, 1 + seed / 2 % 4);
            assertThrows(IOException.class, () -> reader.truncateBefore(8));
            List<HeadChunkRecord> rest = recover(storage.crash(seed));
            assertEquals(records(written).subList(written.size() - rest.size(), written.size()), rest);
            assertTrue(HeadChunkFile.fileNumber(rest.get(0).reference()) <= 8);
        }
    }

    @Test
    void aFullDiskLosesNothingThatWasTaken() throws IOException {
        for (int seed = 0; seed < SEEDS; seed++) {
            Random random = new Random(seed);
            CrashingStorage storage = storage(seed);
            List<Written> written = new ArrayList<>();
            int refused = 0;
            try (HeadChunkWriter writer = HeadChunkWriter.open(storage, HEAD, HeadFileList.empty(), 60_000)) {
                storage.freeBytes(random.nextInt(40_000));
                for (int i = 0; refused < 5; i++) {
                    try {
                        written.add(write(writer, i));
                        if (random.nextInt(10) == 0) {
                            writer.flush();
                        }
                    } catch (IOException e) {
                        refused++;
                        assertTrue(e.getMessage().contains("No space"), e.getMessage());
                    }
                }
                storage.freeBytes(1 << 30);
                written.add(write(writer, 9999));
                writer.sync();
            }
            assertEquals(records(written), recover(storage.crash(seed)), "seed " + seed);
        }
    }

    @Test
    void aCallThatFailsOnceLosesNothingThatWasTaken() throws IOException {
        EnumSet<StorageOperation> calls = EnumSet.of(StorageOperation.CREATE, StorageOperation.WRITE);
        for (int nth = 1; nth < 60; nth++) {
            CrashingStorage storage = storage(nth);
            List<Written> written = new ArrayList<>();
            try (HeadChunkWriter writer = HeadChunkWriter.open(storage, HEAD, HeadFileList.empty(), SMALL_FILE_BYTES)) {
                storage.faults().failOnce(StorageFault.IO_ERROR, calls, path -> true, nth);
                for (int i = 0; i < 60; i++) {
                    try {
                        written.add(write(writer, i));
                        writer.flush();
                    } catch (IOException e) {
                        // the disk has its day off
                    }
                }
            }
            assertEquals(1, storage.faults().injected(), "call " + nth);
            assertEquals(records(written), recover(storage.crash(nth)), "call " + nth);
        }
    }

    @Test
    void afterAFailedSyncNothingIsTakenAnyMore() throws IOException {
        for (StorageOperation call : EnumSet.of(StorageOperation.SYNC, StorageOperation.SYNC_DIRECTORY)) {
            CrashingStorage storage = storage(1);
            HeadChunkWriter writer = HeadChunkWriter.open(storage, HEAD, HeadFileList.empty());
            write(writer, 0);
            storage.faults().failOnce(StorageFault.IO_ERROR, EnumSet.of(call), path -> true, 1);
            assertThrows(IOException.class, writer::sync);
            assertThrows(StoreFailedException.class, writer::sync);
            assertThrows(StoreFailedException.class, writer::flush);
            assertThrows(StoreFailedException.class, writer::cut);
            assertThrows(StoreFailedException.class, () -> write(writer, 1));
            assertThrows(StoreFailedException.class, writer::close);
            assertEquals(List.of(), storage.openFiles());
        }
    }

    /** Otherwise a power cut could take a file, or its name, and leave the next one. */
    @Test
    void whatAKilledWriterLeftIsDurableBeforeTheNextFileIsBegun() throws IOException {
        for (int seed = 0; seed < 50; seed++) {
            CrashingStorage killed = storage(seed);
            List<Written> written = new ArrayList<>();
            HeadChunkWriter first = HeadChunkWriter.open(killed, HEAD, HeadFileList.empty());
            written.add(write(first, 0));
            first.flush();
            CrashingStorage next = killed.kill();
            HeadChunkWriter second = HeadChunkWriter.open(next, HEAD, HeadFileList.empty());
            written.add(write(second, 1));
            second.sync();
            assertEquals(records(written), recover(next.crash(seed)), "seed " + seed);
        }
    }

    /** The system goes on showing it, but a power cut takes it away. */
    @Test
    void whatCouldNotBeSyncedIsNotInTheFileAnyMore() throws IOException {
        for (boolean anyBefore : new boolean[] {true, false}) {
            CrashingStorage storage = storage(1);
            List<Written> written = new ArrayList<>();
            HeadChunkWriter writer = HeadChunkWriter.open(storage, HEAD, HeadFileList.empty());
            if (anyBefore) {
                written.add(write(writer, 0));
                writer.sync();
            }
            write(writer, 1);
            storage.faults().failOnce(StorageFault.IO_ERROR, EnumSet.of(StorageOperation.SYNC), path -> true, 1);
            assertThrows(IOException.class, writer::sync);
            assertThrows(StoreFailedException.class, writer::close);
            assertEquals(records(written), recover(storage.kill()));
        }
    }

    @Test
    void finishedSegmentsSurviveAPowerCut() throws IOException {
        Path directory = DATA.resolve("chunks");
        for (int seed = 0; seed < SEEDS; seed++) {
            CrashingStorage storage = storage(seed);
            storage.createDurableDirectories(directory);
            Random random = new Random(seed);
            List<byte[]> chunks = new ArrayList<>();
            List<Long> references = new ArrayList<>();
            try (ChunkSegmentWriter writer = new ChunkSegmentWriter(storage, directory, SMALL_FILE_BYTES)) {
                for (int i = random.nextInt(40); i >= 0; i--) {
                    byte[] data = new byte[2 + random.nextInt(300)];
                    random.nextBytes(data);
                    writer.startSeries();
                    references.add(writer.write(ChunkEncoding.XOR, data, 0, data.length));
                    chunks.add(data);
                }
                writer.finish();
            }
            CrashingStorage survivor = storage.crash(seed);
            EncodedChunk chunk = new EncodedChunk();
            try (ChunkSegmentReader reader = ChunkSegmentReader.open(survivor, directory)) {
                for (int i = 0; i < chunks.size(); i++) {
                    reader.read(references.get(i), 0, 0, chunk);
                    assertArrayEquals(
                            chunks.get(i),
                            Arrays.copyOfRange(chunk.array(), chunk.offset(), chunk.offset() + chunk.length()));
                }
            }
            assertEquals(List.of(), survivor.openFiles());
        }
    }

    @Test
    void anyFailingCallLeavesNoSegmentOpen() throws IOException {
        Path directory = DATA.resolve("chunks");
        long injected = 1;
        for (int nth = 1; injected > 0; nth++) {
            CrashingStorage storage = storage(nth);
            storage.createDurableDirectories(directory);
            storage.faults().failOnce(StorageFault.IO_ERROR, StorageOperation.changing(), path -> true, nth);
            try (ChunkSegmentWriter writer = new ChunkSegmentWriter(storage, directory, SMALL_FILE_BYTES)) {
                for (int i = 0; i < 30; i++) {
                    writer.startSeries();
                    writer.write(ChunkEncoding.XOR, new byte[200], 0, 200);
                }
                writer.finish();
            } catch (IOException e) {
                // whoever writes the block gives it up
            }
            injected = storage.faults().injected();
            assertEquals(List.of(), storage.openFiles());
            assertTrue(nth < 100);
        }
    }
}

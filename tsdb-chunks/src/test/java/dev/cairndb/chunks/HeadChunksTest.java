package dev.cairndb.chunks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.DamagedFiles;
import dev.cairndb.io.FileStorage;
import dev.cairndb.io.FormatVersionException;
import dev.cairndb.io.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HeadChunksTest {
    private static final Storage STORAGE = FileStorage.instance();
    private static final long SMALL_FILE_BYTES = 600;

    @TempDir
    Path data;

    private Path directory = Path.of("");

    @BeforeEach
    void makeDirectory() throws IOException {
        directory = Files.createDirectories(data.resolve("chunks_head"));
    }

    private record Written(HeadChunkRecord record, byte[] data) {}

    private static Written write(HeadChunkWriter writer, int number) throws IOException {
        Random random = new Random(number);
        byte[] data = new byte[4 + random.nextInt(150)];
        random.nextBytes(data);
        int count = (data[0] & 0xFF) << 8 | data[1] & 0xFF;
        long min = random.nextLong();
        long max = min + random.nextInt(1000);
        boolean late = random.nextBoolean();
        long reference = writer.write(number + 1, min, max, ChunkEncoding.XOR, late, data, 0, data.length);
        return new Written(new HeadChunkRecord(number + 1, reference, min, max, 1, count, late), data);
    }

    private List<Written> writeFiles(long fileSizeBytesMax, int from, int to) throws IOException {
        List<Written> written = new ArrayList<>();
        try (HeadChunkWriter writer =
                HeadChunkWriter.open(STORAGE, directory, HeadFileList.empty(), fileSizeBytesMax)) {
            for (int i = from; i < to; i++) {
                written.add(write(writer, i));
            }
        }
        return written;
    }

    private static List<HeadChunkRecord> records(List<Written> written) {
        return written.stream().map(Written::record).toList();
    }

    private List<HeadChunkRecord> scan() throws IOException {
        List<HeadChunkRecord> records = new ArrayList<>();
        try (HeadChunkReader reader = HeadChunkReader.open(STORAGE, directory)) {
            reader.scan(HeadChunkRecord.addTo(records));
        }
        return records;
    }

    private static void assertRead(HeadChunkReader reader, Written written, EncodedChunk chunk) throws IOException {
        reader.read(written.record.reference(), chunk);
        assertArrayEquals(
                written.data, Arrays.copyOfRange(chunk.array(), chunk.offset(), chunk.offset() + chunk.length()));
        assertEquals(written.record.minTimestampMillis(), chunk.minTimestampMillis());
        assertEquals(written.record.maxTimestampMillis(), chunk.maxTimestampMillis());
        assertEquals(written.record.sampleCount(), chunk.sampleCount());
    }

    @Test
    void allRecordsComeBackInOrderAcrossFilesAndWriters() throws IOException {
        List<Written> written = new ArrayList<>(writeFiles(SMALL_FILE_BYTES, 0, 30));
        written.addAll(writeFiles(SMALL_FILE_BYTES, 30, 31));
        written.addAll(writeFiles(SMALL_FILE_BYTES, 31, 50));
        assertEquals(records(written), scan());
        for (String file : STORAGE.list(directory)) {
            assertTrue(Files.size(directory.resolve(file)) <= SMALL_FILE_BYTES, file);
        }
        try (HeadChunkReader reader = HeadChunkReader.open(STORAGE, directory)) {
            EncodedChunk chunk = new EncodedChunk();
            for (Written w : written) {
                assertRead(reader, w, chunk);
            }
        }
    }

    @Test
    void aChunkIsReadableAsSoonAsItIsFlushed() throws IOException {
        List<Written> before = writeFiles(SMALL_FILE_BYTES, 0, 10);
        EncodedChunk chunk = new EncodedChunk();
        try (HeadChunkReader reader = HeadChunkReader.open(STORAGE, directory);
                HeadChunkWriter writer =
                        HeadChunkWriter.open(STORAGE, directory, HeadFileList.empty(), SMALL_FILE_BYTES)) {
            List<Written> written = new ArrayList<>(before);
            for (int i = 10; i < 60; i++) {
                written.add(write(writer, i));
                writer.flush();
                assertRead(reader, written.get(written.size() - 1), chunk);
                assertRead(reader, written.get(i * 7919 % written.size()), chunk);
            }
            for (Written w : written) {
                assertRead(reader, w, chunk);
            }
            writer.sync();
            assertEquals(writer.activeFileSizeBytes(), Files.size(file(writer.lastFileNumber())));
        }
    }

    @Test
    void readingMayBeginWithTheNewestOfSeveralNewFiles() throws IOException {
        try (HeadChunkReader reader = HeadChunkReader.open(STORAGE, directory)) {
            List<Written> written = writeFiles(SMALL_FILE_BYTES, 0, 40);
            EncodedChunk chunk = new EncodedChunk();
            for (int i = written.size() - 1; i >= 0; i--) {
                assertRead(reader, written.get(i), chunk);
            }
        }
    }

    @Test
    void aLargeChunkIsWrittenAndReadWhole() throws IOException {
        byte[] data = new byte[100_000];
        new Random(3).nextBytes(data);
        EncodedChunk chunk = new EncodedChunk();
        try (HeadChunkReader reader = HeadChunkReader.open(STORAGE, directory);
                HeadChunkWriter writer = HeadChunkWriter.open(STORAGE, directory, HeadFileList.empty())) {
            long reference = writer.write(1, 2, 3, ChunkEncoding.XOR, false, data, 0, data.length);
            writer.flush();
            reader.read(reference, chunk);
            assertArrayEquals(data, Arrays.copyOfRange(chunk.array(), chunk.offset(), chunk.offset() + data.length));
        }
        assertEquals(1, scan().size());
    }

    @Test
    void nothingWrittenMakesNoFile() throws IOException {
        assertEquals(List.of(), writeFiles(SMALL_FILE_BYTES, 0, 0));
        assertEquals(List.of(), STORAGE.list(directory));
        assertEquals(List.of(), scan());
    }

    @Test
    void zerosBehindTheLastRecordAreTheEnd() throws IOException {
        List<Written> written = writeFiles(1 << 20, 0, 5);
        for (int zeros : new int[] {1, 7, 33, 34, 35, 4096, 131_072}) {
            byte[] whole = Files.readAllBytes(file(1));
            Files.write(file(1), Arrays.copyOf(whole, whole.length + zeros));
            assertEquals(records(written), scan());
            byte[] dirty = Arrays.copyOf(whole, whole.length + zeros);
            dirty[dirty.length - 1] = 1;
            Files.write(file(1), dirty);
            assertThrows(CorruptionException.class, this::scan);
            Files.write(file(1), whole);
        }
    }

    @Test
    void aLastFileThatWasOnlyCreatedIsDroppedAndItsNumberUsedAgain() throws IOException {
        List<Written> written = new ArrayList<>(writeFiles(SMALL_FILE_BYTES, 0, 10));
        int last = NumberedFiles.list(STORAGE, directory).length;
        for (int size : new int[] {0, 3, 8, 4096}) {
            Files.write(file(last + 1), new byte[size]);
            assertEquals(records(written), scan());
            try (HeadChunkReader reader = HeadChunkReader.open(STORAGE, directory);
                    HeadChunkWriter writer = HeadChunkWriter.open(STORAGE, directory, HeadFileList.empty())) {
                assertEquals(last, writer.lastFileNumber());
                written.add(write(writer, 100));
                writer.flush();
                assertRead(reader, written.get(written.size() - 1), new EncodedChunk());
                last++;
            }
        }
        assertEquals(records(written), scan());
    }

    @Test
    void truncationDeletesWholeFilesOnly() throws IOException {
        List<Written> written = writeFiles(SMALL_FILE_BYTES, 0, 60);
        EncodedChunk chunk = new EncodedChunk();
        try (HeadChunkReader reader = HeadChunkReader.open(STORAGE, directory)) {
            int last = reader.fileNumbers().length;
            assertTrue(last > 5);
            reader.truncateBefore(4);
            reader.truncateBefore(2);
            assertEquals(4, reader.fileNumbers()[0]);
            assertEquals(last - 3, STORAGE.list(directory).size());
            for (Written w : written) {
                if (HeadChunkFile.fileNumber(w.record.reference()) < 4) {
                    assertThrows(CorruptionException.class, () -> reader.read(w.record.reference(), chunk));
                } else {
                    assertRead(reader, w, chunk);
                }
            }
        }
        List<HeadChunkRecord> rest = records(written).stream()
                .filter(r -> HeadChunkFile.fileNumber(r.reference()) >= 4)
                .toList();
        assertEquals(rest, scan());
    }

    @Test
    void everyTruncationGivesTheRecordsBeforeIt() throws IOException {
        List<HeadChunkRecord> written = records(writeFiles(1 << 20, 0, 4));
        byte[] whole = Files.readAllBytes(file(1));
        for (int length = 0; length < whole.length; length++) {
            Files.write(file(1), Arrays.copyOf(whole, length));
            int cut = length;
            List<HeadChunkRecord> expected =
                    written.stream().filter(r -> end(r, written, whole) <= cut).toList();
            long end = expected.isEmpty() ? 8 : end(expected.get(expected.size() - 1), written, whole);
            // A rest of nothing but zeros is as good as none.
            boolean damaged = false;
            for (long at = end; at < length; at++) {
                damaged |= whole[(int) at] != 0;
            }
            assertScan(expected, damaged && length > 8, "length " + length);
        }
    }

    private static long end(HeadChunkRecord record, List<HeadChunkRecord> all, byte[] file) {
        int next = all.indexOf(record) + 1;
        return next == all.size()
                ? file.length
                : HeadChunkFile.offset(all.get(next).reference());
    }

    @Test
    void everyFlippedByteGivesTheRecordsBeforeIt() throws IOException {
        List<HeadChunkRecord> written = records(writeFiles(1 << 20, 0, 4));
        byte[] whole = Files.readAllBytes(file(1));
        for (int mask : new int[] {0x01, 0x80, 0xFF}) {
            for (int i = 0; i < whole.length; i++) {
                byte[] flipped = whole.clone();
                flipped[i] ^= (byte) mask;
                Files.write(file(1), flipped);
                String name = "byte " + i + " mask " + mask;
                int at = i;
                if (i == 4) {
                    assertThrows(FormatVersionException.class, this::scan, name);
                } else if (i >= 5 && i < 8) {
                    // The padding of the header: Prometheus does not look at it either.
                    assertScan(written, false, name);
                } else {
                    List<HeadChunkRecord> before = written.stream()
                            .filter(r -> end(r, written, whole) <= at)
                            .toList();
                    assertScan(before, true, name);
                }
            }
        }
    }

    private void assertScan(List<HeadChunkRecord> expected, boolean damaged, String name) throws IOException {
        List<HeadChunkRecord> records = new ArrayList<>();
        try (HeadChunkReader reader = HeadChunkReader.open(STORAGE, directory)) {
            if (damaged) {
                assertThrows(CorruptionException.class, () -> reader.scan(HeadChunkRecord.addTo(records)), name);
            } else {
                reader.scan(HeadChunkRecord.addTo(records));
            }
        }
        assertEquals(expected, records, name);
    }

    @Test
    void discardingDamageMakesTheDirectoryWholeAgain() throws IOException {
        List<HeadChunkRecord> written = records(writeFiles(SMALL_FILE_BYTES, 0, 60));
        HeadChunkRecord victim = written.get(31);
        Path file = file(HeadChunkFile.fileNumber(victim.reference()));
        byte[] bytes = Files.readAllBytes(file);
        bytes[(int) HeadChunkFile.offset(victim.reference()) + 30] ^= 0x10;
        Files.write(file, bytes);
        List<HeadChunkRecord> good = new ArrayList<>();
        try (HeadChunkReader reader = HeadChunkReader.open(STORAGE, directory)) {
            CorruptionException e =
                    assertThrows(CorruptionException.class, () -> reader.scan(HeadChunkRecord.addTo(good)));
            assertEquals(file.toString(), e.file());
            assertEquals(HeadChunkFile.offset(victim.reference()), e.offset());
            assertEquals(written.subList(0, 31), good);
            reader.setDamagedAside();
            EncodedChunk chunk = new EncodedChunk();
            for (HeadChunkRecord record : good) {
                reader.read(record.reference(), chunk);
            }
            assertThrows(CorruptionException.class, () -> reader.read(victim.reference(), chunk));
        }
        assertTrue(STORAGE.exists(file.resolveSibling(file.getFileName() + ".damaged-1")), "kept");
        assertEquals(good, scan());
        good.addAll(records(writeFiles(SMALL_FILE_BYTES, 60, 70)));
        assertEquals(good, scan());
    }

    @Test
    void aMissingFileIsDamage() throws IOException {
        List<HeadChunkRecord> written = records(writeFiles(SMALL_FILE_BYTES, 0, 60));
        Files.delete(file(3));
        List<HeadChunkRecord> good = written.stream()
                .filter(r -> HeadChunkFile.fileNumber(r.reference()) < 3)
                .toList();
        assertScan(good, true, "gap");
        try (HeadChunkReader reader = HeadChunkReader.open(STORAGE, directory)) {
            assertThrows(CorruptionException.class, () -> reader.scan(HeadChunkRecord.addTo(new ArrayList<>())));
            reader.setDamagedAside();
        }
        List<String> left = STORAGE.list(directory);
        assertEquals(List.of("000001", "000002", "000004.damaged-1"), left.subList(0, 3));
        assertTrue(left.subList(2, left.size()).stream().allMatch(DamagedFiles::isName), left::toString);
        assertEquals(good, scan());
    }

    @Test
    void anyReferenceIsCorruptionOrAChunk() throws IOException {
        List<HeadChunkRecord> written = records(writeFiles(1 << 20, 0, 4));
        EncodedChunk chunk = new EncodedChunk();
        try (HeadChunkReader reader = HeadChunkReader.open(STORAGE, directory)) {
            long size = Files.size(file(1));
            for (long offset = 0; offset < size + 10; offset++) {
                long wanted = 1L << 32 | offset;
                if (written.stream().noneMatch(r -> r.reference() == wanted)) {
                    assertThrows(CorruptionException.class, () -> reader.read(wanted, chunk), "" + offset);
                }
            }
            for (long wanted :
                    new long[] {-1, 0, 8, 2L << 32 | 8, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 32 | -1L >>> 32}) {
                assertThrows(CorruptionException.class, () -> reader.read(wanted, chunk));
            }
        }
    }

    @Test
    void whatNoSeriesWritesIsRefused() throws IOException {
        try (HeadChunkWriter writer = HeadChunkWriter.open(STORAGE, directory, HeadFileList.empty())) {
            byte[] data = new byte[20];
            assertThrows(
                    IllegalArgumentException.class, () -> writer.write(0, 1, 2, ChunkEncoding.XOR, false, data, 0, 20));
            assertThrows(
                    IllegalArgumentException.class, () -> writer.write(1, 1, 2, ChunkEncoding.XOR, false, data, 0, 3));
        }
    }

    @Test
    void readersGoOnWhileFilesAreWrittenAndDeleted() throws Exception {
        int chunks = 4000;
        AtomicReferenceArray<Written> published = new AtomicReferenceArray<>(chunks);
        AtomicBoolean done = new AtomicBoolean();
        int[] window = {0, 0};
        ExecutorService executor = Executors.newFixedThreadPool(2);
        try (HeadChunkReader reader = HeadChunkReader.open(STORAGE, directory);
                HeadChunkWriter writer = HeadChunkWriter.open(STORAGE, directory, HeadFileList.empty(), 20_000)) {
            List<Future<?>> readers = new ArrayList<>();
            AtomicIntegerArray reads = new AtomicIntegerArray(2);
            for (int r = 0; r < 2; r++) {
                int number = r;
                readers.add(executor.submit(() -> {
                    readAtRandom(reader, published, done, reads, number);
                    return null;
                }));
            }
            for (int i = 0; i < chunks; i++) {
                if (i == chunks / 2) {
                    awaitReads(reads, readers);
                }
                Written written = write(writer, i);
                writer.flush();
                published.set(i, written);
                int file = HeadChunkFile.fileNumber(written.record.reference());
                if (file - 6 > window[0]) {
                    window[0] = file - 6;
                    while (HeadChunkFile.fileNumber(
                                    published.get(window[1]).record.reference())
                            < window[0]) {
                        published.set(window[1]++, null);
                    }
                    reader.truncateBefore(window[0]);
                }
            }
            done.set(true);
            for (Future<?> each : readers) {
                each.get(1, TimeUnit.MINUTES);
            }
            assertTrue(window[0] > 5, "files were deleted");
        } finally {
            done.set(true);
            executor.shutdown();
            assertTrue(executor.awaitTermination(1, TimeUnit.MINUTES));
        }
        assertFalse(Files.exists(file(1)));
    }

    private static void awaitReads(AtomicIntegerArray reads, List<Future<?>> readers) throws Exception {
        while (reads.get(0) < 100 || reads.get(1) < 100) {
            for (Future<?> each : readers) {
                if (each.isDone()) {
                    throw new AssertionError("a reader ended: " + each.get());
                }
            }
            Thread.sleep(1);
        }
    }

    private static void readAtRandom(
            HeadChunkReader reader,
            AtomicReferenceArray<Written> published,
            AtomicBoolean done,
            AtomicIntegerArray reads,
            int number)
            throws IOException {
        Random random = new Random(number);
        EncodedChunk chunk = new EncodedChunk();
        while (!done.get()) {
            int i = random.nextInt(published.length());
            Written written = published.get(i);
            if (written == null) {
                continue;
            }
            try {
                assertRead(reader, written, chunk);
                reads.incrementAndGet(number);
            } catch (CorruptionException e) {
                // Its file may have been deleted meanwhile, but then it was taken back before.
                assertEquals(null, published.get(i), e.getMessage());
            }
        }
    }

    private Path file(int number) {
        return NumberedFiles.path(directory, number);
    }
}

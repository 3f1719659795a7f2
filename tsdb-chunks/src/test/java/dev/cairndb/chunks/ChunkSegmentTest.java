package dev.cairndb.chunks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.FileStorage;
import dev.cairndb.io.FormatVersionException;
import dev.cairndb.io.Storage;
import dev.cairndb.io.TsdbException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChunkSegmentTest {
    private static final Storage STORAGE = FileStorage.instance();

    @TempDir
    Path directory;

    private record Written(long reference, byte[] data) {}

    private static Written write(ChunkSegmentWriter writer, byte[] data) throws IOException {
        byte[] padded = new byte[data.length + 5];
        System.arraycopy(data, 0, padded, 3, data.length);
        return new Written(writer.write(ChunkEncoding.XOR, padded, 3, data.length), data);
    }

    private static byte[] randomData(Random random, int length) {
        byte[] data = new byte[length];
        random.nextBytes(data);
        return data;
    }

    private void writeSmallSegment(List<Written> written) throws IOException {
        Random random = new Random(7);
        try (ChunkSegmentWriter writer = new ChunkSegmentWriter(STORAGE, directory)) {
            for (int length : new int[] {2, 30, 127, 128, 60}) {
                writer.startSeries();
                written.add(write(writer, randomData(random, length)));
            }
            writer.finish();
        }
    }

    private void assertReadable(List<Written> written) throws IOException {
        EncodedChunk chunk = new EncodedChunk();
        try (ChunkSegmentReader reader = ChunkSegmentReader.open(STORAGE, directory)) {
            for (Written w : written) {
                reader.read(w.reference, 10, 20, chunk);
                assertArrayEquals(w.data, data(chunk));
                assertEquals(ChunkEncoding.XOR, chunk.encoding());
                assertEquals(10, chunk.minTimestampMillis());
                assertEquals(20, chunk.maxTimestampMillis());
            }
        }
    }

    private static byte[] data(EncodedChunk chunk) {
        return Arrays.copyOfRange(chunk.array(), chunk.offset(), chunk.offset() + chunk.length());
    }

    @Test
    void chunksLargerThanTheBufferAreWrittenWhole() throws IOException {
        Random random = new Random(1);
        List<Written> written = new ArrayList<>();
        try (ChunkSegmentWriter writer = new ChunkSegmentWriter(STORAGE, directory)) {
            for (int i = 0; i < 30; i++) {
                writer.startSeries();
                written.add(write(writer, randomData(random, 2 + random.nextInt(i % 10 == 9 ? 300_000 : 3000))));
            }
            assertEquals(30, writer.chunkCount());
            assertEquals(1, writer.segmentCount());
            writer.finish();
        }
        assertReadable(written);
    }

    @Test
    void nothingWrittenMakesNoFile() throws IOException {
        try (ChunkSegmentWriter writer = new ChunkSegmentWriter(STORAGE, directory)) {
            writer.finish();
        }
        assertEquals(List.of(), STORAGE.list(directory));
        try (ChunkSegmentReader reader = ChunkSegmentReader.open(STORAGE, directory)) {
            assertEquals(0, reader.segmentCount());
            assertThrows(CorruptionException.class, () -> reader.read(8, 0, 0, new EncodedChunk()));
        }
    }

    /** The batches of Prometheus, computed for a series at once. */
    private static int[] segmentsOfSeries(int[] lengths, long position, long segmentSize, int segment) {
        int[] segments = new int[lengths.length];
        long sum = 0;
        long base = position;
        int now = segment;
        for (int i = 0; i < lengths.length; i++) {
            long size = lengths[i] + 10L;
            sum += size;
            if (base > 8 ? sum + base > segmentSize : i > 0 && sum + 8 > segmentSize) {
                now++;
                sum = size;
                base = 8;
            }
            segments[i] = now;
        }
        return segments;
    }

    @Test
    void segmentsAreCutWherePrometheusCutsThem() throws IOException {
        for (int seed = 0; seed < 8; seed++) {
            Random random = new Random(seed);
            Path target = Files.createDirectory(directory.resolve("" + seed));
            long segmentSize = 200 + random.nextInt(400);
            long position = 8;
            int segment = 0;
            try (ChunkSegmentWriter writer = new ChunkSegmentWriter(STORAGE, target, segmentSize)) {
                for (int series = 0; series < 40; series++) {
                    int[] lengths = random.ints(1 + random.nextInt(6), 2, 260).toArray();
                    int[] expected = segmentsOfSeries(lengths, position, segmentSize, segment);
                    writer.startSeries();
                    for (int i = 0; i < lengths.length; i++) {
                        long reference = write(writer, randomData(random, lengths[i])).reference;
                        position = expected[i] == segment ? position : 8;
                        segment = expected[i];
                        assertEquals((long) segment << 32 | position, reference, "seed " + seed);
                        position += (lengths[i] < 128 ? 1 : 2) + 1 + lengths[i] + 4;
                    }
                }
                writer.finish();
            }
            assertEquals(segment + 1, STORAGE.list(target).size());
        }
    }

    @Test
    void everyTruncationIsReportedOrHarmless() throws IOException {
        List<Written> written = new ArrayList<>();
        writeSmallSegment(written);
        Path file = directory.resolve("000001");
        byte[] whole = Files.readAllBytes(file);
        for (int length = 0; length < whole.length; length++) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertEquals(length >= 8 ? wholeChunks(written, length) : 0, readable(written), "length " + length);
        }
    }

    private static int wholeChunks(List<Written> written, int fileLength) {
        int count = 0;
        for (Written w : written) {
            count += w.reference + (w.data.length < 128 ? 1 : 2) + 1 + w.data.length + 4 <= fileLength ? 1 : 0;
        }
        return count;
    }

    @Test
    void everyFlippedByteIsReportedOrHarmless() throws IOException {
        List<Written> written = new ArrayList<>();
        writeSmallSegment(written);
        Path file = directory.resolve("000001");
        byte[] whole = Files.readAllBytes(file);
        for (int mask : new int[] {0x01, 0x40, 0x80, 0xFF}) {
            for (int i = 0; i < whole.length; i++) {
                byte[] flipped = whole.clone();
                flipped[i] ^= (byte) mask;
                Files.write(file, flipped);
                int expected = i < 5 ? 0 : i < 8 ? written.size() : written.size() - 1;
                assertEquals(expected, readable(written), "byte " + i + " mask " + mask);
            }
        }
    }

    /** How many chunks come out right; the others must be reported. */
    private int readable(List<Written> written) throws IOException {
        EncodedChunk chunk = new EncodedChunk();
        int count = 0;
        try (ChunkSegmentReader reader = ChunkSegmentReader.open(STORAGE, directory)) {
            for (Written w : written) {
                try {
                    reader.read(w.reference, 0, 0, chunk);
                    assertArrayEquals(w.data, data(chunk));
                    count++;
                } catch (CorruptionException e) {
                    assertTrue(e.file().endsWith("000001"), e.getMessage());
                }
            }
        } catch (TsdbException e) {
            assertEquals(0, count, e.getMessage());
        }
        return count;
    }

    @Test
    void anyReferenceIsCorruptionOrAChunk() throws IOException {
        List<Written> written = new ArrayList<>();
        writeSmallSegment(written);
        EncodedChunk chunk = new EncodedChunk();
        try (ChunkSegmentReader reader = ChunkSegmentReader.open(STORAGE, directory)) {
            for (long reference = 0; reference < 600; reference++) {
                long wanted = reference;
                if (written.stream().noneMatch(w -> w.reference == wanted)) {
                    assertThrows(CorruptionException.class, () -> reader.read(wanted, 0, 0, chunk), "" + wanted);
                }
            }
            for (long wanted : new long[] {-1, Long.MIN_VALUE, 1L << 32 | 8, 0xFFFFFFFFL, Long.MAX_VALUE}) {
                assertThrows(CorruptionException.class, () -> reader.read(wanted, 0, 0, chunk));
            }
        }
    }

    @Test
    void anotherVersionIsNamed() throws IOException {
        writeSmallSegment(new ArrayList<>());
        Path file = directory.resolve("000001");
        byte[] bytes = Files.readAllBytes(file);
        bytes[4] = 2;
        Files.write(file, bytes);
        FormatVersionException e =
                assertThrows(FormatVersionException.class, () -> ChunkSegmentReader.open(STORAGE, directory));
        assertEquals(2, e.found());
    }

    @Test
    void aMissingSegmentIsNamed() throws IOException {
        writeSmallSegment(new ArrayList<>());
        Files.move(directory.resolve("000001"), directory.resolve("000002"));
        CorruptionException e =
                assertThrows(CorruptionException.class, () -> ChunkSegmentReader.open(STORAGE, directory));
        assertTrue(e.file().endsWith("000001"), e.getMessage());
    }

    @Test
    void filesOfOtherNamesAreLeftAlone() throws IOException {
        List<Written> written = new ArrayList<>();
        Files.writeString(directory.resolve("notes.txt"), "mine");
        Files.writeString(directory.resolve("000002.bak"), "mine");
        writeSmallSegment(written);
        assertReadable(written);
    }
}

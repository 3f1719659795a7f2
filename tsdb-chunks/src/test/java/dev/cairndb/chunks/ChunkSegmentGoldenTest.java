package dev.cairndb.chunks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairndb.io.BigEndian;
import dev.cairndb.io.ByteReader;
import dev.cairndb.io.FileStorage;
import dev.cairndb.testkit.GoldenData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The chunk files of blocks that Prometheus wrote. */
class ChunkSegmentGoldenTest {
    /** The generator wrote blocks of several segments with this size. */
    private static final long SMALL_SEGMENT_SIZE_BYTES = 4096;

    private final GoldenData golden = new GoldenData(ChunkSegmentGoldenTest.class);

    @TempDir
    Path temporary;

    /** A line of {@code chunks.tsv}. */
    private record Listed(int series, long reference, long min, long max, int encoding, int samples, int bytes) {
        static Listed parse(String line) {
            String[] f = line.split("\t", -1);
            return new Listed(
                    Integer.parseInt(f[0]),
                    Long.parseLong(f[2]),
                    Long.parseLong(f[3]),
                    Long.parseLong(f[4]),
                    Integer.parseInt(f[5]),
                    Integer.parseInt(f[6]),
                    Integer.parseInt(f[7]));
        }
    }

    private static List<Listed> listed(Path block) throws IOException {
        return Files.readAllLines(block.resolve("chunks.tsv")).stream()
                .map(Listed::parse)
                .toList();
    }

    @Test
    void chunksAreReadAsListed() throws IOException {
        for (Path block : golden.folders("blocks")) {
            checkChunks(block);
        }
        golden.report(System.out);
    }

    private void checkChunks(Path block) throws IOException {
        List<List<String>> expected = expectedSamples(block);
        boolean deletions = Files.exists(block.resolve("tombstones.tsv"));
        int[] next = new int[expected.size()];
        ChunkCursors cursors = new ChunkCursors();
        EncodedChunk chunk = new EncodedChunk();
        try (ChunkSegmentReader reader = ChunkSegmentReader.open(FileStorage.instance(), block.resolve("chunks"))) {
            for (Listed listed : listed(block)) {
                String name = block.getFileName() + " " + listed;
                if (ChunkEncoding.ofId(listed.encoding) == null) {
                    golden.skipped("encoding " + listed.encoding);
                    continue;
                }
                reader.read(listed.reference, listed.min, listed.max, chunk);
                assertEquals(listed.encoding, chunk.encoding().id(), name);
                assertEquals(listed.samples, chunk.sampleCount(), name);
                assertEquals(listed.bytes, chunk.length(), name);
                cursors.verify(chunk);
                if (deletions) {
                    golden.skipped("samples of a block with deletions");
                    continue;
                }
                SampleCursor samples = cursors.open(chunk);
                while (samples.next()) {
                    assertEquals(expected.get(listed.series).get(next[listed.series]++), line(samples), name);
                }
                golden.checked();
            }
        }
    }

    private static String line(SampleCursor samples) {
        String value = switch (samples.kind()) {
            case FLOAT -> "\tf\t" + String.format("%016x", samples.valueBits());
            case HISTOGRAM -> "\th\t" + HistogramJson.text(samples.histogram());
            case FLOAT_HISTOGRAM -> "\tfh\t" + HistogramJson.text(samples.histogram());
        };
        long start = samples.startTimestampMillis();
        return samples.timestampMillis() + value + (start == 0 ? "" : "\t" + start);
    }

    private static List<List<String>> expectedSamples(Path block) throws IOException {
        List<List<String>> series = new ArrayList<>();
        for (String line : Files.readAllLines(block.resolve("expected.tsv"))) {
            if (line.startsWith("{")) {
                series.add(new ArrayList<>());
            } else {
                series.get(series.size() - 1).add(line);
            }
        }
        return series;
    }

    @Test
    void theSameChunksMakeTheSameFiles() throws IOException {
        for (Path block : golden.folders("blocks")) {
            rewrite(block);
        }
        golden.report(System.out);
    }

    private void rewrite(Path block) throws IOException {
        Set<Long> series = new HashSet<>();
        int last = -1;
        for (Listed listed : listed(block)) {
            if (listed.series != last) {
                series.add(listed.reference);
                last = listed.series;
            }
        }
        Path source = block.resolve("chunks");
        List<String> files = FileStorage.instance().list(source);
        long segmentSize =
                files.size() == 1 ? ChunkSegmentWriter.DEFAULT_SEGMENT_SIZE_BYTES_MAX : SMALL_SEGMENT_SIZE_BYTES;
        Path target =
                Files.createDirectory(temporary.resolve(block.getFileName().toString()));
        try (ChunkSegmentWriter writer = new ChunkSegmentWriter(FileStorage.instance(), target, segmentSize)) {
            for (int sequence = 0; sequence < files.size(); sequence++) {
                copy(source.resolve(files.get(sequence)), sequence, series, writer);
            }
            writer.finish();
        }
        assertEquals(files.size(), FileStorage.instance().list(target).size(), "segments of " + block);
        for (String file : files) {
            byte[] expected = Files.readAllBytes(source.resolve(file));
            assertArrayEquals(expected, Files.readAllBytes(target.resolve(file)), source + " " + file);
            golden.checked();
        }
    }

    /** Walks a file from chunk to chunk, as nothing but its own bytes say. */
    private static void copy(Path file, int sequence, Set<Long> series, ChunkSegmentWriter writer) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        assertEquals(0x85BD40DD, BigEndian.getInt(bytes, 0));
        ByteReader in = new ByteReader(file.toString()).reset(bytes, 8, bytes.length - 8, 8);
        while (in.remaining() > 0) {
            long reference = (long) sequence << 32 | in.position();
            int length = in.readUvarintInt(bytes.length);
            int encodingId = in.readByte();
            int data = in.skip(length);
            in.readInt();
            if (series.contains(reference)) {
                writer.startSeries();
            }
            ChunkEncoding encoding = ChunkEncoding.ofId(encodingId);
            if (encoding == null) {
                throw new AssertionError("encoding " + encodingId);
            }
            assertEquals(reference, writer.write(encoding, bytes, data, length));
        }
    }
}

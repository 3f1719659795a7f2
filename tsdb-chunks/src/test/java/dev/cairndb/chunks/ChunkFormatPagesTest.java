package dev.cairndb.chunks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.FormatPage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the format pages say is what the code does. */
class ChunkFormatPagesTest {
    private static final Path DIRECTORY = Path.of("/d");

    private static final Samples EXAMPLE = new Samples(
            new long[] {1_700_000_000_000L, 1_700_000_015_000L, 1_700_000_030_002L, 1_700_000_045_002L},
            Arrays.stream(new double[] {1, 1, 2.5, 3.5})
                    .mapToLong(Double::doubleToRawLongBits)
                    .toArray());

    private final FormatPage chunks = FormatPage.read("chunks.md");
    private final FormatPage chunksHead = FormatPage.read("chunks_head.md");
    private final CrashingStorage storage = new CrashingStorage(1);

    @Test
    void theXorExampleIsWhatTheAppenderWrites() throws IOException {
        byte[] example = chunks.bytes("xor");
        assertEquals(chunks.hex("xor"), HexFormat.of().formatHex(EXAMPLE.encode()));
        EXAMPLE.assertReadBy(new XorCursor().reset(example, 0, example.length));
    }

    @Test
    void theXor2ExampleIsWhatTheAppenderWrites() throws IOException {
        long first = 1_700_000_000_000L;
        Xor2Samples samples = new Xor2Samples(
                new long[] {first, first + 15_000, first + 30_002, first + 45_004, first + 60_006},
                new long[] {first - 10_000, first - 10_000, first - 10_000, first + 30_002, first + 30_002},
                new long[] {
                    Double.doubleToRawLongBits(1),
                    Double.doubleToRawLongBits(1),
                    Double.doubleToRawLongBits(2.5),
                    Double.doubleToRawLongBits(1),
                    Xor2Chunk.STALE_NAN
                });
        assertEquals(chunks.hex("xor2"), HexFormat.of().formatHex(samples.encode()));
        byte[] example = chunks.bytes("xor2");
        samples.assertReadBy(new Xor2Cursor().reset(example, 0, example.length));
        assertTrue(chunks.contains("begins at index " + Xor2Chunk.CHANGES_FROM_MAX + " in any chunk"));
    }

    @Test
    void theHistogramExamplesAreWhatTheAppenderWrites() throws IOException {
        for (boolean floats : new boolean[] {false, true}) {
            String name = floats ? "float_histogram" : "histogram";
            assertEquals(chunks.hex(name), HexFormat.of().formatHex(HistogramExamples.chunk(floats)));
            byte[] example = chunks.bytes(name);
            EncodedChunk chunk = new EncodedChunk();
            ChunkEncoding encoding = floats ? ChunkEncoding.FLOAT_HISTOGRAM : ChunkEncoding.HISTOGRAM;
            long[] times = HistogramExamples.TIMESTAMPS_MILLIS;
            chunk.wrap(encoding, times[0], times[times.length - 1], example, 0, example.length);
            new ChunkCursors().verify(chunk);
            SampleCursor cursor = new ChunkCursors().open(chunk);
            for (int i = 0; i < times.length; i++) {
                assertTrue(cursor.seek(times[i]));
                HistogramBuffer expected = HistogramExamples.histogram(i, floats);
                assertTrue(HistogramChecks.areEqual(expected, cursor.histogram()), "sample " + i);
            }
        }
    }

    @Test
    void theFlagsOfHistogramsAreThoseOfTheCode() {
        List<String> expected = Arrays.stream(CounterResetHint.values())
                .map(hint -> String.format("%02x", HistogramChunk.flags(hint)))
                .toList();
        List<String> found = chunks.find("\\| `([0-9a-f]{2})` \\| [a-z]").stream()
                .map(row -> row.group(1))
                .toList();
        assertEquals(expected, found);
    }

    @Test
    void theSegmentExampleIsWhatTheWriterWrites() throws IOException {
        storage.createDirectories(DIRECTORY);
        byte[] data = EXAMPLE.encode();
        try (ChunkSegmentWriter writer = new ChunkSegmentWriter(storage, DIRECTORY)) {
            writer.startSeries();
            assertEquals(8, writer.write(ChunkEncoding.XOR, data, 0, data.length));
            writer.finish();
        }
        assertEquals(chunks.hex("segment"), file());
    }

    @Test
    void theHeadChunkExampleIsWhatTheWriterWrites() throws IOException {
        byte[] data = EXAMPLE.encode();
        try (HeadChunkWriter writer = HeadChunkWriter.open(storage, DIRECTORY, HeadFileList.empty())) {
            for (boolean late : new boolean[] {false, true}) {
                long reference = writer.write(
                        7, 1_700_000_000_000L, 1_700_000_045_002L, ChunkEncoding.XOR, late, data, 0, data.length);
                assertEquals(1L << 32 | (late ? 66 : 8), reference);
            }
        }
        assertEquals(chunksHead.hex("file"), file());
        assertTrue(chunksHead.contains("A file ends at " + HeadChunkWriter.DEFAULT_FILE_SIZE_BYTES_MAX + " bytes"));
        assertTrue(chunksHead.contains("fewer than " + HeadChunkFile.RECORD_BYTES_MIN + " bytes"));
    }

    private String file() throws IOException {
        return HexFormat.of().formatHex(storage.readAll(DIRECTORY.resolve("000001")));
    }

    @Test
    void magicAndVersionAreThoseOfTheCode() {
        assertVersion(chunks, ChunkSegment.MAGIC, ChunkSegment.VERSION);
        assertVersion(chunksHead, HeadChunkFile.MAGIC, HeadChunkFile.VERSION);
        assertTrue(chunks.contains("The limit is 512 MiB"));
        assertEquals(512L << 20, ChunkSegmentWriter.DEFAULT_SEGMENT_SIZE_BYTES_MAX);
    }

    private static void assertVersion(FormatPage page, int magic, int version) {
        String row = String.format("| `%08x` | %d |", magic, version);
        assertTrue(page.contains(row), row);
    }

    @Test
    void theEncodingsAreThoseOfTheCode() {
        List<String> expected = Arrays.stream(ChunkEncoding.values())
                .map(encoding -> encoding.name() + " " + encoding.id())
                .toList();
        List<String> found = chunks.find("\\| ([A-Z_0-9]+) \\| (\\d+) \\|").stream()
                .map(row -> row.group(1) + " " + row.group(2))
                .toList();
        assertEquals(expected, found);
    }
}

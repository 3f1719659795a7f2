package dev.cairndb.chunks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.io.CorruptionException;
import dev.cairndb.testkit.FuzzCorpus;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Bytes as a chunk of each encoding: refused as corrupt at some sample, and the same samples by seeking as by walking.
 */
public class ChunkFuzzTest {
    private static final int SEEKS = 5;

    @Test
    void whateverIsInTheCorpusIsReadOrRefused() throws IOException {
        FuzzCorpus.replay(ChunkFuzzTest.class, ChunkFuzzTest::fuzzerTestOneInput);
    }

    /** The first byte is the encoding, as in a file; the others are the chunk. */
    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        ChunkEncoding encoding = input.length < 3 ? null : ChunkEncoding.ofId(1 + (input[0] - 1 & 3));
        if (encoding == null) {
            return;
        }
        EncodedChunk chunk = new EncodedChunk();
        chunk.wrap(encoding, Long.MIN_VALUE, Long.MAX_VALUE, input, 1, input.length - 1);
        List<Long> times = new ArrayList<>();
        boolean isWhole = walk(chunk, times);
        assertTrue(times.size() <= chunk.sampleCount(), "more samples than the chunk says");
        if (isWhole) {
            assertEquals(chunk.sampleCount(), times.size());
            for (int i = 0; i < SEEKS && !times.isEmpty(); i++) {
                seek(chunk, times, times.get(i * 31 % times.size()) - (i & 1));
            }
        }
        byte[] before = Arrays.copyOf(input, input.length);
        try {
            new ChunkCursors().verify(chunk);
            assertTrue(isWhole, "verified though it cannot be read");
        } catch (CorruptionException e) {
            // as it should
        }
        assertTrue(Arrays.equals(before, input), "reading changed the chunk");
    }

    private static boolean walk(EncodedChunk chunk, List<Long> times) throws IOException {
        try {
            for (SampleCursor samples = new ChunkCursors().open(chunk); samples.next(); ) {
                times.add(samples.timestampMillis());
                touch(samples);
            }
            return true;
        } catch (CorruptionException e) {
            return false;
        }
    }

    private static void touch(SampleCursor samples) {
        if (samples.kind() == SampleKind.FLOAT) {
            samples.valueBits();
            samples.startTimestampMillis();
            return;
        }
        HistogramSample histogram = samples.histogram();
        HistogramBuffer copy = (HistogramBuffer) histogram.copy();
        assertEquals(copy.positiveBucketCount(), histogram.positiveBucketCount());
        HistogramChecks.problem(histogram);
        assertTrue(HistogramChecks.areEqual(histogram, copy));
    }

    private static void seek(EncodedChunk chunk, List<Long> times, long timestamp) throws IOException {
        Long expected = null;
        for (long time : times) {
            if (time >= timestamp) {
                expected = time;
                break;
            }
        }
        SampleCursor samples = new ChunkCursors().open(chunk);
        assertEquals(expected, samples.seek(timestamp) ? (Long) samples.timestampMillis() : null);
    }
}

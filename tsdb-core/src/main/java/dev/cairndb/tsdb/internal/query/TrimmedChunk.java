package dev.cairndb.tsdb.internal.query;

import dev.cairndb.chunks.ChunkCursors;
import dev.cairndb.chunks.ChunkEncoding;
import dev.cairndb.chunks.EncodedChunk;
import dev.cairndb.chunks.SampleCursor;
import dev.cairndb.chunks.XorAppender;
import dev.cairndb.tsdb.internal.block.Intervals;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Encodes a chunk again without the samples outside a range or in deleted ranges. Reused; not thread-safe. */
public final class TrimmedChunk {
    private final ChunkCursors cursors = new ChunkCursors();
    private final XorAppender appender = new XorAppender();

    /**
     * Replaces the content of {@code chunk} by what is left of it; both ends inclusive. False if nothing is.
     */
    public boolean trim(EncodedChunk chunk, long fromMillis, long toMillis, @Nullable Intervals deleted)
            throws IOException {
        byte[] target = new byte[(chunk.sampleCount() + 2) * XorAppender.MAX_BYTES_PER_SAMPLE + 7 & ~7];
        SampleCursor samples = cursors.open(chunk);
        appender.start(target, 0);
        long min = Long.MAX_VALUE;
        long max = Long.MIN_VALUE;
        while (samples.next()) {
            long t = samples.timestampMillis();
            if (t >= fromMillis && t <= toMillis && (deleted == null || !deleted.contains(t))) {
                appender.append(t, samples.valueBits());
                min = Math.min(min, t);
                max = t;
            }
        }
        if (appender.count() == 0) {
            return false;
        }
        chunk.wrap(ChunkEncoding.XOR, min, max, target, 0, appender.byteLength());
        return true;
    }
}

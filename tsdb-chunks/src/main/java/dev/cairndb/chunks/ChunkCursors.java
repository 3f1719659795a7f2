package dev.cairndb.chunks;

import dev.cairndb.io.CorruptionException;
import java.io.IOException;

/**
 * Opens cursors over chunks of any encoding. One cursor for each encoding is kept and reused: {@link #open} takes the
 * one it returned before away from its chunk. Not thread-safe.
 */
public final class ChunkCursors {
    private final XorCursor xor = new XorCursor();
    private final Xor2Cursor xor2 = new Xor2Cursor();
    private final HistogramCursor histogram = new HistogramCursor();

    /**
     * A cursor before the first sample of the chunk, valid until the next call and as long as the chunk's bytes are.
     */
    public SampleCursor open(EncodedChunk chunk) throws IOException {
        return switch (chunk.encoding()) {
            case XOR -> xor.reset(chunk.array(), chunk.offset(), chunk.length(), chunk.file(), chunk.fileOffset());
            case XOR2 -> xor2.reset(chunk.array(), chunk.offset(), chunk.length(), chunk.file(), chunk.fileOffset());
            case HISTOGRAM, FLOAT_HISTOGRAM -> histogram.reset(chunk);
        };
    }

    /** Bytes of the chunk that the open cursor has read. */
    private int bytesRead(EncodedChunk chunk) {
        return switch (chunk.encoding()) {
            case XOR -> xor.bytesRead();
            case XOR2 -> xor2.bytesRead();
            case HISTOGRAM, FLOAT_HISTOGRAM -> histogram.bytesRead();
        };
    }

    /**
     * Decodes the whole chunk and compares it with what is said about it: it has samples, their times ascend and span
     * exactly the chunk's time range, and they end in its last byte.
     *
     * @throws CorruptionException at the first thing that is not so
     */
    public void verify(EncodedChunk chunk) throws IOException {
        SampleCursor samples = open(chunk);
        if (!samples.next()) {
            throw corrupt(chunk, "a sample", "an empty chunk");
        }
        if (samples.timestampMillis() != chunk.minTimestampMillis()) {
            throw corrupt(chunk, "first time " + chunk.minTimestampMillis(), "" + samples.timestampMillis());
        }
        long last = samples.timestampMillis();
        while (samples.next()) {
            if (samples.timestampMillis() <= last) {
                throw corrupt(chunk, "a time after " + last, "" + samples.timestampMillis());
            }
            last = samples.timestampMillis();
        }
        if (last != chunk.maxTimestampMillis()) {
            throw corrupt(chunk, "last time " + chunk.maxTimestampMillis(), "" + last);
        }
        if (bytesRead(chunk) != chunk.length()) {
            throw corrupt(chunk, chunk.length() + " bytes of samples", bytesRead(chunk) + " bytes");
        }
    }

    private static CorruptionException corrupt(EncodedChunk chunk, String expected, String found) {
        return new CorruptionException(chunk.file(), chunk.fileOffset(), expected, found);
    }
}

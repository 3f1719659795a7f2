package dev.cairndb.tsdb.internal.query;

import dev.cairndb.chunks.ChunkEncoding;
import dev.cairndb.chunks.EncodedChunk;
import dev.cairndb.chunks.SampleCursor;
import dev.cairndb.chunks.SampleKind;
import dev.cairndb.chunks.XorAppender;
import java.io.IOException;

/**
 * Encodes what a cursor gives, one chunk at a time: a chunk ends where the kind of the samples changes, when it has as many
 * as it may have, and where its encoding cannot take the next sample. Reused; not thread-safe. The bytes of a chunk are
 * valid until the next one is asked for.
 */
final class ChunkEncoder {
    private final XorAppender xor = new XorAppender();
    private byte[] floats = {};
    private int samplesMax;
    private boolean ended = true;

    /** Starts with the next sample of the cursor. */
    void start(SampleCursor samples, int newSamplesMax) throws IOException {
        samplesMax = newSamplesMax;
        ended = !samples.next();
    }

    /** Encodes the next chunk; false if there are no samples left. */
    boolean next(SampleCursor samples, EncodedChunk target) throws IOException {
        if (ended) {
            return false;
        }
        if (samples.kind() != SampleKind.FLOAT) {
            throw new IOException("chunks of this kind are not encoded yet: " + samples.kind());
        }
        encodeXor(samples, target);
        return true;
    }

    private void encodeXor(SampleCursor samples, EncodedChunk target) throws IOException {
        xor.start(floatRoom(XorAppender.MAX_BYTES_PER_SAMPLE), 0);
        long min = samples.timestampMillis();
        do {
            xor.append(samples.timestampMillis(), samples.valueBits());
            ended = !samples.next();
        } while (!ended && samples.kind() == SampleKind.FLOAT && xor.count() < samplesMax);
        target.wrap(ChunkEncoding.XOR, min, xor.lastTimestampMillis(), floats, 0, xor.byteLength());
    }

    private byte[] floatRoom(int bytesPerSample) {
        int bytes = (samplesMax + 2) * bytesPerSample + 7 & ~7;
        if (floats.length < bytes) {
            floats = new byte[bytes];
        }
        return floats;
    }
}

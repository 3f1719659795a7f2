package dev.cairndb.receiver.grpc;

import dev.cairndb.chunks.ChunkEncoding;
import dev.cairndb.chunks.EncodedChunk;
import dev.cairndb.chunks.Xor2Cursor;
import dev.cairndb.chunks.XorAppender;
import dev.cairndb.io.CorruptionException;

/**
 * Chunks in the encodings that Thanos knows. Start timestamps are lost, as they are with every reader of Thanos.
 * Reused; not thread-safe.
 */
final class XorChunks {
    private final Xor2Cursor cursor = new Xor2Cursor();
    private final XorAppender appender = new XorAppender();
    private final EncodedChunk encoded = new EncodedChunk();
    private byte[] bytes = {};
    private long[] timestamps = {};
    private long[] values = {};

    /** The chunk itself if it is in such an encoding; else one that is valid until the next call. */
    EncodedChunk of(EncodedChunk chunk) throws CorruptionException {
        if (chunk.encoding() != ChunkEncoding.XOR2) {
            return chunk;
        }
        cursor.reset(chunk.array(), chunk.offset(), chunk.length());
        int count = cursor.samplesLeft();
        if (timestamps.length < count) {
            timestamps = new long[count];
            values = new long[count];
            bytes = new byte[(count + 2) * XorAppender.MAX_BYTES_PER_SAMPLE + 7 & ~7];
        }
        int decoded = cursor.decode(timestamps, values, 0);
        appender.start(bytes, 0);
        appender.append(timestamps, values, 0, decoded);
        encoded.wrap(
                ChunkEncoding.XOR,
                chunk.minTimestampMillis(),
                chunk.maxTimestampMillis(),
                bytes,
                0,
                appender.byteLength());
        return encoded;
    }
}

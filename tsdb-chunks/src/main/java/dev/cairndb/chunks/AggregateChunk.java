package dev.cairndb.chunks;

import dev.cairndb.io.CorruptionException;
import org.jspecify.annotations.Nullable;

/**
 * Layout of a chunk of a downsampled block (Thanos pkg/compact/downsample/aggr.go): for each {@link Aggregate}, in the
 * order of their ids, {@code uvarint data length, encoding byte, data}; one that is left out is the length 0 alone.
 */
final class AggregateChunk {
    static final int ENCODING_ID = 0xFF;

    private AggregateChunk() {}

    /**
     * Makes {@code target} a view of one aggregate; an empty chunk if it is left out.
     *
     * @param file name for error messages, of a file in which the chunk begins at {@code fileOffset}
     */
    static void select(
            String file,
            long fileOffset,
            byte[] bytes,
            int offset,
            int length,
            Aggregate aggregate,
            EncodedChunk target)
            throws CorruptionException, UnsupportedChunkException {
        int at = offset;
        int end = offset + length;
        for (int id = 0; ; id++) {
            long dataLength = 0;
            int shift = 0;
            while (true) {
                if (at >= end || shift >= 7 * ChunkSegment.LENGTH_BYTES_MAX) {
                    throw new CorruptionException(
                            file, fileOffset + (at - offset), "the length of aggregate " + id, "no whole varint");
                }
                byte b = bytes[at++];
                dataLength |= (long) (b & 0x7F) << shift;
                shift += 7;
                if (b >= 0) {
                    break;
                }
            }
            if (dataLength > 0 && dataLength > end - at - ChunkSegment.ENCODING_BYTES) {
                throw new CorruptionException(
                        file,
                        fileOffset + (at - offset),
                        "an aggregate of at most " + (end - at - ChunkSegment.ENCODING_BYTES) + " bytes",
                        dataLength + " bytes");
            }
            int size = (int) dataLength;
            if (id == aggregate.id()) {
                show(file, fileOffset + (at - offset), bytes, at, size, target);
                return;
            }
            at += size == 0 ? 0 : ChunkSegment.ENCODING_BYTES + size;
        }
    }

    private static void show(String file, long fileOffset, byte[] bytes, int at, int size, EncodedChunk target)
            throws CorruptionException, UnsupportedChunkException {
        if (size == 0) {
            target.wrap(ChunkEncoding.XOR, 0, 0, new byte[XorChunk.HEADER_BYTES], 0, XorChunk.HEADER_BYTES);
            return;
        }
        int encodingId = bytes[at] & 0xFF;
        @Nullable ChunkEncoding encoding = ChunkEncoding.ofId(encodingId);
        if (encoding == null) {
            throw new UnsupportedChunkException(encodingId);
        }
        if (size < XorChunk.HEADER_BYTES) {
            throw new CorruptionException(file, fileOffset, "a chunk with a header", size + " bytes");
        }
        target.wrap(encoding, 0, 0, bytes, at + ChunkSegment.ENCODING_BYTES, size);
        target.origin(file, fileOffset + ChunkSegment.ENCODING_BYTES);
    }
}

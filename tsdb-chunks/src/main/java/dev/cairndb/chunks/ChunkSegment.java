package dev.cairndb.chunks;

import dev.cairndb.io.FileHeader;

/**
 * Layout of a block's chunk files: a header, then chunks as {@code uvarint data length, encoding byte, data, CRC-32C of
 * encoding byte and data}. See {@code docs/format/chunks.md}.
 */
final class ChunkSegment {
    static final int MAGIC = 0x85BD40DD;
    static final int VERSION = 1;
    static final int HEADER_BYTES = 8;
    static final FileHeader HEADER = FileHeader.of(MAGIC, VERSION, VERSION, HEADER_BYTES);

    static final int ENCODING_BYTES = 1;
    static final int CRC_BYTES = 4;

    /** The longest length field: a 32-bit uvarint. */
    static final int LENGTH_BYTES_MAX = 5;

    /** What a chunk adds to its data at the most. */
    static final long OVERHEAD_BYTES_MAX = LENGTH_BYTES_MAX + ENCODING_BYTES + CRC_BYTES;

    private ChunkSegment() {}

    /** Chunk reference: sequence, counted from 0, and offset of the length field. */
    static long reference(int sequence, long offset) {
        return (long) sequence << 32 | offset;
    }
}

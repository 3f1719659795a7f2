package dev.cairndb.chunks;

/** Layout of a chunk in XOR2 encoding: what {@link Xor2Appender} writes and {@link Xor2Cursor} reads. */
final class Xor2Chunk {
    /** The number of samples (16 bits), and a byte about start timestamps. */
    static final int HEADER_BYTES = 3;

    /** Where the byte about start timestamps is. */
    static final int START_TIMESTAMPS_AT = 2;

    /** In that byte: the first sample has a start timestamp. */
    static final int FIRST_KNOWN = 0x80;

    /** In that byte: index of the first sample that is followed by a start timestamp, 0 if none is. */
    static final int CHANGES_FROM_MASK = 0x7F;

    /** What the header has room for: at this sample start timestamps begin in any case. */
    static final int CHANGES_FROM_MAX = 0x7F;

    /** The mark that a series has ended; it has codes of its own and is not what a later value is compared with. */
    static final long STALE_NAN = 0x7FF0000000000002L;

    private Xor2Chunk() {}
}

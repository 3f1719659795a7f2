package dev.cairndb.chunks;

/** Layout of a chunk in XOR encoding: what {@link XorAppender} writes and {@link XorCursor} reads. */
final class XorChunk {
    /** The number of samples, 16 bits. */
    static final int HEADER_BYTES = 2;

    private XorChunk() {}
}

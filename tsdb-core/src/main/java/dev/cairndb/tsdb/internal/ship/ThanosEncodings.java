package dev.cairndb.tsdb.internal.ship;

import dev.cairndb.chunks.ChunkEncoding;
import dev.cairndb.chunks.UnsupportedChunkException;

/** Which chunks Thanos 0.42 reads. Others stop its programs for the whole bucket, or make their answers wrong. */
final class ThanosEncodings {
    /** Bit n: encoding with id n. */
    private static final long READ = 1L << ChunkEncoding.XOR.id()
            | 1L << ChunkEncoding.HISTOGRAM.id()
            | 1L << ChunkEncoding.FLOAT_HISTOGRAM.id();

    private ThanosEncodings() {}

    /**
     * Why a block is not for Thanos; empty if it is.
     *
     * @param encodingIds of all its chunks, bit n for id n
     */
    static String refusal(long encodingIds) {
        long unreadable = encodingIds & ~READ;
        return unreadable == 0
                ? ""
                : "it holds chunks of encoding "
                        + UnsupportedChunkException.describe(Long.numberOfTrailingZeros(unreadable))
                        + ", which Thanos 0.42 cannot read";
    }
}

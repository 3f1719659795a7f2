package dev.cairndb.chunks;

import java.util.Arrays;

/** Chunks in arrays of their own, by number. */
final class ChunkArrays {
    private static final int SLACK_BYTES = 64;

    private byte[][] bytes = new byte[0][];
    private int[] lengths = new int[0];

    /** The array for a chunk, of a size that is a multiple of 8. */
    byte[] room(int chunk, int bytesMax) {
        if (chunk >= bytes.length) {
            bytes = Arrays.copyOf(bytes, 2 * chunk + 1);
            lengths = Arrays.copyOf(lengths, bytes.length);
        }
        if (bytes[chunk] == null || bytes[chunk].length < bytesMax) {
            bytes[chunk] = new byte[bytesMax + SLACK_BYTES & -Long.BYTES];
        }
        return bytes[chunk];
    }

    int keep(int chunk, int length) {
        lengths[chunk] = length;
        return length;
    }

    byte[] bytes(int chunk) {
        return bytes[chunk];
    }

    int length(int chunk) {
        return lengths[chunk];
    }
}

package dev.cairndb.chunks;

import java.io.IOException;

/**
 * A codec for chunks of float samples, to be measured by {@link FloatCodecBenchmark} beside the others: name the class
 * with {@code -p codec=...}. It needs a constructor without parameters. Chunks are numbered from 0, and the codec keeps
 * each in the form it likes best. What it decodes must be what it encoded, bit by bit; the benchmark looks before it
 * measures. Used by one thread.
 */
public interface FloatCodec {
    /** Encodes all samples given as the chunk of that number, which may have been encoded before; returns its bytes. */
    int encode(int chunk, long[] timestampsMillis, long[] valueBits);

    /** As {@link #encode}, but sample by sample, if the codec knows another way. */
    default int append(int chunk, long[] timestampsMillis, long[] valueBits) {
        return encode(chunk, timestampsMillis, valueBits);
    }

    /** Decodes a chunk at once, into arrays that have as many elements as there are samples. */
    void decode(int chunk, long[] timestampsMillis, long[] valueBits) throws IOException;

    /** Reads a chunk sample by sample; returns the timestamps and values XORed. */
    default long walk(int chunk, long[] timestampsMillis, long[] valueBits) throws IOException {
        decode(chunk, timestampsMillis, valueBits);
        long sum = 0;
        for (int i = 0; i < timestampsMillis.length; i++) {
            sum ^= timestampsMillis[i] ^ valueBits[i];
        }
        return sum;
    }

    /** Whether values are kept, which a codec of integers may not do. */
    default boolean keepsValues() {
        return true;
    }
}

package dev.cairndb.chunks;

import fi.iki.yak.ts.compression.gorilla.GorillaCompressor;
import fi.iki.yak.ts.compression.gorilla.GorillaDecompressor;
import fi.iki.yak.ts.compression.gorilla.LongArrayInput;
import fi.iki.yak.ts.compression.gorilla.LongArrayOutput;
import fi.iki.yak.ts.compression.gorilla.Pair;
import java.util.Arrays;

/**
 * gorilla-tsc in the faster of its two forms, over arrays of longs. A header holds the start of its block; differences
 * of timestamps are 32 bits wide.
 */
final class GorillaTscFloatCodec implements FloatCodec {
    private static final int WORDS = 512;

    private long[][] chunks = new long[0][];

    @Override
    public int encode(int chunk, long[] timestampsMillis, long[] valueBits) {
        LongArrayOutput output = new LongArrayOutput(WORDS);
        GorillaCompressor compressor = new GorillaCompressor(timestampsMillis[0], output);
        for (int i = 0; i < timestampsMillis.length; i++) {
            compressor.addValue(timestampsMillis[i], valueBits[i]);
        }
        compressor.close();
        long[] words = output.getLongArray();
        if (chunk >= chunks.length) {
            chunks = Arrays.copyOf(chunks, 2 * chunk + 1);
        }
        chunks[chunk] = words;
        return words.length * Long.BYTES;
    }

    @Override
    public void decode(int chunk, long[] timestampsMillis, long[] valueBits) {
        GorillaDecompressor decompressor = new GorillaDecompressor(new LongArrayInput(chunks[chunk]));
        int i = 0;
        for (Pair pair = decompressor.readPair(); pair != null; pair = decompressor.readPair()) {
            timestampsMillis[i] = pair.getTimestamp();
            valueBits[i] = pair.getLongValue();
            i++;
        }
    }

    @Override
    public long walk(int chunk, long[] timestampsMillis, long[] valueBits) {
        GorillaDecompressor decompressor = new GorillaDecompressor(new LongArrayInput(chunks[chunk]));
        long sum = 0;
        for (Pair pair = decompressor.readPair(); pair != null; pair = decompressor.readPair()) {
            sum ^= pair.getTimestamp() ^ pair.getLongValue();
        }
        return sum;
    }
}

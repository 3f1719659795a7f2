package dev.cairndb.chunks;

import java.util.Arrays;
import me.lemire.integercompression.BinaryPacking;
import me.lemire.integercompression.Composition;
import me.lemire.integercompression.IntWrapper;
import me.lemire.integercompression.IntegerCODEC;
import me.lemire.integercompression.VariableByte;

/**
 * JavaFastPFOR, which packs ints: the timestamps of a chunk alone, as differences of differences with the sign in the
 * lowest bit. Blocks of 32 are packed (its patched schemes need 128, more than a chunk has), the rest takes bytes.
 */
final class FastPforTimesCodec implements FloatCodec {
    private final IntegerCODEC codec = new Composition(new BinaryPacking(), new VariableByte());
    private final IntWrapper in = new IntWrapper();
    private final IntWrapper out = new IntWrapper();
    private int[] numbers = new int[0];
    private int[] packed = new int[0];
    private int[][] chunks = new int[0][];
    private long[] firstMillis = new long[0];

    @Override
    public int encode(int chunk, long[] timestampsMillis, long[] valueBits) {
        int count = timestampsMillis.length;
        if (numbers.length < count) {
            numbers = new int[count];
            packed = new int[2 * count + 64];
        }
        long delta = 0;
        for (int i = 1; i < count; i++) {
            long next = timestampsMillis[i] - timestampsMillis[i - 1];
            int change = Math.toIntExact(next - delta);
            numbers[i - 1] = change << 1 ^ change >> 31;
            delta = next;
        }
        in.set(0);
        out.set(0);
        codec.compress(numbers, in, count - 1, packed, out);
        if (chunk >= chunks.length) {
            chunks = Arrays.copyOf(chunks, 2 * chunk + 1);
            firstMillis = Arrays.copyOf(firstMillis, chunks.length);
        }
        firstMillis[chunk] = timestampsMillis[0];
        chunks[chunk] = Arrays.copyOf(packed, out.get());
        return Long.BYTES + out.get() * Integer.BYTES;
    }

    @Override
    public void decode(int chunk, long[] timestampsMillis, long[] valueBits) {
        in.set(0);
        out.set(0);
        codec.uncompress(chunks[chunk], in, chunks[chunk].length, numbers, out);
        long time = firstMillis[chunk];
        long delta = 0;
        timestampsMillis[0] = time;
        for (int i = 1; i < timestampsMillis.length; i++) {
            int number = numbers[i - 1];
            delta += number >>> 1 ^ -(number & 1);
            time += delta;
            timestampsMillis[i] = time;
        }
    }

    @Override
    public boolean keepsValues() {
        return false;
    }
}

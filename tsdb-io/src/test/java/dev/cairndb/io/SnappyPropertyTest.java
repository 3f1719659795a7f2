package dev.cairndb.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Ours and snappy-java read each other, for inputs from noise to nothing but repetition. */
class SnappyPropertyTest {
    private static final int MARGIN = 20;

    private final SnappyCompressor compressor = new SnappyCompressor();

    @Property(tries = 2000)
    void whatIsCompressedComesBack(@ForAll("inputs") byte[] input) throws IOException {
        byte[] block = compress(input);
        assertArrayEquals(input, decompress(block, 0, block.length));
        assertEquals(input.length, Snappy.uncompressedSizeBytes(block, 0, block.length));
    }

    @Property(tries = 2000)
    void snappyJavaReadsOurs(@ForAll("inputs") byte[] input) throws IOException {
        assertArrayEquals(input, org.xerial.snappy.Snappy.uncompress(compress(input)));
    }

    @Property(tries = 2000)
    void snappyJavaIsReadByOurs(@ForAll("inputs") byte[] input) throws IOException {
        byte[] block = org.xerial.snappy.Snappy.compress(input);
        assertArrayEquals(input, decompress(block, 0, block.length));
    }

    @Property(tries = 500)
    void rangesInsideLargerArraysAreKeptTo(@ForAll("inputs") byte[] input) throws IOException {
        byte[] padded = new byte[input.length + 2 * MARGIN];
        Arrays.fill(padded, (byte) 0x55);
        System.arraycopy(input, 0, padded, MARGIN, input.length);
        byte[] block = new byte[Snappy.compressedSizeBytesMax(input.length) + 2 * MARGIN];
        int size = compressor.compress(padded, MARGIN, input.length, block, MARGIN);
        assertArrayEquals(compress(input), Arrays.copyOfRange(block, MARGIN, MARGIN + size));
        for (int i = 0; i < MARGIN; i++) {
            assertEquals(0, block[i]);
            assertEquals(0, block[block.length - 1 - i]);
        }
        byte[] output = new byte[input.length + 2 * MARGIN];
        assertEquals(input.length, Snappy.decompress(block, MARGIN, size, output, MARGIN, input.length));
        assertArrayEquals(input, Arrays.copyOfRange(output, MARGIN, MARGIN + input.length));
        for (int i = 0; i < MARGIN; i++) {
            assertEquals(0, output[i]);
            assertEquals(0, output[output.length - 1 - i]);
        }
    }

    /** Compressors write few of the elements that the format allows; here are all, of any length and from any distance. */
    @Property(tries = 2000)
    void anySequenceOfElementsIsRead(@ForAll long seed) throws IOException {
        Random random = new Random(seed);
        byte[] output = new byte[0];
        ByteArrayOutputStream elements = new ByteArrayOutputStream();
        for (int i = random.nextInt(60); i >= 0; i--) {
            output = output.length == 0 || random.nextInt(3) == 0
                    ? putLiteral(elements, output, random)
                    : putCopy(elements, output, random);
        }
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        for (int rest = output.length; rest != 0 || block.size() == 0; rest >>>= 7) {
            block.write(rest > 0x7F ? rest & 0x7F | 0x80 : rest);
        }
        elements.writeTo(block);
        byte[] bytes = block.toByteArray();
        assertArrayEquals(output, decompress(bytes, 0, bytes.length));
        assertArrayEquals(output, org.xerial.snappy.Snappy.uncompress(bytes));
    }

    private static byte[] putLiteral(ByteArrayOutputStream elements, byte[] before, Random random) {
        byte[] literal = new byte[1 + random.nextInt(1 << random.nextInt(10))];
        random.nextBytes(literal);
        int last = literal.length - 1;
        if (last < 60 && random.nextBoolean()) {
            elements.write(last << 2);
        } else {
            int sizeBytes = last < 256 ? 1 + random.nextInt(4) : 2 + random.nextInt(3);
            elements.write(59 + sizeBytes << 2);
            putLittleEndian(elements, last, sizeBytes);
        }
        elements.writeBytes(literal);
        byte[] after = Arrays.copyOf(before, before.length + literal.length);
        System.arraycopy(literal, 0, after, before.length, literal.length);
        return after;
    }

    private static byte[] putCopy(ByteArrayOutputStream elements, byte[] before, Random random) {
        int distance = 1 + random.nextInt(Math.min(before.length, 1 << random.nextInt(16)));
        int kind = distance < 1 << 11 ? 1 + random.nextInt(3) : 2 + random.nextInt(2);
        int count = kind == 1 ? 4 + random.nextInt(8) : 1 + random.nextInt(64);
        if (kind == 1) {
            elements.write(distance >>> 8 << 5 | count - 4 << 2 | kind);
            elements.write(distance);
        } else {
            elements.write(count - 1 << 2 | kind);
            putLittleEndian(elements, distance, kind == 2 ? 2 : 4);
        }
        byte[] after = Arrays.copyOf(before, before.length + count);
        for (int i = before.length; i < after.length; i++) {
            after[i] = after[i - distance];
        }
        return after;
    }

    private static void putLittleEndian(ByteArrayOutputStream elements, int value, int sizeBytes) {
        for (int i = 0; i < sizeBytes; i++) {
            elements.write(value >>> 8 * i);
        }
    }

    @Property(tries = 500)
    void expansionIsBounded(@ForAll("inputs") byte[] input) {
        assertTrue(compress(input).length <= Snappy.compressedSizeBytesMax(input.length));
    }

    @Provide
    Arbitrary<byte[]> inputs() {
        Arbitrary<Integer> sizes = Arbitraries.oneOf(
                Arbitraries.integers().between(0, 100),
                Arbitraries.integers().between(0, 5_000),
                Arbitraries.integers().between(65_500, 65_560),
                Arbitraries.integers().between(0, 200_000));
        return sizes.flatMap(size -> Arbitraries.longs().map(seed -> input(size, new Random(seed))));
    }

    /** A mix of noise, runs with short periods, and pieces seen before. */
    static byte[] input(int size, Random random) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(size);
        int alphabet = 1 + random.nextInt(256);
        while (out.size() < size) {
            int length = Math.min(size - out.size(), 1 + random.nextInt(1 << random.nextInt(12)));
            byte[] piece = new byte[length];
            switch (random.nextInt(3)) {
                case 0 -> {
                    for (int i = 0; i < length; i++) {
                        piece[i] = (byte) random.nextInt(alphabet);
                    }
                }
                case 1 -> {
                    int period = 1 + random.nextInt(12);
                    for (int i = 0; i < length; i++) {
                        piece[i] = i < period ? (byte) random.nextInt() : piece[i - period];
                    }
                }
                default -> {
                    byte[] before = out.toByteArray();
                    int from = before.length == 0 ? 0 : random.nextInt(before.length);
                    piece = Arrays.copyOfRange(before, from, from + Math.min(length, before.length - from));
                    if (piece.length == 0) {
                        piece = new byte[] {1};
                    }
                }
            }
            out.writeBytes(piece);
        }
        return out.toByteArray();
    }

    private byte[] compress(byte[] input) {
        byte[] block = new byte[Snappy.compressedSizeBytesMax(input.length)];
        return Arrays.copyOf(block, compressor.compress(input, 0, input.length, block, 0));
    }

    private static byte[] decompress(byte[] block, int offset, int length) throws IOException {
        byte[] output = new byte[Snappy.uncompressedSizeBytes(block, offset, length)];
        assertEquals(output.length, Snappy.decompress(block, offset, length, output, 0, output.length));
        return output;
    }
}

package dev.cairndb.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SnappyTest {
    @Test
    void theEmptyBlockIsOneByte() throws MalformedSnappyException {
        assertArrayEquals(new byte[1], compress(new byte[0]));
        assertArrayEquals(new byte[0], decompress(new byte[1]));
    }

    @Test
    void everyKindOfElementIsRead() throws MalformedSnappyException {
        // Literal of 4, then copies with distances in 11, 16 and 32 bits, overlapping and not.
        assertText("abcdbcdb", "08 0c 61626364 01 03");
        assertText("abcdcdcd", "08 0c 61626364 0e 0200");
        assertText("abcdabcd", "08 0c 61626364 0f 04000000");
        assertText("aaaaaaaaaaaa", "0c 00 61 1d 01");
        // Literals whose length takes 1, 2, 3 and 4 bytes of its own.
        for (int extra = 1; extra <= 4; extra++) {
            byte[] block = new byte[2 + 1 + extra + 200];
            block[0] = (byte) (200 & 0x7F | 0x80);
            block[1] = 1;
            block[2] = (byte) (59 + extra << 2);
            block[3] = (byte) 199;
            Arrays.fill(block, 3 + extra, block.length, (byte) 'x');
            byte[] expected = new byte[200];
            Arrays.fill(expected, (byte) 'x');
            assertArrayEquals(expected, decompress(block));
        }
    }

    @Test
    void farCopiesAreRead() throws MalformedSnappyException {
        byte[] far = new byte[100_000];
        new Random(1).nextBytes(far);
        ByteWriter block = new ByteWriter(0);
        block.putUvarint(far.length + 10);
        block.putByte(61 + 1 << 2);
        block.putByte(far.length - 1);
        block.putByte(far.length - 1 >>> 8);
        block.putByte(far.length - 1 >>> 16);
        block.putBytes(far, 0, far.length);
        block.putByte(9 << 2 | 3);
        block.putInt(Integer.reverseBytes(far.length));
        byte[] found = decompress(block.toByteArray());
        assertArrayEquals(far, Arrays.copyOf(found, far.length));
        assertArrayEquals(Arrays.copyOf(far, 10), Arrays.copyOfRange(found, far.length, found.length));
    }

    @Test
    void aPaddedLengthIsRead() throws MalformedSnappyException {
        assertText("abcd", "84 80 80 80 80 00 0c 61626364");
    }

    @Test
    void malformedBlocksAreRefusedWithTheOffset() {
        assertRefused("", 0, "no length");
        assertRefused("84", 0, "no length");
        assertRefused("84 80 80 80 80 01 0c 61626364", 0, "no length");
        assertRefused("ffffffffffffffffffff 00", 0, "no length");
        assertRefused("80 80 80 80 80 80 80 80 80 80 00", 0, "no length");
        assertRefused("ffffffff7f 00", 0, "declared length 34359738367");
        assertRefused("8080808008 00", 0, "declared length 2147483648");
        assertRefused("04", 1, "ends after 0 of 4");
        assertRefused("04 08 616263", 5, "ends after 3 of 4");
        assertRefused("04 0c 616263", 2, "literal of 4 bytes");
        assertRefused("04 10 6162636465", 2, "literal of 5 bytes");
        assertRefused("04 f0", 2, "literal is cut off");
        assertRefused("04 fc 030000", 2, "literal is cut off");
        assertRefused("04 fc ffffffff 61626364", 2, "literal of 4294967296 bytes");
        assertRefused("04 fc ffffff7f 61626364", 2, "literal of 2147483648 bytes");
        assertRefused("04 fc feffff7f 61626364", 6, "literal of 2147483647 bytes");
        assertRefused("08 0c 61626364 01", 6, "copy is cut off");
        assertRefused("08 0c 61626364 0e 02", 6, "copy is cut off");
        assertRefused("08 0c 61626364 0f 040000", 6, "copy is cut off");
        assertRefused("08 0c 61626364 01 00", 6, "distance of 0");
        assertRefused("08 0c 61626364 01 05", 6, "distance of 5");
        assertRefused("08 0c 61626364 0e ffff", 6, "distance of 65535");
        assertRefused("08 0c 61626364 0f ffffffff", 6, "distance of 4294967295");
        assertRefused("08 01 01", 1, "distance of 1");
        assertRefused("06 0c 61626364 01 04", 6, "copy of 4 bytes");
        assertRefused("04 0c 61626364 00 61", 7, "literal of 1 bytes");
        assertRefused("00 00", 2, "literal of 1 bytes");
    }

    @Test
    void aDeclaredSizeCostsNothingUntilItIsBelieved() throws MalformedSnappyException {
        byte[] bomb = hex("ffffffff07 00 61");
        assertEquals(Integer.MAX_VALUE, Snappy.uncompressedSizeBytes(bomb, 0, bomb.length));
        MalformedSnappyException refused = assertThrows(
                MalformedSnappyException.class, () -> Snappy.decompress(bomb, 0, bomb.length, new byte[100], 0, 100));
        assertTrue(String.valueOf(refused.getMessage()).contains("declared length 2147483647 exceeds the room of 100"));
    }

    @Test
    void rangesOutsideTheArraysAreTheCallersFault() {
        byte[] block = hex("04 0c 61626364");
        byte[] target = new byte[10];
        assertThrows(IndexOutOfBoundsException.class, () -> Snappy.decompress(block, 1, block.length, target, 0, 10));
        assertThrows(IndexOutOfBoundsException.class, () -> Snappy.decompress(block, 0, block.length, target, 1, 10));
        assertThrows(IndexOutOfBoundsException.class, () -> Snappy.uncompressedSizeBytes(block, -1, 2));
        assertThrows(
                IndexOutOfBoundsException.class,
                () -> new SnappyCompressor().compress(new byte[10], 0, 10, new byte[20], 0));
        assertThrows(IllegalArgumentException.class, () -> Snappy.compressedSizeBytesMax(Integer.MAX_VALUE));
        assertThrows(IllegalArgumentException.class, () -> Snappy.compressedSizeBytesMax(-1));
    }

    @Test
    void everyTruncationIsRefused() {
        Random random = new Random(2);
        for (int size : new int[] {1, 20, 300, 2_000}) {
            byte[] block = compress(SnappyPropertyTest.input(size, random));
            for (int length = 0; length < block.length; length++) {
                byte[] cut = Arrays.copyOf(block, length);
                assertThrows(MalformedSnappyException.class, () -> decompressUpTo(cut, 10_000));
            }
        }
    }

    @Test
    void whatDoesNotCompressGrowsByLittle() {
        byte[] noise = new byte[1 << 20];
        new Random(3).nextBytes(noise);
        assertTrue(compress(noise).length < noise.length + noise.length / 1000);
    }

    @Test
    void theOutputDoesNotDependOnWhatWasCompressedBefore() {
        SnappyCompressor used = new SnappyCompressor();
        Random random = new Random(4);
        for (int i = 0; i < 200; i++) {
            byte[] input = SnappyPropertyTest.input(random.nextInt(3_000), random);
            byte[] output = new byte[Snappy.compressedSizeBytesMax(input.length)];
            int size = used.compress(input, 0, input.length, output, 0);
            assertArrayEquals(compress(input), Arrays.copyOf(output, size));
        }
    }

    private static void assertText(String expected, String block) throws MalformedSnappyException {
        byte[] found = decompress(hex(block));
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        text.writeBytes(found);
        assertEquals(expected, text.toString(StandardCharsets.US_ASCII));
    }

    private static void assertRefused(String block, long offset, String problem) {
        MalformedSnappyException refused =
                assertThrows(MalformedSnappyException.class, () -> decompressUpTo(hex(block), 100), block);
        assertTrue(String.valueOf(refused.getMessage()).contains(problem), () -> block + ": " + refused.getMessage());
        assertEquals(offset, refused.offset(), () -> block + ": " + refused.getMessage());
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }

    private static byte[] compress(byte[] input) {
        byte[] output = new byte[Snappy.compressedSizeBytesMax(input.length)];
        return Arrays.copyOf(output, new SnappyCompressor().compress(input, 0, input.length, output, 0));
    }

    private static byte[] decompress(byte[] block) throws MalformedSnappyException {
        byte[] output = new byte[Snappy.uncompressedSizeBytes(block, 0, block.length)];
        assertEquals(output.length, Snappy.decompress(block, 0, block.length, output, 0, output.length));
        return output;
    }

    private static int decompressUpTo(byte[] block, int room) throws MalformedSnappyException {
        return Snappy.decompress(block, 0, block.length, new byte[room], 0, room);
    }
}

package dev.cairndb.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Damaged and invented blocks: ours and snappy-java accept the same ones, with the same result, and nothing outside the
 * target range is touched. The seed is {@code -Dcairn.fuzz.seed}, the number of rounds {@code -Dcairn.fuzz.rounds}.
 */
public class SnappyFuzzTest {
    private static final long SEED = Long.getLong("cairn.fuzz.seed", 1);
    private static final int ROUNDS = Integer.getInteger("cairn.fuzz.rounds", 30_000);
    private static final int ROOM = 4_096;
    private static final int MARGIN = 64;
    /** The oracle adds in 32 bits, takes this for a literal of no bytes, and goes on. */
    private static final String LARGEST_LITERAL = "literal of 4294967296 bytes";

    private int accepted;
    private int refused;

    @Test
    void everyFlippedBitIsRefusedOrReadAsTheOracleReadsIt() throws IOException {
        byte[] block = compress(SnappyPropertyTest.input(600, new Random(SEED)));
        for (int bit = 0; bit < 8 * block.length; bit++) {
            byte[] damaged = block.clone();
            damaged[bit / 8] ^= (byte) (1 << bit % 8);
            compareWithOracle(damaged);
        }
        assertTrue(accepted > 0 && refused > 0, this::summary);
    }

    @Test
    void damagedBlocksAreRefusedOrReadAsTheOracleReadsThem() throws IOException {
        Random random = new Random(SEED);
        byte[] block = new byte[1];
        for (int round = 0; round < ROUNDS; round++) {
            if (round % 50 == 0) {
                block = compress(SnappyPropertyTest.input(1 + random.nextInt(2_000), random));
            }
            compareWithOracle(damage(block, random));
        }
        assertTrue(accepted > 0 && refused > 0, this::summary);
    }

    @Test
    void inventedBlocksAreRefusedOrReadAsTheOracleReadsThem() throws IOException {
        Random random = new Random(SEED);
        for (int round = 0; round < ROUNDS; round++) {
            compareWithOracle(invent(random));
        }
        assertTrue(accepted > ROUNDS / 100 && refused > 0, this::summary);
    }

    /** What a fuzzer found: the two do not agree, and ours is to refuse. */
    @Test
    void aLiteralOf4GiBIsRefusedThoughTheOracleTakesItForNothing() throws IOException {
        byte[] alone = {0, (byte) 0xFC, -1, -1, -1, -1};
        byte[] amongOthers = {10, 0, 0, 0, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 90, (byte) 0xFC, -1, -1, -1, -1, 10, 1, 0};
        for (byte[] block : new byte[][] {alone, amongOthers}) {
            assertTrue(oracleAccepts(block));
            compareWithOracle(block);
        }
        assertEquals(2, refused);
    }

    /** For a fuzzer. */
    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        if (!hasPaddedLength(input)) {
            new SnappyFuzzTest().compareWithOracle(input);
        }
    }

    /**
     * A length in more bytes than 32 bits need: Go's decoder takes it, which is Prometheus', and snappy-java does not.
     */
    private static boolean hasPaddedLength(byte[] block) {
        for (int i = 0; i < 5; i++) {
            if (i == block.length || block[i] >= 0) {
                return false;
            }
        }
        return true;
    }

    @Test
    void aLengthPaddedWithZerosIsTakenAsGoDoes() throws IOException {
        byte[] block = {-128, -128, -128, -128, -128, -128, -128, -128, -128, 0};
        assertTrue(hasPaddedLength(block));
        assertEquals(0, Snappy.decompress(block, 0, block.length, new byte[0], 0, 0));
        block[9] = 1;
        assertThrows(
                MalformedSnappyException.class, () -> Snappy.decompress(block, 0, block.length, new byte[0], 0, 0));
    }

    private String summary() {
        return "accepted " + accepted + ", refused " + refused + ", seed " + SEED;
    }

    private static byte[] damage(byte[] block, Random random) {
        byte[] damaged = block.clone();
        int changes = 1 + random.nextInt(3);
        for (int i = 0; i < changes; i++) {
            int at = random.nextInt(damaged.length);
            switch (random.nextInt(4)) {
                case 0 -> damaged[at] = (byte) random.nextInt();
                case 1 -> damaged[at] ^= (byte) (1 << random.nextInt(8));
                case 2 -> damaged = Arrays.copyOf(damaged, 1 + at);
                default -> {
                    int from = random.nextInt(damaged.length);
                    int count = Math.min(random.nextInt(8), damaged.length - Math.max(from, at));
                    System.arraycopy(damaged, from, damaged, at, count);
                }
            }
        }
        return damaged;
    }

    /** Elements that are mostly possible, so that many blocks are valid to their end. */
    private static byte[] invent(Random random) {
        ByteWriter elements = new ByteWriter(64);
        int produced = 0;
        int count = 1 + random.nextInt(6);
        for (int i = 0; i < count; i++) {
            boolean wild = random.nextInt(20) == 0;
            int length = 1 + random.nextInt(wild ? 70 : 60);
            int distance = wild || produced == 0 ? random.nextInt(3_000) : 1 + random.nextInt(produced);
            switch (random.nextInt(4)) {
                case 0 -> {
                    elements.putByte((length - 1 & 63) << 2);
                    for (int j = 0; j < length; j++) {
                        elements.putByte(random.nextInt());
                    }
                }
                case 1 -> {
                    length = 4 + random.nextInt(8);
                    elements.putByte((distance >>> 8 & 7) << 5 | length - 4 << 2 | 1);
                    elements.putByte(distance);
                }
                case 2 -> {
                    elements.putByte((length - 1 & 63) << 2 | 2);
                    elements.putShort(Short.reverseBytes((short) distance));
                }
                default -> {
                    elements.putByte((length - 1 & 63) << 2 | 3);
                    elements.putInt(Integer.reverseBytes(distance));
                }
            }
            produced += length;
        }
        ByteWriter block = new ByteWriter(64);
        block.putUvarint(random.nextInt(20) == 0 ? random.nextInt(ROOM) : produced);
        block.putBytes(elements.array(), 0, elements.size());
        return block.toByteArray();
    }

    private void compareWithOracle(byte[] block) throws IOException {
        byte[] target = new byte[ROOM + 2 * MARGIN];
        Arrays.fill(target, (byte) 0x55);
        int size;
        boolean overflows = false;
        try {
            size = Snappy.decompress(block, 0, block.length, target, MARGIN, ROOM);
        } catch (MalformedSnappyException e) {
            size = -1;
            overflows = String.valueOf(e.getMessage()).contains(LARGEST_LITERAL);
        }
        for (int i = 0; i < MARGIN; i++) {
            assertEquals(0x55, target[i]);
            assertEquals(0x55, target[MARGIN + ROOM + i]);
        }
        if (overflows) {
            refused++;
            return;
        }
        boolean valid = oracleAccepts(block);
        assertEquals(valid, size >= 0, () -> Arrays.toString(block));
        if (valid) {
            accepted++;
            assertArrayEquals(
                    org.xerial.snappy.Snappy.uncompress(block), Arrays.copyOfRange(target, MARGIN, MARGIN + size));
        } else {
            refused++;
        }
    }

    private static boolean oracleAccepts(byte[] block) throws IOException {
        return org.xerial.snappy.Snappy.isValidCompressedBuffer(block)
                && org.xerial.snappy.Snappy.uncompressedLength(block) <= ROOM;
    }

    private static byte[] compress(byte[] input) {
        byte[] output = new byte[Snappy.compressedSizeBytesMax(input.length)];
        return Arrays.copyOf(output, new SnappyCompressor().compress(input, 0, input.length, output, 0));
    }
}

package dev.cairndb.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** Integers in bytes, against ByteBuffer and arithmetic on BigInteger. */
class BytesPropertyTest {
    private static final BigInteger BASE = BigInteger.valueOf(128);

    @Provide
    Arbitrary<Long> numbers() {
        return Arbitraries.oneOf(
                Arbitraries.longs(),
                Arbitraries.integers().between(0, 63).map(bit -> 1L << bit),
                Arbitraries.integers().between(0, 63).map(bit -> (1L << bit) - 1),
                Arbitraries.integers().between(0, 63).map(bit -> -(1L << bit)));
    }

    @Property
    void bigEndianIsWhatByteBufferHas(@ForAll("numbers") long value, @ForAll byte noise) {
        for (int offset = 0; offset < 9; offset++) {
            byte[] bytes = new byte[20];
            Arrays.fill(bytes, noise);
            ByteBuffer expected = ByteBuffer.wrap(bytes.clone());
            expected.putLong(offset, value);
            BigEndian.putLong(bytes, offset, value);
            assertArrayEquals(expected.array(), bytes);
            assertEquals(value, BigEndian.getLong(bytes, offset));
            assertEquals(expected.getInt(offset), BigEndian.getInt(bytes, offset));
            assertEquals(expected.getShort(offset) & 0xFFFF, BigEndian.getUnsignedShort(bytes, offset));
            expected.putInt(offset, (int) (value >> 7)).putShort(offset + 5, (short) (value >> 3));
            BigEndian.putInt(bytes, offset, (int) (value >> 7));
            BigEndian.putShort(bytes, offset + 5, (int) (value >> 3));
            assertArrayEquals(expected.array(), bytes);
        }
    }

    @Property
    void unsignedVarintsAreBase128(@ForAll("numbers") long value) throws CorruptionException {
        byte[] expected = naive(new BigInteger(Long.toUnsignedString(value)));
        byte[] bytes = new byte[Varint.MAX_BYTES];
        int end = Varint.putUvarint(bytes, 0, value);
        assertArrayEquals(expected, Arrays.copyOf(bytes, end));
        assertEquals(end, Varint.sizeOfUvarint(value));
        assertEquals(value, reader(expected, 0).readUvarint());
    }

    @Property
    void uncheckedReadingGivesValueAndEnd(
            @ForAll @IntRange(min = 0) int value, @ForAll @IntRange(min = 0, max = 9) int offset) {
        byte[] bytes = new byte[offset + Varint.MAX_BYTES];
        int end = Varint.putUvarint(bytes, offset, value);
        long read = Varint.readUvarintInt(bytes, offset);
        assertEquals(value, (int) read);
        assertEquals(end, read >>> 32);
    }

    @Property
    void signedVarintsAreZigzag(@ForAll("numbers") long value) throws CorruptionException {
        BigInteger twice = BigInteger.valueOf(value).shiftLeft(1);
        byte[] expected = naive(value < 0 ? twice.negate().subtract(BigInteger.ONE) : twice);
        byte[] bytes = new byte[Varint.MAX_BYTES];
        assertArrayEquals(expected, Arrays.copyOf(bytes, Varint.putVarint(bytes, 0, value)));
        assertEquals(value, reader(expected, 0).readVarint());
    }

    @Property
    void whatWasWrittenIsReadAndEveryCutIsNoticed(@ForAll long seed) throws CorruptionException {
        Random random = new Random(seed);
        ByteWriter out = new ByteWriter(random.nextInt(4));
        List<Long> values = new ArrayList<>();
        List<Integer> kinds = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            long value = random.nextLong() >> random.nextInt(64);
            int kind = random.nextInt(6);
            kinds.add(kind);
            values.add(put(out, kind, value));
        }
        byte[] bytes = out.toByteArray();
        assertEquals(out.size(), bytes.length);
        ByteReader in = reader(bytes, 1_000);
        for (int i = 0; i < 20; i++) {
            assertEquals(values.get(i), get(in, kinds.get(i)));
        }
        assertEquals(0, in.remaining());
        assertEquals(1_000 + bytes.length, in.fileOffset());
        for (int length = 0; length < bytes.length; length++) {
            ByteReader cut = new ByteReader("some file").reset(bytes, 0, length, 1_000);
            CorruptionException noticed = assertThrows(CorruptionException.class, () -> {
                for (int kind : kinds) {
                    get(cut, kind);
                }
            });
            assertEquals("some file", noticed.file());
            assertTrue(noticed.offset() >= 1_000 && noticed.offset() <= 1_000 + length);
        }
    }

    private static long put(ByteWriter out, int kind, long value) {
        switch (kind) {
            case 0 -> out.putByte((int) value);
            case 1 -> out.putInt((int) value);
            case 2 -> out.putLong(value);
            case 3 -> out.putUvarint(value);
            case 4 -> out.putVarint(value);
            default -> out.putShort((int) value);
        }
        return switch (kind) {
            case 0 -> value & 0xFF;
            case 1 -> (int) value;
            case 5 -> value & 0xFFFF;
            default -> value;
        };
    }

    private static long get(ByteReader in, int kind) throws CorruptionException {
        return switch (kind) {
            case 0 -> in.readByte();
            case 1 -> in.readInt();
            case 2 -> in.readLong();
            case 3 -> in.readUvarint();
            case 4 -> in.readVarint();
            default -> in.readByte() << 8 | in.readByte();
        };
    }

    @Property
    void bytesNeverMakeTheReaderLeaveItsRange(@ForAll byte[] noise, @ForAll long seed) {
        Random random = new Random(seed);
        byte[] padded = new byte[noise.length + 20];
        System.arraycopy(noise, 0, padded, 10, noise.length);
        ByteReader in = new ByteReader("noise").reset(padded, 10, noise.length, 0);
        try {
            while (true) {
                get(in, random.nextInt(6));
            }
        } catch (CorruptionException e) {
            assertTrue(in.position() <= 10 + noise.length);
            assertTrue(in.remaining() >= 0);
        }
    }

    @Example
    void impossibleVarintsAreCorrupt() {
        byte[] tenBytes = new byte[10];
        Arrays.fill(tenBytes, (byte) 0xFF);
        tenBytes[9] = 2;
        assertThrows(CorruptionException.class, () -> reader(tenBytes, 0).readUvarint());
        byte[] eleven = new byte[11];
        Arrays.fill(eleven, (byte) 0x80);
        assertThrows(CorruptionException.class, () -> reader(eleven, 0).readUvarint());
    }

    @Example
    void lengthsAreCheckedAgainstTheirLimit() throws CorruptionException {
        byte[] bytes = naive(BigInteger.valueOf(300));
        assertEquals(300, reader(bytes, 0).readUvarintInt(300));
        assertThrows(CorruptionException.class, () -> reader(bytes, 0).readUvarintInt(299));
        byte[] huge = naive(new BigInteger("18446744073709551615"));
        assertThrows(CorruptionException.class, () -> reader(huge, 0).readUvarintInt(Integer.MAX_VALUE));
        ByteReader in = reader(new byte[5], 0);
        assertEquals(0, in.skip(4));
        assertThrows(CorruptionException.class, () -> in.skip(2));
        assertThrows(CorruptionException.class, () -> in.skip(-1));
        assertThrows(CorruptionException.class, () -> in.skip(Integer.MAX_VALUE));
        assertEquals(4, in.skip(1));
    }

    @Example
    void aWriterGrowsCutsAndStartsAgain() {
        ByteWriter out = new ByteWriter(0);
        out.putBytes(new byte[] {1, 2, 3, 4}, 1, 2);
        out.size(1);
        out.putByte(9);
        assertArrayEquals(new byte[] {2, 9}, out.toByteArray());
        out.size(100);
        assertEquals(100, out.size());
        assertTrue(out.array().length >= 100);
        out.clear();
        assertEquals(0, out.size());
    }

    private static ByteReader reader(byte[] bytes, long fileOffset) {
        return new ByteReader("file").reset(bytes, 0, bytes.length, fileOffset);
    }

    private static byte[] naive(BigInteger value) {
        List<Integer> digits = new ArrayList<>();
        BigInteger rest = value;
        do {
            digits.add(rest.mod(BASE).intValue());
            rest = rest.divide(BASE);
        } while (rest.signum() > 0);
        byte[] bytes = new byte[digits.size()];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (digits.get(i) | (i < bytes.length - 1 ? 0x80 : 0));
        }
        return bytes;
    }
}

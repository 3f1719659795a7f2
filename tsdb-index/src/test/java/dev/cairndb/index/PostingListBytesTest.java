package dev.cairndb.index;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.io.ByteReader;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.CorruptionException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.roaringbitmap.RoaringBitmap;

/** The byte form of posting lists: bytes by hand, what is refused, and damage of all sorts. */
class PostingListBytesTest {
    private static final int LIMIT = 1_000_000;

    /** 200 ids with distance 3 in one container, which is an array: its ids are behind 16 bytes of header. */
    private static final int[] STRIDED = IntStream.range(0, 200).map(i -> 3 * i).toArray();

    /** A run of 136 ids up to the container's end: one run, behind 11 bytes. */
    private static final int[] RUN = IntStream.range(65_400, 65_536).toArray();

    @Test
    void shortListsAreDifferences() throws Exception {
        assertArrayEquals(new byte[] {0}, written(PostingList.empty()));
        assertArrayEquals(new byte[] {2, 7}, written(PostingList.of(7)));
        assertArrayEquals(new byte[] {6, 0, 1, (byte) 0x80, 1}, written(PostingList.ofSorted(new int[] {0, 1, 129})));
        assertTrue(read(new byte[] {0}, 0).isEmpty());
        int[] ids = {0, 1, 129, Integer.MAX_VALUE - 1};
        assertArrayEquals(
                ids, read(written(PostingList.ofSorted(ids)), Integer.MAX_VALUE).toArray());
    }

    @Test
    void aRunIsABitmapOfAFewBytes() throws Exception {
        byte[] bytes = written(PostingList.ofSorted(RUN));
        assertEquals(2 + 1 + 15, bytes.length);
        assertEquals(RUN.length << 1 | 1, bytes[0] & 0x7F | bytes[1] << 7);
        PostingList list = read(bytes, 65_536);
        assertEquals(0, list.arrayPartCount());
        assertArrayEquals(RUN, list.toArray());
    }

    @Test
    void aListInTwoPartsIsWrittenAsOne() {
        RoaringBitmap bitmap = new RoaringBitmap();
        bitmap.add(0L, 1000L);
        PostingList parts = new PostingList(bitmap, new int[] {1000, 70_000, 0}, 2);
        PostingList whole = PostingList.ofSorted(IntStream.concat(IntStream.rangeClosed(0, 1000), IntStream.of(70_000))
                .toArray());
        assertArrayEquals(written(whole), written(parts));
        assertEquals(1000, bitmap.getCardinality());
    }

    @Test
    void aBitmapThatDoesNotPayIsWrittenAsIds() throws Exception {
        int[] ids = IntStream.range(0, 200).map(i -> i << 16).toArray();
        RoaringBitmap bitmap = RoaringBitmap.bitmapOf(ids);
        byte[] bytes = written(PostingList.ofBitmap(bitmap));
        assertArrayEquals(written(PostingList.ofSorted(ids)), bytes);
        assertEquals(200, read(bytes, Integer.MAX_VALUE).arrayPartCount());
    }

    @Test
    void idsFromTwoToThe31OnAreNotWritten() {
        assertThrows(IllegalArgumentException.class, () -> written(PostingList.of(-1)));
        assertThrows(
                IllegalArgumentException.class,
                () -> written(PostingList.ofSorted(IntStream.concat(IntStream.of(STRIDED), IntStream.of(-5))
                        .toArray())));
    }

    @Test
    void idsAreRefusedThatDoNotAscendOrAreNotBelowTheLimit() {
        assertRefused("a whole varint");
        assertRefused("at most 1000000 ids", 2L * (LIMIT + 1));
        assertRefused("at most 1000000 ids", -2);
        assertRefused("3 ids", 6, 1, 1);
        assertRefused("ids that ascend", 4, 5, 0);
        assertRefused("ids that ascend", 2, LIMIT);
        assertRefused("ids that ascend", 4, LIMIT - 1, 1);
        assertRefused("ids that ascend", 4, 1, 0xFFFF_FFFFL);
        assertRefused("ids that ascend", 2, -1);
        assertRefused("ids that ascend", 2, Long.MAX_VALUE);
        assertRefused("ids that ascend", 4, 1, Long.MIN_VALUE);
    }

    @Test
    void bitmapsAreRefusedThatAreNotOfSoManyIdsBelowTheLimit() throws Exception {
        byte[] bitmap = serialized(STRIDED);
        assertArrayEquals(STRIDED, read(framed(200, bitmap), 598).toArray());
        assertRefused("ids below 597", framed(200, bitmap), 597);
        assertRefused("at most 199 ids", framed(200, bitmap), 199);
        assertRefused("201 ids", framed(201, bitmap), LIMIT);
        assertRefused("199 ids", framed(199, bitmap), LIMIT);
        assertRefused("at least 128 ids", framed(127, serialized(Arrays.copyOf(STRIDED, 127))), LIMIT);
        int[] high = STRIDED.clone();
        high[199] = Integer.MIN_VALUE;
        assertRefused("ids below 2147483647", framed(200, serialized(high)), Integer.MAX_VALUE);
    }

    @Test
    void bytesThatAreNoBitmapAreRefused() {
        byte[] bitmap = serialized(STRIDED);
        assertRefused("a bitmap of 417 bytes", framed(200, Arrays.copyOf(bitmap, bitmap.length + 1)), LIMIT);
        assertRefused("a Roaring bitmap of 415", framed(200, Arrays.copyOf(bitmap, bitmap.length - 1)), LIMIT);
        assertRefused("a Roaring bitmap", framed(200, new byte[7]), LIMIT);
        assertRefused("a bitmap of 4 bytes", 401, 4, 0, 0, 0);
        assertRefused("at most 2147483647", 401, 1L << 31);
        assertRefused("containers in", framed(200, patched(STRIDED, b -> b.putInt(4, 0))), LIMIT);
        assertRefused("containers in", framed(200, patched(STRIDED, b -> b.putInt(4, -1))), LIMIT);
        assertRefused("containers in", framed(200, patched(STRIDED, b -> b.putInt(4, 70))), LIMIT);
        assertRefused("containers in", framed(136, patched(RUN, b -> b.putShort(2, (short) -1))), LIMIT);
        assertRefused("a Roaring bitmap", framed(200, patched(STRIDED, b -> b.putInt(0, 1))), LIMIT);
    }

    @Test
    void bitmapsAreRefusedWhoseIdsDoNotAscend() {
        assertRefused("a valid", framed(200, patched(STRIDED, b -> b.putShort(18, (short) 0))), LIMIT);
        assertRefused("a valid", framed(137, patched(RUN, b -> b.putShort(13, (short) 136))), LIMIT);
        int[] inTwo = STRIDED.clone();
        inTwo[199] = 65_536;
        assertRefused("a valid", framed(200, patched(inTwo, b -> b.putShort(12, (short) 0))), LIMIT);
        int[] dense =
                new Random(1).ints(0, 65_536).distinct().limit(5000).sorted().toArray();
        assertRefused("a valid", framed(5000, patched(dense, b -> b.putLong(16, b.getLong(16) ^ 1))), LIMIT);
    }

    @Test
    void damageIsRefusedOrReadsToAListBelowTheLimit() throws Exception {
        Random random = new Random(7);
        List<int[]> sets = List.of(
                new int[] {70_000},
                random.ints(0, LIMIT).distinct().limit(300).sorted().toArray(),
                STRIDED,
                RUN,
                IntStream.range(0, 3000).map(i -> i / 100 * 40_000 + i % 100).toArray(),
                IntStream.range(0, 200_000).filter(i -> i >>> 16 != 1).toArray(),
                random.ints(0, 65_536).distinct().limit(5000).sorted().toArray(),
                IntStream.concat(random.ints(65_536, 131_072).distinct().limit(400), IntStream.range(0, 60_000))
                        .sorted()
                        .toArray());
        int read = 0;
        for (int[] ids : sets) {
            byte[] bytes = written(PostingList.ofSorted(ids));
            int limit = ids[ids.length - 1] + 1;
            for (int length = 0; length < bytes.length; length++) {
                byte[] cut = Arrays.copyOf(bytes, length);
                assertThrows(CorruptionException.class, () -> read(cut, limit));
            }
            for (int bit = 0; bit < bytes.length * 8; bit++) {
                bytes[bit >> 3] ^= (byte) (1 << (bit & 7));
                read += readsBelow(bytes, limit) ? 1 : 0;
                bytes[bit >> 3] ^= (byte) (1 << (bit & 7));
            }
            assertArrayEquals(ids, read(bytes, limit).toArray());
        }
        assertTrue(read > 100, "only " + read + " lists were read");
    }

    private static boolean readsBelow(byte[] bytes, int limit) {
        PostingList list;
        try {
            list = PostingList.read(new ByteReader("damaged list").reset(bytes, 0, bytes.length, 0), limit);
        } catch (CorruptionException e) {
            return false;
        }
        int[] ids = list.toArray();
        assertEquals(ids.length, list.cardinality());
        assertTrue(ids.length == 0 || ids[0] >= 0 && ids[ids.length - 1] < limit);
        assertTrue(SortedIds.ascends(ids, ids.length));
        return true;
    }

    private static void assertRefused(String expected, long... uvarints) {
        ByteWriter bytes = new ByteWriter(8);
        for (long value : uvarints) {
            bytes.putUvarint(value);
        }
        assertRefused(expected, bytes.toByteArray(), LIMIT);
    }

    private static void assertRefused(String expected, byte[] bytes, int limit) {
        CorruptionException e = assertThrows(CorruptionException.class, () -> read(bytes, limit));
        assertTrue(e.expected().startsWith(expected), e.getMessage());
    }

    private static byte[] framed(int count, byte[] bitmap) {
        ByteWriter bytes = new ByteWriter(8);
        bytes.putUvarint((long) count << 1 | 1);
        bytes.putUvarint(bitmap.length);
        bytes.putBytes(bitmap, 0, bitmap.length);
        return bytes.toByteArray();
    }

    private static byte[] serialized(int[] ids) {
        return patched(ids, bytes -> {});
    }

    private static byte[] patched(int[] ids, Consumer<ByteBuffer> patch) {
        RoaringBitmap bitmap = RoaringBitmap.bitmapOf(ids);
        bitmap.runOptimize();
        ByteBuffer bytes = ByteBuffer.allocate(bitmap.serializedSizeInBytes()).order(ByteOrder.LITTLE_ENDIAN);
        bitmap.serialize(bytes);
        patch.accept(bytes);
        return bytes.array();
    }

    static byte[] written(PostingList list) {
        ByteWriter bytes = new ByteWriter(1);
        list.put(bytes);
        return bytes.toByteArray();
    }

    /** From the middle of an array. */
    static PostingList read(byte[] bytes, int limit) throws CorruptionException {
        byte[] padded = new byte[bytes.length + 20];
        System.arraycopy(bytes, 0, padded, 9, bytes.length);
        ByteReader reader = new ByteReader("list").reset(padded, 9, bytes.length, 0);
        PostingList list = PostingList.read(reader, limit);
        assertEquals(0, reader.remaining());
        Arrays.fill(padded, (byte) -1);
        return list;
    }
}

package dev.cairndb.index;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class IdBitsTest {
    /** Lists from a few ids close together to many far apart, among few bits and among many. */
    @ParameterizedTest
    @ValueSource(ints = {0, 5_000, Integer.MAX_VALUE - 20_000, -200_000})
    void whatIsPresentIsCopiedFromAllKindsOfLists(int base) {
        Random random = new Random(base);
        for (int round = 0; round < 3_000; round++) {
            int[] members = ascending(random, base + random.nextInt(8_000), 128 + random.nextInt(600), 1 + round % 200);
            int[] ids = ascending(random, base + random.nextInt(60_000), 1 + random.nextInt(120), 1 + round % 7);
            PostingList list = PostingList.ofSorted(members);
            IdBits bits = IdBits.of(list);
            assertNotNull(bits);
            int[] expected = Arrays.stream(ids).filter(list::contains).toArray();
            int[] copied = new int[ids.length + 2];
            assertEquals(1 + expected.length, bits.copyPresent(ids, 0, ids.length, copied, 1));
            assertArrayEquals(expected, Arrays.copyOfRange(copied, 1, 1 + expected.length));

            ByteBuffer bytes =
                    ByteBuffer.allocate(3 + ids.length * Integer.BYTES).position(3);
            Arrays.stream(ids).forEach(bytes::putInt);
            Arrays.fill(copied, 0);
            assertEquals(1 + expected.length, bits.copyPresent(bytes.array(), 3, ids.length, copied, 1));
            assertArrayEquals(expected, Arrays.copyOfRange(copied, 1, 1 + expected.length));
        }
        assertNull(IdBits.of(PostingList.ofSorted(ascending(random, base, 127, 2))), "too few to care");
    }

    @Test
    void bitsThatEndWithTheLastIdHaveNoneOfTheFirst() {
        IdBits bits =
                IdBits.of(PostingList.ofSorted(IntStream.rangeClosed(-130, -1).toArray()));
        assertNotNull(bits);
        int[] ids =
                IntStream.concat(IntStream.range(5, 19), IntStream.of(-100, -1)).toArray();
        int[] copied = new int[ids.length + 1];
        assertEquals(2, bits.copyPresent(ids, 0, ids.length, copied, 0));
        assertArrayEquals(new int[] {-100, -1}, Arrays.copyOf(copied, 2));
        ByteBuffer bytes = ByteBuffer.allocate(ids.length * Integer.BYTES);
        Arrays.stream(ids).forEach(bytes::putInt);
        assertEquals(2, bits.copyPresent(bytes.array(), 0, ids.length, copied, 0));
        assertArrayEquals(new int[] {-100, -1}, Arrays.copyOf(copied, 2));
    }

    private static int[] ascending(Random random, int first, int count, int stepMax) {
        int[] next = {first};
        return IntStream.range(0, count)
                .map(i -> next[0] += 1 + random.nextInt(stepMax))
                .toArray();
    }
}

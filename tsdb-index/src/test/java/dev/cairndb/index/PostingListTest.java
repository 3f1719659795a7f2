package dev.cairndb.index;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PostingListTest {
    @Test
    void idsThatDoNotAscendAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> PostingList.ofSorted(new int[] {1, 1}));
        assertThrows(IllegalArgumentException.class, () -> PostingList.ofSorted(new int[] {2, 1}));
        assertThrows(IllegalArgumentException.class, () -> PostingList.ofSorted(new int[] {-1, 1}));
        assertThrows(IndexOutOfBoundsException.class, () -> PostingList.ofSorted(new int[] {1}, 2));
        assertArrayEquals(
                new int[] {1, -1}, PostingList.ofSorted(new int[] {1, -1}).toArray());
    }

    @Test
    void idsBeyondTwoToThe31AreLarger() {
        PostingList list = PostingList.ofSorted(new int[] {5, Integer.MAX_VALUE, Integer.MIN_VALUE, -2, -1});
        PostingCursor cursor = list.cursor();
        assertTrue(cursor.seek(Integer.MIN_VALUE));
        assertEquals(Integer.MIN_VALUE, cursor.id());
        assertTrue(cursor.seek(-1));
        assertEquals(-1, cursor.id());
        assertFalse(cursor.next());
        assertEquals("PostingList(5 ids: 5 2147483647 2147483648 4294967294 4294967295)", list.toString());
    }

    @Test
    void aCursorOnNoIdHasNone() {
        PostingCursor cursor = new PostingCursor();
        assertFalse(cursor.next());
        assertThrows(IllegalStateException.class, cursor::id);
        assertFalse(PostingList.empty().cursor().seek(0));
    }

    @Test
    void intersectingNothingIsRefusedAndUnionOfNothingIsEmpty() {
        assertThrows(IllegalArgumentException.class, PostingList::intersect);
        assertTrue(PostingList.union().isEmpty());
        PostingList one = PostingList.of(7);
        assertSame(one, PostingList.union(PostingList.empty(), one));
        assertSame(one, PostingList.intersect(one));
        assertSame(one, one.minus(PostingList.empty()));
    }

    @Test
    void compactChoosesTheSmallerForm() {
        assertNull(compacted(IntStream.range(0, 100)).bitmapPart(), "few ids");
        assertNotNull(compacted(IntStream.range(0, 128)).bitmapPart(), "a run");
        assertNotNull(compacted(IntStream.range(0, 5000).map(i -> i * 3)).bitmapPart(), "dense");
        assertNull(compacted(IntStream.range(0, 1000).map(i -> i * 20_011)).bitmapPart(), "scattered");
    }

    private static PostingList compacted(IntStream ids) {
        return PostingList.ofSorted(ids.toArray()).compact();
    }

    @Test
    void unionOfThousandsOfListsIsTheirSum() {
        Random random = new Random(42);
        List<PostingList> lists = new ArrayList<>();
        boolean[] expected = new boolean[400_000];
        for (int i = 0; i < 20_000; i++) {
            int[] ids = random.ints(1 + random.nextInt(20), 0, expected.length)
                    .sorted()
                    .distinct()
                    .toArray();
            Arrays.stream(ids).forEach(id -> expected[id] = true);
            lists.add(PostingList.ofSorted(ids));
        }
        int[] found = PostingList.union(lists).toArray();
        assertArrayEquals(
                IntStream.range(0, expected.length).filter(id -> expected[id]).toArray(), found);
    }
}

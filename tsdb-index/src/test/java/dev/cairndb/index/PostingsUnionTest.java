package dev.cairndb.index;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.Arrays;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class PostingsUnionTest {
    @Test
    void joinsManyShortListsAndSomeLongOnes() {
        for (int seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            // From ids close together, which go into bits, to ids over the whole range, which do not.
            int range = 1 << 10 + seed;
            TreeSet<Integer> model = new TreeSet<>(Integer::compareUnsigned);
            PostingsUnion union = new PostingsUnion();
            for (int list = 0; list < 3_000; list++) {
                int[] ids = random.ints(list % 500 == 0 ? 2_000 : random.nextInt(60), 0, range)
                        .map(id -> range == 1 << 29 ? id << 3 : id)
                        .distinct()
                        .toArray();
                SortedIds.sortUnsigned(ids, ids.length);
                Arrays.stream(ids).forEach(model::add);
                PostingList added = PostingList.ofSorted(ids);
                union.add(list % 3 == 0 ? added.compact() : added);
            }
            int[] expected = model.stream().mapToInt(Integer::intValue).toArray();
            assertArrayEquals(expected, union.finish().toArray(), "seed " + seed);
        }
    }

    @Test
    void keepsWhatDoesNotFitIntoBitsInOrder() {
        PostingsUnion union = new PostingsUnion();
        TreeSet<Integer> model = new TreeSet<>(Integer::compareUnsigned);
        for (int list = 0; list < 200; list++) {
            int[] ids = new int[1_000];
            for (int i = 0; i < ids.length; i++) {
                ids[i] = i * 4_200_000 + list * 7;
                model.add(ids[i]);
            }
            SortedIds.sortUnsigned(ids, ids.length);
            union.add(PostingList.ofSorted(ids));
        }
        assertArrayEquals(
                model.stream().mapToInt(Integer::intValue).toArray(),
                union.finish().toArray());
    }

    @Test
    void handsTheOnlyListBackAsItIs() {
        PostingsUnion union = new PostingsUnion();
        PostingList only = PostingList.ofSorted(new int[] {1, 5, 9});
        union.add(PostingList.empty());
        union.add(only);
        assertSame(only, union.finish());
        assertSame(PostingList.empty(), new PostingsUnion().finish());
    }
}

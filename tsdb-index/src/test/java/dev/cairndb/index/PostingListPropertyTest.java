package dev.cairndb.index;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Posting lists of every inner form against a TreeSet. */
class PostingListPropertyTest {
    @Property(tries = 400)
    void aListHoldsWhatItWasMadeOf(@ForAll Random random) {
        TreeSet<Long> ids = IdSets.random(random);
        PostingList list = IdSets.listOf(ids, random);
        assertSame(ids, list);
        assertSame(ids, list.compact());
        assertSame(ids, PostingList.ofSorted(IdSets.toInts(ids)));
        for (int i = 0; i < 50; i++) {
            long probe = probe(ids, random);
            assertEquals(ids.contains(probe), list.contains((int) probe));
        }
    }

    @Property(tries = 400)
    void seekFindsTheFirstIdThatIsNotLess(@ForAll Random random) {
        TreeSet<Long> ids = IdSets.random(random);
        PostingCursor cursor = new PostingCursor();
        for (int round = 0; round < 3; round++) {
            cursor.reset(IdSets.listOf(ids, random));
            long at = -1;
            while (true) {
                boolean seeks = random.nextInt(3) != 0;
                long target = seeks ? probe(ids, random) : at + 1;
                Long expected = ids.ceiling(Math.max(target, seeks ? at : at + 1));
                if (seeks && at >= 0 && target <= at) {
                    expected = at;
                }
                assertEquals(expected != null, seeks ? cursor.seek((int) target) : cursor.next());
                if (expected == null) {
                    assertFalse(cursor.next());
                    break;
                }
                assertEquals(expected, Integer.toUnsignedLong(cursor.id()));
                at = expected;
            }
        }
    }

    @Property(tries = 500)
    void intersectIsWhatAllHave(@ForAll Random random) {
        List<TreeSet<Long>> sets = relatedSets(random, 1 + random.nextInt(4));
        TreeSet<Long> expected = new TreeSet<>(sets.get(0));
        sets.forEach(expected::retainAll);
        assertSame(expected, PostingList.intersect(lists(sets, random)));
    }

    @Property(tries = 500)
    void amongIsWhatBothHave(@ForAll Random random) {
        List<TreeSet<Long>> sets = relatedSets(random, 2);
        List<PostingList> lists = lists(sets, random);
        TreeSet<Long> expected = new TreeSet<>(sets.get(0));
        expected.retainAll(sets.get(1));
        assertSame(expected, lists.get(0).among(lists.get(1)));
        assertEquals(!expected.isEmpty(), lists.get(0).hasAnyOf(lists.get(1)));
    }

    @Property(tries = 500)
    void unionIsWhatAnyHas(@ForAll Random random) {
        List<TreeSet<Long>> sets = relatedSets(random, random.nextInt(random.nextInt(10) == 0 ? 60 : 5));
        TreeSet<Long> expected = new TreeSet<>();
        sets.forEach(expected::addAll);
        assertSame(expected, PostingList.union(lists(sets, random)));
    }

    @Property(tries = 500)
    void minusIsWhatTheOtherLacks(@ForAll Random random) {
        List<TreeSet<Long>> sets = relatedSets(random, 2);
        TreeSet<Long> expected = new TreeSet<>(sets.get(0));
        expected.removeAll(sets.get(1));
        PostingList a = IdSets.listOf(sets.get(0), random);
        PostingList b = IdSets.listOf(sets.get(1), random);
        assertSame(expected, a.minus(b));
        assertEquals(expected.size() < sets.get(0).size(), a.hasAnyOf(b));
        assertSame(sets.get(0), a);
        assertSame(sets.get(1), b);
    }

    @Property(tries = 300)
    void operationsLeaveTheirOperandsAlone(@ForAll Random random) {
        List<TreeSet<Long>> sets = relatedSets(random, 3);
        List<PostingList> lists = lists(sets, random);
        PostingList.union(lists);
        PostingList.intersect(lists);
        lists.get(0).minus(lists.get(1)).minus(lists.get(2));
        PostingList.union(PostingList.intersect(lists), lists.get(2)).minus(lists.get(0));
        for (int i = 0; i < sets.size(); i++) {
            assertSame(sets.get(i), lists.get(i));
        }
    }

    @Property(tries = 200)
    void sortingPutsEachIdOnceInUnsignedOrder(@ForAll Random random) {
        TreeSet<Long> expected = new TreeSet<>();
        int[] ids = new int[1 + random.nextInt(3000)];
        long base = IdSets.random(random).stream().findFirst().orElse(0L);
        int width = random.nextBoolean() ? 2000 : 1 << 30;
        for (int i = 0; i < ids.length; i++) {
            ids[i] = (int) Math.min(0xFFFF_FFFFL, base + random.nextInt(width));
            expected.add(Integer.toUnsignedLong(ids[i]));
        }
        int count = SortedIds.sortDistinct(ids, ids.length);
        assertArrayEquals(IdSets.toInts(expected), java.util.Arrays.copyOf(ids, count));
    }

    /** Sets of which some are parts of, or overlap, the first. */
    private static List<TreeSet<Long>> relatedSets(Random random, int count) {
        List<TreeSet<Long>> sets = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            TreeSet<Long> ids = IdSets.random(random);
            if (i > 0 && random.nextInt(3) != 0) {
                int keepOneIn = 1 + random.nextInt(4);
                sets.get(0).stream()
                        .filter(id -> random.nextInt(keepOneIn) == 0)
                        .forEach(ids::add);
            }
            sets.add(ids);
        }
        return sets;
    }

    private static List<PostingList> lists(List<TreeSet<Long>> sets, Random random) {
        return sets.stream().map(set -> IdSets.listOf(set, random)).toList();
    }

    private static long probe(TreeSet<Long> ids, Random random) {
        if (ids.isEmpty() || random.nextInt(4) == 0) {
            return random.nextLong() & 0xFFFF_FFFFL;
        }
        Long near = ids.ceiling((random.nextLong() & 0xFFFF_FFFFL) % (ids.last() + 1));
        return Math.max(0, Math.min(0xFFFF_FFFFL, near + random.nextInt(3) - 1));
    }

    private static void assertSame(TreeSet<Long> expected, PostingList list) {
        int[] ids = IdSets.toInts(expected);
        assertArrayEquals(ids, list.toArray());
        assertEquals(ids.length, list.cardinality());
        assertEquals(ids.length == 0, list.isEmpty());
        PostingCursor cursor = list.cursor();
        for (int id : ids) {
            assertTrue(cursor.next());
            assertEquals(id, cursor.id());
        }
        assertFalse(cursor.next());
        assertFalse(cursor.next());
        IntStream.Builder shown = IntStream.builder();
        list.forEach(shown);
        assertArrayEquals(ids, shown.build().toArray());
    }
}

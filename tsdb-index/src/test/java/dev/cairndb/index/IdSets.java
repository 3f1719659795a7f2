package dev.cairndb.index;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.roaringbitmap.RoaringBitmap;

/** Makes id sets with the shapes real postings have, and posting lists of every inner form of them. */
final class IdSets {
    private IdSets() {}

    /** A few stretches, each a run, a dense field, a strided or a scattered one, some beyond 2^31. */
    static TreeSet<Long> random(Random random) {
        TreeSet<Long> ids = new TreeSet<>();
        int stretches = random.nextInt(5);
        for (int i = 0; i < stretches; i++) {
            long start = start(random);
            int count = 1 + random.nextInt(random.nextInt(8) == 0 ? 6000 : 200);
            switch (random.nextInt(4)) {
                case 0 -> addStrided(ids, start, count, 1);
                case 1 -> addStrided(ids, start, count, 1 + random.nextInt(70));
                case 2 -> addScattered(ids, random, start, count, 4L * count);
                default -> addScattered(ids, random, start, count / 4 + 1, 1L << 20);
            }
        }
        return ids;
    }

    /** Starts are few, so that sets made one after the other have ids in common. */
    private static long start(Random random) {
        long[] starts = {0, 1, 65_500, 65_536, 1_000_000, (1L << 31) - 50, 1L << 31, 0xFFFF_0000L, 0xFFFF_FF00L};
        return starts[random.nextInt(starts.length)] + random.nextInt(64);
    }

    private static void addStrided(TreeSet<Long> ids, long start, int count, int stride) {
        for (int i = 0; i < count && start + (long) i * stride <= 0xFFFF_FFFFL; i++) {
            ids.add(start + (long) i * stride);
        }
    }

    private static void addScattered(TreeSet<Long> ids, Random random, long start, int count, long width) {
        for (int i = 0; i < count; i++) {
            ids.add(Math.min(0xFFFF_FFFFL, start + Math.floorMod(random.nextLong(), width)));
        }
    }

    /** The ids as an array, a bitmap, or split at random between the two. */
    static PostingList listOf(TreeSet<Long> ids, Random random) {
        int form = random.nextInt(4);
        RoaringBitmap bitmap = new RoaringBitmap();
        List<Long> rest = new ArrayList<>();
        long highest = random.nextInt(2) == 0 || ids.isEmpty() ? -1 : (ids.first() + ids.last()) / 2;
        for (long id : ids) {
            boolean toBitmap = form == 1 || form == 2 && random.nextInt(4) != 0 || form == 3 && id <= highest;
            if (toBitmap) {
                bitmap.add((int) id);
            } else {
                rest.add(id);
            }
        }
        if (random.nextBoolean()) {
            bitmap.runOptimize();
        }
        int[] array = toInts(rest);
        return new PostingList(bitmap.isEmpty() ? null : bitmap, array, array.length);
    }

    static int[] toInts(Iterable<Long> ids) {
        List<Integer> ints = new ArrayList<>();
        ids.forEach(id -> ints.add((int) (long) id));
        return ints.stream().mapToInt(Integer::intValue).toArray();
    }
}

package dev.cairndb.tsdb.internal.head;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class RefIndexPropertyTest {
    /** References that follow each other, as the log has them, and some that are far away. */
    private static long ref(Random random, long previous) {
        return switch (random.nextInt(10)) {
            case 0 -> random.nextLong() >>> 1 + random.nextInt(62);
            case 1 -> random.nextInt(100_000);
            default -> previous + 1 & Long.MAX_VALUE;
        };
    }

    @Property(tries = 60)
    void itIsAMap(@ForAll long seed, @ForAll @IntRange(max = 30_000) int puts) {
        Random random = new Random(seed);
        RefIndex index = new RefIndex();
        Map<Long, Integer> model = new HashMap<>();
        long ref = 0;
        for (int i = 0; i < puts; i++) {
            ref = ref(random, ref);
            int number = random.nextInt(20) == 0 ? RefIndex.ABSENT : random.nextInt(Integer.MAX_VALUE);
            index.put(ref, number);
            model.put(ref, number);
            long other = ref(random, ref);
            assertEquals(model.getOrDefault(other, RefIndex.ABSENT), index.get(other));
        }
        model.forEach((key, number) -> assertEquals(number, index.get(key)));
    }

    @Property(tries = 60)
    void chunksComeBackInTheirOrder(@ForAll long seed, @ForAll @IntRange(max = 3_000) int chunks) {
        Random random = new Random(seed);
        FoundChunks found = new FoundChunks();
        Map<Long, List<String>> model = new HashMap<>();
        for (int i = 0; i < chunks; i++) {
            long ref = random.nextInt(1 + chunks / 5);
            found.add(ref, i, i + 1, i * 10L, 1 + i % 4);
            model.computeIfAbsent(ref, none -> new ArrayList<>())
                    .add(i + " " + (i + 1) + " " + i * 10L + " " + (1 + i % 4));
        }
        int left = chunks;
        for (long ref = 0; ref <= chunks / 5; ref += 1 + random.nextInt(2)) {
            List<String> taken = new ArrayList<>();
            found.take(
                    ref,
                    (min, max, reference, encoding) -> taken.add(min + " " + max + " " + reference + " " + encoding));
            assertEquals(model.getOrDefault(ref, List.of()), taken);
            left -= taken.size();
            found.take(ref, (min, max, reference, encoding) -> taken.clear());
            assertEquals(model.getOrDefault(ref, List.of()), taken, "only once");
            assertEquals(left, found.left());
        }
    }
}

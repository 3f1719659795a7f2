package dev.cairndb.tsdb.internal.head;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.cairndb.index.PostingList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One part and many, with keys that are all different, often equal, all equal, or as regular as the slots. */
final class SlotOrderTest {
    @ParameterizedTest
    @CsvSource({
        "0,1",
        "1,1",
        "20,5",
        "16383,1000000",
        "16384,1000000",
        "40000,1",
        "40000,3",
        "100000,1000",
        "1200000,1000000000"
    })
    void givesSlotsInOrderAndEqualOnesAsTheyCame(int count, int keys) {
        Random random = new Random(count + keys);
        int[] slots = new int[count];
        int[] keyOf = new int[2 * count + 1];
        for (int i = 0, slot = 0; i < count; i++, slot += 1 + random.nextInt(2)) {
            slots[i] = slot;
            keyOf[slot] = keys == 1_000 ? i % keys : random.nextInt(keys);
        }
        int[] expected = Arrays.stream(slots)
                .boxed()
                .sorted(Comparator.comparingInt(slot -> keyOf[slot]))
                .mapToInt(Integer::intValue)
                .toArray();

        SlotOrder order = new SlotOrder(PostingList.ofSorted(slots), (a, b) -> Integer.compare(keyOf[a], keyOf[b]));

        int[] found = new int[count];
        for (int i = 0; order.next(); i++) {
            found[i] = order.slot();
            assertEquals((i + 1.0) / count, order.partGiven());
        }
        assertArrayEquals(expected, found);
        assertFalse(order.next());
    }
}

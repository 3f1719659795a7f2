package dev.cairndb.tsdb.internal.head;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Arrays;
import java.util.Comparator;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class IntOrderPropertyTest {
    @Property
    void sortsAsAListIsSortedAndLeavesEqualOnesInTheirOrder(
            @ForAll @Size(max = 300) int[] values, @ForAll @IntRange(min = 1, max = 20) int classes) {
        int[] expected = Arrays.stream(values)
                .boxed()
                .sorted(Comparator.comparingInt(value -> Math.floorMod(value, classes)))
                .mapToInt(Integer::intValue)
                .toArray();
        IntOrder.sort(values, (a, b) -> Math.floorMod(a, classes) - Math.floorMod(b, classes));
        assertArrayEquals(expected, values);
    }

    @Property
    void sortsWhatIsInOrderAlready(@ForAll @IntRange(max = 200) int size) {
        int[] values = new int[size];
        Arrays.setAll(values, i -> i);
        int[] expected = values.clone();
        IntOrder.sort(values, Integer::compare);
        assertArrayEquals(expected, values);
    }
}

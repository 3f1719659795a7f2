package dev.cairndb.index;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LabelPairsTest {
    /** Counts on both sides of where digits are sorted, symbols of one, two and three digits. */
    @ParameterizedTest
    @CsvSource({
        "0,1",
        "1,1",
        "10000,1",
        "4095,3000000",
        "4096,3000000",
        "5000,7",
        "30000,2048",
        "30000,2049",
        "9000,2147483647"
    })
    void sortsAPartByValueAndThenByReference(int count, int symbols) {
        Random random = new Random(count + 31L * symbols);
        LabelPairs pairs = new LabelPairs(symbols, count + 7);
        long[] array = pairs.array();
        // References are unsigned.
        int ref = Integer.MAX_VALUE - count / 2;
        Arrays.fill(array, -1);
        for (int i = 3; i < 3 + count; i++) {
            array[i] = LabelPairs.pair(random.nextInt(symbols), ref++);
        }
        long[] expected = array.clone();
        Arrays.sort(expected, 3, 3 + count);

        pairs.sort(3, 3 + count);

        assertArrayEquals(expected, pairs.array());
    }

    @ParameterizedTest
    @CsvSource({"0,0", "2147483647,-1", "7,2147483647"})
    void holdsAValueAndAReference(int value, int ref) {
        long pair = LabelPairs.pair(value, ref);

        assertEquals(value, LabelPairs.value(pair));
        assertEquals(ref, LabelPairs.ref(pair));
    }
}

package dev.cairndb.index;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CountedNamesTest {
    private static final int SERIES = 70_000;

    /** Names of all series, of most, of half and of few, beside each other in each order. */
    @Test
    void listsAreThoseThatSortingMakes() throws IOException {
        Random random = new Random(3);
        IndexSeries series = new IndexSeries();
        for (int i = 0; i < SERIES; i++) {
            Map<String, String> labels = new HashMap<>();
            labels.put("b_all", "v" + i % 7);
            labels.put("d_number", String.valueOf(i % 30_000));
            labels.put("e_part", i / 30_000 + "");
            putSometimes(labels, "a_few", random, 100, 3);
            putSometimes(labels, "c_half", random, 2, 900);
            putSometimes(labels, "f_tenth", random, 10, 5_000);
            if (random.nextInt(10) > 0) {
                labels.put("g_most", "v" + random.nextInt(50));
            }
            series.add(Labels.of(labels), new long[] {1, 2, i});
        }
        byte[] sorted = series.write(1 << 16);
        assertArrayEquals(sorted, series.write());
        assertArrayEquals(sorted, series.write(900_000));
    }

    private static void putSometimes(Map<String, String> labels, String name, Random random, int share, int values) {
        if (random.nextInt(share) == 0) {
            labels.put(name, "v" + random.nextInt(values));
        }
    }

    @ParameterizedTest
    @CsvSource({
        // Names 3 and 4 with 50 and 100 series.
        "10, 50, 1000, 480", // both
        "10, 51, 1000, 480", // of name 3 there are too few
        "60, 50, 1000, 880", // no more than symbols
        "10, 50, 479, 280", // what 4 needs is more than there is
        "10, 101, 1000, 0",
        "200, 1, 100000, 0"
    })
    void aNameIsCountedWhereThatTakesLessThanSorting(int symbols, int seriesMin, int memoryBytes, int sizeBytes) {
        IntCounts series = new IntCounts();
        for (int i = 0; i < 150; i++) {
            series.add(i % 3 == 0 ? 3 : 4);
        }
        CountedNames counted = CountedNames.of(new int[] {3, 4}, series, symbols, seriesMin, memoryBytes);
        assertEquals(sizeBytes, counted.sizeBytes());
    }
}

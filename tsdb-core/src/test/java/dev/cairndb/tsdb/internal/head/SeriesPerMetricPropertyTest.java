package dev.cairndb.tsdb.internal.head;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.SymbolTable;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class SeriesPerMetricPropertyTest {
    @Property(tries = 200)
    void countsAsAMapDoesAndKeepsNoRoomForNamesThatAreGone(
            @ForAll long seed, @ForAll @IntRange(min = 1, max = 3_000) int symbols) {
        Random random = new Random(seed);
        Map<Integer, Integer> model = new HashMap<>();
        SeriesPerMetric counts = new SeriesPerMetric();
        for (int step = 0; step < 2_000; step++) {
            // Neighbours, as symbols are given, and now and then one from far away.
            int symbol = random.nextInt(8) == 0 ? random.nextInt(1 << 30) : random.nextInt(symbols);
            if (random.nextInt(5) < 3) {
                counts.add(symbol);
                model.merge(symbol, 1, Integer::sum);
            } else if (model.containsKey(symbol)) {
                counts.remove(symbol);
                model.computeIfPresent(symbol, (key, count) -> count == 1 ? null : count - 1);
            }
            assertEquals(model.getOrDefault(symbol, 0), counts.count(symbol));
        }
        model.forEach((symbol, count) -> assertEquals(count, counts.count(symbol)));
        model.forEach((symbol, count) -> {
            for (int i = 0; i < count; i++) {
                counts.remove(symbol);
            }
        });
        for (int symbol = 0; symbol < symbols; symbol++) {
            assertEquals(0, counts.count(symbol));
        }
        assertTrue(counts.sizeBytes() <= 256, counts.sizeBytes() + " bytes for nothing");
    }

    @Property(tries = 1)
    void seriesWithoutANameAreNotCounted() {
        SeriesPerMetric counts = new SeriesPerMetric();
        counts.add(SymbolTable.NONE);
        assertEquals(0, counts.count(SymbolTable.NONE));
        counts.remove(SymbolTable.NONE);
        assertEquals(0, counts.count(SymbolTable.NONE));
    }
}

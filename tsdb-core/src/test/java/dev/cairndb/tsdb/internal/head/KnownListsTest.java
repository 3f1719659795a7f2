package dev.cairndb.tsdb.internal.head;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.tsdb.TsdbOptions;
import java.util.Random;
import org.junit.jupiter.api.Test;

class KnownListsTest {
    /** Half of what there is room for. */
    private static final int SERIES = 8_000;

    private final Rows rows = new Rows();
    private final CacheBudget budget = new CacheBudget(2);
    private final SeriesRegistry registry =
            new SeriesRegistry(rows, TsdbOptions.defaults().limits(), budget);
    private final KnownLists known = registry.knownLists();

    private int create(int i) {
        byte[] packed = Labels.of("__name__", "m", "i", String.valueOf(i)).packed();
        return registry.resolve(packed, 0, packed.length, true);
    }

    /** The row that a hash is remembered for, if it is still there. */
    private int find(long hash) {
        long[] refs = new long[1];
        int slot = known.candidate(hash, refs, 0);
        return slot >= 0 && registry.isAlive(slot, refs[0]) ? slot : SeriesRegistry.ABSENT;
    }

    private static long hash(int i) {
        return i * 0x9E3779B97F4A7C15L;
    }

    @Test
    void findsAllRowsWithinItsBudgetButOneInAThousand() {
        Random random = new Random(1);
        long[] hashes = random.longs(SERIES).toArray();
        int[] slots = new int[SERIES];
        for (int i = 0; i < SERIES; i++) {
            slots[i] = create(i);
            known.put(hashes[i], slots[i], registry.ref(slots[i]), rows);
        }
        int missing = 0;
        for (int i = 0; i < SERIES; i++) {
            int found = find(hashes[i]);
            assertTrue(found == slots[i] || found == SeriesRegistry.ABSENT, "another row");
            missing += found == slots[i] ? 0 : 1;
        }
        assertTrue(missing <= SERIES / 1_000, missing + " are not found");
    }

    @Test
    void forgetsRowsThatWereRemovedBeforeItGrows() {
        for (int round = 0; round < 100; round++) {
            int[] slots = new int[100];
            for (int i = 0; i < slots.length; i++) {
                slots[i] = create(100 * round + i);
                known.put(hash(100 * round + i), slots[i], registry.ref(slots[i]), rows);
            }
            registry.unlist(slots, 0, slots.length);
        }
        assertTrue(known.bytesReserved() <= 1 << 15, "holds " + known.bytesReserved());
        assertEquals(SeriesRegistry.ABSENT, find(hash(9_999)));
    }

    @Test
    void aRowWithTheSameHashTakesThePlaceOfTheOther() {
        int first = create(1);
        int second = create(2);
        known.put(7L << 32, first, registry.ref(first), rows);
        assertEquals(first, find(7L << 32));
        known.put(7L << 32 | 1, second, registry.ref(second), rows);
        assertEquals(second, find(7L << 32));
    }

    @Test
    void staysAsSmallAsItsBudget() {
        Random random = new Random(5);
        for (int i = 0; i < 60_000; i++) {
            int slot = create(i);
            known.put(random.nextLong(), slot, registry.ref(slot), rows);
        }
        assertTrue(known.bytesReserved() <= 2L * SenderLabels.PAGE_BYTES_MAX, "holds " + known.bytesReserved());
        registry.close();
        for (int page = 0; page < 2; page++) {
            assertTrue(budget.tryTakePage(), "page " + page);
        }
        known.put(1L << 32, 0, registry.ref(0), rows);
        assertEquals(SeriesRegistry.ABSENT, find(1L << 32));
    }
}

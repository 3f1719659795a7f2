package dev.cairndb.tsdb.internal.head;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.tsdb.TsdbOptions;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SenderLabelsTest {
    private static final int SERIES = 4_000;

    private final Rows rows = new Rows();
    private final CacheBudget budget = new CacheBudget(8);
    private final SeriesRegistry registry =
            new SeriesRegistry(rows, TsdbOptions.defaults().limits(), budget);
    private final SenderLabels known = registry.senderLabels();
    private int before = SenderLabels.NOWHERE;

    private int create(int i) {
        byte[] packed = Labels.of("__name__", "m", "i", String.valueOf(i)).packed();
        return registry.resolve(packed, 0, packed.length, true);
    }

    /** Two labels as in a request, the first of which is that of many series. */
    private static byte[] wire(int i) {
        return (label("job", "x".repeat(i / 100 % 40)) + label("i", i + "y".repeat(i % 50)))
                .getBytes(StandardCharsets.UTF_8);
    }

    private static String label(String name, String value) {
        String message = "\n" + (char) name.length() + name + "\u0012" + (char) value.length() + value;
        return "\n" + (char) message.length() + message;
    }

    private int find(int i) {
        return find(wire(i));
    }

    private int find(byte[] bytes) {
        int[] slots = new int[1];
        long[] refs = new long[1];
        int place = known.place(before, bytes, 0, bytes.length);
        before = place;
        boolean alive = known.read(place, slots, refs, 0) && registry.isAlive(slots[0], refs[0]);
        return alive ? slots[0] : SeriesRegistry.ABSENT;
    }

    private void put(int i, int slot) {
        put(wire(i), slot);
    }

    private void put(byte[] bytes, int slot) {
        known.put(bytes, 0, bytes.length, 1, slot, registry);
    }

    @Test
    void findsTheRowOrNothingWithinItsBudget() {
        int[] slots = new int[SERIES];
        Random random = new Random(7);
        int hits = 0;
        int misses = 0;
        for (int round = 0; round < 40_000; round++) {
            int i = random.nextInt(SERIES);
            if (slots[i] == 0) {
                slots[i] = create(i) + 1;
            }
            int found = find(i);
            if (found == SeriesRegistry.ABSENT) {
                misses++;
                put(i, slots[i] - 1);
            } else {
                hits++;
                assertEquals(slots[i] - 1, found);
            }
        }
        assertTrue(hits > 10_000, "hits: " + hits + ", misses: " + misses);
        assertTrue(known.bytesReserved() <= 8L * SenderLabels.PAGE_BYTES_MAX + (1 << 17), "holds too much");
    }

    @Test
    void forgetsWhatIsOldestWhenTheBudgetIsUsedUp() {
        byte[] large = new byte[60_000];
        for (int i = 0; i < 100; i++) {
            large[0] = (byte) i;
            int slot = create(i);
            put(large, slot);
            if (i < 99) {
                registry.unlist(new int[] {slot}, 0, 1);
            }
        }
        large[0] = 99;
        assertEquals(create(99), find(large));
        large[0] = 0;
        assertEquals(SeriesRegistry.ABSENT, find(large));
    }

    @Test
    void keepsAPartOfMoreSeriesThanItCanHold() {
        int hits = 0;
        byte[] bytes = new byte[1_000];
        for (int round = 0; round < 20; round++) {
            for (int i = 0; i < SERIES / 2; i++) {
                bytes[0] = (byte) i;
                bytes[1] = (byte) (i >> 8);
                int slot = create(i);
                if (find(bytes) == slot) {
                    hits++;
                } else {
                    put(bytes, slot);
                }
            }
        }
        // About 900 of the 2,000 have room.
        assertTrue(hits > 19 * SERIES / 2 / 5, "hits: " + hits);
    }

    @Test
    void whatSeriesShareIsHeldOnce() {
        int bytes = 0;
        for (int i = 0; i < SERIES; i++) {
            byte[] wire = ofTarget(i);
            bytes += wire.length;
            put(wire, create(i));
        }
        long held = known.bytesReserved();
        assertTrue(held < bytes / 2, held + " bytes for " + bytes);
        int hits = 0;
        for (int i = 0; i < SERIES; i++) {
            int found = find(ofTarget(i));
            assertTrue(found == SeriesRegistry.ABSENT || found == create(i), "series " + i);
            hits += found >= 0 ? 1 : 0;
        }
        // Its table forgets some.
        assertTrue(hits > SERIES * 9 / 10, "hits: " + hits);
        for (int i = 0; i < SERIES; i++) {
            assertEquals(SeriesRegistry.ABSENT, find(series("m" + (i + 40), i)));
        }
    }

    /** Series 0 to 39 of a target, then those of the next with the same names and other labels of the same length. */
    private static byte[] ofTarget(int i) {
        return series("m" + i, i);
    }

    private static byte[] series(String name, int i) {
        String target = String.valueOf(100 + i / 40).repeat(33);
        return (label("__name__", name) + label("job", target) + label("node", target))
                .getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void findsTheSameInWhateverOrderTheyCome() {
        int[] slots = new int[200];
        for (int i = 0; i < slots.length; i++) {
            slots[i] = create(i);
            put(i, slots[i]);
        }
        Random random = new Random(3);
        int misses = 0;
        for (int round = 0; round < 50; round++) {
            // Mostly in order, as senders do: what followed last time is followed again, by another, or by none.
            for (int i = random.nextInt(5);
                    i < slots.length;
                    i += random.nextInt(10) == 0 ? 1 + random.nextInt(9) : 1) {
                int found = find(i);
                if (found == SeriesRegistry.ABSENT) {
                    misses++;
                    put(i, slots[i]);
                } else {
                    assertEquals(slots[i], found);
                }
                if (random.nextInt(20) == 0) {
                    assertEquals(SeriesRegistry.ABSENT, find(slots.length + random.nextInt(100)));
                }
            }
        }
        assertTrue(misses < 500, "misses: " + misses);
    }

    @Test
    void aRemovedRowIsNotFoundAnyMore() {
        int slot = create(1);
        put(1, slot);
        assertEquals(slot, find(1));
        registry.unlist(new int[] {slot}, 0, 1);
        assertEquals(SeriesRegistry.ABSENT, find(1));
    }

    @Test
    void givesItsPagesBackWhenClosed() {
        for (int i = 0; i < SERIES; i++) {
            put(i, create(i));
        }
        known.close();
        for (int page = 0; page < 8; page++) {
            assertTrue(budget.tryTakePage(), "page " + page);
        }
        assertEquals(SeriesRegistry.ABSENT, find(1));
        put(1, create(1));
        assertEquals(SeriesRegistry.ABSENT, find(1));
    }

    @Test
    void goesOnWhenPageNumbersComeAgain() {
        // A place has 18 bits for the number of its page, and all its bits are set in that of no entry.
        int firstPage = (1 << 18) - 3;
        SenderLabels labels = new SenderLabels(budget, firstPage);
        byte[] large = new byte[60_000];
        for (int i = 0; i < 20; i++) {
            int slot = create(i);
            large[0] = (byte) i;
            labels.put(large, 0, large.length, 1, slot, registry);
            int[] slots = {SeriesRegistry.ABSENT};
            long[] refs = new long[1];
            assertFalse(labels.read(SenderLabels.NOWHERE, slots, refs, 0));
            int place = labels.place(SenderLabels.NOWHERE, large, 0, large.length);
            assertTrue(labels.read(place, slots, refs, 0), "entry " + i);
            assertEquals(slot, slots[0]);
            registry.unlist(new int[] {slot}, 0, 1);
        }
        assertTrue(labels.age() > 1 << 18, "pages up to " + labels.age());
    }
}

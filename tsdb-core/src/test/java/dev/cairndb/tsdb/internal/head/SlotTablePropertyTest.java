package dev.cairndb.tsdb.internal.head;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.io.ByteWriter;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Label sets and the table of their slots, beside a map. Hashes are bad: only the labels decide. */
class SlotTablePropertyTest {
    private final Rows rows = new Rows();
    private final RowLabels labels = new RowLabels(rows);
    private final SlotTable table = new SlotTable(rows, labels);
    private final Map<Labels, Integer> model = new HashMap<>();
    private int hashes;

    @Property(tries = 100)
    void findsWhatTheMapFinds(@ForAll long seed, @ForAll @IntRange(min = 1, max = 400) int sets) {
        SlotTablePropertyTest fresh = new SlotTablePropertyTest();
        Random random = new Random(seed);
        fresh.hashes = 1 + random.nextInt(50);
        int most = 0;
        for (int step = 0; step < 1_500; step++) {
            fresh.step(set(random.nextInt(sets)), random.nextInt(5) < 3);
            most = Math.max(most, fresh.model.size());
        }
        for (int i = 0; i < sets; i++) {
            fresh.check(set(i));
        }
        assertTrue(
                fresh.table.sizeBytes() <= 8L * Math.max(64, most * 10), "removed cells go when the table is rebuilt");
    }

    private void step(Labels set, boolean add) {
        check(set);
        Integer slot = model.get(set);
        byte[] packed = set.packed();
        if (slot == null && add) {
            labels.intern(packed, 0, packed.length);
            int block = labels.newBlock();
            int taken = rows.take();
            rows.setLong(taken, Rows.HASH, hash(set));
            labels.assign(taken, block);
            table.insert(hash(set), taken);
            model.put(set, taken);
        } else if (slot != null && !add) {
            table.remove(slot);
            labels.free(slot);
            rows.giveBack(slot);
            model.remove(set);
        }
        check(set);
    }

    private void check(Labels set) {
        byte[] packed = set.packed();
        int found = table.find(hash(set), packed, 0, packed.length);
        assertEquals(model.getOrDefault(set, SlotTable.ABSENT), found);
        if (found != SlotTable.ABSENT) {
            ByteWriter target = new ByteWriter(0);
            labels.pack(found, target);
            assertEquals(set, Labels.ofPacked(target.array(), 0, target.size()));
            assertEquals(set.get("__name__").isEmpty(), nameOf(found).isEmpty());
        }
    }

    private String nameOf(int slot) {
        int symbol = labels.metricName(labels.decode(slot));
        return symbol < 0 ? "" : new String(labels.symbols().copyOf(symbol), StandardCharsets.UTF_8);
    }

    private long hash(Labels set) {
        // The lower half is the place, the upper half is what cells are told apart by.
        return Math.floorMod(set.hashCode(), hashes) * 0x100000001L;
    }

    private static Labels set(int number) {
        Labels.Builder set = Labels.empty().toBuilder();
        if (number % 3 != 0) {
            set.set("__name__", "metric_" + number % 7);
        }
        return set.set("n", "x".repeat(number % 5) + number).build();
    }

    @Property(tries = 20)
    void ordersAndTellsApartAsLabelsDo(@ForAll long seed) {
        SlotTablePropertyTest fresh = new SlotTablePropertyTest();
        fresh.hashes = 1;
        for (int i = 0; i < 30; i++) {
            fresh.step(set(i), true);
        }
        Random random = new Random(seed);
        for (int i = 0; i < 100; i++) {
            Labels a = set(random.nextInt(30));
            Labels b = set(random.nextInt(30));
            int slotA = fresh.model.get(a);
            int slotB = fresh.model.get(b);
            assertEquals(Integer.signum(a.compareTo(b)), Integer.signum(fresh.labels.compare(slotA, slotB)));
            byte[] packed = b.packed();
            assertEquals(a.equals(b), fresh.labels.equal(slotA, packed, 0, packed.length));
            assertFalse(fresh.labels.equal(slotB, packed, 0, 0), "a prefix is another label set");
        }
    }
}

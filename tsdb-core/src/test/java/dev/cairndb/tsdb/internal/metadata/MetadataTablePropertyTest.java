package dev.cairndb.tsdb.internal.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.remote.MetricType;
import dev.cairndb.tsdb.MetricMetadata;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** The table beside a map from series to metadata and a set of what was told without one. */
class MetadataTablePropertyTest {
    private static final int SLOTS = 2_500;
    private static final long BYTES_MAX = 64 * 1024;

    private final Map<Integer, MetricMetadata> bySlot = new HashMap<>();
    private final Set<MetricMetadata> aside = new LinkedHashSet<>();

    @Property(tries = 40)
    void showsWhatTheMapShows(@ForAll long seed) {
        Random random = new Random(seed);
        bySlot.clear();
        aside.clear();
        MetadataTable table = new MetadataTable(BYTES_MAX);
        int slots = 1 + random.nextInt(random.nextBoolean() ? 5 : SLOTS);
        int longHelp = random.nextBoolean() ? 1 : 400;
        for (int step = 0; step < 400; step++) {
            int slot = random.nextInt(slots);
            int action = random.nextInt(10);
            if (action == 0) {
                table.forget(new int[] {slot});
                bySlot.remove(slot);
            } else if (action < 3) {
                tellFamily(table, metadata(random, longHelp), random.nextBoolean() ? slot : -1);
            } else {
                set(table, slot, metadata(random, longHelp));
            }
            assertTrue(table.bytesReserved() <= BYTES_MAX + 64);
        }
        check(table);
        int[] all = new int[slots];
        for (int slot = 0; slot < slots; slot++) {
            all[slot] = slot;
        }
        table.forget(all);
        bySlot.clear();
        check(table);
    }

    private static MetricMetadata metadata(Random random, int longHelp) {
        MetricType type = MetricType.values()[random.nextInt(3)];
        return new MetricMetadata(
                "family" + random.nextInt(6),
                type,
                random.nextBoolean() ? "" : "seconds",
                ("help" + random.nextInt(4)).repeat(longHelp));
    }

    private void set(MetadataTable table, int slot, MetricMetadata wanted) {
        byte[] source = utf8(wanted.unit() + wanted.help());
        int unit = utf8(wanted.unit()).length;
        MetadataText text = new MetadataText().set(wanted.type(), source, 0, unit, unit, source.length - unit);
        boolean isCurrent = table.isCurrent(slot, text);
        MetricMetadata present = bySlot.get(slot);
        // A name does not change: a series keeps its family.
        MetricMetadata told = present == null
                ? wanted
                : new MetricMetadata(present.family(), wanted.type(), wanted.unit(), wanted.help());
        assertEquals(told.equals(present), isCurrent);
        byte[] name = utf8(told.family());
        MetadataTable.Outcome outcome = table.set(slot, text.of(name, 0, name.length));
        if (outcome == MetadataTable.Outcome.UPDATED) {
            bySlot.put(slot, told);
            aside.remove(told);
        } else if (outcome == MetadataTable.Outcome.UNCHANGED) {
            assertEquals(told, present);
        } else {
            assertEquals(MetadataTable.Outcome.DROPPED, outcome);
        }
        forgetThrownOut(table);
    }

    private void tellFamily(MetadataTable table, MetricMetadata wanted, int anySlot) {
        byte[] source = utf8(wanted.family() + wanted.unit() + wanted.help());
        int family = utf8(wanted.family()).length;
        int unit = utf8(wanted.unit()).length;
        int help = source.length - family - unit;
        MetricMetadata present = bySlot.get(anySlot);
        int slot = present != null && !present.family().equals(wanted.family()) ? -1 : anySlot;
        boolean assigned = bySlot.containsValue(wanted);
        MetadataText text = new MetadataText()
                .set(wanted.type(), source, family, unit, family + unit, help)
                .of(source, 0, family);
        assertEquals(assigned, table.isAssigned(text));
        MetadataTable.Outcome outcome = table.setFamily(slot, text);
        if (assigned) {
            assertEquals(MetadataTable.Outcome.UNCHANGED, outcome);
        } else if (outcome == MetadataTable.Outcome.UPDATED) {
            assertTrue(slot >= 0);
            bySlot.put(slot, wanted);
            aside.remove(wanted);
        } else if (outcome == MetadataTable.Outcome.KEPT_ASIDE) {
            assertTrue(slot < 0 && aside.add(wanted));
        } else {
            assertTrue(outcome == MetadataTable.Outcome.DROPPED || aside.contains(wanted));
        }
        forgetThrownOut(table);
    }

    /** What is kept aside may go to make room; nothing else may. */
    private void forgetThrownOut(MetadataTable table) {
        if (!aside.isEmpty()) {
            aside.retainAll(new HashSet<>(table.list()));
        }
    }

    private void check(MetadataTable table) {
        List<MetricMetadata> list = table.list();
        Set<MetricMetadata> expected = new HashSet<>(bySlot.values());
        expected.addAll(aside);
        assertEquals(expected, new HashSet<>(list));
        assertEquals(expected.size(), list.size(), "each once");
        assertEquals(expected.size(), table.size());
        for (int i = 1; i < list.size(); i++) {
            assertTrue(list.get(i - 1).family().compareTo(list.get(i).family()) <= 0);
        }
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}

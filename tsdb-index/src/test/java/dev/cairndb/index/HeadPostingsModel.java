package dev.cairndb.index;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.io.ByteWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;

/** A head's index with the symbols under it, and beside it the same as maps; plays the head's part in removals. */
final class HeadPostingsModel {
    private final SymbolTable symbols = new SymbolTable();
    private HeadPostings postings = new HeadPostings(symbols);
    private final Random random;
    private final int names;

    private final TreeMap<Integer, TreeMap<String, String>> series = new TreeMap<>();
    private final Map<Integer, int[]> symbolsOfSlot = new TreeMap<>();
    private final List<Integer> freeSlots = new ArrayList<>();
    private final List<Snapshot> snapshots = new ArrayList<>();
    private final TreeSet<Integer> hidden = new TreeSet<>();
    private final List<int[]> released = new ArrayList<>();
    private boolean purging;
    private int slotEnd;
    private int unique;

    private record Snapshot(LabelIndex index, TreeMap<Integer, TreeMap<String, String>> series) {}

    HeadPostingsModel(Random random, int names) {
        this.random = random;
        this.names = names;
    }

    /** One by one, or all at once. */
    void addSeries(int count) {
        boolean together = random.nextInt(3) == 0;
        int[] slots = new int[count + 1];
        int[] ends = new int[count + 1];
        int[] all = new int[0];
        for (int i = 0; i < count; i++) {
            TreeMap<String, String> labels = i > 0 && random.nextBoolean() ? series.get(slots[i - 1]) : randomLabels();
            int slot = freeSlots.isEmpty() || random.nextInt(4) == 0
                    ? slotEnd++
                    : freeSlots.remove(random.nextInt(freeSlots.size()));
            int[] pairs = new int[labels.size() * 2 + 2];
            int at = 0;
            for (Map.Entry<String, String> label : labels.entrySet()) {
                pairs[at++] = intern(label.getKey());
                pairs[at++] = intern(label.getValue());
            }
            if (!together) {
                postings.add(slot, pairs, labels.size());
            }
            int[] symbolsOfThis = Arrays.copyOf(pairs, at);
            all = IntStream.concat(Arrays.stream(all), Arrays.stream(symbolsOfThis))
                    .toArray();
            slots[i] = slot;
            ends[i] = all.length;
            series.put(slot, labels);
            symbolsOfSlot.put(slot, symbolsOfThis);
        }
        if (together) {
            postings.addAll(slots, all, ends, count);
        }
    }

    private TreeMap<String, String> randomLabels() {
        TreeMap<String, String> labels = new TreeMap<>();
        int count = random.nextInt(6);
        for (int i = 0; i < count; i++) {
            String value = switch (random.nextInt(4)) {
                case 0 -> "same";
                case 1 -> "few" + random.nextInt(3);
                case 2 -> "many" + random.nextInt(100);
                default -> "only" + unique++;
            };
            labels.put("name" + random.nextInt(names), value);
        }
        return labels;
    }

    private int intern(String text) {
        byte[] bytes = bytes(text);
        return symbols.intern(bytes, 0, bytes.length);
    }

    /** Goes on with another index, which is filled with the lists of the present one. */
    void restore() throws Exception {
        if (!hidden.isEmpty()) {
            return;
        }
        ByteWriter image = ListsImage.of(postings);
        checkSnapshots();
        snapshots.clear();
        postings = ListsImage.restored(image, symbols);
        HeadPostings fresh = new HeadPostings(symbols);
        series.keySet().forEach(slot -> {
            int[] pairs = symbolsOfSlot.get(slot);
            fresh.add(slot, pairs, pairs.length / 2);
        });
        // Its lists have no room for more yet.
        assertTrue(
                postings.sizeBytes() <= fresh.sizeBytes() * 1.02 + 200,
                () -> postings.sizeBytes() + " bytes, but " + fresh.sizeBytes() + " of one built anew");
        checkSnapshots();
    }

    void takeSnapshot() {
        if (snapshots.size() < 4) {
            snapshots.add(new Snapshot(postings.snapshot(), new TreeMap<>(series)));
        }
    }

    void hideSome(int oneIn) {
        if (!hidden.isEmpty()) {
            return;
        }
        series.keySet().stream().filter(slot -> random.nextInt(oneIn) == 0).forEach(hidden::add);
        postings.hide(
                PostingList.ofSorted(hidden.stream().mapToInt(Integer::intValue).toArray()));
        if (hidden.isEmpty()) {
            assertTrue(postings.purge(Integer.MAX_VALUE));
        }
        hidden.forEach(series::remove);
    }

    void purge(int valuesMax) throws Exception {
        if (hidden.isEmpty()) {
            return;
        }
        if (!purging) {
            checkSnapshots();
            snapshots.clear();
            purging = true;
        }
        if (postings.purge(valuesMax)) {
            purging = false;
            hidden.forEach(slot -> {
                for (int symbol : symbolsOfSlot.remove(slot)) {
                    symbols.release(symbol);
                }
            });
            freeSlots.addAll(hidden);
            hidden.clear();
        }
    }

    void reclaim() throws Exception {
        released.add(symbols.takeReleased());
        checkSnapshots();
        snapshots.clear();
        symbols.reclaim(released.remove(0));
        symbols.compactStep();
    }

    void checkSnapshots() throws Exception {
        for (Snapshot snapshot : snapshots) {
            check(snapshot.index, snapshot.series);
        }
        check(postings, series);
    }

    void finish() throws Exception {
        checkSnapshots();
        snapshots.clear();
        while (!hidden.isEmpty()) {
            purge(7);
        }
        hideSome(1);
        check(postings, new TreeMap<>());
        while (!hidden.isEmpty()) {
            purge(1000);
        }
        check(postings, new TreeMap<>());
        assertEquals(0, symbols.size());
        long empty = new HeadPostings(symbols).sizeBytes();
        assertTrue(postings.sizeBytes() < empty + 200, postings.sizeBytes() + " bytes, at first " + empty);
    }

    private void check(LabelIndex index, TreeMap<Integer, TreeMap<String, String>> expected) throws Exception {
        assertArrayEquals(ints(expected.keySet()), index.all().toArray());
        TreeMap<String, TreeMap<String, TreeSet<Integer>>> inverted = new TreeMap<>();
        expected.forEach(
                (slot, labels) -> labels.forEach((name, value) -> inverted.computeIfAbsent(name, n -> new TreeMap<>())
                        .computeIfAbsent(value, v -> new TreeSet<>())
                        .add(slot)));
        TreeSet<String> foundNames = new TreeSet<>();
        index.forEachName((bytes, offset, length) -> {
            assertTrue(foundNames.add(text(bytes, offset, length)));
            return true;
        });
        assertEquals(inverted.keySet(), foundNames);
        TreeSet<Integer> some = new TreeSet<>(expected.keySet());
        some.removeIf(slot -> random.nextInt(3) == 0);
        for (Map.Entry<String, TreeMap<String, TreeSet<Integer>>> name : inverted.entrySet()) {
            checkValues(index, name.getKey(), name.getValue(), some);
        }
        assertTrue(index.postings(bytes("name0"), bytes("no such value")).isEmpty());
        assertTrue(index.postings(bytes("no such name"), bytes("same")).isEmpty());
        index.forEachValue(bytes("no such name"), (bytes, offset, length, source) -> {
            throw new AssertionError("a value of a name that is not there");
        });
    }

    /** @param some of the index's series */
    private static void checkValues(
            LabelIndex index, String name, TreeMap<String, TreeSet<Integer>> expected, TreeSet<Integer> some)
            throws Exception {
        TreeSet<String> found = new TreeSet<>();
        index.forEachValue(bytes(name), (bytes, offset, length, source) -> {
            String value = text(bytes, offset, length);
            assertTrue(found.add(value), "a value was shown twice");
            assertArrayEquals(
                    ints(expected.getOrDefault(value, new TreeSet<>())),
                    source.load().toArray());
            return true;
        });
        assertEquals(expected.keySet(), found);
        for (String prefix : List.of("", "only", "few1", "many7", "z")) {
            checkValues(index, name, prefix, expected, some);
        }
        for (Map.Entry<String, TreeSet<Integer>> value : expected.entrySet()) {
            PostingList list = index.postings(bytes(name), bytes(value.getKey()));
            assertArrayEquals(ints(value.getValue()), list.toArray());
            assertFalse(list.contains(Integer.MAX_VALUE - 1));
        }
        int[] shown = {0};
        index.forEachValue(bytes(name), (bytes, offset, length, source) -> ++shown[0] < 2);
        assertEquals(Math.min(2, expected.size()), shown[0]);
    }

    /** The values with a prefix and of an odd length. */
    private static void checkValues(
            LabelIndex index,
            String name,
            String prefix,
            TreeMap<String, TreeSet<Integer>> expected,
            TreeSet<Integer> some)
            throws Exception {
        PostingList selected = PostingList.ofSorted(ints(some));
        List<String> found = new ArrayList<>();
        boolean sorted = index.valuesAreSorted(bytes(name));
        index.forEachValue(
                bytes(name),
                bytes(prefix),
                (bytes, offset, length) -> length % 2 != 0,
                (bytes, offset, length, source) -> {
                    String value = text(bytes, offset, length);
                    found.add(value);
                    TreeSet<Integer> slots = expected.getOrDefault(value, new TreeSet<>());
                    assertArrayEquals(ints(slots), source.load().toArray());
                    TreeSet<Integer> common = new TreeSet<>(slots);
                    common.retainAll(some);
                    assertArrayEquals(ints(common), source.loadAmong(selected).toArray());
                    assertEquals(!common.isEmpty(), source.hasAnyOf(selected));
                    return true;
                });
        if (!sorted) {
            found.sort(null);
        }
        assertEquals(
                expected.keySet().stream()
                        .filter(value -> value.startsWith(prefix) && value.length() % 2 != 0)
                        .toList(),
                found);
    }

    private static int[] ints(java.util.Collection<Integer> slots) {
        return slots.stream().mapToInt(Integer::intValue).toArray();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes, int offset, int length) {
        return new String(bytes, offset, length, StandardCharsets.UTF_8);
    }
}

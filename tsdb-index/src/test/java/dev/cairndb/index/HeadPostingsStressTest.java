package dev.cairndb.index;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Readers beside a writer that adds series, removes them in steps and gives their slots and symbols to others. Every
 * snapshot must have what was there before it and nothing that came after, and each series under all its labels.
 */
class HeadPostingsStressTest {
    private static final int SLOTS = 6000;
    private static final int READERS = 3;
    private static final String[] NAMES = {"kind", "job", "pod", "maybe"};

    /** A series in a slot; a slot has one after the other. */
    private static final class Row {
        final Map<String, String> labels;
        final int[] symbols;
        volatile boolean published;
        volatile boolean hiding;
        volatile boolean hidden;

        Row(Map<String, String> labels, int[] symbols) {
            this.labels = labels;
            this.symbols = symbols;
        }
    }

    private final SymbolTable symbols = new SymbolTable();
    private final HeadPostings postings = new HeadPostings(symbols);
    private final AtomicReferenceArray<Row> rows = new AtomicReferenceArray<>(SLOTS);
    private final Epochs epochs = new Epochs(READERS);
    private final StressThreads threads = new StressThreads();

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void snapshotsAreWholeWhileSeriesComeAndGo(long seed) throws Exception {
        long reads = threads.run(() -> write(new Random(seed)), READERS, this::readOnce);
        System.out.println("HeadPostingsStressTest: " + reads + " snapshots checked, seed " + seed);
        assertTrue(reads > READERS);
    }

    // ------------------------------------------------------------------------------------------------------ writer

    private void write(Random random) {
        List<Integer> free = new ArrayList<>();
        for (int slot = SLOTS - 1; slot >= 0; slot--) {
            free.add(slot);
        }
        int number = 0;
        long end = System.nanoTime() + 2_500_000_000L;
        while (System.nanoTime() < end && !threads.isStopped()) {
            int count = random.nextInt(free.size() + 1);
            for (int i = 0; i < count; i++) {
                add(free.remove(free.size() - 1), number++, random);
            }
            removeSome(free, random);
        }
    }

    private void add(int slot, int number, Random random) {
        Map<String, String> labels = new TreeMap<>();
        labels.put("kind", number % 2 == 0 ? "even" : "odd");
        labels.put("job", "job" + random.nextInt(40));
        labels.put("pod", "pod" + number);
        if (random.nextInt(50) == 0) {
            labels.put("maybe", "group" + number / 100);
        }
        int[] pairs = new int[2 * labels.size()];
        int at = 0;
        for (Map.Entry<String, String> label : labels.entrySet()) {
            pairs[at++] = intern(label.getKey());
            pairs[at++] = intern(label.getValue());
        }
        Row row = new Row(labels, pairs);
        rows.set(slot, row);
        postings.add(slot, pairs, labels.size());
        row.published = true;
    }

    private int intern(String text) {
        byte[] bytes = bytes(text);
        return symbols.intern(bytes, 0, bytes.length);
    }

    private void removeSome(List<Integer> free, Random random) {
        BitSet dead = new BitSet();
        int oneIn = 1 + random.nextInt(5);
        for (int slot = 0; slot < SLOTS; slot++) {
            Row row = rows.get(slot);
            if (row != null && random.nextInt(oneIn) == 0) {
                dead.set(slot);
                row.hiding = true;
            }
        }
        postings.hide(PostingList.ofSorted(dead.stream().toArray()));
        dead.stream().forEach(slot -> rows.get(slot).hidden = true);
        epochs.awaitReaders();
        while (!postings.purge(1 + random.nextInt(500))) {
            if (!free.isEmpty() && random.nextBoolean()) {
                add(free.remove(free.size() - 1), 1_000_000_000 + random.nextInt(1_000_000_000), random);
            }
        }
        dead.stream().forEach(slot -> {
            for (int symbol : rows.get(slot).symbols) {
                symbols.release(symbol);
            }
            rows.set(slot, null);
            free.add(slot);
        });
        int[] released = symbols.takeReleased();
        epochs.awaitReaders();
        symbols.reclaim(released);
        symbols.compactStep();
    }

    // ------------------------------------------------------------------------------------------------------ reader

    private void readOnce(int reader) throws Exception {
        epochs.enter(reader);
        try {
            BitSet mustBeThere = new BitSet();
            BitSet mustNotBeThere = new BitSet();
            for (int slot = 0; slot < SLOTS; slot++) {
                Row row = rows.get(slot);
                mustBeThere.set(slot, row != null && row.published);
                mustNotBeThere.set(slot, row != null && row.hidden);
            }
            LabelIndex snapshot = postings.snapshot();
            for (int slot = 0; slot < SLOTS; slot++) {
                Row row = rows.get(slot);
                boolean mayBeGone = row == null || row.hiding;
                mustBeThere.set(slot, mustBeThere.get(slot) && !mayBeGone);
            }
            check(snapshot, mustBeThere, mustNotBeThere);
        } finally {
            epochs.leave(reader);
        }
    }

    private void check(LabelIndex snapshot, BitSet mustBeThere, BitSet mustNotBeThere) throws Exception {
        BitSet all = new BitSet();
        Map<String, BitSet> slotsOfName = new TreeMap<>();
        for (int slot : snapshot.all().toArray()) {
            all.set(slot);
            Row row = rows.get(slot);
            assertTrue(row != null, "a series that is not there");
            row.labels
                    .keySet()
                    .forEach(name ->
                            slotsOfName.computeIfAbsent(name, n -> new BitSet()).set(slot));
        }
        mustBeThere.andNot(all);
        assertTrue(mustBeThere.isEmpty(), () -> "not in the snapshot, but published before it: " + mustBeThere);
        mustNotBeThere.and(all);
        assertTrue(mustNotBeThere.isEmpty(), () -> "in the snapshot, but hidden before it: " + mustNotBeThere);
        for (String name : NAMES) {
            BitSet found = checkValues(snapshot, name);
            assertEquals(slotsOfName.getOrDefault(name, new BitSet()), found, name);
        }
        Set<String> names = new HashSet<>();
        snapshot.forEachName((bytes, offset, length) -> {
            assertTrue(names.add(text(bytes, offset, length)), "a name twice");
            return true;
        });
        assertEquals(slotsOfName.keySet(), names);
        checkSomeSeries(snapshot, all);
    }

    private BitSet checkValues(LabelIndex snapshot, String name) throws Exception {
        BitSet found = new BitSet();
        Set<String> values = new HashSet<>();
        LabelIndex.ValueVisitor visitor = (bytes, offset, length, source) -> {
            String value = text(bytes, offset, length);
            assertTrue(values.add(value), "a value twice");
            PostingList list = source.load();
            assertTrue(!list.isEmpty(), "a value without series");
            for (int slot : list.toArray()) {
                assertEquals(value, rows.get(slot).labels.get(name));
                found.set(slot);
            }
            return true;
        };
        if (ThreadLocalRandom.current().nextBoolean()) {
            snapshot.forEachValue(bytes(name), visitor);
        } else {
            snapshot.forEachValue(bytes(name), new byte[0], (bytes, offset, length) -> true, visitor);
        }
        return found;
    }

    private void checkSomeSeries(LabelIndex snapshot, BitSet all) throws Exception {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        for (int i = 0; i < 20; i++) {
            int slot = all.nextSetBit(random.nextInt(SLOTS));
            if (slot >= 0) {
                PostingList found = snapshot.all();
                for (Map.Entry<String, String> label : rows.get(slot).labels.entrySet()) {
                    found = PostingList.intersect(
                            found, snapshot.postings(bytes(label.getKey()), bytes(label.getValue())));
                }
                assertEquals("PostingList(1 ids: " + slot + ")", found.toString());
            }
        }
    }

    @Test
    void aReaderSeesValuesThatAreAddedWhileTheTableSplits() throws Exception {
        threads.run(
                () -> {
                    for (int number = 0; number < 150_000 && !threads.isStopped(); number++) {
                        int[] pair = {intern("pod"), intern("pod" + number)};
                        postings.add(number, pair, 1);
                    }
                },
                READERS,
                reader -> {
                    int before = postings.all().cardinality();
                    LabelIndex snapshot = postings.snapshot();
                    int count = snapshot.all().cardinality();
                    assertTrue(count >= before);
                    for (int i = 0; i < 200 && count > 0; i++) {
                        int slot = ThreadLocalRandom.current().nextInt(count);
                        PostingList list = snapshot.postings(bytes("pod"), bytes("pod" + slot));
                        assertEquals("PostingList(1 ids: " + slot + ")", list.toString());
                    }
                    assertTrue(snapshot.postings(bytes("pod"), bytes("pod" + count))
                            .isEmpty());
                    int[] shown = {0};
                    snapshot.forEachValue(bytes("pod"), (bytes, offset, length, source) -> ++shown[0] < count + 1);
                    assertEquals(count, shown[0]);
                    byte[] prefix = bytes("pod1");
                    int[] withPrefix = {0};
                    snapshot.forEachValue(
                            bytes("pod"), prefix, (bytes, offset, length) -> true, (bytes, offset, length, source) -> {
                                withPrefix[0]++;
                                return true;
                            });
                    assertEquals(
                            IntStream.range(0, count)
                                    .filter(number -> String.valueOf(number).startsWith("1"))
                                    .count(),
                            withPrefix[0]);
                });
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes, int offset, int length) {
        return new String(bytes, offset, length, StandardCharsets.UTF_8);
    }
}

package dev.cairndb.tsdb.internal.head;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairndb.index.Labels;
import dev.cairndb.index.PostingList;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Ranks of the symbols of some rows, beside a sorted set of strings. */
class SymbolRanksPropertyTest {
    private final Rows rows = new Rows();
    private final RowLabels labels = new RowLabels(rows);
    private final List<Labels> sets = new ArrayList<>();

    @Property(tries = 200)
    void numberTheStringsOfTheSelectedRowsInByteOrder(@ForAll long seed) throws IOException {
        SymbolRanksPropertyTest fresh = new SymbolRanksPropertyTest();
        Random random = new Random(seed);
        int count = 1 + random.nextInt(40);
        for (int row = 0; row < count; row++) {
            fresh.add(set(random), random.nextInt(4) == 0);
        }
        int[] selected = random.ints(0, count)
                .limit(1 + random.nextInt(count))
                .sorted()
                .distinct()
                .toArray();
        fresh.check(selected);
    }

    private static Labels set(Random random) {
        String[] texts = new String[2 * (1 + random.nextInt(4))];
        for (int i = 0; i < texts.length; i += 2) {
            texts[i] = "name" + i + random.nextInt(2);
            texts[i + 1] = random.nextBoolean() ? "värde" + random.nextInt(20) : "\uD83D\uDE00" + random.nextInt(3);
        }
        return Labels.of(texts);
    }

    /** @param released the row is removed, and somebody still reads it: its strings get other symbols then */
    private void add(Labels set, boolean released) {
        labels.intern(set.packed(), 0, set.packed().length);
        int slot = rows.take();
        assertEquals(sets.size(), slot);
        labels.assign(slot, labels.newBlock());
        sets.add(set);
        if (released) {
            labels.releaseSymbols(slot);
        }
    }

    private void check(int[] selected) throws IOException {
        TreeSet<byte[]> strings = new TreeSet<>(Arrays::compareUnsigned);
        for (int slot : selected) {
            sets.get(slot).forEach((name, value) -> {
                strings.add(name.getBytes(StandardCharsets.UTF_8));
                strings.add(value.getBytes(StandardCharsets.UTF_8));
            });
        }
        SymbolRanks ranks = SymbolRanks.of(PostingList.ofSorted(selected), labels);
        List<String> shown = new ArrayList<>();
        ranks.forEach((bytes, offset, length) -> shown.add(new String(bytes, offset, length, StandardCharsets.UTF_8)));
        assertEquals(
                strings.stream()
                        .map(text -> new String(text, StandardCharsets.UTF_8))
                        .toList(),
                shown);
        for (int a : selected) {
            List<String> texts = new ArrayList<>();
            labels.forEachSymbol(a, symbol -> texts.add(shown.get(ranks.of(symbol))));
            List<String> expected = new ArrayList<>();
            sets.get(a).forEach((name, value) -> expected.addAll(List.of(name, value)));
            assertEquals(expected, texts);
            for (int b : selected) {
                assertEquals(Integer.signum(labels.compare(a, b)), Integer.signum(labels.compare(a, b, ranks)));
            }
        }
    }
}

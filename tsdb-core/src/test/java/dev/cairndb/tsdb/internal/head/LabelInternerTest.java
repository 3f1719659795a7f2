package dev.cairndb.tsdb.internal.head;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.SymbolTable;
import dev.cairndb.io.ByteWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Label sets one after the other have the symbols of their texts, however alike they are, and a reference of each. */
final class LabelInternerTest {
    private final SymbolTable symbols = new SymbolTable();
    private final LabelInterner interner = new LabelInterner(symbols);

    @Test
    void anySequenceOfLabelSetsHasTheSymbolsOfItsTexts() {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            List<int[]> held = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                List<String> texts = texts(random);
                int[] found = intern(texts);
                assertEquals(texts, textsOf(found), "seed " + seed);
                held.add(found);
                while (random.nextInt(3) == 0 && !held.isEmpty()) {
                    release(held.remove(random.nextInt(held.size())));
                }
            }
            held.forEach(this::release);
            assertEquals(0, symbols.size(), "seed " + seed);
        }
    }

    @Test
    void aSymbolThatWasGivenBackIsNotTakenForThatOfTheNextSet() {
        int[] first = intern(List.of("job", "api"));
        release(first);
        symbols.reclaim(symbols.takeReleased());
        // Takes the place of one of those.
        int other = symbols.intern(new byte[] {'x'}, 0, 1);
        assertTrue(other == first[0] || other == first[1]);

        assertEquals(List.of("job", "api"), textsOf(intern(List.of("job", "api"))));
    }

    /** Few names and values, in order of names but for a few sets. */
    private static List<String> texts(Random random) {
        Map<String, String> labels = new TreeMap<>();
        for (int n = random.nextInt(12); n > 0; n--) {
            String name = "n".repeat(random.nextInt(3)) + random.nextInt(8);
            labels.put(name, "value".repeat(random.nextInt(4)) + random.nextInt(3));
        }
        List<String> texts = new ArrayList<>();
        labels.forEach((name, value) -> {
            int at = random.nextInt(20) == 0 ? 0 : texts.size();
            texts.add(at, value);
            texts.add(at, name);
        });
        return texts;
    }

    private int[] intern(List<String> texts) {
        ByteWriter packed = new ByteWriter(16);
        packed.putByte(7);
        for (String text : texts) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            packed.putUvarint(bytes.length);
            packed.putBytes(bytes, 0, bytes.length);
        }
        int[] found = new int[interner.intern(packed.array(), 1, packed.size() - 1)];
        for (int i = 0; i < found.length; i++) {
            found[i] = interner.symbol(i);
        }
        return found;
    }

    private List<String> textsOf(int[] found) {
        List<String> texts = new ArrayList<>();
        for (int symbol : found) {
            texts.add(new String(symbols.copyOf(symbol), StandardCharsets.UTF_8));
        }
        return texts;
    }

    private void release(int[] found) {
        interner.forget();
        for (int symbol : found) {
            symbols.release(symbol);
        }
    }
}

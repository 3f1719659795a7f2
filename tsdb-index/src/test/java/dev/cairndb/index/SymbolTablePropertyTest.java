package dev.cairndb.index;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** The symbol table against a map from strings to ids and reference counts. */
class SymbolTablePropertyTest {
    private final SymbolTable table = new SymbolTable();
    private final Map<String, Integer> ids = new HashMap<>();
    private final Map<Integer, Integer> counts = new HashMap<>();
    private final Map<Integer, String> readable = new HashMap<>();
    private final List<int[]> waiting = new ArrayList<>();

    @Property(tries = 60)
    void theTableIsAMapWithCounts(@ForAll Random random) {
        int vocabulary = 1 + random.nextInt(random.nextBoolean() ? 50 : 3000);
        int steps = random.nextInt(6000);
        for (int i = 0; i < steps; i++) {
            step(random, vocabulary);
        }
        checkAll(random, vocabulary);
        releaseEverything();
        assertEquals(0, table.size());
    }

    private void step(Random random, int vocabulary) {
        int kind = random.nextInt(100);
        if (kind < 55) {
            intern(word(random.nextInt(vocabulary)));
        } else if (kind < 65 && !ids.isEmpty()) {
            int id = anyId(random, vocabulary);
            table.acquire(id);
            counts.merge(id, 1, Integer::sum);
        } else if (kind < 96 && !ids.isEmpty()) {
            release(anyId(random, vocabulary));
        } else if (kind == 96) {
            waiting.add(table.takeReleased());
        } else if (kind == 97 && !waiting.isEmpty()) {
            reclaim(waiting.remove(0));
        } else if (kind == 98) {
            table.compactStep();
        } else {
            checkOne(word(random.nextInt(vocabulary)), random);
        }
    }

    private void intern(String word) {
        byte[] padded = padded(word);
        int id = table.intern(padded, 3, padded.length - 5);
        Integer known = ids.get(word);
        if (known == null) {
            assertFalse(readable.containsKey(id), "an id that is still readable was given again");
            ids.put(word, id);
            counts.put(id, 1);
            readable.put(id, word);
        } else {
            assertEquals(known, id);
            counts.merge(id, 1, Integer::sum);
        }
    }

    private void release(int id) {
        table.release(id);
        if (counts.merge(id, -1, Integer::sum) == 0) {
            counts.remove(id);
            ids.remove(readable.get(id));
        }
    }

    private void reclaim(int[] released) {
        table.reclaim(released);
        for (int id : released) {
            readable.remove(id);
        }
    }

    private void checkOne(String word, Random random) {
        byte[] padded = padded(word);
        int expected = ids.getOrDefault(word, SymbolTable.NONE);
        assertEquals(expected, table.find(padded, 3, padded.length - 5));
        if (expected != SymbolTable.NONE) {
            assertTrue(table.equals(expected, padded, 3, padded.length - 5));
            assertEquals(word.isEmpty(), table.equals(expected, padded, 2, padded.length - 5));
            assertFalse(table.equals(expected, padded, 3, padded.length - 4));
        }
    }

    private void checkAll(Random random, int vocabulary) {
        assertEquals(ids.size(), table.size());
        String last = "";
        int lastId = SymbolTable.NONE;
        for (Map.Entry<Integer, String> entry : readable.entrySet()) {
            byte[] bytes = bytes(entry.getValue());
            int id = entry.getKey();
            assertArrayEquals(bytes, table.copyOf(id));
            assertEquals(bytes.length, table.length(id));
            assertEquals(0, table.compare(id, bytes, 0, bytes.length));
            if (lastId != SymbolTable.NONE) {
                int expected = Integer.signum(Arrays.compareUnsigned(bytes(last), bytes));
                assertEquals(expected, Integer.signum(table.compare(lastId, id)));
                assertEquals(expected, Integer.signum(table.compare(lastId, bytes, 0, bytes.length)));
            }
            last = entry.getValue();
            lastId = id;
        }
        for (int i = 0; i < 100; i++) {
            checkOne(word(random.nextInt(vocabulary)), random);
        }
    }

    private void releaseEverything() {
        for (Map.Entry<Integer, Integer> entry : Map.copyOf(counts).entrySet()) {
            for (int i = 0; i < entry.getValue(); i++) {
                release(entry.getKey());
            }
        }
        waiting.add(table.takeReleased());
        waiting.forEach(this::reclaim);
        waiting.clear();
        assertTrue(readable.isEmpty());
    }

    private int anyId(Random random, int vocabulary) {
        while (true) {
            Integer id = ids.get(word(random.nextInt(vocabulary)));
            if (id != null) {
                return id;
            }
        }
    }

    /** Words of all lengths that matter: empty, one, around a word of 8, a length of two bytes, longer than a page. */
    private static String word(int number) {
        return switch (number) {
            case 0 -> "";
            case 1 -> "x".repeat(SymbolTable.PAGE_BYTES_MAX - 3);
            case 2 -> "x".repeat(SymbolTable.PAGE_BYTES_MAX - 2);
            case 3 -> "y".repeat(SymbolTable.PAGE_BYTES_MAX + 5000);
            default ->
                Integer.toString(number, 36).repeat(1 + number % 7) + "\u00ff".repeat(number % 150 == 0 ? 127 : 0);
        };
    }

    private static byte[] bytes(String word) {
        return word.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
    }

    /** Something different before and behind it, so that a wrong offset shows. */
    private static byte[] padded(String word) {
        return bytes("\u0001\u0002\u0003" + word + "\u0004\u0005");
    }
}

package dev.cairndb.tsdb.internal.head;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RefSetTest {
    /** Close together, as they are given, and as far apart as a damaged or foreign log may have them. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3, 40, 64})
    void holdsWhatWasAddedAndNothingElse(int bits) {
        Random random = new Random(bits);
        RefSet refs = new RefSet();
        Set<Long> model = new HashSet<>();
        long ref = 0;
        for (int i = 0; i < 20_000; i++) {
            ref = bits == 64 ? random.nextLong() : ref + 1 + (random.nextLong() >>> 1) % (1L << bits);
            refs.add(ref);
            model.add(ref);
        }
        for (long added : model) {
            assertTrue(refs.contains(added));
            assertEquals(model.contains(added + 1), refs.contains(added + 1));
            long other = added ^ 1L << random.nextInt(64);
            assertEquals(model.contains(other), refs.contains(other));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 63, 64, Long.MAX_VALUE, Long.MIN_VALUE, -1})
    void isEmptyAtFirst(long ref) {
        RefSet refs = new RefSet();
        assertFalse(refs.contains(ref));
        refs.add(ref);
        refs.add(ref);
        assertTrue(refs.contains(ref));
    }
}

package dev.cairndb.tsdb.internal.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.tsdb.internal.block.Retention.Candidate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class RetentionTest {
    private static Candidate block(int name, long maxTimestampMillis, long sizeBytes, boolean mayGo) {
        return new Candidate(new Ulid(name, 0), maxTimestampMillis, sizeBytes, mayGo);
    }

    private static List<Ulid> names(int... names) {
        List<Ulid> ulids = new ArrayList<>();
        for (int name : names) {
            ulids.add(new Ulid(name, 0));
        }
        return ulids;
    }

    @Test
    void aBlockGoesWhenItEndsARetentionBeforeTheNewest() {
        List<Candidate> blocks = List.of(
                block(3, 1_000, 1, true), block(1, 400, 1, true), block(2, 500, 1, true), block(4, 501, 1, true));
        assertEquals(names(1, 2), Retention.expired(blocks, 500));
        assertEquals(names(1), Retention.expired(blocks, 501));
        assertEquals(names(), Retention.expired(blocks, 601));
    }

    @Test
    void withoutARetentionNothingGoes() {
        List<Candidate> blocks = List.of(block(1, 0, 1 << 20, true), block(2, Long.MAX_VALUE, 1 << 20, true));
        assertEquals(names(), Retention.expired(blocks, 0));
        assertEquals(names(), Retention.beyondSize(blocks, 0, 0));
        assertEquals(names(), Retention.expired(List.of(), 1));
    }

    @Test
    void timesFarApartDoNotOverflow() {
        List<Candidate> blocks = List.of(block(1, Long.MIN_VALUE, 1, true), block(2, Long.MAX_VALUE, 1, true));
        assertEquals(names(1), Retention.expired(blocks, Long.MAX_VALUE));
    }

    @Test
    void theOldestGoUntilTheRestFits() {
        List<Candidate> blocks = List.of(block(1, 10, 40, true), block(3, 30, 40, true), block(2, 20, 40, true));
        assertEquals(names(), Retention.beyondSize(blocks, 0, 120));
        assertEquals(names(1), Retention.beyondSize(blocks, 0, 119));
        assertEquals(names(1, 2), Retention.beyondSize(blocks, 40, 119));
        assertEquals(names(1, 2, 3), Retention.beyondSize(blocks, 100, 119));
    }

    @Test
    void whatIsStillToBeShippedStaysAndCounts() {
        List<Candidate> blocks = List.of(block(1, 10, 40, false), block(2, 20, 40, true), block(3, 1_000, 40, true));
        assertEquals(names(2), Retention.expired(blocks, 100));
        assertEquals(names(2), Retention.beyondSize(blocks, 0, 50));
    }

    @Property
    void whatIsKeptFitsOrHasToStay(
            @ForAll @Size(max = 20) List<@IntRange(max = 200) Integer> seeds,
            @ForAll @IntRange(min = 1, max = 500) int max) {
        List<Candidate> blocks = new ArrayList<>();
        for (int i = 0; i < seeds.size(); i++) {
            int seed = seeds.get(i);
            blocks.add(block(i, seed % 50, seed, seed % 3 != 0));
        }
        Set<Ulid> gone = new HashSet<>(Retention.beyondSize(blocks, 0, max));
        long kept = blocks.stream()
                .filter(b -> !gone.contains(b.ulid()))
                .mapToLong(Candidate::sizeBytes)
                .sum();
        boolean allMayGo = blocks.stream().allMatch(b -> b.mayGo() || gone.contains(b.ulid()));
        assertTrue(kept <= max || !allMayGo);
        assertTrue(blocks.stream().noneMatch(b -> gone.contains(b.ulid()) && !b.mayGo()));
    }
}

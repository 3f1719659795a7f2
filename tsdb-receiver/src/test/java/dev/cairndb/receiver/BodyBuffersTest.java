package dev.cairndb.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BodyBuffersTest {
    private final BodyBuffers buffers = new BodyBuffers();

    @Test
    void sizesDoubleFrom4KibTo1MibAndAreExactAbove() {
        assertEquals(4_096, BodyBuffers.sizeFor(0));
        assertEquals(4_096, BodyBuffers.sizeFor(4_096));
        assertEquals(8_192, BodyBuffers.sizeFor(4_097));
        assertEquals(1 << 20, BodyBuffers.sizeFor(1 << 20));
        assertEquals((1 << 20) + 1, BodyBuffers.sizeFor((1 << 20) + 1));
        assertEquals(BodyBuffers.sizeFor(50_000), buffers.take(50_000).length);
    }

    @Test
    void aBufferThatWasGivenBackIsTakenAgainUnlessItIsLarge() {
        byte[] small = buffers.take(20_000);
        buffers.give(small);
        assertNotSame(small, buffers.take(40_000));
        assertSame(small, buffers.take(30_000));
        byte[] large = buffers.take(2 << 20);
        buffers.give(large);
        assertNotSame(large, buffers.take(2 << 20));
    }

    @Test
    void theBudgetRefusesWhatIsOverItAndTakesItBack() {
        ByteBudget budget = new ByteBudget(10);
        assertTrue(budget.tryTake(10));
        assertFalse(budget.tryTake(1));
        assertEquals(10, budget.bytesTaken());
        budget.give(4);
        assertTrue(budget.tryTake(4));
        assertThrows(IllegalStateException.class, () -> budget.give(11));
    }

    @Test
    void aTenantWithManyRequestsLeavesRoomForOthers() {
        ByteBudget budget = new ByteBudget(1_000);
        List<ByteBudget.Share> noisy = new ArrayList<>();
        long taken = 0;
        for (int i = 0; i < 100; i++) {
            ByteBudget.Share share = budget.join("noisy");
            noisy.add(share);
            taken += share.tryTake(50) ? 50 : 0;
        }
        assertEquals(650, taken, "two thirds, in whole requests");
        ByteBudget.Share quiet = budget.join("quiet");
        assertTrue(quiet.tryTake(350), "its only request may have all that is free");
        assertFalse(quiet.tryTake(1));
        quiet.give(350);
        assertEquals(650, budget.bytesTaken());
        ByteBudget.Share second = budget.join("quiet");
        assertTrue(second.tryTake(230), "of two requests twice what is left");
        assertFalse(quiet.tryTake(20));
        assertFalse(noisy.get(0).tryTake(1), "no less than it has, but no more either");
        second.give(230);
        noisy.get(0).give(650);
        noisy.forEach(ByteBudget.Share::leave);
        quiet.leave();
        second.leave();
        assertEquals(0, budget.bytesTaken());
        assertEquals(0, budget.tenants(), "nothing is kept of tenants without requests");
    }

    @Test
    void aBodyOfATenantAloneMayTakeTheWholeBudget() {
        ByteBudget budget = new ByteBudget(1_000);
        ByteBudget.Share alone = budget.join("alone");
        assertTrue(alone.tryTake(1_000));
        alone.give(1_000);
        alone.leave();
    }
}

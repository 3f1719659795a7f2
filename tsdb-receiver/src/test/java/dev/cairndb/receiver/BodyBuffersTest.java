package dev.cairndb.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class BodyBuffersTest {
    private final BodyBuffers buffers = new BodyBuffers();

    @Test
    void sizesDoubleFrom16KibTo1MibAndAreExactAbove() {
        assertEquals(16_384, BodyBuffers.sizeFor(0));
        assertEquals(16_384, BodyBuffers.sizeFor(16_384));
        assertEquals(32_768, BodyBuffers.sizeFor(16_385));
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
}

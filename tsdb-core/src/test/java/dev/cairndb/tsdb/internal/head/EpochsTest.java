package dev.cairndb.tsdb.internal.head;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class EpochsTest {
    private final Epochs epochs = new Epochs();
    private final List<String> disposed = new ArrayList<>();

    @Test
    void disposesAtOnceWhenNobodyHoldsAPin() {
        epochs.retire(() -> disposed.add("a"));
        assertTrue(epochs.disposeRetired());
        assertEquals(List.of("a"), disposed);
    }

    @Test
    void waitsForPinsOlderThanTheRetirementOnly() {
        Epochs.Epoch older = epochs.pin();
        epochs.retire(() -> disposed.add("a"));
        Epochs.Epoch younger = epochs.pin();
        assertFalse(epochs.disposeRetired());
        epochs.unpin(older);
        assertTrue(epochs.disposeRetired());
        assertEquals(List.of("a"), disposed);
        epochs.unpin(younger);
        assertEquals(0, epochs.pins());
    }

    @Test
    void disposesInOrderAndNotPastAPin() {
        Epochs.Epoch first = epochs.pin();
        epochs.retire(() -> disposed.add("a"));
        Epochs.Epoch second = epochs.pin();
        epochs.retire(() -> disposed.add("b"));
        epochs.unpin(first);
        assertFalse(epochs.disposeRetired());
        assertEquals(List.of("a"), disposed);
        epochs.unpin(second);
        assertTrue(epochs.disposeRetired());
        assertEquals(List.of("a", "b"), disposed);
    }

    @Test
    void aDisposalMayRetireMore() {
        epochs.retire(() -> epochs.retire(() -> disposed.add("later")));
        assertTrue(epochs.disposeRetired());
        assertEquals(List.of("later"), disposed);
    }

    @Test
    void unpinningTwiceIsABug() {
        Epochs.Epoch epoch = epochs.pin();
        epochs.unpin(epoch);
        assertThrows(IllegalStateException.class, () -> epochs.unpin(epoch));
    }
}

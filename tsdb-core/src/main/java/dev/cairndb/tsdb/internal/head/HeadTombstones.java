package dev.cairndb.tsdb.internal.head;

import dev.cairndb.tsdb.internal.block.Intervals;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;

/** What was deleted of the head's series. There are few, so this is a plain map by slot. Thread-safe. */
final class HeadTombstones {
    private final ConcurrentHashMap<Integer, Intervals> bySlot = new ConcurrentHashMap<>();

    void add(int slot, long fromMillis, long toMillis) {
        bySlot.merge(slot, Intervals.of(fromMillis, toMillis), Intervals::plus);
    }

    Intervals of(int slot) {
        return bySlot.isEmpty() ? Intervals.NONE : bySlot.getOrDefault(slot, Intervals.NONE);
    }

    void forEach(BiConsumer<Integer, Intervals> visitor) {
        bySlot.forEach(visitor);
    }

    void forget(int slot) {
        bySlot.remove(slot);
    }
}

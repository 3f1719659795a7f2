package dev.cairndb.tsdb.internal.head;

import dev.cairndb.tsdb.internal.block.Intervals;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.IntPredicate;

/** What was deleted of the head's series. There are few, so this is a plain map by slot. Thread-safe. */
final class HeadTombstones {
    private final ConcurrentHashMap<Integer, Intervals> bySlot = new ConcurrentHashMap<>();

    void add(int slot, long fromMillis, long toMillis) {
        bySlot.merge(slot, Intervals.of(fromMillis, toMillis), Intervals::plus);
    }

    Intervals of(int slot) {
        return bySlot.isEmpty() ? Intervals.NONE : bySlot.getOrDefault(slot, Intervals.NONE);
    }

    /** Whether a range of it ends at a time or behind it. */
    boolean reaches(int slot, long millis) {
        return of(slot).endingAtOrAfter(millis).count() > 0;
    }

    void forEach(BiConsumer<Integer, Intervals> visitor) {
        bySlot.forEach(visitor);
    }

    void forget(int slot) {
        bySlot.remove(slot);
    }

    /** Forgets ranges that end before a time, but of those slots that still need them. */
    void truncate(long minMillis, IntPredicate needed) {
        for (Integer slot : bySlot.keySet()) {
            if (!needed.test(slot)) {
                bySlot.computeIfPresent(slot, (same, ranges) -> {
                    Intervals left = ranges.endingAtOrAfter(minMillis);
                    return left.count() == 0 ? null : left;
                });
            }
        }
    }
}

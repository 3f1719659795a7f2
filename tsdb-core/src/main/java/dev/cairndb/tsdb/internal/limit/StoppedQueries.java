package dev.cairndb.tsdb.internal.limit;

import dev.cairndb.io.QueryStoppedException.Reason;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLongArray;

/** Counts the queries of a store that were ended early. Thread-safe. */
public final class StoppedQueries {
    private static final Reason[] REASONS = Reason.values();

    private final AtomicLongArray counts = new AtomicLongArray(REASONS.length);

    public void count(Reason reason) {
        counts.incrementAndGet(reason.ordinal());
    }

    public Map<Reason, Long> byReason() {
        Map<Reason, Long> byReason = new EnumMap<>(Reason.class);
        for (Reason reason : REASONS) {
            byReason.put(reason, counts.get(reason.ordinal()));
        }
        return byReason;
    }
}

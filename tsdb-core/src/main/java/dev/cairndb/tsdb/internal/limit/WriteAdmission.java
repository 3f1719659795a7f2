package dev.cairndb.tsdb.internal.limit;

import dev.cairndb.io.LimitExceededException;
import dev.cairndb.io.LimitExceededException.Limit;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLongArray;

/** Lets requests into a store, within the limits of the store first and then of its runtime. Thread-safe. */
public final class WriteAdmission {
    private static final Limit[] LIMITS = Limit.values();

    private final WriteGate ofStore;
    private final WriteGate ofRuntime;
    private final AtomicLongArray refused = new AtomicLongArray(LIMITS.length);

    public WriteAdmission(WriteGate ofStore, WriteGate ofRuntime) {
        this.ofStore = ofStore;
        this.ofRuntime = ofRuntime;
    }

    public WriteGate ofStore() {
        return ofStore;
    }

    /**
     * Counts a request in; {@link #leave} follows when it is answered.
     *
     * @throws LimitExceededException if it is refused
     */
    public void enter(long samples, long bytes) throws LimitExceededException {
        WriteGate.Refusal refusal = ofStore.enter(samples, bytes);
        if (refusal == null) {
            refusal = ofRuntime.enter(samples, bytes);
            if (refusal == null) {
                return;
            }
            ofStore.undo(samples, bytes);
        }
        refused.incrementAndGet(refusal.limit().ordinal());
        throw new LimitExceededException(refusal.limit(), refusal.max(), refusal.retryAfterMillis());
    }

    public void leave(long bytes) {
        ofStore.leave(bytes);
        ofRuntime.leave(bytes);
    }

    /** Requests refused so far, by the limit they ran into. */
    public Map<Limit, Long> refused() {
        Map<Limit, Long> counts = new EnumMap<>(Limit.class);
        for (Limit limit : LIMITS) {
            counts.put(limit, refused.get(limit.ordinal()));
        }
        return counts;
    }
}

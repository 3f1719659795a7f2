package dev.cairndb.objstore;

import org.jspecify.annotations.Nullable;

/** Hears of calls to an {@link ObjectStore}, for metrics. Implementations are thread-safe, quick, and do not throw. */
public interface ObjectStoreObserver {
    /** The kinds of call. */
    enum Operation {
        PUT,
        PUT_IF_ABSENT,
        SIZE,
        READ,
        LIST,
        DELETE
    }

    /**
     * A call has ended.
     *
     * @param durationNanos with the time that a listing's sink took
     * @param bytes of the object that was stored, or that were read; 0 for other calls, and those that failed
     * @param failure what the call threw, an {@link ObjectNotFoundException} included, or null
     */
    void ended(Operation operation, long durationNanos, long bytes, @Nullable Exception failure);
}

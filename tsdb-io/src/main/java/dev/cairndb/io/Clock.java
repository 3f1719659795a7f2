package dev.cairndb.io;

/** Time for a store: a wall clock for timestamps, a monotonic one for intervals. */
public interface Clock {
    long wallMillis();

    long monotonicNanos();

    static Clock system() {
        return SystemClock.INSTANCE;
    }
}

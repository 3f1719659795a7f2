package dev.cairndb.testkit;

import dev.cairndb.io.Clock;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** A clock that stands still until a test moves it. Thread-safe. */
public final class ManualClock implements Clock {
    private final AtomicLong wallMillis;
    private final AtomicLong monotonicNanos = new AtomicLong();

    public ManualClock(long wallMillis) {
        this.wallMillis = new AtomicLong(wallMillis);
    }

    @Override
    public long wallMillis() {
        return wallMillis.get();
    }

    @Override
    public long monotonicNanos() {
        return monotonicNanos.get();
    }

    /** Moves both clocks forward. */
    public void advance(Duration duration) {
        wallMillis.addAndGet(duration.toMillis());
        monotonicNanos.addAndGet(duration.toNanos());
    }

    /** Lets the wall clock jump, in either direction; intervals are not affected. */
    public void jumpWallTo(long millis) {
        wallMillis.set(millis);
    }
}

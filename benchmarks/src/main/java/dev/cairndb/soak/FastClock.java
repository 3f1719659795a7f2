package dev.cairndb.soak;

import dev.cairndb.io.Clock;

/** A wall clock that runs fast from a given time on, and jumps when told to. */
final class FastClock implements Clock {
    /** Milliseconds of the wall clock for each real one: a block range of two hours takes a minute. */
    static final int SPEED = 120;

    private final long startMillis;
    private final long startNanos = System.nanoTime();
    private volatile long jumpMillis;

    FastClock(long startMillis) {
        this.startMillis = startMillis;
    }

    /** The time without jumps. */
    long steadyMillis() {
        return startMillis + (System.nanoTime() - startNanos) / 1_000_000 * SPEED;
    }

    void jump(long millis) {
        jumpMillis = millis;
    }

    @Override
    public long wallMillis() {
        return steadyMillis() + jumpMillis;
    }

    @Override
    public long monotonicNanos() {
        return System.nanoTime();
    }
}

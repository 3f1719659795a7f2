package dev.cairndb.soak;

import dev.cairndb.io.Clock;

/** A clock that runs fast from a given time on, and whose wall time jumps when told to. */
final class FastClock implements Clock {
    /**
     * Milliseconds for each real one: a block range of two hours takes a minute, and so do late samples until they are
     * cut.
     */
    static final int SPEED = 120;

    private final long startMillis;
    private final long startNanos = System.nanoTime();
    private volatile long jumpMillis;

    FastClock(long startMillis) {
        this.startMillis = startMillis;
    }

    /** The time without jumps. */
    long steadyMillis() {
        return startMillis + (monotonicNanos() - startNanos) / 1_000_000;
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
        return startNanos + (System.nanoTime() - startNanos) * SPEED;
    }
}

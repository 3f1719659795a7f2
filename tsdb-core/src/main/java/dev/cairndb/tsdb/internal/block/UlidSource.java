package dev.cairndb.tsdb.internal.block;

import dev.cairndb.io.Clock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;

/**
 * Makes names for blocks, each greater than the one before, also when the wall clock stands still or jumps back: then
 * the last name is counted up. Thread-safe.
 */
public final class UlidSource {
    private final Clock clock;
    private final RandomGenerator random;
    private final ReentrantLock lock = new ReentrantLock();
    private Ulid last = Ulid.ZERO;

    /** @param random used under a lock; must differ between processes that write into one bucket */
    public UlidSource(Clock clock, RandomGenerator random) {
        this.clock = clock;
        this.random = random;
    }

    public Ulid next() {
        lock.lock();
        try {
            long now = Math.min(Math.max(0, clock.wallMillis()), Ulid.TIMESTAMP_MILLIS_MAX);
            Ulid fresh = Ulid.of(Math.max(now, last.timestampMillis()), random.nextInt(), random.nextLong());
            if (fresh.timestampMillis() == last.timestampMillis()) {
                Ulid successor = last.successor();
                fresh = successor != null ? successor : Ulid.of(last.timestampMillis() + 1, 0, 0);
            }
            last = fresh;
            return fresh;
        } finally {
            lock.unlock();
        }
    }
}

package dev.cairndb.tsdb.internal.limit;

import java.util.concurrent.atomic.AtomicLong;

/**
 * So many tokens a second, and a burst of so many at once. One number is all its state: the time at which the bucket is
 * full again, which each take puts off (the "virtual scheduling" form of the generic cell rate algorithm, ITU-T I.371).
 * So the rate is exact over any longer time, whatever the size of the takes.
 *
 * <p>A take of more than the burst passes when the bucket is full and leaves a debt: it would never pass otherwise.
 * Times are of a monotonic clock. Thread-safe.
 */
final class TokenBucket {
    private static final double NANOS_PER_SECOND = 1e9;
    /** Some 36 years, so that sums of times do not overflow. */
    private static final double NANOS_MAX = 0x1p60;

    private final AtomicLong fullAtNanos;

    TokenBucket(long nowNanos) {
        fullAtNanos = new AtomicLong(nowNanos);
    }

    /** Takes tokens. Returns 0, or if there are too few how long to wait, and then it has taken none. */
    long tryTake(long count, long perSecond, long burst, long nowNanos) {
        long cost = nanosFor(count, perSecond);
        long room = nanosFor(burst, perSecond);
        long backlogMax = room - Math.min(cost, room);
        while (true) {
            long fullAt = fullAtNanos.get();
            long backlog = Math.max(0, fullAt - nowNanos);
            if (backlog > backlogMax) {
                return backlog - backlogMax;
            }
            if (fullAtNanos.compareAndSet(fullAt, nowNanos + backlog + cost)) {
                return 0;
            }
        }
    }

    /** Undoes a take. */
    void giveBack(long count, long perSecond) {
        fullAtNanos.addAndGet(-nanosFor(count, perSecond));
    }

    private static long nanosFor(long count, long perSecond) {
        return (long) Math.min(NANOS_MAX, Math.ceil(count * NANOS_PER_SECOND / perSecond));
    }
}

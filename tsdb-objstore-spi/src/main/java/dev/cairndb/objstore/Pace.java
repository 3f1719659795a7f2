package dev.cairndb.objstore;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets bytes pass at a rate: a token bucket that may be in debt. Whoever takes bytes waits until the debt is paid, so
 * one that takes many at once pays for them behind. Thread-safe; nobody waits under the lock.
 */
final class Pace {
    static final int BURST_MILLIS = 250;

    private static final double NANOS_PER_SECOND = 1e9;

    private final double nanosPerByte;
    private final Waiting waiting;
    private final ReentrantLock lock = new ReentrantLock();
    /** When all that was taken is paid, on the clock of {@link #waiting}. */
    private long paidAtNanos;

    Pace(long bytesPerSecondMax, Waiting waiting) {
        if (bytesPerSecondMax < 1) {
            throw new IllegalArgumentException("bytes per second: expected=at least 1, found=" + bytesPerSecondMax);
        }
        nanosPerByte = NANOS_PER_SECOND / bytesPerSecondMax;
        this.waiting = waiting;
        paidAtNanos = waiting.nanoTime();
    }

    void take(long bytes) {
        long wait = debtNanos(bytes);
        if (wait > 0 && !Thread.currentThread().isInterrupted()) {
            try {
                waiting.sleep(wait);
            } catch (InterruptedException e) {
                // The store has to deal with it; here it only ends the wait.
                Thread.currentThread().interrupt();
            }
        }
    }

    private long debtNanos(long bytes) {
        lock.lock();
        try {
            long now = waiting.nanoTime();
            long credit = TimeUnit.MILLISECONDS.toNanos(BURST_MILLIS);
            paidAtNanos = (now - paidAtNanos > credit ? now - credit : paidAtNanos) + (long) (bytes * nanosPerByte);
            return paidAtNanos - now;
        } finally {
            lock.unlock();
        }
    }
}

package dev.cairndb.tsdb.internal.head;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The lock under which appends change the head. Work that goes through all rows takes it for a bounded number of them
 * at a time, by {@link #lockForStep}: who gives a lock back and takes it again at once has it before those who wait for
 * it have woken up, again and again, and appends would wait for most of the work.
 */
final class CommitLock {
    /** About as long as a thread takes to wake up. */
    private static final long WAKING_NANOS = TimeUnit.MICROSECONDS.toNanos(50);

    private final ReentrantLock lock = new ReentrantLock();

    void lock() {
        lock.lock();
    }

    /** Takes the lock behind somebody who waits for it. */
    void lockForStep() {
        if (lock.hasQueuedThreads()) {
            LockSupport.parkNanos(WAKING_NANOS);
        }
        lock.lock();
    }

    void unlock() {
        lock.unlock();
    }
}

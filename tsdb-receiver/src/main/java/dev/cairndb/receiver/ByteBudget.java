package dev.cairndb.receiver;

import java.util.concurrent.atomic.AtomicLong;

/** Bytes that all requests under way may hold together. What is over it is refused, never waited for. Thread-safe. */
final class ByteBudget {
    private final long bytesMax;
    private final AtomicLong bytesTaken = new AtomicLong();

    ByteBudget(long bytesMax) {
        this.bytesMax = bytesMax;
    }

    boolean tryTake(long bytes) {
        if (bytesTaken.addAndGet(bytes) <= bytesMax) {
            return true;
        }
        give(bytes);
        return false;
    }

    void give(long bytes) {
        if (bytesTaken.addAndGet(-bytes) < 0) {
            throw new IllegalStateException("BUG: more bytes given back than taken");
        }
    }

    long bytesTaken() {
        return bytesTaken.get();
    }

    long bytesMax() {
        return bytesMax;
    }
}

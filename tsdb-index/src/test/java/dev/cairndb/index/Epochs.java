package dev.cairndb.index;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/** The simplest epochs: a reader announces itself, a writer waits for all that were there. For stress tests. */
final class Epochs {
    private static final int STRIDE = 16;

    private final AtomicLong present = new AtomicLong(1);
    private final AtomicLongArray entered;

    Epochs(int readers) {
        entered = new AtomicLongArray(readers * STRIDE);
    }

    void enter(int reader) {
        entered.set(reader * STRIDE, present.get());
    }

    void leave(int reader) {
        entered.set(reader * STRIDE, 0);
    }

    void awaitReaders() {
        long since = present.incrementAndGet();
        for (int reader = 0; reader < entered.length(); reader += STRIDE) {
            for (long at = entered.get(reader); at != 0 && at < since; at = entered.get(reader)) {
                Thread.yield();
            }
        }
    }
}

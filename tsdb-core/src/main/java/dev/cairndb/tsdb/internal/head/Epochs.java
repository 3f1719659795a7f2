package dev.cairndb.tsdb.internal.head;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Tells when nobody can hold any more what was taken out of sight. Appends and queriers {@link #pin} before they look
 * and {@link #unpin} when done; what is removed is {@link #retire}d and its disposal runs in {@link #disposeRetired}
 * once all pins older than the removal are gone. Thread-safe; a pin costs an uncontended lock, once a request or a
 * query.
 */
public final class Epochs {
    private final ReentrantLock lock = new ReentrantLock();
    private final ArrayDeque<Epoch> epochs = new ArrayDeque<>();
    private final ArrayDeque<Retired> retired = new ArrayDeque<>();

    public Epochs() {
        epochs.addLast(new Epoch());
    }

    /** A span between two removals; pins of one epoch are counted together. */
    public static final class Epoch {
        private int pins;

        private Epoch() {}
    }

    private record Retired(Epoch epoch, Runnable disposal) {}

    public Epoch pin() {
        lock.lock();
        try {
            Epoch current = epochs.getLast();
            current.pins++;
            return current;
        } finally {
            lock.unlock();
        }
    }

    public void unpin(Epoch epoch) {
        lock.lock();
        try {
            if (epoch.pins-- <= 0) {
                throw new IllegalStateException("BUG: an epoch was unpinned twice");
            }
        } finally {
            lock.unlock();
        }
    }

    /** To be called after what {@code disposal} frees cannot be found any more by those who pin from now on. */
    public void retire(Runnable disposal) {
        lock.lock();
        try {
            Epoch current = epochs.getLast();
            retired.addLast(new Retired(current, disposal));
            epochs.addLast(new Epoch());
        } finally {
            lock.unlock();
        }
    }

    /** Runs what has become safe, oldest first, on the calling thread. Returns whether nothing is left waiting. */
    public boolean disposeRetired() {
        while (true) {
            Runnable disposal;
            lock.lock();
            try {
                dropIdle();
                Retired first = retired.peekFirst();
                if (first == null) {
                    return true;
                }
                if (epochs.contains(first.epoch)) {
                    return false;
                }
                retired.removeFirst();
                disposal = first.disposal;
            } finally {
                lock.unlock();
            }
            disposal.run();
        }
    }

    /** Pins held now. */
    public int pins() {
        lock.lock();
        try {
            int sum = 0;
            for (Epoch epoch : epochs) {
                sum += epoch.pins;
            }
            return sum;
        } finally {
            lock.unlock();
        }
    }

    /** Removes epochs from the old end that nobody pins; a pinned one keeps all after it. */
    private void dropIdle() {
        Iterator<Epoch> oldest = epochs.iterator();
        while (epochs.size() > 1) {
            Epoch epoch = oldest.next();
            if (epoch.pins > 0) {
                return;
            }
            oldest.remove();
        }
    }
}

package dev.cairndb.tsdb.internal.head;

import java.util.concurrent.Semaphore;

/** What the caches of all stores of a runtime may hold together, in pages. Thread-safe. */
public final class CacheBudget {
    private final Semaphore pages;

    public CacheBudget(int pageCount) {
        pages = new Semaphore(pageCount);
    }

    boolean tryTakePage() {
        return pages.tryAcquire();
    }

    void giveBackPage() {
        pages.release();
    }
}

package dev.cairndb.tsdb;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/** The threads of a test. When one fails the others should end, and the test has failed. */
public final class Threads {
    private final List<Thread> threads = new ArrayList<>();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();

    /** What a thread does. */
    public interface Work {
        void run() throws Exception;
    }

    public void start(Work work) {
        Thread thread = new Thread(() -> {
            try {
                work.run();
            } catch (Throwable e) {
                failure.compareAndSet(null, e);
            }
        });
        threads.add(thread);
        thread.start();
    }

    /** To be asked by all whose work has no end of its own. */
    public boolean failed() {
        return failure.get() != null;
    }

    boolean areRunning() {
        return threads.stream().anyMatch(Thread::isAlive);
    }

    List<Thread> all() {
        return threads;
    }

    /** Waits for all that were started, and throws what one of them threw. */
    public void join() throws InterruptedException {
        for (Thread thread : threads) {
            thread.join();
        }
        threads.clear();
        Throwable thrown = failure.get();
        if (thrown != null) {
            throw new AssertionError("a thread of the test failed: " + thrown, thrown);
        }
    }
}

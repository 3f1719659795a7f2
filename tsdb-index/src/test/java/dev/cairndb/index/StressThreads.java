package dev.cairndb.index;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Runs one writer and some readers side by side until the writer is done or one of them fails. */
final class StressThreads {
    private volatile boolean stopped;

    interface Reader {
        void readOnce(int reader) throws Exception;
    }

    interface Writer {
        void write() throws Exception;
    }

    boolean isStopped() {
        return stopped;
    }

    /** Returns how often the readers have read. */
    long run(Writer writer, int readers, Reader reader) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(readers + 1);
        CountDownLatch running = new CountDownLatch(readers);
        try {
            List<Future<Long>> reads = new ArrayList<>();
            for (int i = 0; i < readers; i++) {
                int number = i;
                reads.add(pool.submit(stopping(() -> readUntilStopped(number, reader, running))));
            }
            running.await(10, TimeUnit.SECONDS);
            Future<Long> written = pool.submit(stopping(() -> {
                writer.write();
                stopped = true;
                return 0L;
            }));
            long sum = 0;
            for (Future<Long> future : reads) {
                sum += outcome(future);
            }
            return sum + outcome(written);
        } finally {
            stopped = true;
            pool.shutdown();
            if (!pool.awaitTermination(30, TimeUnit.SECONDS)) {
                throw new AssertionError("a thread did not end");
            }
        }
    }

    private Callable<Long> stopping(Callable<Long> task) {
        return () -> {
            try {
                return task.call();
            } catch (Throwable e) {
                stopped = true;
                throw e;
            }
        };
    }

    private long readUntilStopped(int number, Reader reader, CountDownLatch running) throws Exception {
        long count = 0;
        while (!stopped) {
            reader.readOnce(number);
            running.countDown();
            count++;
        }
        return count;
    }

    private static long outcome(Future<Long> future) throws Exception {
        try {
            return future.get(120, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new AssertionError("a thread failed", e.getCause());
        }
    }
}

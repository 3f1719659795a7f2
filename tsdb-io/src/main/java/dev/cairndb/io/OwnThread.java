package dev.cairndb.io;

import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadFactory;

/**
 * Runs the few file operations that an interrupt of their thread would break (those of a FileChannel) on a short-lived
 * thread of their own, and waits for them whether the caller is interrupted or not. Thread-safe.
 */
final class OwnThread {
    private final ThreadFactory threads;

    OwnThread(ThreadFactory threads) {
        this.threads = threads;
    }

    /** An interrupt that comes while waiting is kept for the caller. */
    <T> T call(Callable<T> operation) throws IOException {
        FutureTask<T> task = new FutureTask<>(operation);
        start(task);
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return task.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    throw rethrow(Objects.requireNonNull(e.getCause()));
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void start(Runnable task) throws IOException {
        try {
            threads.newThread(task).start();
        } catch (OutOfMemoryError e) {
            // What the runtime throws when the system gives no more threads.
            throw new IOException("cannot start a thread for a file operation", e);
        }
    }

    private static IOException rethrow(Throwable failure) throws IOException {
        if (failure instanceof RuntimeException runtime) {
            throw runtime;
        }
        if (failure instanceof Error error) {
            throw error;
        }
        if (failure instanceof IOException io) {
            throw io;
        }
        throw new IOException("cannot finish a file operation", failure);
    }
}

package dev.cairndb.tsdb;

import dev.cairndb.tsdb.internal.wal.LogListener;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** Tells the host whether a store takes writes: as long as one of its logs cannot be written, it does not. */
final class LogHealth {
    private final TsdbListener listener;
    private final AtomicInteger refusing = new AtomicInteger();

    LogHealth(TsdbListener listener) {
        this.listener = listener;
    }

    /** What hears about one of the logs. */
    LogListener ofLog() {
        return new LogListener() {
            private final AtomicBoolean refuses = new AtomicBoolean();

            @Override
            public void logUnavailable(IOException cause) {
                refuse(cause);
            }

            @Override
            public void logHealed() {
                refuses.set(false);
                if (refusing.decrementAndGet() == 0) {
                    listener.writesAccepted();
                }
            }

            @Override
            public void logFailed(Throwable cause) {
                refuse(cause instanceof IOException failure ? failure : new IOException(cause));
            }

            private void refuse(IOException why) {
                if (refuses.compareAndSet(false, true)) {
                    refusing.incrementAndGet();
                }
                listener.writesRefused(why);
            }
        };
    }
}

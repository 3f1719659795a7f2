package dev.cairndb.tsdb.internal.wal;

import java.io.IOException;

/** Hears about a log's health. Called by the thread that does the log's I/O, without a lock; should be quick. */
public interface LogListener {
    /** A write failed; writes are refused and retried in the background. Called once until {@link #logHealed}. */
    void logUnavailable(IOException cause);

    /** The records kept since {@link #logUnavailable} are written; writes are taken again. */
    void logHealed();

    /** Writes are refused until the store is opened again. */
    void logFailed(Throwable cause);
}

package dev.cairndb.tsdb.internal.wal;

import dev.cairndb.io.StoreFailedException;
import dev.cairndb.io.StoreUnavailableException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Whether a log takes and answers commits, and what those hear that it does not take. */
enum LogState {
    HEALTHY,
    /** A write failed; it is tried again. */
    UNAVAILABLE,
    /** A sync failed, or something that must not happen: until the log is opened again. */
    FAILED,
    CLOSED;

    /** Whether no write will ever follow. */
    boolean isFinal() {
        return this == FAILED || this == CLOSED;
    }

    IOException refusal(@Nullable Throwable cause) {
        Throwable reason = cause != null ? cause : new IllegalStateException("BUG: no cause");
        return switch (this) {
            case FAILED -> new StoreFailedException("the log failed, the store must be reopened: " + reason, reason);
            case UNAVAILABLE -> new StoreUnavailableException("the log cannot be written now: " + reason, reason);
            case CLOSED -> new StoreUnavailableException("the log was closed before this was durable");
            case HEALTHY -> throw new IllegalStateException("BUG: a healthy log refuses nothing");
        };
    }

    /** Tells what this state followed upon; a listener's fault is not the log's. */
    void tell(LogListener listener, LogState before, @Nullable Throwable failure) {
        if (before == this) {
            return;
        }
        try {
            if (this == HEALTHY) {
                listener.logHealed();
            } else if (this == UNAVAILABLE && failure instanceof IOException e) {
                listener.logUnavailable(e);
            } else if (this == FAILED && failure != null) {
                listener.logFailed(failure);
            }
        } catch (RuntimeException | Error e) {
            // as said
        }
    }
}

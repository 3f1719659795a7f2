package dev.cairndb.remote;

import java.io.IOException;

/** A request over one of its {@link RemoteWriteLimits}; nothing of it was decoded. Sending it in parts may help. */
public final class RequestTooLargeException extends IOException {
    private static final long serialVersionUID = 1L;

    private final long found;
    private final long max;

    RequestTooLargeException(String what, long found, long max) {
        super("request too large: found=" + found + " " + what + ", max=" + max);
        this.found = found;
        this.max = max;
    }

    /** Size or count that was found, at least: counting stops at the first one over the limit. */
    public long found() {
        return found;
    }

    public long max() {
        return max;
    }
}

package dev.cairndb.io;

/**
 * A limit on writes refuses a request as a whole, before any work was done for it; the same request may succeed later.
 */
public final class LimitExceededException extends TsdbException {
    private static final long serialVersionUID = 1L;

    /** What was exceeded, of the store or of the runtime that it shares with others. */
    public enum Limit {
        SAMPLES_PER_SECOND("samples per second"),
        BYTES_PER_SECOND("bytes per second"),
        REQUESTS_IN_FLIGHT("requests in flight"),
        BYTES_IN_FLIGHT("bytes in flight"),
        RUNTIME_SAMPLES_PER_SECOND("samples per second of all stores"),
        RUNTIME_BYTES_PER_SECOND("bytes per second of all stores"),
        RUNTIME_REQUESTS_IN_FLIGHT("requests in flight of all stores"),
        RUNTIME_BYTES_IN_FLIGHT("bytes in flight of all stores");

        private final String description;

        Limit(String description) {
            this.description = description;
        }

        /** Whether other stores took a part in exceeding it. */
        public boolean isOfRuntime() {
            return ordinal() >= RUNTIME_SAMPLES_PER_SECOND.ordinal();
        }

        /** A short English phrase for messages. */
        public String description() {
            return description;
        }
    }

    private final Limit limit;
    private final long retryAfterMillis;

    /** @param retryAfterMillis after which the same request may pass, if nobody else was faster */
    public LimitExceededException(Limit limit, long max, long retryAfterMillis) {
        super("too many " + limit.description() + ": max=" + max + ", try again in " + retryAfterMillis + " ms");
        this.limit = limit;
        this.retryAfterMillis = retryAfterMillis;
    }

    public Limit limit() {
        return limit;
    }

    /** How long to wait before the request is sent again, at least 1. */
    public long retryAfterMillis() {
        return retryAfterMillis;
    }
}

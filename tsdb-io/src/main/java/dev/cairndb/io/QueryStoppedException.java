package dev.cairndb.io;

/** A query was ended before it had all of its answer: by a limit, or by whoever asked. */
public final class QueryStoppedException extends TsdbException {
    private static final long serialVersionUID = 1L;

    /** Why the query was ended. */
    public enum Reason {
        SERIES("too many series"),
        SAMPLES("too many samples"),
        CHUNK_BYTES("too many bytes of chunks"),
        TIME("it took too long"),
        CANCELLED("it was cancelled");

        private final String description;

        Reason(String description) {
            this.description = description;
        }

        /** A short English phrase for messages. */
        public String description() {
            return description;
        }
    }

    private final Reason reason;

    /** @param max the limit, 0 if it was none */
    public QueryStoppedException(Reason reason, long max) {
        super("the query was stopped: " + reason.description() + (max == 0 ? "" : ", max=" + max));
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}

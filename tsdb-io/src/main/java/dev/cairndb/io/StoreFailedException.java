package dev.cairndb.io;

/** The store refuses writes until it is closed and opened again (a failed fsync, a broken invariant). */
public final class StoreFailedException extends TsdbException {
    private static final long serialVersionUID = 1L;

    public StoreFailedException(String message, Throwable cause) {
        super(message, cause);
    }
}

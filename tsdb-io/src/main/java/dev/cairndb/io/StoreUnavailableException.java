package dev.cairndb.io;

/** The store cannot take this write now (disk full, too much in flight); the same write may succeed later. */
public final class StoreUnavailableException extends TsdbException {
    private static final long serialVersionUID = 1L;

    public StoreUnavailableException(String message) {
        super(message);
    }

    public StoreUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}

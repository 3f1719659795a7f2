package dev.cairndb.objstore;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A call to an {@link ObjectStore} failed. */
public class ObjectStoreException extends IOException {
    private static final long serialVersionUID = 1L;

    private final boolean retryable;

    public ObjectStoreException(String message, boolean retryable, @Nullable Throwable cause) {
        super(message, cause);
        this.retryable = retryable;
    }

    /** Whether the same call may succeed later: true for overload, timeouts and full disks, false for refusals. */
    public boolean retryable() {
        return retryable;
    }
}

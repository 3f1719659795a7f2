package dev.cairndb.objstore.s3;

import dev.cairndb.objstore.ObjectStoreException;

/**
 * A body that cannot be sent, on its way through the SDK. What went wrong is no cause of it: the SDK would take an
 * {@link java.io.IOException} for the network's and send again.
 */
final class BodyFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ObjectStoreException reason;

    BodyFailure(ObjectStoreException reason) {
        super(reason.getMessage());
        this.reason = reason;
    }

    ObjectStoreException reason() {
        return reason;
    }
}

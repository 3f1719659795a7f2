package dev.cairndb.objstore;

import org.jspecify.annotations.Nullable;

/** There is no object with this key. */
public final class ObjectNotFoundException extends ObjectStoreException {
    private static final long serialVersionUID = 1L;

    private final transient ObjectKey key;

    public ObjectNotFoundException(ObjectKey key, @Nullable Throwable cause) {
        super("object not found: key=" + key, false, cause);
        this.key = key;
    }

    public ObjectKey key() {
        return key;
    }
}

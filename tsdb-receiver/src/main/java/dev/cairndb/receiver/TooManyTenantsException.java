package dev.cairndb.receiver;

import java.io.IOException;

/** There is no room for another tenant. */
final class TooManyTenantsException extends IOException {
    private static final long serialVersionUID = 1L;

    private final int max;

    TooManyTenantsException(int max) {
        super("too many tenants: max=" + max);
        this.max = max;
    }

    int max() {
        return max;
    }
}

package dev.cairndb.tsdb.internal.wal;

import java.io.IOException;

/** An fsync failed: what was written before it may be lost, whatever a later fsync says. */
final class SyncFailedException extends IOException {
    private static final long serialVersionUID = 1L;

    SyncFailedException(String what, IOException cause) {
        super("cannot sync " + what + ": " + cause.getMessage(), cause);
    }
}

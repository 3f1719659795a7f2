package dev.cairndb.remote;

import java.io.IOException;

/** An answer that is larger than it may be. A question for less may be answered. */
public final class SampleLimitException extends IOException {
    private static final long serialVersionUID = 1L;

    SampleLimitException(String message) {
        super(message);
    }
}

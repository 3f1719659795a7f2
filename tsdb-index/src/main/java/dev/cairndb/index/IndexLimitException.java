package dev.cairndb.index;

import java.io.IOException;

/** The series do not fit into one index file: a section or the file would outgrow what its format can address. */
public final class IndexLimitException extends IOException {
    private static final long serialVersionUID = 1L;

    IndexLimitException(String what, long found, long max) {
        super("cannot write index: found=" + found + ", expected=at most " + max + ", what=" + what);
    }
}

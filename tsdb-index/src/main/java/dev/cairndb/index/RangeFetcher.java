package dev.cairndb.index;

import java.io.IOException;

/** Gets parts of an index that lies far away all at once, before they are read one after the other. Thread-safe. */
public interface RangeFetcher {
    /**
     * Brings ranges of bytes of the index's file to where reading them takes little time. As much as there is room for:
     * what it leaves out is read when it is asked for.
     *
     * @param starts ascending
     * @param ends each behind its start, and maybe behind the end of the file
     * @return how many of the ranges, from the first on, there was room for as a whole
     */
    int fetch(long[] starts, long[] ends, int count) throws IOException;
}

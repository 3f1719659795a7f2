package dev.cairndb.tsdb.internal.ship;

import dev.cairndb.objstore.ObjectBody;
import java.io.IOException;

/** Where a block is copied to. For one block. */
interface CopyTarget {
    /** Whether the whole block is there. */
    boolean isComplete() throws IOException;

    /** Bytes of a file that is there in whole, from an attempt that broke off; less than zero if there is none. */
    long sizeBytes(String path) throws IOException;

    void put(String path, ObjectBody body) throws IOException;

    /** Makes the block seen, all of whose files are there. */
    void complete(byte[] meta) throws IOException;
}

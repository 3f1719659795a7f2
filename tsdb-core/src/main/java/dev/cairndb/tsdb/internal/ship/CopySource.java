package dev.cairndb.tsdb.internal.ship;

import dev.cairndb.objstore.ObjectBody;
import java.io.IOException;
import java.util.SortedMap;

/** A whole block that is copied. For one block. */
interface CopySource {
    /** Bytes of the files that hold samples, by path in the block's folder, in the order in which they are copied. */
    SortedMap<String, Long> sizesBytes() throws IOException;

    ObjectBody open(String path) throws IOException;

    /** The bytes of meta.json, which comes last. */
    byte[] meta() throws IOException;
}

package dev.cairndb.tsdb.internal.ship;

import dev.cairndb.io.CorruptionException;
import dev.cairndb.objstore.ObjectKey;
import dev.cairndb.objstore.ObjectStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Small objects of a bucket, which are read at once. */
public final class WholeObject {
    private WholeObject() {}

    /**
     * The content of an object.
     *
     * @param sizeBytes as the bucket told it
     * @throws CorruptionException if it is larger than any that means something
     */
    public static byte[] read(ObjectStore bucket, ObjectKey key, long sizeBytes, long bytesMax) throws IOException {
        if (sizeBytes > bytesMax) {
            throw new CorruptionException(key.value(), 0, "at most " + bytesMax + " bytes", sizeBytes + " bytes");
        }
        ByteBuffer bytes = ByteBuffer.allocate((int) sizeBytes);
        int length = bucket.read(key, 0, bytes);
        return Arrays.copyOf(bytes.array(), length);
    }
}

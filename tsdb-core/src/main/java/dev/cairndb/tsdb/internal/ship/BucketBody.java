package dev.cairndb.tsdb.internal.ship;

import dev.cairndb.objstore.ObjectBody;
import dev.cairndb.objstore.ObjectKey;
import dev.cairndb.objstore.ObjectStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Objects;

/** An object of a bucket as the body of an object in another one. Read in ranges. Thread-safe. */
final class BucketBody implements ObjectBody {
    static final int RANGE_BYTES = 4 << 20;

    private final ObjectStore bucket;
    private final ObjectKey key;
    private final long length;

    BucketBody(ObjectStore bucket, ObjectKey key, long length) {
        this.bucket = bucket;
        this.key = key;
        this.length = length;
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public InputStream open() {
        return new RangeStream();
    }

    private final class RangeStream extends InputStream {
        private final ByteBuffer range = ByteBuffer.allocate((int) Math.max(1, Math.min(RANGE_BYTES, length)))
                .flip();
        /** Behind the range. */
        private long position;

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] bytes, int offset, int count) throws IOException {
            Objects.checkFromIndexSize(offset, count, bytes.length);
            if (count == 0) {
                return 0;
            }
            if (!range.hasRemaining()) {
                range.clear();
                position += bucket.read(key, position, range);
                range.flip();
                if (!range.hasRemaining()) {
                    return -1;
                }
            }
            int taken = Math.min(count, range.remaining());
            range.get(bytes, offset, taken);
            return taken;
        }
    }
}

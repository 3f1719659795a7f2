package dev.cairndb.receiver;

import dev.cairndb.io.MalformedSnappyException;
import dev.cairndb.io.Snappy;
import dev.cairndb.io.Zstd;
import dev.cairndb.remote.RemoteWriteCompression;
import java.nio.ByteBuffer;

/**
 * The bytes of a request as they come in. Its buffer grows with what has really come, so that a declared length alone
 * costs nothing, and is paid for from the budget of bytes in flight. Not thread-safe.
 */
final class RequestBody {
    private static final int FIRST_BUFFER_BYTES_MAX = 256 << 10;
    private static final byte[] NONE = {};

    private final ByteBudget.Share budget;
    private final BodyBuffers buffers;
    private final int sizeBytesMax;
    private final long lengthHint;
    private byte[] bytes = NONE;
    private int size;
    private long bytesTaken;

    /** @param lengthHint how long it is said to be; negative if nobody said */
    RequestBody(ByteBudget.Share budget, BodyBuffers buffers, int sizeBytesMax, long lengthHint) {
        this.budget = budget;
        this.buffers = buffers;
        this.sizeBytesMax = sizeBytesMax;
        this.lengthHint = lengthHint;
    }

    byte[] array() {
        return bytes;
    }

    int size() {
        return size;
    }

    /** Appends a piece; false if the budget has no room for it. */
    boolean add(ByteBuffer piece) {
        int count = piece.remaining();
        if (count > bytes.length - size && !grow(size + count)) {
            return false;
        }
        piece.get(bytes, size, count);
        size += count;
        return true;
    }

    private boolean grow(int needed) {
        int wanted = Math.max(needed, 2 * size);
        if (size == 0) {
            wanted = Math.max(needed, (int) Math.min(FIRST_BUFFER_BYTES_MAX, lengthHint));
        }
        long room = BodyBuffers.sizeFor(Math.min(wanted, Math.max(needed, sizeBytesMax)));
        if (!budget.tryTake(room)) {
            return false;
        }
        byte[] larger;
        try {
            larger = buffers.take((int) room);
        } catch (OutOfMemoryError e) {
            budget.give(room);
            throw e;
        }
        System.arraycopy(bytes, 0, larger, 0, size);
        int kept = size;
        release();
        bytes = larger;
        size = kept;
        bytesTaken = room;
        return true;
    }

    /** Gives the buffer back; the body is empty then. */
    void release() {
        if (bytes.length > 0) {
            buffers.give(bytes);
            budget.give(bytesTaken);
        }
        bytes = NONE;
        size = 0;
        bytesTaken = 0;
    }

    /** What the work on it costs beside that on others: its bytes, packed and unpacked. */
    long cost(RemoteWriteCompression compression, int decompressedBytesMax) {
        return size + decompressedBytes(compression, decompressedBytesMax);
    }

    /** What decompressing will need. A body that does not say how much it holds may hold as much as is allowed. */
    long decompressedBytes(RemoteWriteCompression compression, int decompressedBytesMax) {
        return Math.min(declaredSize(compression, decompressedBytesMax), decompressedBytesMax);
    }

    private long declaredSize(RemoteWriteCompression compression, int decompressedBytesMax) {
        try {
            if (compression == RemoteWriteCompression.ZSTD) {
                long declared = Zstd.declaredSizeBytes(bytes, 0, size);
                return declared < 0 ? decompressedBytesMax : declared;
            }
            return Snappy.uncompressedSizeBytes(bytes, 0, size);
        } catch (MalformedSnappyException e) {
            return 0; // the decoder says what is wrong
        }
    }
}

package dev.cairndb.remote;

import dev.cairndb.io.MalformedSnappyException;
import dev.cairndb.io.Snappy;
import dev.cairndb.remote.MalformedRequestException.Layer;
import java.io.IOException;
import java.util.Objects;

/**
 * Decodes remote_write bodies, one after the other, into one reused request. It allocates only while requests grow, and
 * gives memory that an uncommonly large one took back at the next decode.
 *
 * <p>A body is decoded as a whole or not at all: after an exception the request is empty.
 *
 * <p>Thread-safety: none; keep one per thread or in a pool. Ownership: the returned request, and all it refers to, is
 * valid until the next decode. {@link #decode} copies the body while decompressing; {@link #decodeDecompressed} borrows
 * the caller's array.
 */
public final class RemoteWriteDecoder {
    /** Buffers up to this size are kept for ever: twice what the largest batches of Prometheus' sender need. */
    private static final int RETAINED_BYTES_MAX = 4 << 20;

    /** No element of a snappy block gives more than 64 bytes for 3. */
    private static final int SNAPPY_RATIO_MAX = 22;

    private static final byte[] NONE = {};

    private byte[] decompressed = NONE;
    private RemoteWriteRequest request = new RemoteWriteRequest();
    private WriteRequestParser parser = new WriteRequestParser(request);

    /**
     * Decodes a version 1 body: a snappy block of a {@code prometheus.WriteRequest}.
     *
     * @throws MalformedRequestException if it is not that
     * @throws RequestTooLargeException if it is over a limit; the declared size is looked at before anything else
     */
    public RemoteWriteRequest decode(byte[] body, int offset, int length, RemoteWriteLimits limits) throws IOException {
        releaseExcess();
        int size = decompress(body, offset, length, limits);
        return parse(decompressed, 0, size, limits);
    }

    /** Decodes a version 1 message that is not compressed, or not any more. The limits on its size hold here too. */
    public RemoteWriteRequest decodeDecompressed(byte[] message, int offset, int length, RemoteWriteLimits limits)
            throws IOException {
        Objects.checkFromIndexSize(offset, length, message.length);
        releaseExcess();
        requireSize(length, limits);
        return parse(message, offset, length, limits);
    }

    /** Memory this decoder holds between requests. */
    public long retainedBytes() {
        return decompressed.length + request.retainedBytes();
    }

    private RemoteWriteRequest parse(byte[] message, int offset, int length, RemoteWriteLimits limits)
            throws IOException {
        boolean whole = false;
        try {
            parser.parse(message, offset, length, limits);
            whole = true;
            return request;
        } finally {
            if (!whole) {
                request.clear();
            }
        }
    }

    private int decompress(byte[] body, int offset, int length, RemoteWriteLimits limits) throws IOException {
        request.clear();
        try {
            int size = Snappy.uncompressedSizeBytes(body, offset, length);
            requireSize(size, limits);
            if (size > (long) SNAPPY_RATIO_MAX * length) {
                throw new MalformedRequestException(
                        Layer.SNAPPY, 0, "declared size " + size + " cannot come from " + length + " bytes");
            }
            if (decompressed.length < size) {
                decompressed = new byte[sizeWithRoom(size)];
            }
            return Snappy.decompress(body, offset, length, decompressed, 0, size);
        } catch (MalformedSnappyException e) {
            throw new MalformedRequestException(Layer.SNAPPY, e.offset(), "not a snappy block", e);
        }
    }

    private static void requireSize(int size, RemoteWriteLimits limits) throws RequestTooLargeException {
        if (size > limits.decompressedBytesMax()) {
            throw new RequestTooLargeException("decompressed bytes", size, limits.decompressedBytesMax());
        }
    }

    /** A little more than needed, so that bodies of about one size do not each need a new buffer. */
    private static int sizeWithRoom(int size) {
        return size > RETAINED_BYTES_MAX ? size : size + (size >>> 3) + 64;
    }

    private void releaseExcess() {
        if (decompressed.length > 2 * RETAINED_BYTES_MAX) {
            decompressed = NONE;
        }
        if (request.retainedBytes() > RETAINED_BYTES_MAX) {
            request = new RemoteWriteRequest();
            parser = new WriteRequestParser(request);
        }
    }
}

package dev.cairndb.remote;

import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.MalformedSnappyException;
import dev.cairndb.io.MalformedZstdException;
import dev.cairndb.io.Snappy;
import dev.cairndb.io.Zstd;
import dev.cairndb.remote.MalformedRequestException.Layer;
import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Decodes remote_write bodies, one after the other, into one reused request. It allocates only while requests grow, and
 * gives memory that an uncommonly large one took back at the next decode.
 *
 * <p>A body is decoded as a whole or not at all: after an exception the request is empty.
 *
 * <p>Thread-safety: none; keep one per thread or in a pool. Ownership: the returned request, and all it refers to, is
 * valid until the next decode. A compressed body is copied while decompressing; of one that is not, the caller's array
 * is borrowed.
 */
public final class RemoteWriteDecoder {
    /** Buffers up to this size are kept for ever: twice what the largest batches of Prometheus' sender need. */
    private static final int RETAINED_BYTES_MAX = 4 << 20;

    /** No element of a snappy block gives more than 64 bytes for 3. */
    private static final int SNAPPY_RATIO_MAX = 22;

    private ByteWriter decompressed = new ByteWriter(0);
    private RemoteWriteRequest request = new RemoteWriteRequest();
    private RequestV1Parser version1 = new RequestV1Parser(request);
    private RequestV2Parser version2 = new RequestV2Parser(request);

    /**
     * Decodes a body that is a snappy block.
     *
     * @throws MalformedRequestException if it is not that, or not the message of the version
     * @throws RequestTooLargeException if it is over a limit; the declared size is looked at before anything else
     */
    public RemoteWriteRequest decode(
            byte[] body, int offset, int length, RemoteWriteVersion version, RemoteWriteLimits limits)
            throws IOException {
        return decode(body, offset, length, RemoteWriteCompression.SNAPPY, version, limits);
    }

    /**
     * Decodes a body.
     *
     * @throws MalformedRequestException if it is not compressed like that, or not the message of the version
     * @throws RequestTooLargeException if it is over a limit; a declared size is looked at before anything else
     * @throws IOException also if the library for a compression is missing
     */
    public RemoteWriteRequest decode(
            byte[] body,
            int offset,
            int length,
            RemoteWriteCompression compression,
            RemoteWriteVersion version,
            RemoteWriteLimits limits)
            throws IOException {
        return decode(body, offset, length, compression, version, limits, null);
    }

    /**
     * As {@link #decode(byte[], int, int, RemoteWriteCompression, RemoteWriteVersion, RemoteWriteLimits)}.
     *
     * @param known where to look for the labels of version 1 series: those that are there are not read, which saves
     *     most of the work
     */
    public RemoteWriteRequest decode(
            byte[] body,
            int offset,
            int length,
            RemoteWriteCompression compression,
            RemoteWriteVersion version,
            RemoteWriteLimits limits,
            @Nullable KnownLabels known)
            throws IOException {
        Objects.checkFromIndexSize(offset, length, body.length);
        releaseExcess();
        request.clear();
        switch (compression) {
            case SNAPPY -> decompressSnappy(body, offset, length, limits);
            case ZSTD -> decompressZstd(body, offset, length, limits);
            default -> {
                requireSize(length, limits);
                return parse(body, offset, length, version, limits, known);
            }
        }
        return parse(decompressed.array(), 0, decompressed.size(), version, limits, known);
    }

    /** Decodes a message that is not compressed, or not any more. The limit on its size holds here too. */
    public RemoteWriteRequest decodeDecompressed(
            byte[] message, int offset, int length, RemoteWriteVersion version, RemoteWriteLimits limits)
            throws IOException {
        return decode(message, offset, length, RemoteWriteCompression.NONE, version, limits);
    }

    /** Memory this decoder holds between requests. */
    public long retainedBytes() {
        return decompressed.array().length + request.retainedBytes();
    }

    private RemoteWriteRequest parse(
            byte[] message,
            int offset,
            int length,
            RemoteWriteVersion version,
            RemoteWriteLimits limits,
            @Nullable KnownLabels known)
            throws IOException {
        boolean whole = false;
        try {
            RequestParser parser = version == RemoteWriteVersion.V1 ? version1 : version2;
            parser.parse(message, offset, length, limits, known);
            request.sizeBytes(length);
            whole = true;
            return request;
        } finally {
            if (!whole) {
                request.clear();
            }
        }
    }

    private void decompressSnappy(byte[] body, int offset, int length, RemoteWriteLimits limits) throws IOException {
        try {
            int size = Snappy.uncompressedSizeBytes(body, offset, length);
            requireSize(size, limits);
            if (size > (long) SNAPPY_RATIO_MAX * length) {
                throw new MalformedRequestException(
                        Layer.SNAPPY, 0, "declared size " + size + " cannot come from " + length + " bytes");
            }
            decompressed.clear();
            if (decompressed.array().length < size) {
                decompressed = new ByteWriter(sizeWithRoom(size));
            }
            decompressed.size(size);
            int unused = Snappy.decompress(body, offset, length, decompressed.array(), 0, size);
        } catch (MalformedSnappyException e) {
            throw new MalformedRequestException(Layer.SNAPPY, e.offset(), "not a snappy block", e);
        }
    }

    private void decompressZstd(byte[] body, int offset, int length, RemoteWriteLimits limits) throws IOException {
        decompressed.clear();
        if (length == 0) {
            throw new MalformedRequestException(Layer.ZSTD, 0, "no frame");
        }
        try {
            int unused = Zstd.decompress(body, offset, length, decompressed, limits.decompressedBytesMax());
        } catch (MalformedZstdException e) {
            decompressed.clear();
            if (e.isTooLarge()) {
                throw new RequestTooLargeException(
                        "decompressed bytes", limits.decompressedBytesMax() + 1L, limits.decompressedBytesMax());
            }
            throw new MalformedRequestException(Layer.ZSTD, 0, "not a zstd frame", e);
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
        if (decompressed.array().length > 2 * RETAINED_BYTES_MAX) {
            decompressed = new ByteWriter(0);
        }
        if (request.retainedBytes() > RETAINED_BYTES_MAX) {
            request = new RemoteWriteRequest();
            version1 = new RequestV1Parser(request);
            version2 = new RequestV2Parser(request);
        }
    }
}

package dev.cairndb.chunks;

import dev.cairndb.io.BigEndian;
import java.util.Objects;

/**
 * One encoded chunk: its encoding, its time range (both ends inclusive) and its bytes, without the encoding byte that
 * precedes them in files. Meant to be reused: a source fills it again for the next chunk. Chunks are passed on between
 * files, blocks and the network in this form, without being decoded.
 *
 * <p>The bytes either belong to the caller of {@link #wrap} or lie in a buffer of this object's own, which the next
 * fill overwrites. Not thread-safe.
 */
public final class EncodedChunk {
    /** Longer data is not taken from files: Prometheus' chunks are a few kilobytes at most. */
    static final int LENGTH_MAX = 1 << 28;

    private static final int NO_BYTES = 0;

    /** Bytes behind a chunk that make a cursor's eight byte loads possible up to its end. */
    private static final int SLACK_BYTES = 8;

    private ChunkEncoding encoding = ChunkEncoding.XOR;
    private long minTimestampMillis;
    private long maxTimestampMillis;
    private byte[] array = new byte[NO_BYTES];
    private int offset;
    private int length;
    private byte[] own = array;
    private String file = "chunk in memory";
    private long fileOffset;

    /** Becomes a view of bytes that stay the caller's. */
    public void wrap(
            ChunkEncoding encoding,
            long minTimestampMillis,
            long maxTimestampMillis,
            byte[] array,
            int offset,
            int length) {
        Objects.checkFromIndexSize(offset, length, array.length);
        if (length < XorChunk.HEADER_BYTES) {
            throw new IllegalArgumentException("chunk has no header: length=" + length);
        }
        this.encoding = encoding;
        this.array = array;
        this.offset = offset;
        this.length = length;
        file = "chunk in memory";
        fileOffset = 0;
        timeRange(minTimestampMillis, maxTimestampMillis);
    }

    /** Copies bytes into this object's own buffer. */
    public void copy(
            ChunkEncoding encoding,
            long minTimestampMillis,
            long maxTimestampMillis,
            byte[] source,
            int sourceOffset,
            int sourceLength) {
        byte[] target = ownBuffer(sourceLength);
        System.arraycopy(source, sourceOffset, target, 0, sourceLength);
        wrap(encoding, minTimestampMillis, maxTimestampMillis, target, 0, sourceLength);
    }

    /** As {@link #copyOpen} for {@link ChunkEncoding#XOR}. */
    public void copyOpenXor(
            long minTimestampMillis,
            long maxTimestampMillis,
            byte[] source,
            int sourceOffset,
            int bitLength,
            int sampleCount) {
        copyOpen(
                ChunkEncoding.XOR,
                minTimestampMillis,
                maxTimestampMillis,
                source,
                sourceOffset,
                bitLength,
                sampleCount);
    }

    /**
     * Copies a chunk that may be growing in another thread, as it was when it had {@code sampleCount} samples in
     * {@code bitLength} bits: the copy is a complete chunk.
     *
     * @param bitLength {@link XorAppender#bitPosition} or {@link HistogramAppender#bitLength} at that time
     */
    public void copyOpen(
            ChunkEncoding encoding,
            long minTimestampMillis,
            long maxTimestampMillis,
            byte[] source,
            int sourceOffset,
            int bitLength,
            int sampleCount) {
        int bytes = bitLength + 7 >>> 3;
        copy(encoding, minTimestampMillis, maxTimestampMillis, source, sourceOffset, bytes);
        BigEndian.putShort(array, 0, sampleCount);
        array[bytes - 1] &= (byte) (-1 << (bytes << 3) - bitLength);
    }

    /** Own memory for {@code size} bytes; {@link #wrap} over it makes it the chunk. */
    byte[] ownBuffer(int size) {
        if (own.length < size + SLACK_BYTES) {
            own = new byte[Math.max(size + SLACK_BYTES, own.length * 2)];
        }
        return own;
    }

    /** Names the place the bytes were read from, for the errors of whoever decodes them. */
    void origin(String newFile, long newFileOffset) {
        file = newFile;
        fileOffset = newFileOffset;
    }

    String file() {
        return file;
    }

    long fileOffset() {
        return fileOffset;
    }

    public void timeRange(long newMinTimestampMillis, long newMaxTimestampMillis) {
        minTimestampMillis = newMinTimestampMillis;
        maxTimestampMillis = newMaxTimestampMillis;
    }

    public ChunkEncoding encoding() {
        return encoding;
    }

    /** Time of the first sample, as the index or the file says. */
    public long minTimestampMillis() {
        return minTimestampMillis;
    }

    /** Time of the last sample, as the index or the file says. */
    public long maxTimestampMillis() {
        return maxTimestampMillis;
    }

    public byte[] array() {
        return array;
    }

    public int offset() {
        return offset;
    }

    public int length() {
        return length;
    }

    /** The number of samples, from the header all encodings begin with. */
    public int sampleCount() {
        return length == NO_BYTES ? 0 : BigEndian.getUnsignedShort(array, offset);
    }
}

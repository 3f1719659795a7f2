package dev.cairndb.chunks;

import dev.cairndb.io.CorruptionException;

/**
 * Decodes a chunk in XOR encoding. Reusable: {@link #reset} makes it a cursor over another chunk. Every bit is taken from
 * inside the given range: a chunk that ends early or that no encoder writes is a {@link CorruptionException} from
 * {@link #next} or {@link #seek}, and the cursor is then at its end.
 *
 * <p>The array stays the caller's; it is read while the cursor moves and must keep the chunk's bytes so long. Not
 * thread-safe.
 */
public final class XorCursor extends FloatCursor {
    public XorCursor() {
        super(ChunkEncoding.XOR, XorChunk.HEADER_BYTES);
    }

    /**
     * Starts before the first sample of a chunk; the number of samples is that of its header.
     *
     * @throws CorruptionException if the range is shorter than a header
     */
    public XorCursor reset(byte[] buffer, int offset, int length) throws CorruptionException {
        place(buffer, offset, length);
        return this;
    }

    /**
     * Starts before the first sample of a chunk that may be growing: {@code sampleCount} samples lie within
     * {@code length} bytes, and the count in the header is not looked at.
     */
    public XorCursor reset(byte[] buffer, int offset, int length, int sampleCount) throws CorruptionException {
        place(buffer, offset, length);
        count = sampleCount;
        return this;
    }

    /**
     * @param file where the bytes came from, for error messages
     * @param fileOffset where in it the chunk's data begins
     */
    XorCursor reset(byte[] buffer, int offset, int length, String file, long fileOffset) throws CorruptionException {
        place(buffer, offset, length, file, fileOffset);
        return this;
    }

    @Override
    void decodeOneOfTheFirstTwo() throws CorruptionException {
        long raw = readUvarint();
        if (read == 0) {
            timestampMillis = raw >>> 1 ^ -(raw & 1);
            valueBits = readBits(64);
        } else {
            deltaMillis = raw;
            timestampMillis += raw;
            decodeValue(peek());
        }
    }

    @Override
    void decodeSample() throws CorruptionException {
        long bits = peek();
        int size;
        if (bits >= 0) {
            size = 1;
        } else if (bits << 1 >= 0) {
            deltaMillis += signed(bits << 2 >>> 64 - 14, 14);
            size = 2 + 14;
        } else if (bits << 2 >= 0) {
            deltaMillis += signed(bits << 3 >>> 64 - 17, 17);
            size = 3 + 17;
        } else if (bits << 3 >= 0) {
            deltaMillis += signed(bits << 4 >>> 64 - 20, 20);
            size = 4 + 20;
        } else {
            position += 4;
            deltaMillis += readBits(64);
            timestampMillis += deltaMillis;
            decodeValue(peek());
            return;
        }
        timestampMillis += deltaMillis;
        position += size;
        // 57 bits were peeked at the least, 24 are taken, and the value's prefix needs no more than 13.
        decodeValue(bits << size);
    }

    /** Decodes the value at the position; at least 13 bits from there on are at the top of {@code bits}. */
    private void decodeValue(long bits) throws CorruptionException {
        if (bits >= 0) {
            position++;
            return;
        }
        if (bits << 1 >= 0) {
            position += 2;
        } else {
            newWindow(bits << 2);
            position += 13;
        }
        valueBits ^= readXor();
    }

    @Override
    public long startTimestampMillis() {
        return 0;
    }
}

package dev.cairndb.chunks;

import dev.cairndb.io.BigEndian;
import dev.cairndb.io.CorruptionException;

/**
 * Decodes a chunk in XOR encoding. Reusable: {@link #reset} makes it a cursor over another chunk. Every bit is taken
 * from inside the given range: a chunk that ends early or that no encoder writes is a {@link CorruptionException} from
 * {@link #next} or {@link #seek}, and the cursor is then at its end.
 *
 * <p>The array stays the caller's; it is read while the cursor moves and must keep the chunk's bytes so long. Not
 * thread-safe.
 */
public final class XorCursor extends FloatCursor {
    /**
     * How far bits are loaded for a sample in {@link #decodeMany}: 9 bytes from behind the 16 and 13 before the value
     * on.
     */
    private static final int LOADED_BITS = 16 + 13 + 9 * Byte.SIZE;

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

    /**
     * The same as {@link #decodeSample} for timestamps on time or nearly so, with all state in registers and nothing
     * checked twice; a sample of another form is left to it.
     */
    @Override
    int decodeMany(long[] timestampsMillis, int from, long[] valuesBits, int valuesFrom, int samplesMax)
            throws CorruptionException {
        int toValues = valuesFrom - from;
        byte[] bytes = buffer;
        long at = position;
        long atMax = (long) bytes.length * Byte.SIZE - LOADED_BITS;
        long time = timestampMillis;
        long delta = deltaMillis;
        long value = valueBits;
        int zeros = trailing;
        int outside = leading + zeros;
        int i = from;
        for (int to = from + samplesMax; i < to && at <= atMax; i++) {
            long bits = BigEndian.getLong(bytes, (int) (at >>> 3)) << (at & 7);
            int size = 1;
            if (bits < 0) {
                if (bits << 1 < 0) {
                    break;
                }
                delta += signed(bits << 2 >>> 64 - 14, 14);
                size = 2 + 14;
            }
            time += delta;
            bits <<= size;
            if (bits >= 0) {
                at += size + 1;
            } else {
                if (bits << 1 < 0) {
                    position = at + size;
                    newWindow(bits << 2);
                    zeros = trailing;
                    outside = leading + zeros;
                    size += 11;
                }
                at += size + 2;
                int first = (int) (at >>> 3);
                int skipped = (int) (at & 7);
                long xor = BigEndian.getLong(bytes, first) << skipped;
                if (outside < Byte.SIZE) {
                    xor |= (bytes[first + Long.BYTES] & 0xFF) >>> Byte.SIZE - skipped;
                }
                value ^= xor >>> outside << zeros;
                at += 64 - outside;
            }
            if (at > end) {
                position = at;
                read += i - from;
                throw endedEarly();
            }
            timestampsMillis[i] = time;
            valuesBits[i + toValues] = value;
        }
        position = at;
        timestampMillis = time;
        deltaMillis = delta;
        valueBits = value;
        return i - from;
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

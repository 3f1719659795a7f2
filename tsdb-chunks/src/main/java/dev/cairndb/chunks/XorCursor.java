package dev.cairndb.chunks;

import dev.cairndb.io.BigEndian;
import dev.cairndb.io.CorruptionException;
import java.util.Objects;

/**
 * Decodes a chunk in XOR encoding. Reusable: {@link #reset} makes it a cursor over another chunk. Every bit is taken from
 * inside the given range: a chunk that ends early or that no encoder writes is a {@link CorruptionException} from
 * {@link #next} or {@link #seek}, and the cursor is then at its end.
 *
 * <p>The array stays the caller's; it is read while the cursor moves and must keep the chunk's bytes so long. Not
 * thread-safe.
 */
public final class XorCursor implements SampleCursor {
    private static final String UNNAMED = "XOR chunk in memory";

    private byte[] buffer = new byte[0];
    /** Bit positions are those in {@link #buffer}, not in the chunk. */
    private long position;

    private long end;
    private int offset;
    private int count;
    private int read;
    private long timestampMillis;
    private long deltaMillis;
    private long valueBits;
    private int leading;
    private int trailing;
    private String file = UNNAMED;
    private long fileOffset;

    /**
     * Starts before the first sample of a chunk; the number of samples is that of its header.
     *
     * @throws CorruptionException if the range is shorter than a header
     */
    public XorCursor reset(byte[] buffer, int offset, int length) throws CorruptionException {
        return reset(buffer, offset, length, UNNAMED, 0);
    }

    /**
     * Starts before the first sample of a chunk that may be growing: {@code sampleCount} samples lie within
     * {@code length} bytes, and the count in the header is not looked at.
     */
    public XorCursor reset(byte[] buffer, int offset, int length, int sampleCount) throws CorruptionException {
        place(buffer, offset, length, UNNAMED, 0);
        count = sampleCount;
        return this;
    }

    /**
     * @param file where the bytes came from, for error messages
     * @param fileOffset where in it the chunk's data begins
     */
    XorCursor reset(byte[] buffer, int offset, int length, String file, long fileOffset) throws CorruptionException {
        place(buffer, offset, length, file, fileOffset);
        count = BigEndian.getUnsignedShort(buffer, offset);
        return this;
    }

    private void place(byte[] newBuffer, int newOffset, int length, String newFile, long newFileOffset)
            throws CorruptionException {
        Objects.checkFromIndexSize(newOffset, length, newBuffer.length);
        buffer = newBuffer;
        offset = newOffset;
        file = newFile;
        fileOffset = newFileOffset;
        read = 0;
        count = 0;
        timestampMillis = 0;
        deltaMillis = 0;
        valueBits = 0;
        leading = 0;
        trailing = 0;
        position = (long) newOffset + XorChunk.HEADER_BYTES << 3;
        end = (long) newOffset + length << 3;
        if (position > end) {
            throw corrupt("a header of " + XorChunk.HEADER_BYTES + " bytes", length + " bytes");
        }
    }

    @Override
    public boolean next() throws CorruptionException {
        if (read >= count) {
            // One more than the count is the end, as opposed to being on the last sample.
            read = count + 1;
            return false;
        }
        if (read > 1) {
            decodeSample();
        } else {
            decodeOneOfTheFirstTwo();
        }
        if (position > end) {
            throw corrupt("sample " + (read + 1) + " of " + count, "the end of the chunk");
        }
        read++;
        return true;
    }

    private void decodeOneOfTheFirstTwo() throws CorruptionException {
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

    private void decodeSample() throws CorruptionException {
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
            int newLeading = (int) (bits << 2 >>> 59);
            int significant = (int) (bits << 7 >>> 58);
            // 0 stands for 64
            significant = (significant - 1 & 63) + 1;
            if (newLeading + significant > 64) {
                throw corrupt("a window within 64 bits", newLeading + " leading zeros, " + significant + " bits");
            }
            leading = newLeading;
            trailing = 64 - newLeading - significant;
            position += 13;
        }
        valueBits ^= readBits(64 - leading - trailing) << trailing;
    }

    /** Bits from the position on, at the top of the result: 57 or more; zeros where the array ends. */
    private long peek() {
        int at = (int) (position >>> 3);
        long bits = at <= buffer.length - 8 ? BigEndian.getLong(buffer, at) : lastBytes(at);
        return bits << (position & 7);
    }

    /** Takes {@code bitCount} (1 to 64) bits. */
    private long readBits(int bitCount) {
        int at = (int) (position >>> 3);
        int skipped = (int) (position & 7);
        long bits = peek();
        if (skipped + bitCount > 64 && at + 8 < buffer.length) {
            bits |= (buffer[at + 8] & 0xFFL) >>> 8 - skipped;
        }
        position += bitCount;
        return bits >>> 64 - bitCount;
    }

    private long lastBytes(int at) {
        long bits = 0;
        for (int i = 0; i < 8; i++) {
            bits = bits << 8 | (at + i < buffer.length ? buffer[at + i] & 0xFF : 0);
        }
        return bits;
    }

    private long readUvarint() throws CorruptionException {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            long b = readBits(8);
            value |= (b & 0x7F) << shift;
            if (b < 0x80) {
                if (shift == 63 && b > 1) {
                    break;
                }
                return value;
            }
        }
        throw corrupt("a varint of at most 64 bits", "a longer one");
    }

    /** The value of a field whose range reaches one further up than down. */
    private static long signed(long raw, int bitCount) {
        return raw > 1L << bitCount - 1 ? raw - (1L << bitCount) : raw;
    }

    private CorruptionException corrupt(String expected, String found) {
        read = count + 1;
        long at = Math.min(position, end) / 8 - offset;
        return new CorruptionException(file, fileOffset + at, expected, found);
    }

    @Override
    public boolean seek(long timestampMillis) throws CorruptionException {
        if (read > 0 && read <= count && this.timestampMillis >= timestampMillis) {
            return true;
        }
        while (next()) {
            if (this.timestampMillis >= timestampMillis) {
                return true;
            }
        }
        return false;
    }

    /**
     * Decodes the samples from here to the end into two arrays and leaves the cursor at its end.
     *
     * @return how many there were
     * @throws IndexOutOfBoundsException if they do not fit; {@link #samplesLeft} tells beforehand
     */
    public int decode(long[] timestampsMillis, long[] valuesBits, int at) throws CorruptionException {
        int n = samplesLeft();
        Objects.checkFromIndexSize(at, n, Math.min(timestampsMillis.length, valuesBits.length));
        for (int i = at; next(); i++) {
            timestampsMillis[i] = timestampMillis;
            valuesBits[i] = valueBits;
        }
        return n;
    }

    /** How many times {@link #next} will return true, if the chunk is whole. */
    public int samplesLeft() {
        return Math.max(count - read, 0);
    }

    /** Bytes of the chunk up to the end of the present sample, the last of them perhaps used in part. */
    int bytesRead() {
        return (int) (position + 7 >>> 3) - offset;
    }

    @Override
    public SampleKind kind() {
        return SampleKind.FLOAT;
    }

    @Override
    public long timestampMillis() {
        return timestampMillis;
    }

    @Override
    public double value() {
        return Double.longBitsToDouble(valueBits);
    }

    @Override
    public long valueBits() {
        return valueBits;
    }

    @Override
    public HistogramSample histogram() {
        throw new IllegalStateException("the sample is a float");
    }

    @Override
    public long startTimestampMillis() {
        return 0;
    }
}

package dev.cairndb.chunks;

import dev.cairndb.io.BigEndian;
import dev.cairndb.io.CorruptionException;
import java.util.Objects;

/** A cursor over one chunk of floats. Not thread-safe; see {@link XorCursor} and {@link Xor2Cursor}. */
public abstract sealed class FloatCursor implements SampleCursor permits XorCursor, Xor2Cursor {
    /** As many as Prometheus puts into a chunk, and some more. */
    private static final int BITS_AT_ONCE = 128;

    private final String unnamed;
    private final int headerBytes;

    byte[] buffer = new byte[0];
    /** Bit positions are those in {@link #buffer}, not in the chunk. */
    long position;

    /** Samples decoded; one more than {@link #count} at the end. */
    int read;

    int count;
    long timestampMillis;
    long deltaMillis;
    long valueBits;
    int leading;
    int trailing;
    long end;
    private long[] someBits = {};
    private int offset;
    private String file;
    private long fileOffset;

    FloatCursor(ChunkEncoding encoding, int headerBytes) {
        unnamed = encoding + " chunk in memory";
        file = unnamed;
        this.headerBytes = headerBytes;
    }

    /** Starts over a chunk whose header tells the number of samples. */
    final void place(byte[] newBuffer, int newOffset, int length) throws CorruptionException {
        place(newBuffer, newOffset, length, unnamed, 0);
    }

    final void place(byte[] newBuffer, int newOffset, int length, String newFile, long newFileOffset)
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
        position = (long) newOffset + headerBytes << 3;
        end = (long) newOffset + length << 3;
        if (position > end) {
            throw corrupt("a header of " + headerBytes + " bytes", length + " bytes");
        }
        count = BigEndian.getUnsignedShort(buffer, offset);
    }

    @Override
    public final boolean next() throws CorruptionException {
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
            throw endedEarly();
        }
        read++;
        return true;
    }

    abstract void decodeOneOfTheFirstTwo() throws CorruptionException;

    /** Decodes the third or a later sample. */
    abstract void decodeSample() throws CorruptionException;

    /** Takes a new window, the 11 bits of which are at the top of {@code bits}. */
    final void newWindow(long bits) throws CorruptionException {
        int newLeading = (int) (bits >>> 59);
        int significant = (int) (bits << 5 >>> 58);
        // 0 stands for 64
        significant = (significant - 1 & 63) + 1;
        if (newLeading + significant > 64) {
            throw corrupt("a window within 64 bits", newLeading + " leading zeros, " + significant + " bits");
        }
        leading = newLeading;
        trailing = 64 - newLeading - significant;
    }

    /** Takes the significant bits of an XOR in the present window. */
    final long readXor() {
        return readBits(64 - leading - trailing) << trailing;
    }

    /** Bits from the position on, at the top of the result: 57 or more; zeros where the array ends. */
    final long peek() {
        int at = (int) (position >>> 3);
        long bits = at <= buffer.length - 8 ? BigEndian.getLong(buffer, at) : lastBytes(at);
        return bits << (position & 7);
    }

    /** Takes {@code bitCount} (1 to 64) bits. */
    final long readBits(int bitCount) {
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

    final long readUvarint() throws CorruptionException {
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
    static long signed(long raw, int bitCount) {
        return raw > 1L << bitCount - 1 ? raw - (1L << bitCount) : raw;
    }

    final CorruptionException endedEarly() {
        return corrupt("sample " + (read + 1) + " of " + count, "the end of the chunk");
    }

    final CorruptionException corrupt(String expected, String found) {
        read = count + 1;
        long at = Math.min(position, end) / 8 - offset;
        return new CorruptionException(file, fileOffset + at, expected, found);
    }

    @Override
    public final boolean seek(long timestampMillis) throws CorruptionException {
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
    public final int decode(long[] timestampsMillis, long[] valuesBits, int at) throws CorruptionException {
        int n = samplesLeft();
        Objects.checkFromIndexSize(at, n, Math.min(timestampsMillis.length, valuesBits.length));
        decode(timestampsMillis, at, valuesBits, at, n);
        read = count + 1;
        return n;
    }

    /** The same with values as numbers, the bits of which are those of {@link #valueBits}, NaN payloads included. */
    public final int decode(long[] timestampsMillis, double[] values, int at) throws CorruptionException {
        int n = samplesLeft();
        Objects.checkFromIndexSize(at, n, Math.min(timestampsMillis.length, values.length));
        if (someBits.length == 0) {
            someBits = new long[BITS_AT_ONCE];
        }
        long[] bits = someBits;
        for (int done = 0; done < n; done += bits.length) {
            int part = Math.min(n - done, bits.length);
            decode(timestampsMillis, at + done, bits, 0, part);
            for (int i = 0; i < part; i++) {
                values[at + done + i] = Double.longBitsToDouble(bits[i]);
            }
        }
        read = count + 1;
        return n;
    }

    private void decode(long[] timestampsMillis, int from, long[] valuesBits, int valuesFrom, int n)
            throws CorruptionException {
        for (int i = 0; i < n; i++) {
            if (read > 1) {
                int many = decodeMany(timestampsMillis, from + i, valuesBits, valuesFrom + i, n - i);
                read += many;
                i += many;
            }
            // one of the first two, one that is rare, or one too near to the end of the array
            if (i < n && next()) {
                timestampsMillis[from + i] = timestampMillis;
                valuesBits[valuesFrom + i] = valueBits;
            }
        }
    }

    /**
     * Decodes as many samples as it can do faster than one by one, perhaps none, from the third of the chunk on.
     *
     * @return how many; the state but for {@link #read} is that after the last of them
     */
    abstract int decodeMany(long[] timestampsMillis, int from, long[] valuesBits, int valuesFrom, int samplesMax)
            throws CorruptionException;

    /** How many times {@link #next} will return true, if the chunk is whole. */
    public final int samplesLeft() {
        return Math.max(count - read, 0);
    }

    /** Bytes of the chunk up to the end of the present sample, the last of them perhaps used in part. */
    final int bytesRead() {
        return (int) (position + 7 >>> 3) - offset;
    }

    @Override
    public final SampleKind kind() {
        return SampleKind.FLOAT;
    }

    @Override
    public final long timestampMillis() {
        return timestampMillis;
    }

    @Override
    public final double value() {
        return Double.longBitsToDouble(valueBits);
    }

    @Override
    public final long valueBits() {
        return valueBits;
    }

    @Override
    public final HistogramSample histogram() {
        throw new IllegalStateException("the sample is a float");
    }
}

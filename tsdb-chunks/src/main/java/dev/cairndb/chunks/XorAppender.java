package dev.cairndb.chunks;

import dev.cairndb.io.BigEndian;
import dev.cairndb.io.Varint;

/**
 * Appends float samples to a chunk in XOR encoding, inside a range of somebody else's byte array. A flyweight: one
 * instance serves many open chunks, because its whole state can be read from the getters and put back with {@link #load}.
 *
 * <p>Room: the array belongs to the caller, who makes sure before each {@link #append} that the chunk's range has at least
 * {@code byteLength() + MAX_BYTES_PER_SAMPLE} bytes and that the size of the range is a multiple of 8: the chunk is
 * written in words of 8 bytes counted from its offset. What the range held before does not matter.
 *
 * <p>Readers: bits of samples that were appended earlier are stored again now and then, always with the same value. A
 * reader in another thread that learned a byte length and a sample count (safely published) can decode that many samples
 * while later ones are being appended; it must not look at the count in the chunk's header.
 *
 * <p>A chunk that was read from a file is never appended to: its bytes do not tell where the last one ends.
 * Not thread-safe.
 */
public final class XorAppender {
    /** Samples a chunk can hold; its header has 16 bits for them. */
    public static final int SAMPLES_MAX = 0xFFFF;

    /** {@link #byteLength()} grows by no more than this in one {@link #append}. */
    public static final int MAX_BYTES_PER_SAMPLE = 20;

    /** {@link #leading()} of a chunk in which no value differed from the one before it so far. */
    public static final int NO_WINDOW = 0xFF;

    private byte[] buffer = new byte[0];
    private int offset;
    private int count;
    private long lastTimestampMillis;
    private long lastDeltaMillis;
    private long lastValueBits;
    private int leading = NO_WINDOW;
    private int trailing;

    /** The word being filled: {@link #usedBits} of it are taken, the rest is zero. */
    private long word;

    private int usedBits;
    /** Index in {@link #buffer} of {@link #word}. */
    private int wordAt;

    /** Begins an empty chunk at {@code offset}. */
    public void start(byte[] buffer, int offset) {
        load(buffer, offset, XorChunk.HEADER_BYTES * Byte.SIZE, 0, 0, 0, 0, NO_WINDOW, 0);
        word = 0;
        BigEndian.putShort(buffer, offset, 0);
    }

    /**
     * Goes on with an open chunk. All numbers are those that the getters gave after its last {@link #append}.
     *
     * @param leading {@code byte} sized; the sign bit is ignored, so that {@link #NO_WINDOW} survives in a byte array
     */
    public void load(
            byte[] buffer,
            int offset,
            int bitPosition,
            int count,
            long lastTimestampMillis,
            long lastDeltaMillis,
            long lastValueBits,
            int leading,
            int trailing) {
        this.buffer = buffer;
        this.offset = offset;
        this.count = count;
        this.lastTimestampMillis = lastTimestampMillis;
        this.lastDeltaMillis = lastDeltaMillis;
        this.lastValueBits = lastValueBits;
        this.leading = leading & 0xFF;
        this.trailing = trailing;
        usedBits = bitPosition & 63;
        wordAt = offset + (bitPosition >>> 6 << 3);
        // Bits behind the end may be left over from an earlier use of the memory.
        word = usedBits == 0 ? 0 : BigEndian.getLong(buffer, wordAt) & -1L << 64 - usedBits;
    }

    /**
     * Appends a sample. Timestamps are expected to ascend, but any are encoded faithfully.
     *
     * @throws IllegalStateException if the chunk holds {@link #SAMPLES_MAX} samples already
     */
    public void append(long timestampMillis, long valueBits) {
        if (count < 2) {
            appendOneOfTheFirstTwo(timestampMillis, valueBits);
            return;
        }
        if (count >= SAMPLES_MAX) {
            throw new IllegalStateException("chunk is full: samples=" + count);
        }
        long delta = timestampMillis - lastTimestampMillis;
        long deltaOfDelta = delta - lastDeltaMillis;
        lastDeltaMillis = delta;
        if (deltaOfDelta == 0) {
            appendValue(0, 1, valueBits);
        } else if (fits(deltaOfDelta, 14)) {
            appendValue(0b10L << 14 | deltaOfDelta & (1L << 14) - 1, 2 + 14, valueBits);
        } else if (fits(deltaOfDelta, 17)) {
            appendValue(0b110L << 17 | deltaOfDelta & (1L << 17) - 1, 3 + 17, valueBits);
        } else if (fits(deltaOfDelta, 20)) {
            appendValue(0b1110L << 20 | deltaOfDelta & (1L << 20) - 1, 4 + 20, valueBits);
        } else {
            putBits(0b1111, 4);
            putBits(deltaOfDelta, 64);
            appendValue(0, 0, valueBits);
        }
        finishSample(timestampMillis, valueBits);
    }

    private void appendOneOfTheFirstTwo(long timestampMillis, long valueBits) {
        if (count == 0) {
            putVarintBytes(timestampMillis << 1 ^ timestampMillis >> 63);
            putBits(valueBits, 64);
        } else {
            lastDeltaMillis = timestampMillis - lastTimestampMillis;
            putVarintBytes(lastDeltaMillis);
            appendValue(0, 0, valueBits);
        }
        finishSample(timestampMillis, valueBits);
    }

    /** Appends {@code pendingCount} (at most 24) bits that come before the value, and the value. */
    private void appendValue(long pending, int pendingCount, long valueBits) {
        long xor = valueBits ^ lastValueBits;
        if (xor == 0) {
            putBits(pending << 1, pendingCount + 1);
            return;
        }
        // The field for leading zeros has 5 bits.
        int newLeading = Math.min(Long.numberOfLeadingZeros(xor), 31);
        int newTrailing = Long.numberOfTrailingZeros(xor);
        // NO_WINDOW is more than any number of leading zeros.
        if (newLeading >= leading && newTrailing >= trailing) {
            putBits(pending << 2 | 0b10, pendingCount + 2);
            putBits(xor >>> trailing, 64 - leading - trailing);
            return;
        }
        leading = newLeading;
        trailing = newTrailing;
        int significant = 64 - newLeading - newTrailing;
        // 64 does not fit 6 bits and is written as 0, which would be of no use otherwise.
        putBits((pending << 2 | 0b11) << 11 | (long) newLeading << 6 | significant & 63, pendingCount + 13);
        putBits(xor >>> newTrailing, significant);
    }

    private void finishSample(long timestampMillis, long valueBits) {
        if (usedBits != 0) {
            BigEndian.putLong(buffer, wordAt, word);
        }
        lastTimestampMillis = timestampMillis;
        lastValueBits = valueBits;
        BigEndian.putShort(buffer, offset, ++count);
    }

    private void putVarintBytes(long value) {
        long rest = value;
        for (int i = Varint.sizeOfUvarint(value); i > 1; i--) {
            putBits(rest & 0x7F | 0x80, 8);
            rest >>>= 7;
        }
        putBits(rest, 8);
    }

    /** Appends the low {@code bitCount} (1 to 64) bits of {@code bits}; those above must be zero. */
    private void putBits(long bits, int bitCount) {
        int used = usedBits + bitCount;
        if (used < 64) {
            word |= bits << 64 - used;
            usedBits = used;
            return;
        }
        int left = used - 64;
        BigEndian.putLong(buffer, wordAt, word | bits >>> left);
        wordAt += 8;
        usedBits = left;
        word = left == 0 ? 0 : bits << 64 - left;
    }

    /** Whether the layout has room for the value in {@code bitCount} bits; its ranges reach one further up than down. */
    private static boolean fits(long value, int bitCount) {
        return value >= -((1L << bitCount - 1) - 1) && value <= 1L << bitCount - 1;
    }

    /** Bytes from the offset on that the chunk takes now; the unused bits of the last one are zero. */
    public int byteLength() {
        return bitPosition() + 7 >>> 3;
    }

    /** Where the next bit goes, counted from the chunk's offset. */
    public int bitPosition() {
        return (wordAt - offset << 3) + usedBits;
    }

    public int count() {
        return count;
    }

    /** Undefined in an empty chunk, like the other {@code last} values. */
    public long lastTimestampMillis() {
        return lastTimestampMillis;
    }

    /** Difference of the last two timestamps; 0 as long as there is one sample. */
    public long lastDeltaMillis() {
        return lastDeltaMillis;
    }

    public long lastValueBits() {
        return lastValueBits;
    }

    /** Leading zeros of the present window of significant bits (0 to 31), or {@link #NO_WINDOW}. */
    public int leading() {
        return leading;
    }

    /** Trailing zeros of the present window (0 to 63). */
    public int trailing() {
        return trailing;
    }
}

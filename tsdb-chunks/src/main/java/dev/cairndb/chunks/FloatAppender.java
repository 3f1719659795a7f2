package dev.cairndb.chunks;

import dev.cairndb.io.BigEndian;
import dev.cairndb.io.Varint;
import java.util.Objects;

/**
 * Appends float samples to a chunk inside a range of somebody else's byte array. A flyweight: one instance serves many
 * open chunks, because its whole state can be read from the getters and put back with {@code load}.
 *
 * <p>Room: the array belongs to the caller, who makes sure before each {@link #append} that the chunk's range has at
 * least {@code byteLength() + bytesPerSampleMax()} bytes and that the size of the range is a multiple of 8: the chunk
 * is written in words of 8 bytes counted from its offset. What the range held before does not matter.
 *
 * <p>Readers: bits of samples that were appended earlier are stored again now and then, always with the same value. A
 * reader in another thread that learned a byte length and a sample count (safely published) can decode that many
 * samples while later ones are being appended; it must not look at the count in the chunk's header.
 *
 * <p>A chunk that was read from a file is never appended to. Not thread-safe.
 */
public abstract sealed class FloatAppender permits XorAppender, Xor2Appender {
    /** Samples a chunk can hold; its header has 16 bits for them. */
    public static final int SAMPLES_MAX = 0xFFFF;

    /** {@link #leading()} of a chunk in which no value differed from the one before it so far. */
    public static final int NO_WINDOW = 0xFF;

    byte[] buffer = new byte[0];
    int offset;
    int count;
    long lastTimestampMillis;
    long lastDeltaMillis;
    long lastValueBits;
    int leading = NO_WINDOW;
    int trailing;

    /** The word being filled: {@link #usedBits} of it are taken, the rest is zero. */
    private long word;

    private int usedBits;
    /** Index in {@link #buffer} of {@link #word}. */
    private int wordAt;

    FloatAppender() {}

    /** Begins an empty chunk at {@code offset}. */
    public abstract void start(byte[] buffer, int offset);

    /**
     * Appends a sample. Timestamps are expected to ascend, but any are encoded faithfully.
     *
     * @param startTimestampMillis 0 for none; dropped by an encoding that has no room for it
     * @throws IllegalStateException if the chunk holds {@link #SAMPLES_MAX} samples already
     */
    public abstract void append(long timestampMillis, long startTimestampMillis, long valueBits);

    /**
     * Appends samples {@code from} to {@code to} (exclusive) of two arrays, without start timestamps; as
     * {@link #append} for each, but faster. Room is needed for all of them.
     *
     * @throws IllegalStateException if the chunk would hold more than {@link #SAMPLES_MAX} samples; nothing is appended
     *     then
     */
    public final void append(long[] timestampsMillis, long[] valuesBits, int from, int to) {
        Objects.checkFromToIndex(from, to, Math.min(timestampsMillis.length, valuesBits.length));
        if (count + (to - from) > SAMPLES_MAX) {
            throw new IllegalStateException("chunk is full: samples=" + count + ", more=" + (to - from));
        }
        int next = from;
        while (next < to) {
            if (count >= 2) {
                next += appendMany(timestampsMillis, valuesBits, next, to);
            }
            // one of the first two, or one that is rare
            if (next < to) {
                append(timestampsMillis[next], 0, valuesBits[next]);
                next++;
            }
        }
    }

    /**
     * Appends as many samples, to a chunk that has two, as can be done faster than one by one, perhaps none; returns
     * how many.
     */
    abstract int appendMany(long[] timestampsMillis, long[] valuesBits, int from, int to);

    /** {@link #byteLength()} grows by no more than this in one {@link #append}. */
    public abstract int bytesPerSampleMax();

    public abstract ChunkEncoding encoding();

    /** Finds the bit position in {@link #buffer}, with the bits before it in the word to fill. */
    final void loadBits(int bitPosition) {
        usedBits = bitPosition & 63;
        wordAt = offset + (bitPosition >>> 6 << 3);
        // Bits behind the end may be left over from an earlier use of the memory.
        word = usedBits == 0 ? 0 : BigEndian.getLong(buffer, wordAt) & -1L << 64 - usedBits;
    }

    /** The bits of the byte at the position that are taken, at the top; the rest is zero. */
    final long begunByte() {
        return word << (usedBits & -Byte.SIZE);
    }

    /** Begins at the end of a header of zeros. */
    final void startBits(int headerBytes) {
        wordAt = offset;
        word = 0;
        usedBits = headerBytes * Byte.SIZE;
    }

    final void checkRoom() {
        if (count >= SAMPLES_MAX) {
            throw new IllegalStateException("chunk is full: samples=" + count);
        }
    }

    /** Appends the bits of an XOR that fit the window, or that make a new one, behind the bits that say which. */
    final void putXor(long reusePrefix, int reusePrefixCount, long newPrefix, int newPrefixCount, long xor) {
        // The field for leading zeros has 5 bits.
        int newLeading = Math.min(Long.numberOfLeadingZeros(xor), 31);
        int newTrailing = Long.numberOfTrailingZeros(xor);
        // NO_WINDOW is more than any number of leading zeros.
        if (newLeading >= leading && newTrailing >= trailing) {
            putBits(reusePrefix, reusePrefixCount);
            putBits(xor >>> trailing, 64 - leading - trailing);
            return;
        }
        leading = newLeading;
        trailing = newTrailing;
        int significant = 64 - newLeading - newTrailing;
        // 64 does not fit 6 bits and is written as 0, which would be of no use otherwise.
        putBits(newPrefix << 11 | (long) newLeading << 6 | significant & 63, newPrefixCount + 11);
        putBits(xor >>> newTrailing, significant);
    }

    final void finishSample(long timestampMillis, long valueBits) {
        if (usedBits != 0) {
            BigEndian.putLong(buffer, wordAt, word);
        }
        lastTimestampMillis = timestampMillis;
        lastValueBits = valueBits;
        BigEndian.putShort(buffer, offset, ++count);
    }

    final void putVarintBytes(long value) {
        putUvarintBytes(value << 1 ^ value >> 63);
    }

    final void putUvarintBytes(long value) {
        long rest = value;
        for (int i = Varint.sizeOfUvarint(value); i > 1; i--) {
            putBits(rest & 0x7F | 0x80, 8);
            rest >>>= 7;
        }
        putBits(rest, 8);
    }

    /** Appends the low {@code bitCount} (1 to 64) bits of {@code bits}; those above must be zero. */
    final void putBits(long bits, int bitCount) {
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

    /**
     * Whether the layout has room for the value in {@code bitCount} bits; its ranges reach one further up than down.
     */
    static boolean fits(long value, int bitCount) {
        return value >= -((1L << bitCount - 1) - 1) && value <= 1L << bitCount - 1;
    }

    /** Bytes from the offset on that the chunk takes now; the unused bits of the last one are zero. */
    public final int byteLength() {
        return bitPosition() + 7 >>> 3;
    }

    /** Where the next bit goes, counted from the chunk's offset. */
    public final int bitPosition() {
        return (wordAt - offset << 3) + usedBits;
    }

    public final int count() {
        return count;
    }

    /** Undefined in an empty chunk, like the other {@code last} values. */
    public final long lastTimestampMillis() {
        return lastTimestampMillis;
    }

    /** Difference of the last two timestamps; 0 as long as there is one sample. */
    public final long lastDeltaMillis() {
        return lastDeltaMillis;
    }

    public final long lastValueBits() {
        return lastValueBits;
    }

    /** Leading zeros of the present window of significant bits (0 to 31), or {@link #NO_WINDOW}. */
    public final int leading() {
        return leading;
    }

    /** Trailing zeros of the present window (0 to 63). */
    public final int trailing() {
        return trailing;
    }
}

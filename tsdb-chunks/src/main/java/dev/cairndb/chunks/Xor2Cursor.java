package dev.cairndb.chunks;

import dev.cairndb.io.BigEndian;
import dev.cairndb.io.CorruptionException;

/**
 * Decodes a chunk in XOR2 encoding, start timestamps included. Reusable: {@link #reset} makes it a cursor over another
 * chunk. Every bit is taken from inside the given range: a chunk that ends early or that no encoder writes is a {@link
 * CorruptionException} from {@link #next} or {@link #seek}, and the cursor is then at its end.
 *
 * <p>The array stays the caller's; it is read while the cursor moves and must keep the chunk's bytes so long. Not
 * thread-safe.
 */
public final class Xor2Cursor extends FloatCursor {
    /** Bits of a varbit number behind a prefix of so many ones. */
    private static final byte[] VARBIT_SIZES = {0, 3, 6, 9, 12, 18, 25, 56, 64};

    /**
     * How far bits are loaded for a sample in {@link #decodeMany}: 9 bytes from behind the 19 and 11 before the value
     * on.
     */
    private static final int LOADED_BITS = 19 + 11 + 9 * Byte.SIZE;

    private boolean firstStartKnown;
    private int changesFrom;
    private long baselineBits;
    private long startTimestampMillis;
    /** From the start timestamp of the present sample to the sample before it. */
    private long startDistanceMillis;

    public Xor2Cursor() {
        super(ChunkEncoding.XOR2, Xor2Chunk.HEADER_BYTES);
    }

    /**
     * Starts before the first sample of a chunk; the number of samples is that of its header.
     *
     * @throws CorruptionException if the range is shorter than a header
     */
    public Xor2Cursor reset(byte[] buffer, int offset, int length) throws CorruptionException {
        place(buffer, offset, length);
        return begin(offset);
    }

    /**
     * Starts before the first sample of a chunk that may be growing: {@code sampleCount} samples lie within
     * {@code length} bytes, and the count in the header is not looked at.
     */
    public Xor2Cursor reset(byte[] buffer, int offset, int length, int sampleCount) throws CorruptionException {
        place(buffer, offset, length);
        count = sampleCount;
        return begin(offset);
    }

    /**
     * @param file where the bytes came from, for error messages
     * @param fileOffset where in it the chunk's data begins
     */
    Xor2Cursor reset(byte[] buffer, int offset, int length, String file, long fileOffset) throws CorruptionException {
        place(buffer, offset, length, file, fileOffset);
        return begin(offset);
    }

    private Xor2Cursor begin(int offset) {
        int header = buffer[offset + Xor2Chunk.START_TIMESTAMPS_AT];
        firstStartKnown = (header & Xor2Chunk.FIRST_KNOWN) != 0;
        changesFrom = header & Xor2Chunk.CHANGES_FROM_MASK;
        baselineBits = 0;
        startTimestampMillis = 0;
        startDistanceMillis = 0;
        return this;
    }

    @Override
    void decodeOneOfTheFirstTwo() throws CorruptionException {
        if (read == 0) {
            timestampMillis = readVarint();
            valueBits = readBits(64);
            baselineBits = valueBits == Xor2Chunk.STALE_NAN ? 0 : valueBits;
            if (firstStartKnown) {
                startTimestampMillis = timestampMillis - readVarint();
            }
            return;
        }
        long previousMillis = timestampMillis;
        deltaMillis = readUvarint();
        timestampMillis += deltaMillis;
        decodeValue(peek());
        decodeStart(previousMillis);
    }

    private long readVarint() throws CorruptionException {
        long raw = readUvarint();
        return raw >>> 1 ^ -(raw & 1);
    }

    /**
     * The same as {@link #decodeSample} for timestamps on time or nearly so, no stale markers, up to the first sample
     * that is followed by a start timestamp: with all state in registers and nothing checked twice.
     */
    @Override
    int decodeMany(long[] timestampsMillis, int from, long[] valuesBits, int valuesFrom, int samplesMax)
            throws CorruptionException {
        int toValues = valuesFrom - from;
        int to = from + (changesFrom == 0 ? samplesMax : Math.max(0, Math.min(samplesMax, changesFrom - read)));
        byte[] bytes = buffer;
        long at = position;
        long atMax = (long) bytes.length * Byte.SIZE - LOADED_BITS;
        long time = timestampMillis;
        long delta = deltaMillis;
        long value = baselineBits;
        int zeros = trailing;
        int outside = leading + zeros;
        int i = from;
        for (; i < to && at <= atMax; i++) {
            long bits = BigEndian.getLong(bytes, (int) (at >>> 3)) << (at & 7);
            if (bits >= 0) {
                at++;
            } else {
                boolean differs = true;
                boolean inWindow;
                int timeSize = 0;
                int size = 3;
                if (bits << 1 >= 0) {
                    inWindow = bits << 2 >= 0;
                } else {
                    if (bits << 2 < 0 || bits << 16 >>> 61 == 0b111) {
                        break;
                    }
                    delta += bits << 3 >> 64 - 13;
                    bits <<= 16;
                    timeSize = 16;
                    differs = bits < 0;
                    inWindow = bits << 1 >= 0;
                    size = !differs ? 17 : inWindow ? 18 : 19;
                }
                if (differs) {
                    if (!inWindow) {
                        position = at + timeSize;
                        // behind a timestamp as without one, three bits tell of a new window
                        newWindow(bits << 3);
                        zeros = trailing;
                        outside = leading + zeros;
                        size += 11;
                    }
                    at += size;
                    int first = (int) (at >>> 3);
                    int skipped = (int) (at & 7);
                    long xor = BigEndian.getLong(bytes, first) << skipped;
                    if (outside < Byte.SIZE) {
                        xor |= (bytes[first + Long.BYTES] & 0xFF) >>> Byte.SIZE - skipped;
                    }
                    value ^= xor >>> outside << zeros;
                    at += 64 - outside;
                } else {
                    at += size;
                }
            }
            if (at > end) {
                position = at;
                read += i - from;
                throw endedEarly();
            }
            time += delta;
            timestampsMillis[i] = time;
            valuesBits[i + toValues] = value;
        }
        position = at;
        timestampMillis = time;
        deltaMillis = delta;
        if (i > from) {
            baselineBits = value;
            valueBits = value;
        }
        return i - from;
    }

    @Override
    void decodeSample() throws CorruptionException {
        long previousMillis = timestampMillis;
        long bits = peek();
        if (bits >= 0) {
            position++;
            timestampMillis += deltaMillis;
            valueBits = baselineBits;
        } else {
            decodeChange(bits);
        }
        decodeStart(previousMillis);
    }

    private void decodeChange(long bits) throws CorruptionException {
        if (bits << 1 >= 0) {
            timestampMillis += deltaMillis;
            decodeOtherValue(bits << 2);
            return;
        }
        int size;
        if (bits << 2 >= 0) {
            deltaMillis += bits << 3 >> 64 - 13;
            size = 3 + 13;
        } else if (bits << 3 >= 0) {
            deltaMillis += bits << 4 >> 64 - 20;
            size = 4 + 20;
        } else {
            position += 5;
            if (bits << 4 >= 0) {
                deltaMillis += readBits(64);
                timestampMillis += deltaMillis;
                decodeValue(peek());
            } else {
                timestampMillis += deltaMillis;
                valueBits = Xor2Chunk.STALE_NAN;
            }
            return;
        }
        timestampMillis += deltaMillis;
        position += size;
        // 57 bits were peeked at the least, 24 are taken, and the value's prefix needs no more than 14.
        decodeValue(bits << size);
    }

    /** A value that differs, at an unchanged rate; the two bits that say so are still to be taken. */
    private void decodeOtherValue(long bits) throws CorruptionException {
        if (bits >= 0) {
            position += 3;
        } else {
            newWindow(bits << 1);
            position += 3 + 11;
        }
        valueBits = baselineBits ^= readXor();
    }

    /** Decodes the value at the position; at least 14 bits from there on are at the top of {@code bits}. */
    private void decodeValue(long bits) throws CorruptionException {
        if (bits >= 0) {
            position++;
            valueBits = baselineBits;
            return;
        }
        if (bits << 1 >= 0) {
            position += 2;
        } else if (bits << 2 >= 0) {
            newWindow(bits << 3);
            position += 3 + 11;
        } else {
            position += 3;
            valueBits = Xor2Chunk.STALE_NAN;
            return;
        }
        valueBits = baselineBits ^= readXor();
    }

    private void decodeStart(long previousMillis) {
        if (changesFrom == 0 || read < changesFrom) {
            return;
        }
        long number = readVarbit();
        startDistanceMillis = read == changesFrom ? number : startDistanceMillis + number;
        startTimestampMillis = previousMillis - startDistanceMillis;
    }

    private long readVarbit() {
        int ones = Math.min(Long.numberOfLeadingZeros(~peek()), 8);
        position += Math.min(ones + 1, 8);
        int size = VARBIT_SIZES[ones];
        return switch (size) {
            case 0 -> 0;
            case 64 -> readBits(64);
            default -> signed(readBits(size), size);
        };
    }

    @Override
    public long startTimestampMillis() {
        return startTimestampMillis;
    }
}

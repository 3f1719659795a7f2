package dev.cairndb.chunks;

import dev.cairndb.io.BigEndian;

/**
 * Appends float samples and their start timestamps to a chunk in XOR2 encoding (Prometheus tsdb/chunkenc/xor2.go). Time
 * and value share a prefix; stale markers have codes of their own and leave the {@linkplain #baselineBits baseline}
 * alone. Start timestamps cost nothing as long as none differs from the first, up to the 127th sample.
 */
public final class Xor2Appender extends FloatAppender {
    /** {@link #byteLength()} grows by no more than this in one {@link #append}. */
    public static final int MAX_BYTES_PER_SAMPLE = 29;

    private long lastStartTimestampMillis;
    private long baselineBits;

    @Override
    public void start(byte[] buffer, int offset) {
        BigEndian.putShort(buffer, offset, 0);
        buffer[offset + Xor2Chunk.START_TIMESTAMPS_AT] = 0;
        load(buffer, offset, Xor2Chunk.HEADER_BYTES * Byte.SIZE, 0, 0, 0, 0, 0, NO_WINDOW, 0);
        startBits(Xor2Chunk.HEADER_BYTES);
    }

    /**
     * Goes on with an open chunk. All numbers are those that the getters gave after its last {@link #append}; {@link
     * #lastValueBits} is undefined until the next one.
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
            long lastStartTimestampMillis,
            long baselineBits,
            int leading,
            int trailing) {
        this.buffer = buffer;
        this.offset = offset;
        this.count = count;
        this.lastTimestampMillis = lastTimestampMillis;
        this.lastDeltaMillis = lastDeltaMillis;
        this.lastStartTimestampMillis = lastStartTimestampMillis;
        this.baselineBits = baselineBits;
        this.leading = leading & 0xFF;
        this.trailing = trailing;
        loadBits(bitPosition);
    }

    @Override
    public void append(long timestampMillis, long startTimestampMillis, long valueBits) {
        checkRoom();
        // What a start timestamp is compared with: it is told relative to the sample before.
        long previousMillis = lastTimestampMillis;
        long beforePreviousMillis = lastTimestampMillis - lastDeltaMillis;
        if (count == 0) {
            putVarintBytes(timestampMillis);
            putBits(valueBits, 64);
        } else {
            long delta = timestampMillis - lastTimestampMillis;
            long deltaOfDelta = delta - lastDeltaMillis;
            lastDeltaMillis = delta;
            if (count == 1) {
                putUvarintBytes(delta);
                putValue(0, 0, valueBits);
            } else {
                putTimeAndValue(deltaOfDelta, valueBits);
            }
        }
        if (valueBits != Xor2Chunk.STALE_NAN) {
            baselineBits = valueBits;
        }
        int changesFrom = buffer[offset + Xor2Chunk.START_TIMESTAMPS_AT] & Xor2Chunk.CHANGES_FROM_MASK;
        if (changesFrom != 0) {
            putVarbit((previousMillis - startTimestampMillis) - (beforePreviousMillis - lastStartTimestampMillis));
        } else if (startTimestampMillis != lastStartTimestampMillis || count == Xor2Chunk.CHANGES_FROM_MAX) {
            beginStartTimestamps(timestampMillis, previousMillis, startTimestampMillis);
        }
        lastStartTimestampMillis = startTimestampMillis;
        finishSample(timestampMillis, valueBits);
    }

    /**
     * Appends samples on time or nearly so, no stale markers, as long as nothing has to be said about start timestamps.
     * Bits are stored as in {@link XorAppender#appendMany}.
     */
    @Override
    int appendMany(long[] timestampsMillis, long[] valuesBits, int from, int to) {
        boolean withStarts = buffer[offset + Xor2Chunk.START_TIMESTAMPS_AT] != 0 || lastStartTimestampMillis != 0;
        int stop = withStarts ? from : Math.min(to, from + Math.max(0, Xor2Chunk.CHANGES_FROM_MAX - count));
        byte[] target = buffer;
        int at = offset + (bitPosition() >>> 3);
        int used = bitPosition() & 7;
        long word = begunByte();
        long lastTime = lastTimestampMillis;
        long lastDelta = lastDeltaMillis;
        long baseline = baselineBits;
        int left = leading;
        int right = trailing;
        int significant = 64 - left - right;
        // Bits that are not in the window.
        long outside = left == NO_WINDOW ? -1L : ~(-1L >>> left & -1L << right);
        int i = from;
        for (; i < stop; i++) {
            long value = valuesBits[i];
            long millis = timestampsMillis[i];
            long delta = millis - lastTime;
            long deltaOfDelta = delta - lastDelta;
            if (value == Xor2Chunk.STALE_NAN || !fitsTwosComplement(deltaOfDelta, 13)) {
                break;
            }
            lastTime = millis;
            lastDelta = delta;
            long xor = value ^ baseline;
            baseline = value;
            boolean onTime = deltaOfDelta == 0;
            long bits = onTime ? 0 : 0b110L << 61 | deltaOfDelta << 64 - 13 >>> 3;
            int size = onTime ? 0 : 3 + 13;
            if (xor == 0) {
                word |= bits >>> used;
                BigEndian.putLong(target, at, word);
                used += size + 1;
            } else {
                if ((xor & outside) == 0) {
                    // 100, of which 10 is left behind a timestamp
                    bits |= 0b10L << 62 - size;
                    size += onTime ? 3 : 2;
                } else {
                    left = Math.min(Long.numberOfLeadingZeros(xor), 31);
                    right = Long.numberOfTrailingZeros(xor);
                    significant = 64 - left - right;
                    outside = ~(-1L >>> left & -1L << right);
                    long prefix = onTime ? 0b101 : 0b110;
                    bits |= (prefix << 11 | (long) left << 6 | significant & 63) << 50 - size;
                    size += 14;
                }
                word |= bits >>> used;
                BigEndian.putLong(target, at, word);
                used += size;
                at += used >>> 3;
                word <<= used & -Byte.SIZE;
                used &= 7;
                long top = xor << left;
                long ninth = top << Byte.SIZE - used;
                word |= top >>> used;
                BigEndian.putLong(target, at, word);
                target[at + Long.BYTES] = (byte) ninth;
                used += significant;
                // A shift by 64 is none, so a full word is masked away, and the ninth byte goes on.
                word = word & (used >> 6) - 1 | ninth << 56 >>> (used & -Byte.SIZE);
            }
            at += used >>> 3;
            word <<= used & -Byte.SIZE;
            used &= 7;
        }
        leading = left;
        trailing = right;
        lastTimestampMillis = lastTime;
        lastDeltaMillis = lastDelta;
        baselineBits = baseline;
        lastValueBits = baseline;
        count += i - from;
        BigEndian.putShort(target, offset, count);
        loadBits((at - offset << 3) + used);
        return i - from;
    }

    private void beginStartTimestamps(long timestampMillis, long previousMillis, long startTimestampMillis) {
        // The header is in memory already: the first sample fills the first word.
        if (count == 0) {
            putVarintBytes(timestampMillis - startTimestampMillis);
            buffer[offset + Xor2Chunk.START_TIMESTAMPS_AT] = (byte) Xor2Chunk.FIRST_KNOWN;
        } else {
            putVarbit(previousMillis - startTimestampMillis);
            buffer[offset + Xor2Chunk.START_TIMESTAMPS_AT] |= (byte) count;
        }
    }

    private void putTimeAndValue(long deltaOfDelta, long valueBits) {
        if (deltaOfDelta == 0) {
            if (valueBits == baselineBits) {
                putBits(0, 1);
            } else if (valueBits == Xor2Chunk.STALE_NAN) {
                putBits(0b11111, 5);
            } else {
                putXor(0b100, 3, 0b101, 3, valueBits ^ baselineBits);
            }
        } else if (fitsTwosComplement(deltaOfDelta, 13)) {
            putValue(0b110L << 13 | deltaOfDelta & (1L << 13) - 1, 3 + 13, valueBits);
        } else if (fitsTwosComplement(deltaOfDelta, 20)) {
            putValue(0b1110L << 20 | deltaOfDelta & (1L << 20) - 1, 4 + 20, valueBits);
        } else {
            putBits(0b11110, 5);
            putBits(deltaOfDelta, 64);
            putValue(0, 0, valueBits);
        }
    }

    private static boolean fitsTwosComplement(long value, int bitCount) {
        return value << 64 - bitCount >> 64 - bitCount == value;
    }

    /** Appends {@code pendingCount} (at most 24) bits that come before the value, and the value. */
    private void putValue(long pending, int pendingCount, long valueBits) {
        if (valueBits == baselineBits) {
            putBits(pending << 1, pendingCount + 1);
        } else if (valueBits == Xor2Chunk.STALE_NAN) {
            putBits(pending << 3 | 0b111, pendingCount + 3);
        } else {
            long xor = valueBits ^ baselineBits;
            putXor(pending << 2 | 0b10, pendingCount + 2, pending << 3 | 0b110, pendingCount + 3, xor);
        }
    }

    /** Appends a signed number with the prefix of its size (Prometheus tsdb/chunkenc/varbit.go). */
    private void putVarbit(long value) {
        if (value == 0) {
            putBits(0, 1);
        } else if (fits(value, 3)) {
            putBits(0b10 << 3 | value & 0x7, 5);
        } else if (fits(value, 6)) {
            putBits(0b110 << 6 | value & 0x3F, 9);
        } else if (fits(value, 9)) {
            putBits(0b1110 << 9 | value & 0x1FF, 13);
        } else if (fits(value, 12)) {
            putBits(0b11110 << 12 | value & 0xFFF, 17);
        } else if (fits(value, 18)) {
            putBits(0b111110 << 18 | value & 0x3FFFF, 24);
        } else if (fits(value, 25)) {
            putBits(0b1111110L << 25 | value & 0x1FFFFFF, 32);
        } else if (fits(value, 56)) {
            putBits(0b11111110L << 56 | value & (1L << 56) - 1, 64);
        } else {
            putBits(0b11111111, 8);
            putBits(value, 64);
        }
    }

    @Override
    public int bytesPerSampleMax() {
        return MAX_BYTES_PER_SAMPLE;
    }

    @Override
    public ChunkEncoding encoding() {
        return ChunkEncoding.XOR2;
    }

    /** Start timestamp of the last sample, 0 if it has none. */
    public long lastStartTimestampMillis() {
        return lastStartTimestampMillis;
    }

    /** The last value that was not a stale marker, 0 if there is none yet: what the next value is compared with. */
    public long baselineBits() {
        return baselineBits;
    }
}

package dev.cairndb.chunks;

import dev.cairndb.io.BigEndian;

/** Appends float samples to a chunk in XOR encoding (Prometheus tsdb/chunkenc/xor.go). */
public final class XorAppender extends FloatAppender {
    /** {@link #byteLength()} grows by no more than this in one {@link #append(long, long)}. */
    public static final int MAX_BYTES_PER_SAMPLE = 20;

    @Override
    public void start(byte[] buffer, int offset) {
        load(buffer, offset, XorChunk.HEADER_BYTES * Byte.SIZE, 0, 0, 0, 0, NO_WINDOW, 0);
        startBits(XorChunk.HEADER_BYTES);
        BigEndian.putShort(buffer, offset, 0);
    }

    /**
     * Goes on with an open chunk. All numbers are those that the getters gave after its last
     * {@link #append(long, long)}.
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
        loadBits(bitPosition);
    }

    @Override
    public void append(long timestampMillis, long startTimestampMillis, long valueBits) {
        append(timestampMillis, valueBits);
    }

    /** Appends a sample; see {@link #append(long, long, long)}. */
    public void append(long timestampMillis, long valueBits) {
        if (count < 2) {
            appendOneOfTheFirstTwo(timestampMillis, valueBits);
            return;
        }
        checkRoom();
        long delta = timestampMillis - lastTimestampMillis;
        long deltaOfDelta = delta - lastDeltaMillis;
        lastDeltaMillis = delta;
        // One call behind all cases: inlined into each of them, it would be most of what the compiler has to do for an
        // append.
        long pending = 0;
        int pendingCount = 1;
        if (deltaOfDelta != 0) {
            if (fits(deltaOfDelta, 14)) {
                pending = 0b10L << 14 | deltaOfDelta & (1L << 14) - 1;
                pendingCount = 2 + 14;
            } else if (fits(deltaOfDelta, 17)) {
                pending = 0b110L << 17 | deltaOfDelta & (1L << 17) - 1;
                pendingCount = 3 + 17;
            } else if (fits(deltaOfDelta, 20)) {
                pending = 0b1110L << 20 | deltaOfDelta & (1L << 20) - 1;
                pendingCount = 4 + 20;
            } else {
                putBits(0b1111, 4);
                putBits(deltaOfDelta, 64);
                pendingCount = 0;
            }
        }
        appendValue(pending, pendingCount, valueBits);
        finishSample(timestampMillis, valueBits);
    }

    /**
     * Appends samples on time or nearly so with all state in registers, up to the first one that is not; returns how
     * many. Bits are stored in the same way however they lie over the bytes: that cannot be foretold, and a branch on
     * it would cost more than to store 8 bytes again. They are no more bytes than a sample may take.
     */
    @Override
    int appendMany(long[] timestampsMillis, long[] valuesBits, int from, int to) {
        byte[] target = buffer;
        int at = offset + (bitPosition() >>> 3);
        int used = bitPosition() & 7;
        long word = begunByte();
        long lastTime = lastTimestampMillis;
        long lastDelta = lastDeltaMillis;
        long lastValue = lastValueBits;
        int left = leading;
        int right = trailing;
        int significant = 64 - left - right;
        // Bits that are not in the window.
        long outside = left == NO_WINDOW ? -1L : ~(-1L >>> left & -1L << right);
        int i = from;
        for (; i < to; i++) {
            long millis = timestampsMillis[i];
            long delta = millis - lastTime;
            long deltaOfDelta = delta - lastDelta;
            long time = 0;
            int size = 1;
            if (deltaOfDelta != 0) {
                // as fits(deltaOfDelta, 14), by one comparison
                if (deltaOfDelta + (1 << 13) - 1 >>> 14 != 0) {
                    break;
                }
                time = 0b10L << 62 | deltaOfDelta << 64 - 14 >>> 2;
                size = 2 + 14;
            }
            lastTime = millis;
            lastDelta = delta;
            long value = valuesBits[i];
            long xor = value ^ lastValue;
            lastValue = value;
            if (xor == 0) {
                word |= time >>> used;
                BigEndian.putLong(target, at, word);
                used += size + 1;
            } else {
                if ((xor & outside) == 0) {
                    time |= 0b10L << 62 - size;
                    size += 2;
                } else {
                    left = Math.min(Long.numberOfLeadingZeros(xor), 31);
                    right = Long.numberOfTrailingZeros(xor);
                    significant = 64 - left - right;
                    outside = ~(-1L >>> left & -1L << right);
                    time |= (0b11L << 11 | (long) left << 6 | significant & 63) << 51 - size;
                    size += 13;
                }
                word |= time >>> used;
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
        lastValueBits = lastValue;
        count += i - from;
        BigEndian.putShort(target, offset, count);
        loadBits((at - offset << 3) + used);
        return i - from;
    }

    private void appendOneOfTheFirstTwo(long timestampMillis, long valueBits) {
        if (count == 0) {
            putVarintBytes(timestampMillis);
            putBits(valueBits, 64);
        } else {
            lastDeltaMillis = timestampMillis - lastTimestampMillis;
            putUvarintBytes(lastDeltaMillis);
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
        putXor(pending << 2 | 0b10, pendingCount + 2, pending << 2 | 0b11, pendingCount + 2, xor);
    }

    @Override
    public int bytesPerSampleMax() {
        return MAX_BYTES_PER_SAMPLE;
    }

    @Override
    public ChunkEncoding encoding() {
        return ChunkEncoding.XOR;
    }
}

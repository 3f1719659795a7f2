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
     * Goes on with an open chunk. All numbers are those that the getters gave after its last {@link #append(long, long)}.
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

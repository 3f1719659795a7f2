package dev.cairndb.chunks;

import dev.cairndb.io.BigEndian;
import dev.cairndb.io.CorruptionException;

/**
 * Appends native histograms to a chunk in {@link ChunkEncoding#HISTOGRAM} or {@link ChunkEncoding#FLOAT_HISTOGRAM}. One
 * object for each series with such an open chunk: it owns the chunk's bytes, and knows the layout of its buckets, the
 * last sample, and what the chunk before this one ended with.
 *
 * <p>The layout of a chunk is that of its first sample. A sample with other buckets is fitted in where no information
 * is lost: the chunk is written anew with the sample's new buckets, and the sample with the chunk's empty ones.
 * Everything else (a counter reset, another schema, zero threshold or custom bounds, a gauge after a counter, anything
 * but a stale marker after a stale marker) needs a new chunk, and {@link #append} says so. The same samples with the
 * same cuts give the bytes that Prometheus writes (tsdb/chunkenc/histogram.go, float_histogram.go).
 *
 * <p>Readers: another thread that learned {@link #array}, {@link #bitLength} and {@link #sampleCount} (safely
 * published) can decode that many samples while later ones are appended; it must not look at the count in the chunk's
 * header. An array that was replaced, by growth, recoding or a new chunk, is not written again. Not thread-safe
 * otherwise.
 */
public final class HistogramAppender {
    /** Samples a chunk can hold; its header has 16 bits for them. */
    public static final int SAMPLES_MAX = 0xFFFF;

    private ChunkEncoding encoding = ChunkEncoding.HISTOGRAM;
    private final BitWriter bits = new BitWriter();
    private int count;

    /** In an empty chunk that of the chunk before, if there is one to compare with. */
    private HistogramState state = new HistogramState();

    /** Whether {@link #state} is that of a chunk, this or the one before. */
    private boolean comparable;

    /** Whether that chunk is one of gauges. */
    private boolean gauge;

    /** Whether that chunk refused the sample that was to be its next. */
    private boolean refused;

    /** Begins as {@link #start} with {@link ChunkEncoding#HISTOGRAM}. */
    public HistogramAppender() {
        start(ChunkEncoding.HISTOGRAM);
    }

    /**
     * Begins an empty chunk in a new array, as the first of a series or after floats: there is nothing that its first
     * sample could be compared with.
     *
     * @param encoding {@link ChunkEncoding#HISTOGRAM} or {@link ChunkEncoding#FLOAT_HISTOGRAM}
     */
    public void start(ChunkEncoding encoding) {
        startBytes(encoding);
        comparable = false;
        refused = false;
    }

    /**
     * Begins an empty chunk in a new array, after the present one, which the caller has taken: because it was full, or
     * because {@link #append} refused a sample. The new chunk's header will say whether there was a counter reset
     * between the two.
     *
     * @param encoding {@link ChunkEncoding#HISTOGRAM} or {@link ChunkEncoding#FLOAT_HISTOGRAM}; not that of the chunk
     *     before means {@link #start}
     */
    public void startNext(ChunkEncoding encoding) {
        if (encoding == this.encoding) {
            startBytes(encoding);
        } else {
            start(encoding);
        }
    }

    private void startBytes(ChunkEncoding newEncoding) {
        HistogramChunk.isFloat(newEncoding);
        encoding = newEncoding;
        count = 0;
        bits.start();
        writeHeader(0);
        bits.flush();
    }

    private void writeHeader(int flags) {
        bits.put(0, Short.SIZE);
        bits.put(flags, Byte.SIZE);
    }

    /**
     * Goes on with a chunk that was read from a file, as if its samples had been appended here; nothing is known of
     * what came before it. The bytes are copied.
     *
     * @throws CorruptionException if the chunk does not decode; an empty chunk was begun then
     */
    public void load(EncodedChunk chunk) throws CorruptionException {
        start(chunk.encoding());
        HistogramCursor cursor = new HistogramCursor().reset(chunk);
        while (cursor.next()) {
            count++;
        }
        if (count > 0) {
            comparable = true;
            gauge = HistogramChunk.isGauge(chunk.array()[chunk.offset() + HistogramChunk.FLAGS_AT]);
            state = cursor.state();
            bits.start(chunk.array(), chunk.offset(), cursor.bitsRead());
            bits.flush();
        }
    }

    /**
     * Appends a valid histogram ({@link HistogramChecks}). Timestamps are expected to ascend, but any are encoded
     * faithfully.
     *
     * @return false if the sample needs a chunk of its own: nothing changed; after {@link #startNext} it is taken
     * @throws IllegalArgumentException if the sample is not of the chunk's encoding, or its spans and buckets differ in
     *     number
     */
    public boolean append(long timestampMillis, HistogramSample sample) {
        HistogramBuffer next = (HistogramBuffer) sample;
        if (next.hasFloatCounts() != HistogramChunk.isFloat(encoding) || !next.hasAsManyBucketsAsSpanned()) {
            throw new IllegalArgumentException("no valid sample of encoding " + encoding);
        }
        if (count == 0) {
            appendFirst(timestampMillis, next);
            return true;
        }
        if (count == SAMPLES_MAX) {
            return false;
        }
        if (gauge != (next.resetHint() == CounterResetHint.GAUGE) || judgeNumbers(next) != CounterResetHint.NOT_RESET) {
            refused = true;
            return false;
        }
        if (next.isStale()) {
            appendSameBuckets(timestampMillis, next);
            return true;
        }
        long positive = compare(state.sample.positive, next.positive);
        long negative = compare(state.sample.negative, next.negative);
        if (positive == BucketMerge.RESET || negative == BucketMerge.RESET) {
            refused = true;
            return false;
        }
        boolean same = (positive | negative) == 0;
        appendSameBuckets(timestampMillis, same ? next : fitBuckets(next, positive, negative));
        return true;
    }

    private void appendFirst(long timestampMillis, HistogramBuffer first) {
        CounterResetHint header = headerHint(first);
        bits.rewind();
        writeHeader(HistogramChunk.flags(header));
        comparable = true;
        gauge = header == CounterResetHint.GAUGE;
        refused = false;
        encodeFirst(timestampMillis, first);
        finishSample();
    }

    private CounterResetHint headerHint(HistogramBuffer first) {
        CounterResetHint given = first.resetHint();
        if (given == CounterResetHint.GAUGE || given == CounterResetHint.RESET) {
            return given;
        }
        if (!comparable) {
            return CounterResetHint.UNKNOWN;
        }
        CounterResetHint judged = gauge ? CounterResetHint.NOT_RESET : judge(first);
        if (judged == CounterResetHint.RESET || encoding == ChunkEncoding.HISTOGRAM) {
            return judged;
        }
        // Prometheus has two ways of beginning chunks, which differ here for float counts.
        return refused ? CounterResetHint.UNKNOWN : CounterResetHint.NOT_RESET;
    }

    /** Whether a counter was reset between the last sample and this one. */
    private CounterResetHint judge(HistogramBuffer next) {
        CounterResetHint judged = judgeNumbers(next);
        boolean reset = judged == CounterResetHint.NOT_RESET
                && !next.isStale()
                && (compare(state.sample.positive, next.positive) == BucketMerge.RESET
                        || compare(state.sample.negative, next.negative) == BucketMerge.RESET);
        return reset ? CounterResetHint.RESET : judged;
    }

    private long compare(HistogramSide last, HistogramSide next) {
        return BucketMerge.compare(last, next, encoding == ChunkEncoding.FLOAT_HISTOGRAM, !gauge);
    }

    /**
     * What all but the buckets tells about a counter reset since the last sample. Everything but
     * {@link CounterResetHint#NOT_RESET} means that the chunk cannot take the sample. The order of the questions is
     * Prometheus'.
     */
    private CounterResetHint judgeNumbers(HistogramBuffer next) {
        HistogramBuffer last = state.sample;
        if (next.resetHint() == CounterResetHint.RESET) {
            return CounterResetHint.RESET;
        }
        if (next.isStale()) {
            return CounterResetHint.NOT_RESET;
        }
        if (last.isStale()) {
            return CounterResetHint.UNKNOWN;
        }
        if (!gauge && isLess(next.count(), last.count())) {
            return CounterResetHint.RESET;
        }
        if (next.schema() != last.schema() || next.zeroThreshold() != last.zeroThreshold()) {
            return CounterResetHint.UNKNOWN;
        }
        boolean custom = next.schema() == HistogramSample.CUSTOM_BUCKETS_SCHEMA;
        if (custom && !haveSameBounds(next.customBounds, last.customBounds)) {
            return CounterResetHint.RESET;
        }
        return !gauge && isLess(next.zeroCount(), last.zeroCount())
                ? CounterResetHint.RESET
                : CounterResetHint.NOT_RESET;
    }

    private boolean isLess(long a, long b) {
        return encoding == ChunkEncoding.HISTOGRAM
                ? Long.compareUnsigned(a, b) < 0
                : Double.longBitsToDouble(a) < Double.longBitsToDouble(b);
    }

    private static boolean haveSameBounds(LongList a, LongList b) {
        if (a.size != b.size) {
            return false;
        }
        for (int i = 0; i < a.size; i++) {
            if (Double.longBitsToDouble(a.values[i]) != Double.longBitsToDouble(b.values[i])) {
                return false;
            }
        }
        return true;
    }

    /**
     * Makes the chunk and the sample have the same buckets. The spans of the layout that comes out are those that
     * Prometheus writes, though others could name the same buckets.
     *
     * @return the sample with the buckets of the chunk
     */
    private HistogramBuffer fitBuckets(HistogramBuffer next, long positive, long negative) {
        boolean floats = next.hasFloatCounts();
        HistogramBuffer fitted = new HistogramBuffer();
        fitted.set(next);
        boolean chunkGrows = BucketMerge.onlyInSample(positive) > 0 || BucketMerge.onlyInSample(negative) > 0;
        if (chunkGrows) {
            boolean anyMissing = BucketMerge.onlyInChunk(positive) > 0 || BucketMerge.onlyInChunk(negative) > 0;
            if (gauge ? anyMissing : BucketMerge.onlyInChunk(positive) > 0) {
                BucketMerge.union(state.sample.positive, next.positive, fitted.positive);
            }
            if (gauge ? anyMissing : BucketMerge.onlyInChunk(negative) > 0) {
                BucketMerge.union(state.sample.negative, next.negative, fitted.negative);
            }
            recode(fitted);
        } else {
            fitted.positive.setSpans(state.sample.positive);
            fitted.negative.setSpans(state.sample.negative);
        }
        BucketMerge.spread(next.positive, fitted.positive, floats);
        BucketMerge.spread(next.negative, fitted.negative, floats);
        return fitted;
    }

    /** Writes the chunk anew with the spans of {@code layout}, which name at least the buckets of the chunk. */
    private void recode(HistogramBuffer layout) {
        byte[] old = bits.array();
        boolean floats = encoding == ChunkEncoding.FLOAT_HISTOGRAM;
        HistogramCursor cursor = new HistogramCursor().reset(encoding, old, 0, byteLength(), count);
        HistogramBuffer sample = new HistogramBuffer();
        bits.start();
        state = new HistogramState();
        writeHeader(old[HistogramChunk.FLAGS_AT] & 0xFF);
        try {
            for (int i = 0; i < count; i++) {
                cursor.next();
                HistogramBuffer read = cursor.state().sample;
                sample.set(read);
                sample.positive.setSpans(layout.positive);
                sample.negative.setSpans(layout.negative);
                BucketMerge.spread(read.positive, sample.positive, floats);
                BucketMerge.spread(read.negative, sample.negative, floats);
                if (i == 0) {
                    encodeFirst(cursor.timestampMillis(), sample);
                } else {
                    encodeNext(cursor.timestampMillis(), sample);
                }
            }
        } catch (CorruptionException e) {
            throw new IllegalStateException("BUG: a chunk that was appended to does not decode", e);
        }
    }

    private void appendSameBuckets(long timestampMillis, HistogramBuffer next) {
        refused = false;
        encodeNext(timestampMillis, next);
        finishSample();
    }

    private void finishSample() {
        bits.flush();
        BigEndian.putShort(bits.array(), 0, ++count);
    }

    private void encodeFirst(long timestampMillis, HistogramBuffer first) {
        HistogramBuffer sample = state.sample;
        if (first.isStale()) {
            sample.clear(first.hasFloatCounts());
            sample.setSumBits(first.sumBits());
        } else {
            sample.set(first);
        }
        state.startDifferences();
        state.timestampMillis = timestampMillis;
        HistogramChunk.writeLayout(bits, sample);
        bits.putVarbitInt(timestampMillis);
        if (sample.hasFloatCounts()) {
            bits.put(sample.count(), 64);
            bits.put(sample.zeroCount(), 64);
        } else {
            bits.putVarbitUint(sample.count());
            bits.putVarbitUint(sample.zeroCount());
        }
        bits.put(sample.sumBits(), 64);
        encodeFirstBuckets(sample.positive.buckets);
        encodeFirstBuckets(sample.negative.buckets);
    }

    private void encodeFirstBuckets(LongList buckets) {
        boolean floats = encoding == ChunkEncoding.FLOAT_HISTOGRAM;
        for (int i = 0; i < buckets.size; i++) {
            if (floats) {
                bits.put(buckets.values[i], 64);
            } else {
                bits.putVarbitInt(buckets.values[i]);
            }
        }
    }

    /** Appends a sample that has the buckets of the chunk or is stale. */
    private void encodeNext(long timestampMillis, HistogramBuffer next) {
        long delta = timestampMillis - state.timestampMillis;
        bits.putVarbitInt(delta - state.deltaMillis);
        state.timestampMillis = timestampMillis;
        state.deltaMillis = delta;
        if (encoding == ChunkEncoding.FLOAT_HISTOGRAM) {
            encodeNextFloat(next);
        } else {
            encodeNextInteger(next);
        }
        state.sample.setResetHint(next.resetHint());
    }

    private void encodeNextInteger(HistogramBuffer next) {
        HistogramBuffer last = state.sample;
        boolean stale = next.isStale();
        long countDelta = stale ? state.countDelta : next.count() - last.count();
        long zeroCountDelta = stale ? state.zeroCountDelta : next.zeroCount() - last.zeroCount();
        bits.putVarbitInt(countDelta - state.countDelta);
        bits.putVarbitInt(zeroCountDelta - state.zeroCountDelta);
        state.countDelta = countDelta;
        state.zeroCountDelta = zeroCountDelta;
        last.setCount(last.count() + countDelta);
        last.setZeroCount(last.zeroCount() + zeroCountDelta);
        encodeSum(next);
        if (!stale) {
            encodeNextIntegers(next.positive.buckets, last.positive.buckets, 0);
            encodeNextIntegers(next.negative.buckets, last.negative.buckets, last.positive.buckets.size);
        }
    }

    private void encodeNextIntegers(LongList next, LongList last, int at) {
        BitWriter target = bits;
        long[] deltas = state.bucketDeltas;
        long[] lastValues = last.values;
        long[] nextValues = next.values;
        for (int i = 0; i < last.size; i++) {
            long value = nextValues[i];
            long delta = value - lastValues[i];
            target.putVarbitInt(delta - deltas[at + i]);
            deltas[at + i] = delta;
            lastValues[i] = value;
        }
    }

    private void encodeNextFloat(HistogramBuffer next) {
        HistogramBuffer last = state.sample;
        boolean stale = next.isStale();
        long nextCount = stale ? 0 : next.count();
        long nextZeroCount = stale ? 0 : next.zeroCount();
        state.countWindow = bits.putXor(nextCount ^ last.count(), state.countWindow);
        state.zeroCountWindow = bits.putXor(nextZeroCount ^ last.zeroCount(), state.zeroCountWindow);
        last.setCount(nextCount);
        last.setZeroCount(nextZeroCount);
        encodeSum(next);
        if (!stale) {
            encodeNextFloats(next.positive.buckets, last.positive.buckets, 0);
            encodeNextFloats(next.negative.buckets, last.negative.buckets, last.positive.buckets.size);
        }
    }

    private void encodeNextFloats(LongList next, LongList last, int at) {
        short[] windows = state.bucketWindows;
        for (int i = 0; i < last.size; i++) {
            int window = windows[at + i] & 0xFFFF;
            windows[at + i] = (short) bits.putXor(next.values[i] ^ last.values[i], window);
            last.values[i] = next.values[i];
        }
    }

    private void encodeSum(HistogramBuffer next) {
        state.sumWindow = bits.putXor(next.sumBits() ^ state.sample.sumBits(), state.sumWindow);
        state.sample.setSumBits(next.sumBits());
    }

    /** The encoding of the present chunk. */
    public ChunkEncoding encoding() {
        return encoding;
    }

    /** The chunk's bytes from index 0 on, its header included; {@link #append} may replace the array. */
    public byte[] array() {
        return bits.array();
    }

    /** Bytes of the chunk so far; the unused bits of the last one are zero. */
    public int byteLength() {
        return bits.bitLength() + 7 >>> 3;
    }

    /** Bits of the chunk so far. */
    public int bitLength() {
        return bits.bitLength();
    }

    public int sampleCount() {
        return count;
    }

    /** Undefined in an empty chunk. */
    public long lastTimestampMillis() {
        return state.timestampMillis;
    }

    /**
     * The last sample, as a view that the next {@link #append} overwrites; undefined in an empty chunk. It has the
     * layout of the chunk, so there may be empty buckets that the appended one did not have:
     * {@link HistogramChecks#areEqual} does not mind them.
     */
    public HistogramSample last() {
        if (!state.sample.isStale()) {
            return state.sample;
        }
        HistogramBuffer stale = new HistogramBuffer();
        stale.clear(state.sample.hasFloatCounts());
        stale.setSumBits(HistogramSample.STALE_NAN_BITS);
        return stale;
    }

    /** About how much memory this object and its arrays take. */
    public long memoryBytes() {
        return 88 + bits.array().length + state.memoryBytes();
    }
}

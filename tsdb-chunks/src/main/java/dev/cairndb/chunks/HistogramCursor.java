package dev.cairndb.chunks;

import dev.cairndb.io.BigEndian;
import dev.cairndb.io.CorruptionException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Decodes a chunk of native histograms. Reusable: {@link #reset} makes it a cursor over another chunk. Every bit is
 * taken from inside the given range: a chunk that ends early or that no encoder writes is a {@link CorruptionException}
 * from {@link #next} or {@link #seek}, and the cursor is then at its end.
 *
 * <p>A sample is kept in one buffer, which is also the view that {@link #histogram} returns. Not thread-safe.
 */
final class HistogramCursor implements SampleCursor {
    private final BitReader bits = new BitReader();
    private final HistogramState state = new HistogramState();
    private byte[] bytes = new byte[0];
    private int offset;
    private int count;
    private int read;
    private boolean floats;
    private boolean gauge;
    private String file = "";
    private long fileOffset;

    /**
     * Samples that are returned as something else than they are in the chunk: stale ones, and those that are reduced.
     */
    private @Nullable HistogramBuffer other;

    private boolean otherIsPresent;

    /** Starts before the first sample of a chunk in an encoding of histograms. */
    HistogramCursor reset(EncodedChunk chunk) throws CorruptionException {
        file = chunk.file();
        fileOffset = chunk.fileOffset();
        read = 0;
        count = 0;
        if (chunk.length() < HistogramChunk.HEADER_BYTES) {
            throw new CorruptionException(
                    file,
                    fileOffset,
                    "a header of " + HistogramChunk.HEADER_BYTES + " bytes",
                    chunk.length() + " bytes");
        }
        place(chunk.encoding(), chunk.array(), chunk.offset(), chunk.length());
        count = BigEndian.getUnsignedShort(bytes, offset);
        return this;
    }

    /** Starts before the first sample of a chunk in memory; the number of samples in its header is not looked at. */
    HistogramCursor reset(ChunkEncoding encoding, byte[] array, int newOffset, int length, int sampleCount) {
        file = "chunk in memory";
        fileOffset = 0;
        read = 0;
        place(encoding, array, newOffset, length);
        count = sampleCount;
        return this;
    }

    private void place(ChunkEncoding encoding, byte[] array, int newOffset, int length) {
        Objects.checkFromIndexSize(newOffset, length, array.length);
        bytes = array;
        offset = newOffset;
        floats = HistogramChunk.isFloat(encoding);
        gauge = HistogramChunk.isGauge(array[newOffset + HistogramChunk.FLAGS_AT]);
        bits.reset(array, newOffset + HistogramChunk.HEADER_BYTES, length - HistogramChunk.HEADER_BYTES);
        state.sample.clear(floats);
    }

    @Override
    public boolean next() throws CorruptionException {
        if (read >= count) {
            read = count + 1;
            return false;
        }
        otherIsPresent = false;
        if (read == 0) {
            decodeFirst();
        } else {
            decodeNext();
        }
        if (bits.isPastEnd()) {
            throw corrupt("sample " + (read + 1) + " of " + count, "the chunk's end");
        }
        read++;
        state.sample.setResetHint(hint());
        return true;
    }

    private CounterResetHint hint() {
        if (gauge) {
            return CounterResetHint.GAUGE;
        }
        // The header compares the first one with the end of another chunk, which need not be there any more, or need
        // not
        // be the last one before it any more: Prometheus does not believe it.
        return read == 1 ? CounterResetHint.UNKNOWN : CounterResetHint.NOT_RESET;
    }

    private void decodeFirst() throws CorruptionException {
        HistogramBuffer sample = state.sample;
        String wrong = HistogramChunk.readLayout(bits, sample);
        if (wrong != null) {
            throw corrupt(wrong, "another layout");
        }
        long buckets = sample.positive.spannedBuckets() + sample.negative.spannedBuckets();
        long room = floats ? bits.bitsLeft() / 64 : bits.bitsLeft();
        if (buckets > room) {
            throw corrupt("room for " + buckets + " buckets", bits.bitsLeft() + " bits");
        }
        sample.positive.buckets.size((int) sample.positive.spannedBuckets());
        sample.negative.buckets.size((int) sample.negative.spannedBuckets());
        state.startDifferences();
        state.timestampMillis = bits.readVarbitInt();
        sample.setCount(floats ? bits.read(64) : bits.readVarbitUint());
        sample.setZeroCount(floats ? bits.read(64) : bits.readVarbitUint());
        sample.setSumBits(bits.read(64));
        decodeFirstBuckets(sample.positive.buckets);
        decodeFirstBuckets(sample.negative.buckets);
    }

    private void decodeFirstBuckets(LongList target) {
        for (int i = 0; i < target.size; i++) {
            target.values[i] = floats ? bits.read(64) : bits.readVarbitInt();
        }
    }

    private void decodeNext() throws CorruptionException {
        state.deltaMillis += bits.readVarbitInt();
        state.timestampMillis += state.deltaMillis;
        if (floats) {
            decodeNextFloat();
        } else {
            decodeNextInteger();
        }
    }

    private void decodeNextInteger() throws CorruptionException {
        HistogramBuffer sample = state.sample;
        state.countDelta += bits.readVarbitInt();
        sample.setCount(sample.count() + state.countDelta);
        state.zeroCountDelta += bits.readVarbitInt();
        sample.setZeroCount(sample.zeroCount() + state.zeroCountDelta);
        decodeSum();
        if (!sample.isStale()) {
            decodeNextIntegers(sample.positive.buckets, 0);
            decodeNextIntegers(sample.negative.buckets, sample.positive.buckets.size);
        }
    }

    private void decodeNextIntegers(LongList target, int at) {
        BitReader source = bits;
        long[] deltas = state.bucketDeltas;
        long[] values = target.values;
        for (int i = 0; i < target.size; i++) {
            long delta = deltas[at + i] + source.readVarbitInt();
            deltas[at + i] = delta;
            values[i] += delta;
        }
    }

    private void decodeNextFloat() throws CorruptionException {
        HistogramBuffer sample = state.sample;
        state.countWindow = readXor(state.countWindow);
        sample.setCount(sample.count() ^ bits.xor());
        state.zeroCountWindow = readXor(state.zeroCountWindow);
        sample.setZeroCount(sample.zeroCount() ^ bits.xor());
        decodeSum();
        if (!sample.isStale()) {
            decodeNextFloats(sample.positive.buckets, 0);
            decodeNextFloats(sample.negative.buckets, sample.positive.buckets.size);
        }
    }

    private void decodeNextFloats(LongList target, int at) throws CorruptionException {
        short[] windows = state.bucketWindows;
        for (int i = 0; i < target.size; i++) {
            windows[at + i] = (short) readXor(windows[at + i] & 0xFFFF);
            target.values[i] ^= bits.xor();
        }
    }

    private void decodeSum() throws CorruptionException {
        state.sumWindow = readXor(state.sumWindow);
        state.sample.setSumBits(state.sample.sumBits() ^ bits.xor());
    }

    private int readXor(int window) throws CorruptionException {
        int after = bits.readXor(window);
        if (after < 0) {
            throw corrupt("a window within 64 bits", "more bits");
        }
        return after;
    }

    private CorruptionException corrupt(String expected, String found) {
        read = count + 1;
        long at = Math.min(bits.position(), bits.end()) / Byte.SIZE - offset;
        return new CorruptionException(file, fileOffset + at, expected, found);
    }

    @Override
    public boolean seek(long timestampMillis) throws CorruptionException {
        if (read > 0 && read <= count && state.timestampMillis >= timestampMillis) {
            return true;
        }
        while (next()) {
            if (state.timestampMillis >= timestampMillis) {
                return true;
            }
        }
        return false;
    }

    /** What is known behind the present sample. */
    HistogramState state() {
        return state;
    }

    /** Bits of the chunk up to the end of the present sample. */
    int bitsRead() {
        return (int) (bits.position() - ((long) offset << 3));
    }

    /** Bytes of the chunk up to the end of the present sample, the last of them perhaps used in part. */
    int bytesRead() {
        return bitsRead() + 7 >>> 3;
    }

    @Override
    public SampleKind kind() {
        return floats ? SampleKind.FLOAT_HISTOGRAM : SampleKind.HISTOGRAM;
    }

    @Override
    public long timestampMillis() {
        return state.timestampMillis;
    }

    @Override
    public double value() {
        throw noFloat();
    }

    @Override
    public long valueBits() {
        throw noFloat();
    }

    private static IllegalStateException noFloat() {
        return new IllegalStateException("the sample is a histogram");
    }

    @Override
    public HistogramSample histogram() {
        HistogramBuffer sample = state.sample;
        if (!sample.isStale() && !HistogramResolution.isReducible(sample.schema())) {
            return sample;
        }
        HistogramBuffer view = other == null ? new HistogramBuffer() : other;
        if (!otherIsPresent) {
            other = view;
            otherIsPresent = true;
            if (sample.isStale()) {
                view.clear(floats);
                view.setSumBits(sample.sumBits());
            } else {
                view.set(sample);
                HistogramResolution.reduce(view);
            }
        }
        return view;
    }

    @Override
    public long startTimestampMillis() {
        return 0;
    }
}

package dev.cairndb.remote;

import dev.cairndb.chunks.SampleCursor;
import dev.cairndb.chunks.SampleKind;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.Snappy;
import dev.cairndb.io.SnappyCompressor;
import dev.cairndb.io.Varint;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Builds the answer of {@link ReadRequest.ResponseType#SAMPLES}: a snappy block of a {@code prometheus.ReadResponse},
 * with one result for each query, in their order.
 *
 * <pre>{@code
 * for each query: encoder.startResult();
 *     for each series: encoder.startSeries(); encoder.label(...)...; encoder.addSamples(series.samples());
 *     encoder.endSeries(); encoder.endResult();
 * encoder.finish(); send(encoder.sizeBytes()); encoder.writeTo(out);
 * }</pre>
 *
 * <p>What is finished is kept compressed: a message says the length of a result in front of it, so nothing can be sent
 * before the last sample is known. Pieces of 64 KiB are compressed for themselves, as snappy does anyway, and the
 * length goes in front as a literal. Only the series being built is held as it is.
 *
 * <p>Thread-safety: none; for one answer. Ownership: what is given is copied at once.
 */
public final class ReadResponseEncoder {
    private static final int PIECE_BYTES = 1 << 16;
    private static final long MESSAGE_BYTES_MAX = 0xFFFFFFFFL;
    private static final int SERIES_BYTES_MAX = 1 << 30;
    private static final int TAG_RESULT = 0x0A;
    private static final int TAG_SERIES = 0x0A;
    private static final int TAG_LABEL = 0x0A;
    private static final int TAG_TEXT_1 = 0x0A;
    private static final int TAG_TEXT_2 = 0x12;
    private static final int TAG_SAMPLE = 0x12;
    private static final int TAG_HISTOGRAM = 0x22;
    private static final int TAG_SAMPLE_VALUE = 0x09;
    private static final int TAG_SAMPLE_TIMESTAMP = 0x10;
    private static final byte[] NONE = {};

    private final long samplesMax;
    private final SnappyCompressor compressor = new SnappyCompressor();
    private final byte[] compressed = new byte[Snappy.compressedSizeBytesMax(PIECE_BYTES)];
    /** Elements of a snappy block, without the length in front. */
    private final List<byte[]> pieces = new ArrayList<>();

    private final byte[] pending = new byte[PIECE_BYTES];
    private int pendingSize;
    private final ByteWriter labels = new ByteWriter(512);
    private final ByteWriter floats = new ByteWriter(4096);
    private final ByteWriter histograms = new ByteWriter(4096);
    private final ByteWriter scratch = new ByteWriter(32);
    private final HistogramEncoder histogramEncoder = new HistogramEncoder();
    private int resultAt = -1;
    private long resultBytes;
    private long messageBytes;
    private long compressedBytes;
    private long samples;
    private boolean finished;

    /** @param samplesMax samples of all kinds in the answer; 0 for no limit but that of the format */
    public ReadResponseEncoder(long samplesMax) {
        this.samplesMax = samplesMax;
    }

    public void startResult() {
        if (resultAt >= 0 || finished) {
            throw new IllegalStateException("the result before was not ended, or the answer is finished");
        }
        resultAt = pieces.size();
        pieces.add(NONE);
        resultBytes = 0;
    }

    /** Starts a series; it is part of the answer once it is ended. */
    public void startSeries() {
        if (resultAt < 0) {
            throw new IllegalStateException("no result was started");
        }
        labels.clear();
        floats.clear();
        histograms.clear();
    }

    /** Adds a label of the present series, in the order of names. The bytes are UTF-8, which is not checked. */
    public void label(byte[] name, int nameOffset, int nameLength, byte[] value, int valueOffset, int valueLength) {
        var unused = putLabel(labels, name, nameOffset, nameLength, value, valueOffset, valueLength);
    }

    /** Writes a label as a field and returns the size of its message. */
    static int putLabel(
            ByteWriter target,
            byte[] name,
            int nameOffset,
            int nameLength,
            byte[] value,
            int valueOffset,
            int valueLength) {
        target.putByte(TAG_LABEL);
        int size = textSize(nameLength) + textSize(valueLength);
        target.putUvarint(size);
        putText(target, TAG_TEXT_1, name, nameOffset, nameLength);
        putText(target, TAG_TEXT_2, value, valueOffset, valueLength);
        return size;
    }

    private static int textSize(int length) {
        return length == 0 ? 0 : ProtoFields.sizeOfBytes(length);
    }

    private static void putText(ByteWriter target, int tag, byte[] bytes, int offset, int length) {
        if (length > 0) {
            ProtoFields.putBytes(target, tag, bytes, offset, length);
        }
    }

    /**
     * Adds all samples that the cursor still has to the present series.
     *
     * @throws SampleLimitException if the answer becomes too large; it cannot be finished then
     */
    public void addSamples(SampleCursor cursor) throws IOException {
        while (cursor.next()) {
            if (samplesMax > 0 && samples == samplesMax) {
                throw new SampleLimitException("exceeded sample limit (" + samplesMax + ")");
            }
            samples++;
            if (cursor.kind() == SampleKind.FLOAT) {
                addFloat(cursor.timestampMillis(), cursor.valueBits());
            } else {
                histogramEncoder.put(histograms, TAG_HISTOGRAM, cursor.timestampMillis(), 0, cursor.histogram());
            }
            if ((long) floats.size() + histograms.size() > SERIES_BYTES_MAX) {
                throw new SampleLimitException("exceeded the size of a series (" + SERIES_BYTES_MAX + " bytes)");
            }
        }
    }

    private void addFloat(long timestampMillis, long valueBits) {
        floats.putByte(TAG_SAMPLE);
        floats.putUvarint(ProtoFields.sizeOfFixed64(valueBits) + ProtoFields.sizeOfInteger(timestampMillis));
        ProtoFields.putFixed64(floats, TAG_SAMPLE_VALUE, valueBits);
        ProtoFields.putInteger(floats, TAG_SAMPLE_TIMESTAMP, timestampMillis);
    }

    public void endSeries() throws SampleLimitException {
        scratch.clear();
        scratch.putByte(TAG_SERIES);
        scratch.putUvarint((long) labels.size() + floats.size() + histograms.size());
        long before = resultBytes;
        put(scratch);
        put(labels);
        put(floats);
        put(histograms);
        if (messageBytes + resultBytes - before > MESSAGE_BYTES_MAX - 16) {
            throw new SampleLimitException("exceeded the size of an answer (" + MESSAGE_BYTES_MAX + " bytes)");
        }
        messageBytes += resultBytes - before;
    }

    private void put(ByteWriter source) {
        int from = 0;
        while (from < source.size()) {
            if (pendingSize == PIECE_BYTES) {
                compressPending();
            }
            int count = Math.min(PIECE_BYTES - pendingSize, source.size() - from);
            System.arraycopy(source.array(), from, pending, pendingSize, count);
            pendingSize += count;
            from += count;
        }
        resultBytes += source.size();
    }

    /** Keeps the elements of a block of its own: its length in front is dropped, that of the whole answer counts. */
    private void compressPending() {
        int size = compressor.compress(pending, 0, pendingSize, compressed, 0);
        int begin = Varint.sizeOfUvarint(pendingSize);
        addPiece(pieces.size(), compressed, begin, size - begin);
        pendingSize = 0;
    }

    private void addPiece(int index, byte[] bytes, int offset, int length) {
        byte[] piece = new byte[length];
        System.arraycopy(bytes, offset, piece, 0, length);
        pieces.add(index, piece);
        compressedBytes += length;
    }

    public void endResult() {
        if (resultAt < 0) {
            throw new IllegalStateException("no result was started");
        }
        if (pendingSize > 0) {
            compressPending();
        }
        scratch.clear();
        scratch.putByte(0);
        scratch.putByte(TAG_RESULT);
        scratch.putUvarint(resultBytes);
        int headBytes = scratch.size() - 1;
        // A literal: its length less one in the upper six bits, zero in the lower two.
        scratch.array()[0] = (byte) (headBytes - 1 << 2);
        pieces.set(resultAt, scratch.toByteArray());
        compressedBytes += scratch.size();
        messageBytes += headBytes;
        resultAt = -1;
    }

    /** Completes the answer; nothing can be added then. */
    public void finish() {
        if (resultAt >= 0 || finished) {
            throw new IllegalStateException("the last result was not ended, or the answer is finished");
        }
        scratch.clear();
        scratch.putUvarint(messageBytes);
        addPiece(0, scratch.array(), 0, scratch.size());
        finished = true;
    }

    /** Bytes of the finished answer. */
    public long sizeBytes() {
        return compressedBytes;
    }

    /** Samples so far. */
    public long sampleCount() {
        return samples;
    }

    /** Writes the finished answer. */
    public void writeTo(OutputStream out) throws IOException {
        if (!finished) {
            throw new IllegalStateException("the answer is not finished");
        }
        for (byte[] piece : pieces) {
            out.write(piece);
        }
    }
}

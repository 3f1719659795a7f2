package dev.cairndb.remote;

import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.Snappy;
import dev.cairndb.io.SnappyCompressor;
import dev.cairndb.io.Varint;
import java.nio.charset.StandardCharsets;

/**
 * Builds version 1 bodies as Prometheus' sender writes them: fields in order of their numbers, zero values left out,
 * lengths in their shortest form, the message compressed as one snappy block.
 *
 * <pre>{@code
 * encoder.startSeries().label("__name__", "up").label("job", "api").sample(nowMillis, valueBits).endSeries();
 * encoder.finish();
 * send(encoder.body(), 0, encoder.bodySize());
 * }</pre>
 *
 * <p>Labels may be given in any order; they are sorted here. Labels with an empty value are left out, since they mean
 * the same as none. Samples of a series should be given in time order, which is not checked.
 *
 * <p>Thread-safety: none. Ownership: what is given is copied at once. {@link #body()} is the encoder's own array, valid
 * until the next {@link #finish}. Nothing is allocated per label, sample or series once the buffers have grown.
 */
public final class RemoteWriteEncoder {
    private static final int TAG_SERIES = 0x0A;
    private static final int TAG_LABEL = 0x0A;
    private static final int TAG_SAMPLE = 0x12;
    private static final int TAG_NAME = 0x0A;
    private static final int TAG_VALUE = 0x12;
    private static final int TAG_SAMPLE_VALUE = 0x09;
    private static final int TAG_SAMPLE_TIMESTAMP = 0x10;
    private static final byte[] NONE = {};

    private final ByteWriter message = new ByteWriter(4096);
    private final SnappyCompressor compressor = new SnappyCompressor();
    private byte[] body = NONE;
    private int bodySize;
    private int seriesCount;
    private int sampleCount;

    /** The series being built: bytes of names and values, where they lie, and the encoded samples. */
    private final ByteWriter text = new ByteWriter(512);

    private final LabelTable labels = new LabelTable(32);
    private final ByteWriter samples = new ByteWriter(512);
    private int seriesSampleCount;
    private boolean inSeries;

    public RemoteWriteEncoder startSeries() {
        if (inSeries) {
            throw new IllegalStateException("the series before was not ended");
        }
        inSeries = true;
        text.clear();
        labels.clear();
        samples.clear();
        seriesSampleCount = 0;
        return this;
    }

    /** Adds a label of the present series. The bytes are UTF-8, which is not checked. */
    public RemoteWriteEncoder label(
            byte[] name, int nameOffset, int nameLength, byte[] value, int valueOffset, int valueLength) {
        requireSeries();
        if (nameLength == 0) {
            throw new IllegalArgumentException("empty label name");
        }
        if (valueLength > 0) {
            int at = text.size();
            text.putBytes(name, nameOffset, nameLength);
            text.putBytes(value, valueOffset, valueLength);
            labels.add(at, nameLength, at + nameLength, valueLength);
        }
        return this;
    }

    /** For hosts with few series: makes two byte arrays. */
    public RemoteWriteEncoder label(String name, String value) {
        byte[] nameBytes = name.getBytes(StandardCharsets.UTF_8);
        byte[] valueBytes = value.getBytes(StandardCharsets.UTF_8);
        return label(nameBytes, 0, nameBytes.length, valueBytes, 0, valueBytes.length);
    }

    /** @param valueBits as from {@link Double#doubleToRawLongBits} */
    public RemoteWriteEncoder sample(long timestampMillis, long valueBits) {
        requireSeries();
        int size = valueBits == 0 ? 0 : 9;
        size += timestampMillis == 0 ? 0 : 1 + Varint.sizeOfUvarint(timestampMillis);
        samples.putByte(TAG_SAMPLE);
        samples.putUvarint(size);
        if (valueBits != 0) {
            samples.putByte(TAG_SAMPLE_VALUE);
            samples.putLong(Long.reverseBytes(valueBits));
        }
        if (timestampMillis != 0) {
            samples.putByte(TAG_SAMPLE_TIMESTAMP);
            samples.putUvarint(timestampMillis);
        }
        seriesSampleCount++;
        return this;
    }

    /**
     * Adds the series to the message.
     *
     * @throws IllegalArgumentException if it has no labels or two with the same name; it is then left out
     */
    public RemoteWriteEncoder endSeries() {
        requireSeries();
        inSeries = false;
        labels.sort(text.array(), 0, labels.size());
        requireGoodLabels();
        int size = samples.size();
        for (int label = 0; label < labels.size(); label++) {
            size += fieldSize(labelSize(label));
        }
        message.putByte(TAG_SERIES);
        message.putUvarint(size);
        for (int rank = 0; rank < labels.size(); rank++) {
            int label = labels.ordered(rank);
            message.putByte(TAG_LABEL);
            message.putUvarint(labelSize(label));
            putText(TAG_NAME, labels.nameOffset(label), labels.nameLength(label));
            putText(TAG_VALUE, labels.valueOffset(label), labels.valueLength(label));
        }
        message.putBytes(samples.array(), 0, samples.size());
        seriesCount++;
        sampleCount += seriesSampleCount;
        return this;
    }

    /** Series in the message so far. */
    public int seriesCount() {
        return seriesCount;
    }

    /** Samples in the message so far, of the series that were ended. */
    public int sampleCount() {
        return sampleCount;
    }

    /** Size of the message so far, before compression. */
    public int messageSizeBytes() {
        return message.size();
    }

    /** Compresses the message into {@link #body()} and starts an empty one. */
    public void finish() {
        if (inSeries) {
            throw new IllegalStateException("the last series was not ended");
        }
        int room = Snappy.compressedSizeBytesMax(message.size());
        if (body.length < room) {
            body = new byte[room];
        }
        bodySize = compressor.compress(message.array(), 0, message.size(), body, 0);
        clear();
    }

    /** The array with the last finished body, from index 0; longer than that. */
    public byte[] body() {
        return body;
    }

    /** Bytes of the last finished body. */
    public int bodySize() {
        return bodySize;
    }

    /** Drops the message and the series being built. */
    public void clear() {
        message.clear();
        inSeries = false;
        seriesCount = 0;
        sampleCount = 0;
    }

    private void putText(int tag, int offset, int length) {
        message.putByte(tag);
        message.putUvarint(length);
        message.putBytes(text.array(), offset, length);
    }

    private int labelSize(int label) {
        return fieldSize(labels.nameLength(label)) + fieldSize(labels.valueLength(label));
    }

    /** Size of a field with a tag of one byte and a length in front. */
    private static int fieldSize(int length) {
        return 1 + Varint.sizeOfUvarint(length) + length;
    }

    private void requireSeries() {
        if (!inSeries) {
            throw new IllegalStateException("no series was started");
        }
    }

    private void requireGoodLabels() {
        if (labels.size() == 0) {
            throw new IllegalArgumentException("a series without labels");
        }
        for (int rank = 1; rank < labels.size(); rank++) {
            int label = labels.ordered(rank);
            if (labels.compareNames(text.array(), labels.ordered(rank - 1), label) == 0) {
                String name = new String(
                        text.array(), labels.nameOffset(label), labels.nameLength(label), StandardCharsets.UTF_8);
                throw new IllegalArgumentException("two labels of one series have the name " + name);
            }
        }
    }
}

package dev.cairndb.remote;

import dev.cairndb.chunks.HistogramSample;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.Snappy;
import dev.cairndb.io.SnappyCompressor;
import java.nio.charset.StandardCharsets;

/**
 * Builds bodies of either version as Prometheus' sender writes them: fields in order of their numbers, zero values left
 * out, lengths in their shortest form, the message compressed as one snappy block.
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
 * <p>Version 1 has no start timestamps; they are left out. Metadata belongs to a series in version 2, to a metric
 * family in version 1.
 *
 * <p>Thread-safety: none. Ownership: what is given is copied at once. {@link #body()} is the encoder's own array, valid
 * until the next {@link #finish}. Nothing is allocated per label, sample or series once the buffers have grown.
 */
public final class RemoteWriteEncoder {
    private static final byte[] NONE = {};

    private final RemoteWriteVersion version;
    private final MessageEncoder message;
    private final SeriesDraft draft;
    private final SnappyCompressor compressor = new SnappyCompressor();
    private byte[] body = NONE;
    private int bodySize;
    private int seriesCount;
    private int sampleCount;
    private int histogramCount;
    private int exemplarCount;
    private boolean inSeries;
    private boolean inExemplar;

    /** For version 1. */
    public RemoteWriteEncoder() {
        this(RemoteWriteVersion.V1);
    }

    public RemoteWriteEncoder(RemoteWriteVersion version) {
        this.version = version;
        message = version == RemoteWriteVersion.V1 ? new MessageV1Encoder() : new MessageV2Encoder();
        draft = new SeriesDraft(version);
    }

    public RemoteWriteEncoder startSeries() {
        if (inSeries) {
            throw new IllegalStateException("the series before was not ended");
        }
        inSeries = true;
        draft.clear();
        return this;
    }

    /** Adds a label of the present series or exemplar. The bytes are UTF-8, which is not checked. */
    public RemoteWriteEncoder label(
            byte[] name, int nameOffset, int nameLength, byte[] value, int valueOffset, int valueLength) {
        requireSeries();
        if (nameLength == 0) {
            throw new IllegalArgumentException("empty label name");
        }
        if (valueLength > 0) {
            LabelTable target = inExemplar ? draft.exemplarLabels : draft.labels;
            draft.label(target, name, nameOffset, nameLength, value, valueOffset, valueLength);
        }
        return this;
    }

    /** For hosts with few series: makes two byte arrays. */
    public RemoteWriteEncoder label(String name, String value) {
        byte[] nameBytes = utf8(name);
        byte[] valueBytes = utf8(value);
        return label(nameBytes, 0, nameBytes.length, valueBytes, 0, valueBytes.length);
    }

    /** @param valueBits as from {@link Double#doubleToRawLongBits} */
    public RemoteWriteEncoder sample(long timestampMillis, long valueBits) {
        return sample(timestampMillis, 0, valueBits);
    }

    /** @param startTimestampMillis when the counter began to count; 0 for none */
    public RemoteWriteEncoder sample(long timestampMillis, long startTimestampMillis, long valueBits) {
        requireSeries();
        requireNoExemplar();
        draft.sample(timestampMillis, startTimestampMillis, valueBits);
        return this;
    }

    public RemoteWriteEncoder histogram(long timestampMillis, HistogramSample histogram) {
        return histogram(timestampMillis, 0, histogram);
    }

    /** @param startTimestampMillis when the histogram began to count; 0 for none */
    public RemoteWriteEncoder histogram(long timestampMillis, long startTimestampMillis, HistogramSample histogram) {
        requireSeries();
        requireNoExemplar();
        draft.histogram(message.histogramTag(), timestampMillis, startTimestampMillis, histogram);
        return this;
    }

    /** From here to {@link #endExemplar} labels are those of an exemplar of the present series. */
    public RemoteWriteEncoder startExemplar() {
        requireSeries();
        requireNoExemplar();
        inExemplar = true;
        return this;
    }

    public RemoteWriteEncoder endExemplar(long timestampMillis, long valueBits) {
        if (!inExemplar) {
            throw new IllegalStateException("no exemplar was started");
        }
        inExemplar = false;
        draft.exemplars.add(draft.exemplarLabels.size(), timestampMillis, valueBits);
        return this;
    }

    /**
     * Sets the metadata of the present series; the last call counts.
     *
     * @throws IllegalStateException in version 1, which has {@link #familyMetadata}
     */
    public RemoteWriteEncoder metadata(MetricType type, String unit, String help) {
        requireSeries();
        requireNoExemplar();
        if (version == RemoteWriteVersion.V1) {
            throw new IllegalStateException("series have no metadata in version 1");
        }
        draft.metadata(type.wireId(), utf8(unit), utf8(help));
        return this;
    }

    /**
     * Adds metadata of a metric family, outside of series.
     *
     * @throws IllegalStateException in version 2, which has {@link #metadata}
     */
    public RemoteWriteEncoder familyMetadata(MetricType type, String family, String unit, String help) {
        if (inSeries || !(message instanceof MessageV1Encoder version1)) {
            throw new IllegalStateException(
                    inSeries ? "the last series was not ended" : "families have no metadata in version 2");
        }
        version1.addMetadata(type.wireId(), utf8(family), utf8(unit), utf8(help));
        return this;
    }

    /**
     * Adds the series to the message.
     *
     * @throws IllegalArgumentException if it has no labels, or it or an exemplar two with the same name; it is then
     *     left out
     */
    public RemoteWriteEncoder endSeries() {
        requireSeries();
        requireNoExemplar();
        inSeries = false;
        draft.requireGoodLabels();
        message.add(draft);
        seriesCount++;
        sampleCount += draft.sampleCount;
        histogramCount += draft.histogramCount;
        exemplarCount += draft.exemplars.count();
        return this;
    }

    /** Series in the message so far. */
    public int seriesCount() {
        return seriesCount;
    }

    /** Float samples in the message so far, of the series that were ended. */
    public int sampleCount() {
        return sampleCount;
    }

    /** Histograms in the message so far, of the series that were ended. */
    public int histogramCount() {
        return histogramCount;
    }

    /** Exemplars in the message so far, of the series that were ended. */
    public int exemplarCount() {
        return exemplarCount;
    }

    /** Size of the message so far, before compression. */
    public int messageSizeBytes() {
        return message.sizeBytes();
    }

    /** Compresses the message into {@link #body()} and starts an empty one. */
    public void finish() {
        if (inSeries) {
            throw new IllegalStateException("the last series was not ended");
        }
        ByteWriter whole = message.finish();
        int room = Snappy.compressedSizeBytesMax(whole.size());
        if (body.length < room) {
            body = new byte[room];
        }
        bodySize = compressor.compress(whole.array(), 0, whole.size(), body, 0);
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
        inExemplar = false;
        seriesCount = 0;
        sampleCount = 0;
        histogramCount = 0;
        exemplarCount = 0;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private void requireSeries() {
        if (!inSeries) {
            throw new IllegalStateException("no series was started");
        }
    }

    private void requireNoExemplar() {
        if (inExemplar) {
            throw new IllegalStateException("the last exemplar was not ended");
        }
    }
}

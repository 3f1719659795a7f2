package dev.cairndb.remote;

import dev.cairndb.io.BigEndian;
import dev.cairndb.io.ByteWriter;
import java.io.IOException;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A decoded remote_write request: series with labels and samples in columns, in the order of the body. Labels are
 * offsets and lengths into {@link #bytes()}, samples are timestamps and raw value bits in two long arrays; there is no
 * object for a label, a sample or a series.
 *
 * <p>The labels are as the sender wrote them: in any order, perhaps with problems. {@link #packLabels} brings the ones
 * of a series into the stored form or tells what is wrong with them; nothing is checked before that, so that a receiver
 * that knows the series by its {@link #labelsStart label bytes} pays nothing for it.
 *
 * <p>Thread-safety: none; reading from many threads is fine while nobody decodes or packs. Ownership: a request from
 * {@link #decode} belongs to the caller. One from a {@link RemoteWriteDecoder} is overwritten by its next decode.
 */
public final class RemoteWriteRequest {
    private static final int STRIDE = 5;
    private static final int LABEL_START = 0;
    private static final int SAMPLE_START = 1;
    private static final int WIRE_START = 2;
    private static final int WIRE_END = 3;
    private static final int HISTOGRAMS = 4;
    private static final byte[] NONE = {};
    /** The bytes of {@code __name__}. */
    private static final long METRIC_NAME = 0x5F5F6E616D655F5FL;

    private byte[] bytes = NONE;
    private final LabelTable labels = new LabelTable(64);

    /** Cells of each series, and behind the last one the ends of its ranges. */
    private int[] series = new int[16 * STRIDE];

    private int seriesCount;
    private long[] timestampsMillis = new long[16];
    private long[] valuesBits = new long[16];
    private int sampleCount;
    private int histogramCount;
    private int exemplarCount;
    private int metadataCount;

    RemoteWriteRequest() {}

    /**
     * Decodes a version 1 body (a snappy block). For many bodies use a {@link RemoteWriteDecoder}, which allocates
     * nothing.
     *
     * @throws MalformedRequestException if the body is not snappy or not a write request
     * @throws RequestTooLargeException if it is over a limit
     */
    public static RemoteWriteRequest decode(byte[] snappyBody, RemoteWriteLimits limits) throws IOException {
        return new RemoteWriteDecoder().decode(snappyBody, 0, snappyBody.length, limits);
    }

    /** The array that label offsets point into. It may be larger than the request, and is not to be written to. */
    public byte[] bytes() {
        return bytes;
    }

    public int seriesCount() {
        return seriesCount;
    }

    /** Float samples of all series. */
    public int sampleCount() {
        return sampleCount;
    }

    /** Native histograms of all series. Their content is checked but not kept. */
    public int histogramCount() {
        return histogramCount;
    }

    /** Exemplars of all series. Their content is checked but not kept. */
    public int exemplarCount() {
        return exemplarCount;
    }

    /** Metadata entries of the request. Their content is checked but not kept. */
    public int metadataCount() {
        return metadataCount;
    }

    public int labelCount(int seriesIndex) {
        return cell(seriesIndex + 1, LABEL_START) - cell(checked(seriesIndex), LABEL_START);
    }

    public int labelNameOffset(int seriesIndex, int label) {
        return labels.nameOffset(labelIndex(seriesIndex, label));
    }

    public int labelNameLength(int seriesIndex, int label) {
        return labels.nameLength(labelIndex(seriesIndex, label));
    }

    public int labelValueOffset(int seriesIndex, int label) {
        return labels.valueOffset(labelIndex(seriesIndex, label));
    }

    public int labelValueLength(int seriesIndex, int label) {
        return labels.valueLength(labelIndex(seriesIndex, label));
    }

    /** Whether the label names of a series ascend by unsigned bytes, no two of them alike. Computed on each call. */
    public boolean labelsAreSorted(int seriesIndex) {
        int from = cell(checked(seriesIndex), LABEL_START);
        return labels.isSorted(bytes, from, cell(seriesIndex + 1, LABEL_START));
    }

    /**
     * Start in {@link #bytes()} of the encoded labels of a series, or -1 if they do not lie together or do not tell the
     * labels by themselves. Two series with the same bytes from here to {@link #labelsEnd} have the same labels; the
     * reverse does not hold, since senders may order and encode them differently.
     */
    public int labelsStart(int seriesIndex) {
        return cell(checked(seriesIndex), WIRE_START);
    }

    /** End of the encoded labels of a series; -1 where {@link #labelsStart} is. */
    public int labelsEnd(int seriesIndex) {
        return cell(checked(seriesIndex), WIRE_END);
    }

    /** Index of the first sample of a series for {@link #timestampMillis} and {@link #valueBits}. */
    public int sampleStart(int seriesIndex) {
        return cell(checked(seriesIndex), SAMPLE_START);
    }

    /** Float samples of a series. */
    public int sampleCount(int seriesIndex) {
        return cell(seriesIndex + 1, SAMPLE_START) - sampleStart(seriesIndex);
    }

    /** Native histograms of a series. */
    public int histogramCount(int seriesIndex) {
        return cell(checked(seriesIndex), HISTOGRAMS);
    }

    /** @param sample counted over the whole request */
    public long timestampMillis(int sample) {
        return timestampsMillis[Objects.checkIndex(sample, sampleCount)];
    }

    /** @param sample counted over the whole request */
    public long valueBits(int sample) {
        return valuesBits[Objects.checkIndex(sample, sampleCount)];
    }

    /**
     * Appends the labels of a series to {@code target} in the stored form: ascending by name, without empty values, for
     * each label {@code uvarint length, name, uvarint length, value}. Series that Prometheus' receiver leaves out have
     * a problem here; then nothing is appended.
     *
     * @return null if the labels are good
     */
    public @Nullable LabelProblem packLabels(int seriesIndex, ByteWriter target) {
        int from = cell(checked(seriesIndex), LABEL_START);
        int count = labelCount(seriesIndex);
        LabelProblem problem = checkLabels(from, from + count);
        if (problem != null) {
            return problem;
        }
        if (labels.isSorted(bytes, from, from + count)) {
            for (int label = from; label < from + count; label++) {
                packLabel(label, target);
            }
            return null;
        }
        labels.sort(bytes, from, from + count);
        for (int rank = 1; rank < count; rank++) {
            if (labels.compareNames(bytes, labels.ordered(rank - 1), labels.ordered(rank)) == 0) {
                return LabelProblem.DUPLICATE_NAME;
            }
        }
        for (int rank = 0; rank < count; rank++) {
            packLabel(labels.ordered(rank), target);
        }
        return null;
    }

    private void packLabel(int label, ByteWriter target) {
        int nameLength = labels.nameLength(label);
        int valueLength = labels.valueLength(label);
        if (valueLength > 0) {
            target.putUvarint(nameLength);
            target.putBytes(bytes, labels.nameOffset(label), nameLength);
            target.putUvarint(valueLength);
            target.putBytes(bytes, labels.valueOffset(label), valueLength);
        }
    }

    private @Nullable LabelProblem checkLabels(int from, int to) {
        boolean named = false;
        for (int label = from; label < to; label++) {
            int offset = labels.nameOffset(label);
            int length = labels.nameLength(label);
            if (length == 0) {
                return LabelProblem.EMPTY_NAME;
            }
            if (!Utf8.isValid(bytes, offset, length)
                    || !Utf8.isValid(bytes, labels.valueOffset(label), labels.valueLength(label))) {
                return LabelProblem.INVALID_UTF8;
            }
            if (length == 8 && BigEndian.getLong(bytes, offset) == METRIC_NAME) {
                if (labels.valueLength(label) == 0) {
                    return LabelProblem.NO_METRIC_NAME;
                }
                named = true;
            }
        }
        return named ? null : LabelProblem.NO_METRIC_NAME;
    }

    void start(byte[] source) {
        bytes = source;
        labels.clear();
        seriesCount = 0;
        sampleCount = 0;
        histogramCount = 0;
        exemplarCount = 0;
        metadataCount = 0;
    }

    void startSeries() {
        int at = seriesCount * STRIDE;
        if (series.length - at < 2 * STRIDE) {
            series = Arrays.copyOf(series, series.length * 2);
        }
        series[at + LABEL_START] = labels.size();
        series[at + SAMPLE_START] = sampleCount;
        series[at + HISTOGRAMS] = histogramCount;
    }

    /** @param wireStart as {@link #labelsStart} tells it */
    void endSeries(int wireStart, int wireEnd) {
        int at = seriesCount * STRIDE;
        series[at + WIRE_START] = wireStart;
        series[at + WIRE_END] = wireEnd;
        series[at + HISTOGRAMS] = histogramCount - series[at + HISTOGRAMS];
        series[at + STRIDE + LABEL_START] = labels.size();
        series[at + STRIDE + SAMPLE_START] = sampleCount;
        seriesCount++;
    }

    int labelCount() {
        return labels.size();
    }

    void addLabel(int nameOffset, int nameLength, int valueOffset, int valueLength) {
        labels.add(nameOffset, nameLength, valueOffset, valueLength);
    }

    void addSample(long timestampMillis, long valueBits) {
        if (sampleCount == timestampsMillis.length) {
            timestampsMillis = Arrays.copyOf(timestampsMillis, sampleCount * 2);
            valuesBits = Arrays.copyOf(valuesBits, sampleCount * 2);
        }
        timestampsMillis[sampleCount] = timestampMillis;
        valuesBits[sampleCount++] = valueBits;
    }

    void addHistogram() {
        histogramCount++;
    }

    void addExemplar() {
        exemplarCount++;
    }

    void addMetadata() {
        metadataCount++;
    }

    /** Forgets what was decoded so far. */
    void clear() {
        start(NONE);
    }

    /** Memory of the columns, without {@link #bytes()}. */
    long retainedBytes() {
        return labels.retainedBytes() + 4L * series.length + 16L * timestampsMillis.length;
    }

    private int checked(int seriesIndex) {
        return Objects.checkIndex(seriesIndex, seriesCount);
    }

    private int cell(int seriesIndex, int column) {
        return series[seriesIndex * STRIDE + column];
    }

    private int labelIndex(int seriesIndex, int label) {
        return cell(checked(seriesIndex), LABEL_START) + Objects.checkIndex(label, labelCount(seriesIndex));
    }
}

package dev.cairndb.remote;

import dev.cairndb.chunks.HistogramBuffer;
import dev.cairndb.io.ByteWriter;
import java.io.IOException;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A decoded remote_write request: series with labels, samples, histograms and exemplars, and metadata, in columns, in
 * the order of the body. Texts are offsets and lengths into {@link #bytes()}, numbers lie in arrays; there is no object
 * for a label, a sample or a series. Samples, histograms and exemplars are numbered over the whole request; a series
 * has some that follow each other ({@link #sampleStart}, {@link #histogramStart}, {@link #exemplarStart}). A histogram
 * stays in its encoded form until {@link #readHistogram} reads it.
 *
 * <p>The labels are as the sender wrote them: in any order, perhaps with problems. {@link #packLabels} brings the ones
 * of a series into the stored form or tells what is wrong with them; nothing is checked before that, so that a receiver
 * that knows the series by its {@link #labelsStart label bytes} pays nothing for it.
 *
 * <p>A version 2 series whose references (of labels or of metadata) are not all to symbols of the request is still
 * there, with {@link LabelProblem#INVALID_REFERENCE}: its sender must learn how many samples were not stored.
 *
 * <p>Labels that the decoder found in {@link KnownLabels} are read when they are asked for.
 *
 * <p>Thread-safety: none; reading from many threads is fine while nobody decodes, packs, reads a histogram, or asks for
 * labels that were known. Ownership: a request from {@link #decode} belongs to the caller. One from a
 * {@link RemoteWriteDecoder} is overwritten by its next decode.
 */
public final class RemoteWriteRequest {
    private static final int STRIDE = 8;
    private static final int LABEL_START = 0;
    private static final int LABEL_END = 1;
    private static final int SAMPLE_START = 2;
    private static final int HISTOGRAM_START = 3;
    private static final int EXEMPLAR_START = 4;
    private static final int WIRE_START = 5;
    private static final int WIRE_END = 6;
    /** The place in {@link #known} of the encoded labels. */
    private static final int PLACE = 7;

    private static final byte[] NONE = {};

    private RemoteWriteVersion version = RemoteWriteVersion.V1;
    private byte[] bytes = NONE;
    private int sizeBytes;
    private @Nullable KnownLabels known;
    private int knownAge;

    /** Cells of each series, and behind the last one the ends of its ranges. */
    private int[] series = new int[16 * STRIDE];

    private int seriesCount;
    private final SymbolTable symbols = new SymbolTable();
    private final LabelReader labelReader = new LabelReader();
    private final LabelTable ownLabels = new LabelTable(64);
    private final LabelTable ownExemplarLabels = new LabelTable(0);
    private final SymbolLabels symbolLabels = new SymbolLabels(symbols);
    private final SymbolLabels symbolExemplarLabels = new SymbolLabels(symbols);

    /** The labels of the version at hand. */
    private LabelList labels = ownLabels;

    private LabelList exemplarLabels = ownExemplarLabels;
    private final SampleColumns samples = new SampleColumns();
    private final HistogramColumns histograms = new HistogramColumns();
    private final ExemplarColumns exemplars = new ExemplarColumns();
    private final MetadataColumns metadata = new MetadataColumns();

    /** Series and exemplars with references that lead nowhere. */
    private final BitSet badLabels = new BitSet();

    private final BitSet badMetadata = new BitSet();
    private final BitSet badExemplars = new BitSet();
    private final HistogramParser histogramParser = new HistogramParser();

    RemoteWriteRequest() {}

    /**
     * Decodes a version 1 body (a snappy block). For many bodies use a {@link RemoteWriteDecoder}, which allocates
     * nothing.
     *
     * @throws MalformedRequestException if the body is not snappy or not a write request
     * @throws RequestTooLargeException if it is over a limit
     */
    public static RemoteWriteRequest decode(byte[] snappyBody, RemoteWriteLimits limits) throws IOException {
        return decode(snappyBody, RemoteWriteVersion.V1, limits);
    }

    /** As {@link #decode(byte[], RemoteWriteLimits)}, for a body of either version. */
    public static RemoteWriteRequest decode(byte[] snappyBody, RemoteWriteVersion version, RemoteWriteLimits limits)
            throws IOException {
        return new RemoteWriteDecoder().decode(snappyBody, 0, snappyBody.length, version, limits);
    }

    public RemoteWriteVersion version() {
        return version;
    }

    /** The array that text offsets point into. It may be larger than the request, and is not to be written to. */
    public byte[] bytes() {
        return bytes;
    }

    /** Length of the message, decompressed. */
    public int sizeBytes() {
        return sizeBytes;
    }

    public int seriesCount() {
        return seriesCount;
    }

    /** Float samples of all series. */
    public int sampleCount() {
        return samples.count();
    }

    /** Native histograms of all series. */
    public int histogramCount() {
        return histograms.count();
    }

    /** Exemplars of all series. */
    public int exemplarCount() {
        return exemplars.count();
    }

    /** Metadata entries of the request. Version 2 entries in which everything is zero or empty do not count. */
    public int metadataCount() {
        return metadata.count();
    }

    public int labelCount(int seriesIndex) {
        int from = labelStart(seriesIndex);
        return labelEnd(seriesIndex) - from;
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
        int from = labelStart(seriesIndex);
        return labels.isSorted(bytes, from, labelEnd(seriesIndex));
    }

    /**
     * Start in {@link #bytes()} of the encoded labels of a series, or -1 if they do not lie together or do not tell the
     * labels by themselves, as in version 2. Two series with the same bytes from here to {@link #labelsEnd} have the
     * same labels; the reverse does not hold, since senders may order and encode them differently.
     */
    public int labelsStart(int seriesIndex) {
        return cell(checked(seriesIndex), WIRE_START);
    }

    /** End of the encoded labels of a series; -1 where {@link #labelsStart} is. */
    public int labelsEnd(int seriesIndex) {
        return cell(checked(seriesIndex), WIRE_END);
    }

    /** What the decoder was given to look for labels in. */
    public @Nullable KnownLabels knownLabels() {
        return known;
    }

    /** {@link KnownLabels#age} when this was decoded. */
    public int knownLabelsAge() {
        return knownAge;
    }

    /** The place of the encoded labels of a series in {@link #knownLabels}, or {@link KnownLabels#NOWHERE}. */
    public int labelsPlace(int seriesIndex) {
        return cell(checked(seriesIndex), PLACE);
    }

    /** Symbols of a version 2 request; version 1 has none. */
    public int symbolCount() {
        return symbols.size();
    }

    /** Start of a symbol in {@link #bytes()}. */
    public int symbolOffset(int symbol) {
        return symbols.offset(Objects.checkIndex(symbol, symbols.size()));
    }

    public int symbolLength(int symbol) {
        return symbols.length(Objects.checkIndex(symbol, symbols.size()));
    }

    /**
     * The numbers of the symbols that the labels of all series are, name and value in turn: those of a series lie from
     * {@link #labelRefsStart} to {@link #labelRefsEnd}. The array is replaced by the next decode, and not to be written
     * to.
     */
    public int[] labelRefs() {
        return symbolLabels.refs();
    }

    /** Where the references of a series start, or -1 if it has none, or some that lead nowhere. */
    public int labelRefsStart(int seriesIndex) {
        int from = cell(checked(seriesIndex), LABEL_START);
        boolean none = version != RemoteWriteVersion.V2 || from == cell(seriesIndex, LABEL_END);
        return none || badLabels.get(seriesIndex) || badMetadata.get(seriesIndex) ? -1 : 2 * from;
    }

    /** Where the references of a series end that has good ones. */
    public int labelRefsEnd(int seriesIndex) {
        return 2 * cell(checked(seriesIndex), LABEL_END);
    }

    /** Number of the first sample of a series. */
    public int sampleStart(int seriesIndex) {
        return cell(checked(seriesIndex), SAMPLE_START);
    }

    /** Float samples of a series. */
    public int sampleCount(int seriesIndex) {
        return cell(seriesIndex + 1, SAMPLE_START) - sampleStart(seriesIndex);
    }

    public long timestampMillis(int sample) {
        return samples.timestampMillis(Objects.checkIndex(sample, samples.count()));
    }

    /** When the counter of a sample began to count; 0 if nobody said. */
    public long startTimestampMillis(int sample) {
        return samples.startTimestampMillis(Objects.checkIndex(sample, samples.count()));
    }

    public long valueBits(int sample) {
        return samples.valueBits(Objects.checkIndex(sample, samples.count()));
    }

    /** Number of the first native histogram of a series. */
    public int histogramStart(int seriesIndex) {
        return cell(checked(seriesIndex), HISTOGRAM_START);
    }

    /** Native histograms of a series. */
    public int histogramCount(int seriesIndex) {
        return cell(seriesIndex + 1, HISTOGRAM_START) - histogramStart(seriesIndex);
    }

    public long histogramTimestampMillis(int histogram) {
        return histograms.timestampMillis(Objects.checkIndex(histogram, histograms.count()));
    }

    /** When a histogram began to count; 0 if nobody said. */
    public long histogramStartTimestampMillis(int histogram) {
        return histograms.startTimestampMillis(Objects.checkIndex(histogram, histograms.count()));
    }

    /**
     * Reads a histogram as it was sent, which need not be a valid one. A reset hint that nobody knows is read as none;
     * span lengths over 31 bits become negative.
     */
    public void readHistogram(int histogram, HistogramBuffer target) {
        Objects.checkIndex(histogram, histograms.count());
        histogramParser.read(
                bytes,
                histograms.start(histogram),
                histograms.end(histogram),
                histograms.hasFloatCounts(histogram),
                target);
    }

    /** Number of the first exemplar of a series. */
    public int exemplarStart(int seriesIndex) {
        return cell(checked(seriesIndex), EXEMPLAR_START);
    }

    /** Exemplars of a series. */
    public int exemplarCount(int seriesIndex) {
        return cell(seriesIndex + 1, EXEMPLAR_START) - exemplarStart(seriesIndex);
    }

    public long exemplarTimestampMillis(int exemplar) {
        return exemplars.timestampMillis(Objects.checkIndex(exemplar, exemplars.count()));
    }

    public long exemplarValueBits(int exemplar) {
        return exemplars.valueBits(Objects.checkIndex(exemplar, exemplars.count()));
    }

    /**
     * Appends the labels of a series to {@code target} in the stored form: ascending by name, without empty values, for
     * each label {@code uvarint length, name, uvarint length, value}. Series that Prometheus' receiver leaves out have
     * a problem here; then nothing is appended.
     *
     * @return null if the labels are good
     */
    public @Nullable LabelProblem packLabels(int seriesIndex, ByteWriter target) {
        int from = labelStart(seriesIndex);
        if (badLabels.get(seriesIndex) || badMetadata.get(seriesIndex)) {
            return LabelProblem.INVALID_REFERENCE;
        }
        return LabelPacker.packSeries(labels, bytes, from, labelEnd(seriesIndex), target);
    }

    /**
     * As {@link #packLabels} for the labels of an exemplar, which may be none. Labels with an empty value are as good
     * as none here, so they do not make a name come twice.
     */
    public @Nullable LabelProblem packExemplarLabels(int exemplar, ByteWriter target) {
        Objects.checkIndex(exemplar, exemplars.count());
        if (badExemplars.get(exemplar)) {
            return LabelProblem.INVALID_REFERENCE;
        }
        return LabelPacker.packExemplar(
                exemplarLabels, bytes, exemplars.labelStart(exemplar), exemplars.labelEnd(exemplar), target);
    }

    /** The series that a metadata entry came with; -1 in version 1, where it names a metric family. */
    public int metadataSeries(int entry) {
        return metadataCell(entry, MetadataColumns.SERIES);
    }

    /** As sent; {@link MetricType#ofWireId} knows what it means. */
    public int metadataType(int entry) {
        return metadataCell(entry, MetadataColumns.TYPE);
    }

    public int metadataFamilyOffset(int entry) {
        return metadataCell(entry, MetadataColumns.FAMILY_OFFSET);
    }

    /** 0 in version 2, where the family is that of the series. */
    public int metadataFamilyLength(int entry) {
        return metadataCell(entry, MetadataColumns.FAMILY_LENGTH);
    }

    public int metadataUnitOffset(int entry) {
        return metadataCell(entry, MetadataColumns.UNIT_OFFSET);
    }

    public int metadataUnitLength(int entry) {
        return metadataCell(entry, MetadataColumns.UNIT_LENGTH);
    }

    public int metadataHelpOffset(int entry) {
        return metadataCell(entry, MetadataColumns.HELP_OFFSET);
    }

    public int metadataHelpLength(int entry) {
        return metadataCell(entry, MetadataColumns.HELP_LENGTH);
    }

    void start(byte[] source, RemoteWriteVersion newVersion, @Nullable KnownLabels newKnown) {
        version = newVersion;
        known = newKnown;
        knownAge = newKnown == null ? 0 : newKnown.age();
        bytes = source;
        boolean withSymbols = newVersion == RemoteWriteVersion.V2;
        labels = withSymbols ? symbolLabels : ownLabels;
        exemplarLabels = withSymbols ? symbolExemplarLabels : ownExemplarLabels;
        labels.clear();
        exemplarLabels.clear();
        symbols.clear();
        samples.clear();
        histograms.clear();
        exemplars.clear();
        metadata.clear();
        badLabels.clear();
        badMetadata.clear();
        badExemplars.clear();
        seriesCount = 0;
    }

    void sizeBytes(int size) {
        sizeBytes = size;
    }

    void startSeries() {
        int at = seriesCount * STRIDE;
        if (series.length - at < 2 * STRIDE) {
            series = Arrays.copyOf(series, series.length * 2);
        }
        putStarts(at);
    }

    /** @param wireStart as {@link #labelsStart} tells it */
    void endSeries(int wireStart, int wireEnd, int place) {
        int at = seriesCount * STRIDE;
        series[at + LABEL_END] = labels.size();
        series[at + PLACE] = place;
        series[at + WIRE_START] = wireStart;
        series[at + WIRE_END] = wireEnd;
        putStarts(at + STRIDE);
        seriesCount++;
    }

    private void putStarts(int at) {
        series[at + LABEL_START] = labels.size();
        series[at + SAMPLE_START] = samples.count();
        series[at + HISTOGRAM_START] = histograms.count();
        series[at + EXEMPLAR_START] = exemplars.count();
    }

    /** Checks all references, once all symbols are known. */
    void resolveReferences() {
        for (int s = 0; s < seriesCount && !symbolLabels.areKnown(); s++) {
            if (!symbolLabels.areKnown(cell(s, LABEL_START), cell(s, LABEL_END))) {
                badLabels.set(s);
            }
        }
        for (int e = 0; e < exemplars.count() && !symbolExemplarLabels.areKnown(); e++) {
            if (!symbolExemplarLabels.areKnown(exemplars.labelStart(e), exemplars.labelEnd(e))) {
                badExemplars.set(e);
            }
        }
        metadata.resolve(symbols, badMetadata);
    }

    /** The series that is being read has a name without a value. */
    void markLabelsBad() {
        badLabels.set(seriesCount);
    }

    /** The exemplar that is being read has a name without a value. */
    void markExemplarBad() {
        badExemplars.set(exemplars.count());
    }

    SymbolTable symbols() {
        return symbols;
    }

    LabelReader labelReader() {
        return labelReader;
    }

    LabelTable ownLabels() {
        return ownLabels;
    }

    LabelTable ownExemplarLabels() {
        return ownExemplarLabels;
    }

    SymbolLabels symbolLabels() {
        return symbolLabels;
    }

    SymbolLabels symbolExemplarLabels() {
        return symbolExemplarLabels;
    }

    SampleColumns samples() {
        return samples;
    }

    HistogramColumns histograms() {
        return histograms;
    }

    ExemplarColumns exemplars() {
        return exemplars;
    }

    MetadataColumns metadata() {
        return metadata;
    }

    HistogramParser histogramParser() {
        return histogramParser;
    }

    /** Forgets what was decoded so far. */
    void clear() {
        start(NONE, version, null);
    }

    /** Memory of the columns, without {@link #bytes()}. */
    long retainedBytes() {
        return 4L * series.length
                + symbols.retainedBytes()
                + ownLabels.retainedBytes()
                + ownExemplarLabels.retainedBytes()
                + symbolLabels.retainedBytes()
                + symbolExemplarLabels.retainedBytes()
                + samples.retainedBytes()
                + histograms.retainedBytes()
                + exemplars.retainedBytes()
                + metadata.retainedBytes();
    }

    private int checked(int seriesIndex) {
        return Objects.checkIndex(seriesIndex, seriesCount);
    }

    private int cell(int seriesIndex, int column) {
        return series[seriesIndex * STRIDE + column];
    }

    private int labelEnd(int seriesIndex) {
        return cell(seriesIndex, badLabels.get(seriesIndex) ? LABEL_START : LABEL_END);
    }

    /** The first label of a series, which are read now if they were stepped over. */
    private int labelStart(int seriesIndex) {
        int at = checked(seriesIndex) * STRIDE;
        if (series[at + PLACE] != KnownLabels.NOWHERE && series[at + LABEL_START] == series[at + LABEL_END]) {
            series[at + LABEL_START] = ownLabels.size();
            labelReader.readAgain(bytes, series[at + WIRE_START], series[at + WIRE_END], ownLabels);
            series[at + LABEL_END] = ownLabels.size();
        }
        return series[at + LABEL_START];
    }

    private int labelIndex(int seriesIndex, int label) {
        int from = labelStart(seriesIndex);
        return from + Objects.checkIndex(label, labelEnd(seriesIndex) - from);
    }

    private int metadataCell(int entry, int column) {
        return metadata.get(Objects.checkIndex(entry, metadata.count()), column);
    }
}

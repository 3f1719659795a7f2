package dev.cairndb.remote;

import dev.cairndb.chunks.HistogramSample;
import dev.cairndb.io.ByteWriter;
import java.nio.charset.StandardCharsets;

/** The series an encoder is building: texts and where they lie, and what is encoded the same in both versions. */
final class SeriesDraft {
    private static final int TAG_SAMPLE = 0x12;
    private static final int TAG_SAMPLE_VALUE = 0x09;
    private static final int TAG_SAMPLE_TIMESTAMP = 0x10;
    private static final int TAG_SAMPLE_START = 0x18;

    final ByteWriter text = new ByteWriter(512);
    final LabelTable labels = new LabelTable(32);
    final LabelTable exemplarLabels = new LabelTable(4);
    final ExemplarColumns exemplars = new ExemplarColumns();

    /** Encoded samples and histograms with their tags. */
    final ByteWriter samples = new ByteWriter(512);

    final ByteWriter histograms = new ByteWriter(64);

    /** Where unit and help lie in {@link #text}. */
    final MetadataColumns metadata = new MetadataColumns();

    private final RemoteWriteVersion version;
    private final HistogramEncoder histogramEncoder = new HistogramEncoder();
    int sampleCount;
    int histogramCount;

    SeriesDraft(RemoteWriteVersion version) {
        this.version = version;
    }

    void clear() {
        text.clear();
        labels.clear();
        exemplarLabels.clear();
        exemplars.clear();
        samples.clear();
        histograms.clear();
        metadata.clear();
        sampleCount = 0;
        histogramCount = 0;
    }

    /** Adds a label to a table whose offsets are into {@link #text}. */
    void label(
            LabelTable target,
            byte[] name,
            int nameOffset,
            int nameLength,
            byte[] value,
            int valueOffset,
            int valueLength) {
        int at = text.size();
        text.putBytes(name, nameOffset, nameLength);
        text.putBytes(value, valueOffset, valueLength);
        target.add(at, nameLength, at + nameLength, valueLength);
    }

    void sample(long timestampMillis, long startTimestampMillis, long valueBits) {
        long start = version == RemoteWriteVersion.V2 ? startTimestampMillis : 0;
        samples.putByte(TAG_SAMPLE);
        samples.putUvarint(ProtoFields.sizeOfFixed64(valueBits)
                + ProtoFields.sizeOfInteger(timestampMillis)
                + ProtoFields.sizeOfInteger(start));
        ProtoFields.putFixed64(samples, TAG_SAMPLE_VALUE, valueBits);
        ProtoFields.putInteger(samples, TAG_SAMPLE_TIMESTAMP, timestampMillis);
        ProtoFields.putInteger(samples, TAG_SAMPLE_START, start);
        sampleCount++;
    }

    void histogram(int tag, long timestampMillis, long startTimestampMillis, HistogramSample histogram) {
        long start = version == RemoteWriteVersion.V2 ? startTimestampMillis : 0;
        histogramEncoder.put(histograms, tag, timestampMillis, start, histogram);
        histogramCount++;
    }

    void metadata(int type, byte[] unit, byte[] help) {
        metadata.clear();
        int entry = metadata.add(0);
        metadata.setType(entry, type);
        metadata.set(entry, MetadataColumns.UNIT_OFFSET, text.size(), unit.length);
        text.putBytes(unit, 0, unit.length);
        metadata.set(entry, MetadataColumns.HELP_OFFSET, text.size(), help.length);
        text.putBytes(help, 0, help.length);
    }

    /**
     * Sorts the labels and the labels of each exemplar.
     *
     * @throws IllegalArgumentException if the series has none, or two have the same name
     */
    void requireGoodLabels() {
        if (labels.size() == 0) {
            throw new IllegalArgumentException("a series without labels");
        }
        for (int e = 0; e < exemplars.count(); e++) {
            requireNoNameTwice(exemplarLabels, exemplars.labelStart(e), exemplars.labelEnd(e));
        }
        requireNoNameTwice(labels, 0, labels.size());
    }

    private void requireNoNameTwice(LabelTable table, int from, int to) {
        table.sort(text.array(), from, to);
        for (int rank = 1; rank < to - from; rank++) {
            int label = table.ordered(rank);
            if (table.compareNames(text.array(), table.ordered(rank - 1), label) == 0) {
                String name = new String(
                        text.array(), table.nameOffset(label), table.nameLength(label), StandardCharsets.UTF_8);
                throw new IllegalArgumentException("two labels of one series have the name " + name);
            }
        }
    }
}

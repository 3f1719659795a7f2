package dev.cairndb.remote;

import dev.cairndb.io.ByteWriter;

/**
 * Builds an {@code io.prometheus.write.v2.Request}: symbols, then series. Symbols are numbered in the order in which
 * Prometheus' sender meets them: of each series help and unit, then labels, then labels of exemplars. Not thread-safe.
 */
final class MessageV2Encoder extends MessageEncoder {
    private static final int TAG_SERIES = 0x2A;
    private static final int TAG_REFS = 0x0A;
    private static final int TAG_HISTOGRAM = 0x1A;
    private static final int TAG_EXEMPLAR = 0x22;
    private static final int TAG_METADATA = 0x2A;
    private static final int TAG_EXEMPLAR_VALUE = 0x11;
    private static final int TAG_EXEMPLAR_TIMESTAMP = 0x18;
    private static final int TAG_METADATA_TYPE = 0x08;
    private static final int TAG_METADATA_HELP = 0x18;
    private static final int TAG_METADATA_UNIT = 0x20;

    private final SymbolInterner symbols = new SymbolInterner();
    private final ByteWriter message = new ByteWriter(4096);

    /** Parts of the series at hand, whose lengths have to be known before it is written. */
    private final ByteWriter labelRefs = new ByteWriter(128);

    private final ByteWriter exemplarRefs = new ByteWriter(16);
    private final ByteWriter exemplars = new ByteWriter(16);
    private final ByteWriter metadata = new ByteWriter(16);

    @Override
    int histogramTag() {
        return TAG_HISTOGRAM;
    }

    @Override
    void add(SeriesDraft series) {
        byte[] text = series.text.array();
        encodeMetadata(series.metadata, text);
        encodeRefs(labelRefs, series.labels, 0, series.labels.size(), text);
        encodeExemplars(series, text);
        message.putByte(TAG_SERIES);
        message.putUvarint(ProtoFields.sizeOfBytes(labelRefs.size())
                + series.samples.size()
                + series.histograms.size()
                + exemplars.size()
                + ProtoFields.sizeOfBytes(metadata.size()));
        ProtoFields.putBytes(message, TAG_REFS, labelRefs.array(), 0, labelRefs.size());
        message.putBytes(series.samples.array(), 0, series.samples.size());
        message.putBytes(series.histograms.array(), 0, series.histograms.size());
        message.putBytes(exemplars.array(), 0, exemplars.size());
        // Prometheus writes it also if there is nothing in it.
        ProtoFields.putBytes(message, TAG_METADATA, metadata.array(), 0, metadata.size());
    }

    private void encodeMetadata(MetadataColumns columns, byte[] text) {
        metadata.clear();
        if (columns.count() == 0) {
            return;
        }
        int help = symbols.refOf(
                text, columns.get(0, MetadataColumns.HELP_OFFSET), columns.get(0, MetadataColumns.HELP_LENGTH));
        int unit = symbols.refOf(
                text, columns.get(0, MetadataColumns.UNIT_OFFSET), columns.get(0, MetadataColumns.UNIT_LENGTH));
        ProtoFields.putInteger(metadata, TAG_METADATA_TYPE, columns.get(0, MetadataColumns.TYPE));
        ProtoFields.putInteger(metadata, TAG_METADATA_HELP, help);
        ProtoFields.putInteger(metadata, TAG_METADATA_UNIT, unit);
    }

    /** Of a range of labels that was sorted just now. */
    private void encodeRefs(ByteWriter target, LabelTable labels, int from, int to, byte[] text) {
        target.clear();
        for (int rank = 0; rank < to - from; rank++) {
            int label = labels.ordered(rank);
            target.putUvarint(symbols.refOf(text, labels.nameOffset(label), labels.nameLength(label)));
            target.putUvarint(symbols.refOf(text, labels.valueOffset(label), labels.valueLength(label)));
        }
    }

    private void encodeExemplars(SeriesDraft series, byte[] text) {
        exemplars.clear();
        for (int e = 0; e < series.exemplars.count(); e++) {
            int from = series.exemplars.labelStart(e);
            int to = series.exemplars.labelEnd(e);
            series.exemplarLabels.sort(text, from, to);
            encodeRefs(exemplarRefs, series.exemplarLabels, from, to, text);
            long value = series.exemplars.valueBits(e);
            long timestamp = series.exemplars.timestampMillis(e);
            int refsSize = from == to ? 0 : ProtoFields.sizeOfBytes(exemplarRefs.size());
            exemplars.putByte(TAG_EXEMPLAR);
            exemplars.putUvarint(refsSize + ProtoFields.sizeOfFixed64(value) + ProtoFields.sizeOfInteger(timestamp));
            if (from < to) {
                ProtoFields.putBytes(exemplars, TAG_REFS, exemplarRefs.array(), 0, exemplarRefs.size());
            }
            ProtoFields.putFixed64(exemplars, TAG_EXEMPLAR_VALUE, value);
            ProtoFields.putInteger(exemplars, TAG_EXEMPLAR_TIMESTAMP, timestamp);
        }
    }

    @Override
    int sizeBytes() {
        return message.size() == 0 ? 0 : symbols.message().size() + message.size();
    }

    /** A request of no series is empty: without series there is nobody to use the symbol "". */
    @Override
    ByteWriter finish() {
        if (message.size() == 0) {
            return message;
        }
        ByteWriter whole = symbols.message();
        whole.putBytes(message.array(), 0, message.size());
        return whole;
    }

    @Override
    void clear() {
        message.clear();
        symbols.clear();
    }
}

package dev.cairndb.remote;

import dev.cairndb.io.ByteWriter;

/** Builds a {@code prometheus.WriteRequest}: series, then metadata. Not thread-safe. */
final class MessageV1Encoder extends MessageEncoder {
    private static final int TAG_SERIES = 0x0A;
    private static final int TAG_METADATA = 0x1A;
    private static final int TAG_LABEL = 0x0A;
    private static final int TAG_EXEMPLAR = 0x1A;
    private static final int TAG_HISTOGRAM = 0x22;
    private static final int TAG_NAME = 0x0A;
    private static final int TAG_VALUE = 0x12;
    private static final int TAG_EXEMPLAR_VALUE = 0x11;
    private static final int TAG_EXEMPLAR_TIMESTAMP = 0x18;
    private static final int TAG_METADATA_TYPE = 0x08;
    private static final int TAG_METADATA_FAMILY = 0x12;
    private static final int TAG_METADATA_HELP = 0x22;
    private static final int TAG_METADATA_UNIT = 0x2A;

    private final ByteWriter message = new ByteWriter(4096);
    private final ByteWriter metadata = new ByteWriter(0);

    @Override
    int histogramTag() {
        return TAG_HISTOGRAM;
    }

    @Override
    void add(SeriesDraft series) {
        byte[] text = series.text.array();
        int size = series.samples.size() + series.histograms.size();
        size += sizeOfLabels(series.labels, 0, series.labels.size());
        for (int e = 0; e < series.exemplars.count(); e++) {
            size += ProtoFields.sizeOfBytes(sizeOfExemplar(series, e));
        }
        message.putByte(TAG_SERIES);
        message.putUvarint(size);
        for (int rank = 0; rank < series.labels.size(); rank++) {
            putLabel(series.labels, series.labels.ordered(rank), text);
        }
        message.putBytes(series.samples.array(), 0, series.samples.size());
        for (int e = 0; e < series.exemplars.count(); e++) {
            putExemplar(series, e, text);
        }
        message.putBytes(series.histograms.array(), 0, series.histograms.size());
    }

    private static int sizeOfExemplar(SeriesDraft series, int e) {
        ExemplarColumns exemplars = series.exemplars;
        return sizeOfLabels(series.exemplarLabels, exemplars.labelStart(e), exemplars.labelEnd(e))
                + ProtoFields.sizeOfFixed64(exemplars.valueBits(e))
                + ProtoFields.sizeOfInteger(exemplars.timestampMillis(e));
    }

    private void putExemplar(SeriesDraft series, int e, byte[] text) {
        ExemplarColumns exemplars = series.exemplars;
        LabelTable labels = series.exemplarLabels;
        int from = exemplars.labelStart(e);
        int to = exemplars.labelEnd(e);
        message.putByte(TAG_EXEMPLAR);
        message.putUvarint(sizeOfExemplar(series, e));
        labels.sort(text, from, to);
        for (int rank = 0; rank < to - from; rank++) {
            putLabel(labels, labels.ordered(rank), text);
        }
        ProtoFields.putFixed64(message, TAG_EXEMPLAR_VALUE, exemplars.valueBits(e));
        ProtoFields.putInteger(message, TAG_EXEMPLAR_TIMESTAMP, exemplars.timestampMillis(e));
    }

    private static int sizeOfLabels(LabelTable labels, int from, int to) {
        int size = 0;
        for (int label = from; label < to; label++) {
            size += ProtoFields.sizeOfBytes(sizeOfLabel(labels, label));
        }
        return size;
    }

    private static int sizeOfLabel(LabelTable labels, int label) {
        return ProtoFields.sizeOfBytes(labels.nameLength(label)) + ProtoFields.sizeOfBytes(labels.valueLength(label));
    }

    private void putLabel(LabelTable labels, int label, byte[] text) {
        message.putByte(TAG_LABEL);
        message.putUvarint(sizeOfLabel(labels, label));
        ProtoFields.putBytes(message, TAG_NAME, text, labels.nameOffset(label), labels.nameLength(label));
        ProtoFields.putBytes(message, TAG_VALUE, text, labels.valueOffset(label), labels.valueLength(label));
    }

    /** Adds what is known about a metric family. */
    void addMetadata(int type, byte[] family, byte[] unit, byte[] help) {
        metadata.putByte(TAG_METADATA);
        metadata.putUvarint(ProtoFields.sizeOfInteger(type) + sizeOfText(family) + sizeOfText(help) + sizeOfText(unit));
        ProtoFields.putInteger(metadata, TAG_METADATA_TYPE, type);
        putText(TAG_METADATA_FAMILY, family);
        putText(TAG_METADATA_HELP, help);
        putText(TAG_METADATA_UNIT, unit);
    }

    private static int sizeOfText(byte[] text) {
        return text.length == 0 ? 0 : ProtoFields.sizeOfBytes(text.length);
    }

    private void putText(int tag, byte[] text) {
        if (text.length > 0) {
            ProtoFields.putBytes(metadata, tag, text, 0, text.length);
        }
    }

    @Override
    int sizeBytes() {
        return message.size() + metadata.size();
    }

    @Override
    ByteWriter finish() {
        message.putBytes(metadata.array(), 0, metadata.size());
        metadata.clear();
        return message;
    }

    @Override
    void clear() {
        message.clear();
        metadata.clear();
    }
}

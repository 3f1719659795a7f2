package dev.cairndb.tsdb.internal.head;

import dev.cairndb.index.Labels;
import dev.cairndb.index.PackedLabels;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.remote.MetricType;
import dev.cairndb.tsdb.internal.exemplar.ExemplarRing;
import dev.cairndb.tsdb.internal.metadata.MetadataTable;
import dev.cairndb.tsdb.internal.metadata.MetadataText;
import java.nio.charset.StandardCharsets;

/** Brings exemplars and metadata back from the log. What cannot be kept is passed over: it never costs a sample. */
final class AnnotationReplay {
    private static final byte[] METRIC_NAME = "__name__".getBytes(StandardCharsets.UTF_8);

    private final ExemplarRing ring;
    private final MetadataTable table;
    private final MetadataText metadata = new MetadataText();
    private final Rows rows;
    private final SeriesRegistry registry;
    private final ByteWriter seriesLabels = new ByteWriter(512);

    AnnotationReplay(HeadState state) {
        ring = state.exemplars;
        table = state.metadata;
        rows = state.rows;
        registry = state.registry;
    }

    void exemplar(int slot, long timestampMillis, long valueBits, byte[] labels, int offset, int length) {
        if (ring.isOn() && areLabels(labels, offset, length)) {
            packLabels(slot);
            ExemplarRing.Outcome unused = ring.add(
                    seriesLabels.array(),
                    0,
                    seriesLabels.size(),
                    rows.getLong(slot, Rows.HASH),
                    timestampMillis,
                    valueBits,
                    labels,
                    offset,
                    length);
        }
    }

    /** Prometheus does not look at the labels of exemplars: its log may hold names twice, or out of order. */
    private static boolean areLabels(byte[] packed, int offset, int length) {
        try {
            return Labels.ofPacked(packed, offset, length).packed().length == length;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    void metadata(int slot, int type, byte[] bytes, int unitOffset, int unitLength, int helpOffset, int helpLength) {
        if (!table.isOn()) {
            return;
        }
        packLabels(slot);
        long name = PackedLabels.find(seriesLabels.array(), 0, seriesLabels.size(), METRIC_NAME);
        if (name >= 0) {
            metadata.set(MetricType.ofWireId(type), bytes, unitOffset, unitLength, helpOffset, helpLength)
                    .of(seriesLabels.array(), (int) (name >>> 32), (int) name);
            MetadataTable.Outcome unused = table.set(slot, metadata);
        }
    }

    private void packLabels(int slot) {
        registry.settleRestored();
        seriesLabels.clear();
        registry.packLabels(slot, seriesLabels);
    }
}

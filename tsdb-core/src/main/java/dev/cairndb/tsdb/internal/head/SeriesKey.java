package dev.cairndb.tsdb.internal.head;

import dev.cairndb.index.Labels;
import dev.cairndb.tsdb.Rejection;
import dev.cairndb.tsdb.TsdbOptions.SeriesLimits;
import org.jspecify.annotations.Nullable;

/** A series a host appends to directly: its packed labels and the row found last. Thread-safe. */
public final class SeriesKey {
    private final Head head;
    private final Labels labels;
    private final byte[] packed;
    private final long hash;
    private int labelCount;
    private int longestName;
    private int longestValue;
    private volatile @Nullable Place place;

    private record Place(int slot, long ref) {}

    public SeriesKey(Labels labels, Head head) {
        this.head = head;
        this.labels = labels;
        packed = labels.packed();
        hash = head.registry().hash(packed, 0, packed.length);
        measure();
    }

    private void measure() {
        int at = 0;
        int strings = 0;
        while (at < packed.length) {
            int length = 0;
            int shift = 0;
            byte b;
            do {
                b = packed[at++];
                length |= (b & 0x7F) << shift;
                shift += 7;
            } while (b < 0);
            if ((strings++ & 1) == 0) {
                longestName = Math.max(longestName, length);
            } else {
                longestValue = Math.max(longestValue, length);
            }
            at += length;
        }
        labelCount = strings / 2;
    }

    private boolean isOver(SeriesLimits limits) {
        return labelCount > limits.labelsPerSeriesMax()
                || longestName > limits.labelNameBytesMax()
                || longestValue > limits.labelValueBytesMax();
    }

    public Labels labels() {
        return labels;
    }

    /** Whether the series is one of this head; its hash means nothing to another. */
    public boolean isOf(Head other) {
        return head == other;
    }

    /** As {@link Samples#resolve}. The caller holds an epoch pin. */
    int resolve(SeriesRegistry registry, boolean create) {
        Place known = place;
        if (known != null && registry.isAlive(known.slot, known.ref)) {
            return known.slot;
        }
        if (isOver(registry.limits())) {
            return AppendScratch.refusal(Rejection.LABEL_LIMIT);
        }
        int slot = registry.resolve(hash, packed, 0, packed.length, create);
        if (slot >= 0) {
            place = new Place(slot, registry.ref(slot));
        }
        return slot;
    }
}

package dev.cairndb.tsdb.internal.head;

import dev.cairndb.remote.RemoteWriteRequest;
import dev.cairndb.tsdb.Rejection;
import dev.cairndb.tsdb.internal.exemplar.ExemplarRing;
import dev.cairndb.tsdb.internal.wal.LogBatch;
import org.jspecify.annotations.Nullable;

/** Puts the exemplars of a request into the ring and the log, behind its samples and in the same commit. */
final class ExemplarAppender {
    private final ExemplarRing ring;
    private final Rows rows;
    private final SeriesRegistry registry;

    ExemplarAppender(HeadState state) {
        ring = state.exemplars;
        rows = state.rows;
        registry = state.registry;
    }

    /** Under the commit lock, when the samples are in; {@code scratch} has the slots of the series. */
    void append(
            RemoteWriteRequest request,
            Samples samples,
            AppendScratch scratch,
            LogBatch batch,
            long newestValidMillis) {
        if (request.exemplarCount() == 0) {
            return;
        }
        if (!ring.isOn()) {
            scratch.counts.add(AppendCount.EXEMPLARS_IGNORED, request.exemplarCount());
            return;
        }
        for (int series = 0; series < request.seriesCount(); series++) {
            int from = request.exemplarStart(series);
            int to = from + request.exemplarCount(series);
            if (from == to) {
                continue;
            }
            int slot = scratch.slots[series];
            if (slot == SeriesRegistry.ABSENT) {
                // Senders may give exemplars of a series apart from its first sample, and before it.
                slot = samples.resolve(series, registry, scratch, false);
            }
            boolean isKnown = slot >= 0 && rows.isInLog(slot);
            if (isKnown) {
                scratch.seriesLabels.clear();
                registry.packLabels(slot, scratch.seriesLabels);
            }
            for (int exemplar = from; exemplar < to; exemplar++) {
                Rejection problem = isKnown
                        ? append(request, exemplar, slot, scratch, batch, newestValidMillis)
                        : Rejection.EXEMPLAR_UNKNOWN_SERIES;
                if (problem != null) {
                    scratch.reject(series, request.exemplarTimestampMillis(exemplar), problem);
                }
            }
        }
    }

    private @Nullable Rejection append(
            RemoteWriteRequest request,
            int exemplar,
            int slot,
            AppendScratch scratch,
            LogBatch batch,
            long newestValidMillis) {
        long t = request.exemplarTimestampMillis(exemplar);
        if (t > newestValidMillis) {
            // It would keep out all exemplars of the series until then.
            return Rejection.EXEMPLAR_TOO_FAR_IN_FUTURE;
        }
        scratch.packed.clear();
        if (request.packExemplarLabels(exemplar, scratch.packed) != null) {
            return Rejection.EXEMPLAR_INVALID_LABELS;
        }
        long bits = request.exemplarValueBits(exemplar);
        byte[] labels = scratch.packed.array();
        int length = scratch.packed.size();
        ExemplarRing.Outcome outcome = ring.add(
                scratch.seriesLabels.array(),
                0,
                scratch.seriesLabels.size(),
                rows.getLong(slot, Rows.HASH),
                t,
                bits,
                labels,
                0,
                length);
        switch (outcome) {
            case APPENDED -> {
                batch.addExemplar(registry.ref(slot), t, bits, labels, 0, length);
                scratch.counts.add(AppendCount.EXEMPLARS_APPENDED);
            }
            case DUPLICATE -> scratch.counts.add(AppendCount.EXEMPLARS_DUPLICATE);
            case OUT_OF_ORDER -> {
                return Rejection.EXEMPLAR_OUT_OF_ORDER;
            }
            case LABELS_TOO_LONG -> {
                return Rejection.EXEMPLAR_LABELS_TOO_LONG;
            }
        }
        return null;
    }
}

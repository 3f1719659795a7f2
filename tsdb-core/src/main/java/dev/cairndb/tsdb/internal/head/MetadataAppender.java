package dev.cairndb.tsdb.internal.head;

import dev.cairndb.index.LabelIndex;
import dev.cairndb.index.PackedLabels;
import dev.cairndb.index.PostingCursor;
import dev.cairndb.index.PostingList;
import dev.cairndb.remote.MetricType;
import dev.cairndb.remote.RemoteWriteRequest;
import dev.cairndb.tsdb.internal.metadata.MetadataTable;
import dev.cairndb.tsdb.internal.metadata.MetadataText;
import dev.cairndb.tsdb.internal.metadata.MetricFamilies;
import dev.cairndb.tsdb.internal.wal.LogBatch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Puts the metadata of a request into the table, and into the log what is new. In version 2 it belongs to a series of
 * the request; in version 1 it names a family, of which a series is looked for, because the log knows metadata per
 * series.
 */
final class MetadataAppender {
    /** How many of a family's series are looked at for one that can carry the metadata. */
    private static final int CANDIDATES_MAX = 16;

    private static final byte[] METRIC_NAME = "__name__".getBytes(StandardCharsets.UTF_8);
    private static final int NO_SERIES = -1;

    private final MetadataTable table;
    private final Rows rows;
    private final SeriesRegistry registry;

    MetadataAppender(HeadState state) {
        table = state.metadata;
        rows = state.rows;
        registry = state.registry;
    }

    /** Looks for series of the families, before the commit lock is taken. Under an epoch pin. */
    void prepare(RemoteWriteRequest request, AppendScratch scratch) {
        int count = request.metadataCount();
        scratch.metadataCurrent = false;
        if (count == 0 || !table.isOn()) {
            return;
        }
        if (request.metadataSeries(0) >= 0) {
            scratch.metadataCurrent = isCurrent(request, scratch);
            return;
        }
        if (scratch.metadataSlots.length < count) {
            scratch.metadataSlots = new int[Math.max(count, 64)];
        }
        LabelIndex index = registry.postings();
        int[] candidates = new int[CANDIDATES_MAX];
        for (int entry = 0; entry < count; entry++) {
            MetadataText text = textOfFamily(request, entry, scratch);
            scratch.metadataSlots[entry] =
                    table.isAssigned(text) ? NO_SERIES : findSeries(request, entry, text, index, candidates);
        }
    }

    /** Whether there is nothing new for any series of a version 2 request. */
    private boolean isCurrent(RemoteWriteRequest request, AppendScratch scratch) {
        int count = request.metadataCount();
        for (int entry = 0; entry < count; entry++) {
            int slot = scratch.slots[request.metadataSeries(entry)];
            if (slot < 0 || !table.isCurrent(slot, text(request, entry, scratch))) {
                return false;
            }
        }
        return true;
    }

    private static MetadataText text(RemoteWriteRequest request, int entry, AppendScratch scratch) {
        return scratch.metadata.set(
                MetricType.ofWireId(request.metadataType(entry)),
                request.bytes(),
                request.metadataUnitOffset(entry),
                request.metadataUnitLength(entry),
                request.metadataHelpOffset(entry),
                request.metadataHelpLength(entry));
    }

    private static MetadataText textOfFamily(RemoteWriteRequest request, int entry, AppendScratch scratch) {
        return text(request, entry, scratch)
                .of(request.bytes(), request.metadataFamilyOffset(entry), request.metadataFamilyLength(entry));
    }

    private int findSeries(
            RemoteWriteRequest request, int entry, MetadataText text, LabelIndex index, int[] candidates) {
        MetricType type = MetricType.ofWireId(request.metadataType(entry));
        int length = request.metadataFamilyLength(entry);
        int offset = request.metadataFamilyOffset(entry);
        byte[] family = Arrays.copyOfRange(request.bytes(), offset, offset + length);
        int count = 0;
        for (String suffix : MetricFamilies.suffixes(type)) {
            byte[] ending = suffix.getBytes(StandardCharsets.UTF_8);
            byte[] name = Arrays.copyOf(family, length + ending.length);
            System.arraycopy(ending, 0, name, length, ending.length);
            PostingCursor slots = new PostingCursor().reset(postings(index, name));
            while (count < candidates.length && slots.next()) {
                if (rows.isInLog(slots.id())) {
                    candidates[count++] = slots.id();
                }
            }
        }
        return table.seriesFor(candidates, count, text);
    }

    private static PostingList postings(LabelIndex index, byte[] name) {
        try {
            return index.postings(METRIC_NAME, name);
        } catch (IOException e) {
            throw new UncheckedIOException("BUG: the head's postings are in memory", e);
        }
    }

    /** Under the commit lock, when the samples are in; {@code scratch} has the slots of the series. */
    void append(RemoteWriteRequest request, AppendScratch scratch, LogBatch batch) {
        int count = request.metadataCount();
        if (count == 0 || scratch.metadataCurrent) {
            return;
        }
        if (!table.isOn()) {
            scratch.counts.add(AppendCount.METADATA_IGNORED, count);
            return;
        }
        for (int entry = 0; entry < count; entry++) {
            int series = request.metadataSeries(entry);
            int slot = series < 0 ? scratch.metadataSlots[entry] : scratch.slots[series];
            if (slot >= 0 && !rows.isInLog(slot)) {
                slot = NO_SERIES;
            }
            MetadataTable.Outcome outcome = series < 0
                    ? table.setFamily(slot, textOfFamily(request, entry, scratch))
                    : set(slot, text(request, entry, scratch), scratch);
            switch (outcome) {
                case UPDATED -> {
                    log(request, entry, slot, batch);
                    scratch.counts.add(AppendCount.METADATA_UPDATED);
                }
                case KEPT_ASIDE -> scratch.counts.add(AppendCount.METADATA_UPDATED);
                case DROPPED -> scratch.counts.add(AppendCount.METADATA_IGNORED);
                case UNCHANGED -> {}
            }
        }
    }

    private void log(RemoteWriteRequest request, int entry, int slot, LogBatch batch) {
        batch.addMetadata(
                registry.ref(slot),
                MetricType.ofWireId(request.metadataType(entry)).wireId(),
                request.bytes(),
                request.metadataUnitOffset(entry),
                request.metadataUnitLength(entry),
                request.bytes(),
                request.metadataHelpOffset(entry),
                request.metadataHelpLength(entry));
    }

    private MetadataTable.Outcome set(int slot, MetadataText text, AppendScratch scratch) {
        if (slot < 0) {
            return MetadataTable.Outcome.DROPPED;
        }
        if (table.isCurrent(slot, text)) {
            return MetadataTable.Outcome.UNCHANGED;
        }
        scratch.seriesLabels.clear();
        registry.packLabels(slot, scratch.seriesLabels);
        byte[] labels = scratch.seriesLabels.array();
        long name = PackedLabels.find(labels, 0, scratch.seriesLabels.size(), METRIC_NAME);
        return name < 0
                ? MetadataTable.Outcome.DROPPED
                : table.set(slot, text.of(labels, (int) (name >>> 32), (int) name));
    }
}

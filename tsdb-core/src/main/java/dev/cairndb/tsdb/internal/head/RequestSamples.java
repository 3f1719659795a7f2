package dev.cairndb.tsdb.internal.head;

import dev.cairndb.chunks.HistogramBuffer;
import dev.cairndb.index.Labels;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.remote.KnownLabels;
import dev.cairndb.remote.RemoteWriteRequest;
import dev.cairndb.remote.RemoteWriteVersion;
import dev.cairndb.tsdb.Rejection;
import dev.cairndb.tsdb.TsdbOptions.SeriesLimits;

/** What a decoded remote_write request brings. */
public final class RequestSamples implements Samples {
    private final RemoteWriteRequest request;
    private final SeriesLimits limits;

    public RequestSamples(RemoteWriteRequest request, SeriesLimits limits) {
        this.request = request;
        this.limits = limits;
    }

    @Override
    public int seriesCount() {
        return request.seriesCount();
    }

    @Override
    public long sizeBytes() {
        return request.sizeBytes();
    }

    @Override
    public int firstSample(int series) {
        return series == request.seriesCount() ? request.sampleCount() : request.sampleStart(series);
    }

    @Override
    public long timestampMillis(int sample) {
        return request.timestampMillis(sample);
    }

    @Override
    public long valueBits(int sample) {
        return request.valueBits(sample);
    }

    @Override
    public long startTimestampMillis(int sample) {
        return request.startTimestampMillis(sample);
    }

    @Override
    public int firstHistogram(int series) {
        return series == request.seriesCount() ? request.histogramCount() : request.histogramStart(series);
    }

    @Override
    public long histogramTimestampMillis(int histogram) {
        return request.histogramTimestampMillis(histogram);
    }

    @Override
    public long histogramStartTimestampMillis(int histogram) {
        return request.histogramStartTimestampMillis(histogram);
    }

    @Override
    public void readHistogram(int histogram, HistogramBuffer target) {
        request.readHistogram(histogram, target);
    }

    @Override
    public void findKnown(SeriesRegistry registry, AppendScratch scratch) {
        if (request.version() == RemoteWriteVersion.V1) {
            findByBytes(registry, scratch);
        } else {
            findBySymbols(registry, scratch);
        }
    }

    /** In steps, each of which is for all series: so the loads of many of them overlap. */
    private void findByBytes(SeriesRegistry registry, AppendScratch scratch) {
        SenderLabels known = registry.senderLabels();
        byte[] bytes = request.bytes();
        int[] slots = scratch.slots;
        long[] refs = scratch.refs;
        int seriesCount = request.seriesCount();
        boolean wasFound = request.knownLabels() == known && known.isRecent(request.knownLabelsAge());
        int place = KnownLabels.NOWHERE;
        for (int series = 0; series < seriesCount; series++) {
            int from = request.labelsStart(series);
            if (wasFound) {
                place = request.labelsPlace(series);
            } else if (from >= 0) {
                place = known.place(place, bytes, from, request.labelsEnd(series));
            } else {
                place = KnownLabels.NOWHERE;
            }
            if (!known.read(place, slots, refs, series)) {
                slots[series] = SeriesRegistry.ABSENT;
            }
        }
        for (int series = 0; series < seriesCount; series++) {
            if (slots[series] >= 0 && !registry.isAlive(slots[series], refs[series])) {
                slots[series] = SeriesRegistry.ABSENT;
            }
        }
    }

    /** In steps, as {@link #findByBytes}. */
    private void findBySymbols(SeriesRegistry registry, AppendScratch scratch) {
        RequestSymbols symbols = scratch.symbols;
        symbols.find(request, registry.symbols());
        symbols.list(request);
        KnownLists known = registry.knownLists();
        byte[] lists = symbols.bytes();
        int[] slots = scratch.slots;
        long[] refs = scratch.refs;
        int seriesCount = request.seriesCount();
        long[] hashes = scratch.hashes(seriesCount);
        for (int series = 0; series < seriesCount; series++) {
            int from = symbols.start(series);
            hashes[series] = registry.hash(lists, from, symbols.end(series) - from);
        }
        for (int series = 0; series < seriesCount; series++) {
            slots[series] = known.candidate(hashes[series], refs, series);
        }
        for (int series = 0; series < seriesCount; series++) {
            int slot = slots[series];
            boolean found = slot >= 0
                    && registry.isAlive(slot, refs[series])
                    && registry.hasSymbols(slot, lists, symbols.start(series), symbols.end(series));
            slots[series] = found ? slot : SeriesRegistry.ABSENT;
        }
    }

    @Override
    public int resolve(int series, SeriesRegistry registry, AppendScratch scratch, boolean create) {
        int slot = resolveLabels(series, registry, scratch, create);
        if (slot >= 0) {
            int from = request.labelsStart(series);
            if (from >= 0) {
                registry.senderLabels()
                        .put(
                                request.bytes(),
                                from,
                                request.labelsEnd(series),
                                request.labelCount(series),
                                slot,
                                registry);
            } else if (request.labelRefsStart(series) >= 0) {
                registry.rememberSymbols(slot);
            }
        }
        return slot;
    }

    private int resolveLabels(int series, SeriesRegistry registry, AppendScratch scratch, boolean create) {
        ByteWriter packed = scratch.packed;
        packed.clear();
        if (exceedsLabelLimits(series)) {
            return AppendScratch.refusal(Rejection.LABEL_LIMIT);
        }
        if (request.packLabels(series, packed) != null) {
            return AppendScratch.refusal(Rejection.INVALID_LABELS);
        }
        return registry.resolve(packed.array(), 0, packed.size(), create);
    }

    private boolean exceedsLabelLimits(int series) {
        int count = request.labelCount(series);
        if (count > limits.labelsPerSeriesMax()) {
            return true;
        }
        for (int label = 0; label < count; label++) {
            if (request.labelNameLength(series, label) > limits.labelNameBytesMax()
                    || request.labelValueLength(series, label) > limits.labelValueBytesMax()) {
                return true;
            }
        }
        return false;
    }

    @Override
    public RemoteWriteRequest request() {
        return request;
    }

    @Override
    public String describe(int series) {
        ByteWriter packed = new ByteWriter(256);
        if (request.packLabels(series, packed) != null) {
            return "series " + series + " of the request";
        }
        return Labels.ofPacked(packed.array(), 0, packed.size()).toString();
    }
}

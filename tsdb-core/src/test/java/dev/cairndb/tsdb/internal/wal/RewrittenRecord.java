package dev.cairndb.tsdb.internal.wal;

import dev.cairndb.chunks.HistogramSample;
import dev.cairndb.io.BigEndian;
import dev.cairndb.io.ByteWriter;
import java.io.IOException;
import java.util.Arrays;

/** A record read and written again, with the origin it had. */
final class RewrittenRecord implements RecordHandler {
    private final RecordType type;
    private final EntryRecord entries;
    private final ByteWriter record;

    private RewrittenRecord(RecordType type) {
        this.type = type;
        entries = new EntryRecord(type, 0);
        record = entries.bytes();
    }

    static byte[] of(byte[] bytes) throws IOException {
        RecordType type = Arrays.stream(RecordType.values())
                .filter(t -> t.wireId() == bytes[0])
                .findFirst()
                .orElseThrow();
        RewrittenRecord rewritten = new RewrittenRecord(type);
        RecordDecoder decoder = new RecordDecoder();
        decoder.read(bytes, 0, bytes.length);
        switch (type) {
            case SAMPLES,
                    EXEMPLARS,
                    HISTOGRAM_SAMPLES,
                    FLOAT_HISTOGRAM_SAMPLES,
                    CUSTOM_BUCKETS_HISTOGRAM_SAMPLES,
                    CUSTOM_BUCKETS_FLOAT_HISTOGRAM_SAMPLES ->
                rewritten.entries.begin(BigEndian.getLong(bytes, 1), BigEndian.getLong(bytes, 9));
            case SERIES, TOMBSTONES, MMAP_MARKERS, METADATA -> RecordEncoder.begin(rewritten.record, type);
            default -> {}
        }
        decoder.deliver(rewritten);
        return rewritten.record.toByteArray();
    }

    @Override
    public void series(long seriesRef, byte[] labels, int offset, int length) {
        RecordEncoder.addSeries(record, seriesRef, labels, offset, length);
    }

    @Override
    public void samples(
            long[] seriesRefs, long[] timestampsMillis, long[] startTimestampsMillis, long[] valueBits, int count) {
        for (int i = 0; i < count; i++) {
            if (type == RecordType.SAMPLES) {
                entries.addSample(seriesRefs[i], timestampsMillis[i], valueBits[i]);
            } else {
                entries.next(seriesRefs[i], timestampsMillis[i], startTimestampsMillis[i]);
                record.putLong(valueBits[i]);
            }
        }
    }

    @Override
    public void histogram(long seriesRef, long timestampMillis, long startTimestampMillis, HistogramSample histogram) {
        if (type == RecordType.HISTOGRAM_SAMPLES_V2 || type == RecordType.FLOAT_HISTOGRAM_SAMPLES_V2) {
            entries.next(seriesRef, timestampMillis, startTimestampMillis);
        } else {
            entries.next(seriesRef, timestampMillis);
        }
        RecordEncoder.addHistogram(record, histogram);
    }

    @Override
    public void exemplar(long seriesRef, long timestampMillis, long valueBits, byte[] labels, int offset, int length) {
        entries.next(seriesRef, timestampMillis);
        record.putLong(valueBits);
        RecordEncoder.addLabels(record, labels, offset, length);
    }

    @Override
    public void metadata(
            long seriesRef,
            int metricType,
            byte[] bytes,
            int unitOffset,
            int unitLength,
            int helpOffset,
            int helpLength) {
        RecordEncoder.addMetadata(
                record, seriesRef, metricType, bytes, unitOffset, unitLength, bytes, helpOffset, helpLength);
    }

    @Override
    public void tombstone(long seriesRef, long minTimestampMillis, long maxTimestampMillis) {
        RecordEncoder.addTombstone(record, seriesRef, minTimestampMillis, maxTimestampMillis);
    }

    @Override
    public void mmapMarker(long seriesRef, long headChunkReference) {
        RecordEncoder.addMarker(record, seriesRef, headChunkReference);
    }
}

package dev.cairndb.tsdb;

import dev.cairndb.chunks.HistogramBuffer;
import dev.cairndb.chunks.HistogramSample;
import dev.cairndb.chunks.SampleCursor;
import dev.cairndb.chunks.SampleKind;
import dev.cairndb.index.Labels;
import dev.cairndb.tsdb.internal.wal.HistogramTexts;
import java.util.ArrayList;
import java.util.List;

/**
 * What a sender sends in one piece. Samples follow from series, time and variant, so that each can be told from all
 * others.
 */
final class SimulatedWrite {
    /** What a sample is. */
    enum Kind {
        FLOAT,
        HISTOGRAM,
        FLOAT_HISTOGRAM,
        STALE
    }

    /**
     * @param variant another one is another value at the same time
     * @param late whether it was behind the newest sample of its series when it was first sent
     */
    record Sample(Labels labels, long timestampMillis, Kind kind, int variant, boolean late) {
        /** Bits of the value, or of a histogram's sum. */
        private long bits() {
            long mixed = (timestampMillis * 31 + labels.hashCode()) * 31 + variant;
            return mixed & 0x7FEF_FFFF_FFFF_FFFFL;
        }

        /** As {@link #textOf} has what was read. */
        String text() {
            return switch (kind) {
                case FLOAT -> Long.toHexString(bits());
                case STALE -> "stale";
                case HISTOGRAM, FLOAT_HISTOGRAM -> HistogramTexts.comparable(histogram());
            };
        }

        private HistogramBuffer histogram() {
            boolean floats = kind == Kind.FLOAT_HISTOGRAM;
            HistogramBuffer histogram = new HistogramBuffer();
            histogram.clear(floats);
            // The layout changes now and then, also in the middle of a chunk.
            int layout = (int) Math.floorMod(timestampMillis / 600_000, 5);
            int buckets = 1 + layout;
            histogram.setSchema(layout == 4 ? 1 : 3);
            histogram.addPositiveSpan(layout % 3, buckets);
            long total = 0;
            long previous = 0;
            for (int i = 0; i < buckets; i++) {
                long count = 1 + Math.floorMod(timestampMillis / 1_000 + i, 1_000);
                histogram.addPositiveBucket(floats ? Double.doubleToRawLongBits(count) : count - previous);
                previous = count;
                total += count;
            }
            histogram.setCount(floats ? Double.doubleToRawLongBits(total) : total);
            histogram.setSumBits(bits());
            return histogram;
        }
    }

    final int sender;
    final List<Sample> samples;

    SimulatedWrite(int sender, List<Sample> samples) {
        this.sender = sender;
        this.samples = List.copyOf(samples);
    }

    static String textOf(SampleCursor cursor) {
        if (cursor.kind() == SampleKind.FLOAT) {
            long bits = cursor.valueBits();
            return bits == HistogramSample.STALE_NAN_BITS ? "stale" : Long.toHexString(bits);
        }
        HistogramSample histogram = cursor.histogram();
        return histogram.isStale() ? "stale" : HistogramTexts.comparable(histogram);
    }

    AppendBatch batch(Tsdb db) {
        AppendBatch batch = db.newBatch();
        for (Sample sample : samples) {
            SeriesHandle series = db.series(sample.labels);
            switch (sample.kind) {
                case FLOAT -> batch.add(series, sample.timestampMillis, TestStores.ofBits(sample.bits()));
                case STALE ->
                    batch.add(series, sample.timestampMillis, TestStores.ofBits(HistogramSample.STALE_NAN_BITS));
                case HISTOGRAM, FLOAT_HISTOGRAM -> batch.add(series, sample.timestampMillis, sample.histogram());
            }
        }
        return batch;
    }

    /** The same samples with other values. */
    SimulatedWrite contradiction() {
        List<Sample> others = new ArrayList<>();
        for (Sample sample : samples) {
            others.add(new Sample(sample.labels, sample.timestampMillis, sample.kind, sample.variant + 1, sample.late));
        }
        return new SimulatedWrite(sender, others);
    }

    long newestMillis() {
        return samples.stream().mapToLong(Sample::timestampMillis).max().orElseThrow();
    }

    @Override
    public String toString() {
        Sample first = samples.get(0);
        return samples.size() + " samples, first " + first.labels + " " + first.timestampMillis + " " + first.kind
                + (first.late ? " late" : "");
    }
}

package dev.cairndb.tsdb.internal.wal;

import dev.cairndb.chunks.CounterResetHint;
import dev.cairndb.chunks.HistogramBuffer;
import dev.cairndb.chunks.HistogramSample;
import dev.cairndb.tsdb.internal.block.SampleText;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/** Makes entries of each kind that a log can hold, and says of each what {@link RecordedLog} is to hear of it. */
final class RandomEntries {
    /** The kinds whose order within one series matters; a group of a batch writes them in this order. */
    enum Kind {
        FLOAT,
        FLOAT_WITH_START,
        HISTOGRAM,
        CUSTOM_HISTOGRAM,
        FLOAT_HISTOGRAM,
        CUSTOM_FLOAT_HISTOGRAM
    }

    private static final int[] SCHEMAS = {-4, -1, 0, 3, 8};

    private final Random random;

    RandomEntries(Random random) {
        this.random = random;
    }

    Kind kind() {
        return Kind.values()[random.nextInt(Kind.values().length)];
    }

    /** Adds a sample and returns its entry. */
    String addSample(LogBatch batch, Kind kind, long seriesRef, long timestampMillis) {
        long bits = random.nextLong();
        if (kind == Kind.FLOAT) {
            batch.addSample(seriesRef, timestampMillis, bits);
            return "sample " + seriesRef + " " + RecordedLog.sample(timestampMillis, bits);
        }
        if (kind == Kind.FLOAT_WITH_START) {
            long start = startTimestampMillis();
            batch.addSample(seriesRef, timestampMillis, start, bits);
            return "sample " + seriesRef + " " + RecordedLog.sample(timestampMillis, bits) + RecordedLog.start(start);
        }
        HistogramSample histogram = histogram(
                kind == Kind.FLOAT_HISTOGRAM || kind == Kind.CUSTOM_FLOAT_HISTOGRAM,
                kind == Kind.CUSTOM_HISTOGRAM || kind == Kind.CUSTOM_FLOAT_HISTOGRAM);
        batch.addHistogram(seriesRef, timestampMillis, histogram);
        return "histogram " + seriesRef + " " + timestampMillis + ":" + SampleText.of(histogram);
    }

    /** Adds a histogram to a record with start timestamps and returns its entry. */
    String addHistogramWithStart(LogBatch batch, long seriesRef, long timestampMillis) {
        HistogramSample histogram = histogram(random.nextBoolean(), random.nextBoolean());
        long start = startTimestampMillis();
        batch.addHistogram(seriesRef, timestampMillis, start, histogram);
        return "histogram " + seriesRef + " " + timestampMillis + ":" + SampleText.of(histogram)
                + RecordedLog.start(start);
    }

    String addExemplar(LogBatch batch, long seriesRef, long timestampMillis) {
        byte[] labels = random.nextInt(4) == 0
                ? new byte[0]
                : RecordedLog.labels("trace_id", Long.toHexString(random.nextLong()));
        long bits = random.nextLong();
        batch.addExemplar(seriesRef, timestampMillis, bits, labels, 0, labels.length);
        return "exemplar " + seriesRef + " " + RecordedLog.sample(timestampMillis, bits) + " "
                + RecordedLog.labelsOf(labels, 0, labels.length);
    }

    String addMetadata(LogBatch batch, long seriesRef) {
        int type = random.nextInt(9);
        byte[] unit = (random.nextBoolean() ? "" : "seconds").getBytes(StandardCharsets.UTF_8);
        byte[] help = new byte[random.nextInt(40)];
        random.nextBytes(help);
        batch.addMetadata(seriesRef, type, unit, 0, unit.length, help, 0, help.length);
        return "metadata " + seriesRef + " " + type + " " + RecordedLog.quote(unit) + " " + RecordedLog.quote(help);
    }

    /** None, the same as often, or any. */
    private long startTimestampMillis() {
        return switch (random.nextInt(3)) {
            case 0 -> 0;
            case 1 -> 1_000;
            default -> random.nextLong();
        };
    }

    HistogramSample histogram(boolean floats, boolean custom) {
        HistogramBuffer h = new HistogramBuffer();
        h.clear(floats);
        h.setResetHint(CounterResetHint.ofId(random.nextInt(4)));
        h.setSumBits(random.nextInt(10) == 0 ? HistogramSample.STALE_NAN_BITS : random.nextLong());
        h.setSchema(custom ? HistogramSample.CUSTOM_BUCKETS_SCHEMA : SCHEMAS[random.nextInt(SCHEMAS.length)]);
        if (h.isStale()) {
            return h;
        }
        h.setZeroThresholdBits(random.nextLong());
        h.setCount(random.nextLong());
        h.setZeroCount(random.nextLong());
        for (int spans = random.nextInt(4); spans > 0; spans--) {
            int length = random.nextInt(4);
            h.addPositiveSpan(h.positiveSpanCount() == 0 ? random.nextInt(400) - 200 : random.nextInt(5), length);
            for (int i = 0; i < length; i++) {
                h.addPositiveBucket(random.nextLong());
            }
        }
        for (int spans = random.nextInt(3); spans > 0; spans--) {
            int length = random.nextInt(4);
            h.addNegativeSpan(h.negativeSpanCount() == 0 ? random.nextInt(400) - 200 : random.nextInt(5), length);
            for (int i = 0; i < length; i++) {
                h.addNegativeBucket(random.nextLong());
            }
        }
        for (int bounds = custom ? random.nextInt(5) : 0; bounds > 0; bounds--) {
            h.addCustomBound(random.nextLong());
        }
        return h;
    }
}

package dev.cairndb.chunks;

import java.util.Random;

/** Histograms of shapes that are common in practice, the same ones in every run. */
public enum HistogramShape {
    /** Latencies in 20 exponential buckets. */
    INTEGER(false, 20, false),
    /** The same with float counts, as recording rules make them. */
    FLOAT(true, 20, false),
    /** A new bucket with every tenth sample: the chunk is written anew for each. */
    GROWING(false, 8, true);

    /** What fits a chunk of Prometheus, more or less. */
    public static final int SAMPLES = 60;

    private static final int INTERVAL_MILLIS = 15_000;
    private static final long START_MILLIS = 1_750_000_000_000L;

    private final boolean floats;
    private final int buckets;
    private final boolean growing;

    HistogramShape(boolean floats, int buckets, boolean growing) {
        this.floats = floats;
        this.buckets = buckets;
        this.growing = growing;
    }

    ChunkEncoding encoding() {
        return floats ? ChunkEncoding.FLOAT_HISTOGRAM : ChunkEncoding.HISTOGRAM;
    }

    long timestampMillis(int sample) {
        return START_MILLIS + (long) sample * INTERVAL_MILLIS + sample * 7 % 20;
    }

    HistogramBuffer[] histograms() {
        Random random = new Random(1);
        HistogramBuffer[] histograms = new HistogramBuffer[SAMPLES];
        long[] counts = new long[buckets + SAMPLES / 10];
        double sum = 0;
        for (int i = 0; i < SAMPLES; i++) {
            int size = growing ? buckets + i / 10 : buckets;
            for (int j = 0; j < size; j++) {
                counts[j] += random.nextInt(1 + 20 * Math.min(j + 1, size - j));
            }
            sum += random.nextInt(1000) / 8.0;
            histograms[i] = histogram(counts, size, sum);
        }
        return histograms;
    }

    private HistogramBuffer histogram(long[] counts, int size, double sum) {
        HistogramBuffer histogram = new HistogramBuffer();
        histogram.clear(floats);
        histogram.setSchema(3);
        histogram.setZeroThresholdBits(Double.doubleToRawLongBits(Math.scalb(1.0, -128)));
        histogram.setSumBits(Double.doubleToRawLongBits(sum));
        histogram.addPositiveSpan(-30, buckets / 2);
        histogram.addPositiveSpan(2, size - buckets / 2);
        long count = 0;
        long last = 0;
        for (int i = 0; i < size; i++) {
            histogram.addPositiveBucket(floats ? Double.doubleToRawLongBits(counts[i]) : counts[i] - last);
            last = counts[i];
            count += counts[i];
        }
        histogram.setCount(floats ? Double.doubleToRawLongBits(count) : count);
        return histogram;
    }

    HistogramAppender chunk() {
        HistogramAppender appender = new HistogramAppender();
        appender.start(encoding());
        HistogramBuffer[] histograms = histograms();
        for (int i = 0; i < SAMPLES; i++) {
            if (!appender.append(timestampMillis(i), histograms[i])) {
                throw new IllegalStateException("sample " + i + " is not of one chunk with the others");
            }
        }
        return appender;
    }
}

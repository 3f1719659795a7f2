package dev.cairndb.receiver;

import dev.cairndb.chunks.HistogramSample;

/** The counts of a native histogram as floats, whichever way it keeps them. Stateless. */
final class HistogramCounts {
    private static final double TWO_POWER_64 = 0x1p64;

    private HistogramCounts() {}

    static double count(HistogramSample histogram) {
        return number(histogram, histogram.count());
    }

    static double zeroCount(HistogramSample histogram) {
        return number(histogram, histogram.zeroCount());
    }

    private static double number(HistogramSample histogram, long count) {
        if (histogram.hasFloatCounts()) {
            return Double.longBitsToDouble(count);
        }
        return count < 0 ? count + TWO_POWER_64 : count;
    }

    static double[] positive(HistogramSample histogram) {
        double[] counts = new double[histogram.positiveBucketCount()];
        long integer = 0;
        for (int i = 0; i < counts.length; i++) {
            integer += histogram.positiveBucket(i);
            counts[i] = histogram.hasFloatCounts() ? Double.longBitsToDouble(histogram.positiveBucket(i)) : integer;
        }
        return counts;
    }

    static double[] negative(HistogramSample histogram) {
        double[] counts = new double[histogram.negativeBucketCount()];
        long integer = 0;
        for (int i = 0; i < counts.length; i++) {
            integer += histogram.negativeBucket(i);
            counts[i] = histogram.hasFloatCounts() ? Double.longBitsToDouble(histogram.negativeBucket(i)) : integer;
        }
        return counts;
    }

    /** For a histogram with bounds of its own: how many observations each of the bounds has below it. */
    static double[] cumulative(HistogramSample histogram) {
        double[] perBound = new double[histogram.customBoundCount()];
        double[] counts = positive(histogram);
        long bucket = 0;
        int next = 0;
        for (int span = 0; span < histogram.positiveSpanCount(); span++) {
            bucket += histogram.positiveSpanOffset(span);
            for (int i = 0; i < histogram.positiveSpanLength(span) && next < counts.length; i++, bucket++, next++) {
                if (bucket >= 0 && bucket < perBound.length) {
                    perBound[(int) bucket] += counts[next];
                }
            }
        }
        for (int i = 1; i < perBound.length; i++) {
            perBound[i] += perBound[i - 1];
        }
        return perBound;
    }
}

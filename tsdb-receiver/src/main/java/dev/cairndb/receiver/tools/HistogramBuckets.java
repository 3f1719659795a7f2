package dev.cairndb.receiver.tools;

import dev.cairndb.chunks.HistogramSample;

/** Walks the populated buckets of a native histogram from the lowest to the highest, the zero bucket among them. */
final class HistogramBuckets {
    private HistogramBuckets() {}

    /** Is shown a bucket. */
    interface Visitor {
        /**
         * @param count an integer, or the bits of a float, as the histogram has it
         */
        void bucket(double lower, double upper, boolean lowerIncluded, boolean upperIncluded, long count);
    }

    static void forEach(HistogramSample histogram, Visitor visitor) {
        Side negative = Side.negative(histogram);
        for (int i = negative.size - 1; i >= 0; i--) {
            double upper = -HistogramBounds.upper(histogram, negative.indexes[i] - 1L);
            double lower = -HistogramBounds.upper(histogram, negative.indexes[i]);
            visitor.bucket(lower, upper, true, false, negative.counts[i]);
        }
        if (isPopulated(histogram, histogram.zeroCount())) {
            double threshold = histogram.zeroThreshold();
            visitor.bucket(-threshold, threshold, true, true, histogram.zeroCount());
        }
        boolean custom = histogram.schema() == HistogramSample.CUSTOM_BUCKETS_SCHEMA;
        Side positive = Side.positive(histogram);
        for (int i = 0; i < positive.size; i++) {
            double lower = HistogramBounds.upper(histogram, positive.indexes[i] - 1L);
            double upper = HistogramBounds.upper(histogram, positive.indexes[i]);
            visitor.bucket(lower, upper, custom && positive.indexes[i] == 0, true, positive.counts[i]);
        }
    }

    static boolean isPopulated(HistogramSample histogram, long count) {
        return histogram.hasFloatCounts() ? Double.longBitsToDouble(count) != 0 : count != 0;
    }

    /** The populated buckets of one side, by index. */
    private static final class Side {
        final int[] indexes;
        final long[] counts;
        int size;

        private Side(int buckets) {
            indexes = new int[buckets];
            counts = new long[buckets];
        }

        private interface Spans {
            int of(int span);
        }

        private interface Buckets {
            long of(int bucket);
        }

        static Side positive(HistogramSample histogram) {
            return new Side(histogram.positiveBucketCount())
                    .fill(
                            histogram,
                            histogram.positiveSpanCount(),
                            histogram::positiveSpanOffset,
                            histogram::positiveSpanLength,
                            histogram::positiveBucket);
        }

        static Side negative(HistogramSample histogram) {
            return new Side(histogram.negativeBucketCount())
                    .fill(
                            histogram,
                            histogram.negativeSpanCount(),
                            histogram::negativeSpanOffset,
                            histogram::negativeSpanLength,
                            histogram::negativeBucket);
        }

        private Side fill(HistogramSample histogram, int spans, Spans offsets, Spans lengths, Buckets buckets) {
            int index = 0;
            int bucket = 0;
            long count = 0;
            for (int span = 0; span < spans; span++) {
                index += offsets.of(span);
                for (int i = 0; i < lengths.of(span) && bucket < indexes.length; i++, index++, bucket++) {
                    count = histogram.hasFloatCounts() ? buckets.of(bucket) : count + buckets.of(bucket);
                    if (isPopulated(histogram, count)) {
                        indexes[size] = index;
                        counts[size++] = count;
                    }
                }
            }
            return this;
        }
    }
}

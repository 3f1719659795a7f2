package dev.cairndb.interop;

import dev.cairndb.chunks.HistogramSample;
import java.util.function.IntUnaryOperator;

/**
 * A native histogram as text: what it says, not how its spans say it, because a chunk may have more empty buckets than
 * the sample had. Without the reset hint, which depends on where chunks begin.
 */
final class HistogramText {
    static final String STALE = "stale histogram";

    private HistogramText() {}

    static String of(HistogramSample histogram) {
        if (histogram.isStale()) {
            return STALE;
        }
        StringBuilder text = new StringBuilder(histogram.hasFloatCounts() ? "float" : "integer")
                .append(" schema=")
                .append(histogram.schema())
                .append(" count=")
                .append(Long.toHexString(histogram.count()))
                .append(" zero=")
                .append(Long.toHexString(histogram.zeroThresholdBits()))
                .append('/')
                .append(Long.toHexString(histogram.zeroCount()))
                .append(" sum=")
                .append(Long.toHexString(histogram.sumBits()))
                .append(" +");
        buckets(
                text,
                histogram.positiveSpanCount(),
                histogram::positiveSpanOffset,
                histogram::positiveSpanLength,
                histogram::positiveBucket,
                histogram.hasFloatCounts());
        text.append(" -");
        buckets(
                text,
                histogram.negativeSpanCount(),
                histogram::negativeSpanOffset,
                histogram::negativeSpanLength,
                histogram::negativeBucket,
                histogram.hasFloatCounts());
        for (int i = 0; i < histogram.customBoundCount(); i++) {
            text.append(" le=").append(Double.longBitsToDouble(histogram.customBoundBits(i)));
        }
        return text.toString();
    }

    private interface Buckets {
        long at(int bucket);
    }

    private static void buckets(
            StringBuilder text,
            int spans,
            IntUnaryOperator offset,
            IntUnaryOperator length,
            Buckets buckets,
            boolean floats) {
        int index = 0;
        int bucket = 0;
        long count = 0;
        for (int span = 0; span < spans; span++) {
            index += offset.applyAsInt(span);
            for (int i = 0; i < length.applyAsInt(span); i++, index++) {
                count = floats ? buckets.at(bucket) : count + buckets.at(bucket);
                bucket++;
                if (count != 0) {
                    text.append(' ').append(index).append(':').append(Long.toHexString(count));
                }
            }
        }
    }
}

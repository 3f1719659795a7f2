package dev.cairndb.tsdb.internal.wal;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairndb.chunks.CounterResetHint;
import dev.cairndb.chunks.HistogramBuffer;
import dev.cairndb.chunks.HistogramSample;
import java.util.TreeMap;

/** Native histograms as text to compare, and from the JSON of golden data. */
public final class HistogramTexts {
    private HistogramTexts() {}

    /** What is the same however a histogram was stored: buckets with their counts, without empty ones and hints. */
    public static String comparable(HistogramSample h) {
        if (h.isStale()) {
            return "stale histogram";
        }
        TreeMap<Integer, Long> buckets = new TreeMap<>();
        int index = 0;
        int bucket = 0;
        long count = 0;
        for (int span = 0; span < h.positiveSpanCount(); span++) {
            index += h.positiveSpanOffset(span);
            for (int i = 0; i < h.positiveSpanLength(span); i++) {
                count = h.hasFloatCounts() ? h.positiveBucket(bucket++) : count + h.positiveBucket(bucket++);
                buckets.put(index++, count);
            }
        }
        TreeMap<Integer, Long> negative = new TreeMap<>();
        index = 0;
        bucket = 0;
        count = 0;
        for (int span = 0; span < h.negativeSpanCount(); span++) {
            index += h.negativeSpanOffset(span);
            for (int i = 0; i < h.negativeSpanLength(span); i++) {
                count = h.hasFloatCounts() ? h.negativeBucket(bucket++) : count + h.negativeBucket(bucket++);
                negative.put(index++, count);
            }
        }
        buckets.values().removeIf(n -> n == 0);
        negative.values().removeIf(n -> n == 0);
        return (h.hasFloatCounts() ? "fh " : "h ") + head(h) + " " + buckets + " " + negative + bounds(h);
    }

    private static String head(HistogramSample h) {
        return h.schema() + " " + Long.toHexString(h.zeroThresholdBits()) + " " + Long.toHexString(h.count()) + " "
                + Long.toHexString(h.zeroCount()) + " " + Long.toHexString(h.sumBits());
    }

    private static String bounds(HistogramSample h) {
        StringBuilder text = new StringBuilder(" bounds");
        for (int i = 0; i < h.customBoundCount(); i++) {
            text.append(' ').append(Long.toHexString(h.customBoundBits(i)));
        }
        return text.toString();
    }

    public static HistogramBuffer parse(JsonNode json, boolean floats) {
        HistogramBuffer h = new HistogramBuffer();
        h.clear(floats);
        h.setResetHint(CounterResetHint.ofId(json.get("counter_reset_hint").asInt()));
        h.setSchema(json.get("schema").asInt());
        h.setZeroThresholdBits(bits(json.get("zero_threshold_bits")));
        h.setCount(number(json.get("count"), floats));
        h.setZeroCount(number(json.get("zero_count"), floats));
        h.setSumBits(bits(json.get("sum_bits")));
        json.path("positive_spans")
                .forEach(span ->
                        h.addPositiveSpan(span.get(0).asInt(), span.get(1).asInt()));
        json.path("negative_spans")
                .forEach(span ->
                        h.addNegativeSpan(span.get(0).asInt(), span.get(1).asInt()));
        json.path("positive_buckets").forEach(bucket -> h.addPositiveBucket(number(bucket, floats)));
        json.path("negative_buckets").forEach(bucket -> h.addNegativeBucket(number(bucket, floats)));
        json.path("custom_value_bits").forEach(bound -> h.addCustomBound(bits(bound)));
        return h;
    }

    private static long number(JsonNode json, boolean floats) {
        return floats ? bits(json) : json.bigIntegerValue().longValue();
    }

    private static long bits(JsonNode json) {
        return Long.parseUnsignedLong(json.textValue(), 16);
    }
}

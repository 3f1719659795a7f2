package dev.cairndb.chunks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.function.IntToLongFunction;

/** Histograms as the golden data has them: floats as 16 hexadecimal digits of their bits, no empty lists. */
final class HistogramJson {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private HistogramJson() {}

    static HistogramBuffer read(JsonNode json, boolean floats) {
        HistogramBuffer histogram = new HistogramBuffer();
        histogram.clear(floats);
        histogram.setResetHint(
                CounterResetHint.ofId(json.get("counter_reset_hint").asInt()));
        histogram.setSchema(json.get("schema").asInt());
        histogram.setZeroThresholdBits(bits(json.get("zero_threshold_bits")));
        histogram.setCount(number(json.get("count"), floats));
        histogram.setZeroCount(number(json.get("zero_count"), floats));
        histogram.setSumBits(bits(json.get("sum_bits")));
        for (JsonNode span : json.path("positive_spans")) {
            histogram.addPositiveSpan(span.get(0).asInt(), span.get(1).asInt());
        }
        for (JsonNode span : json.path("negative_spans")) {
            histogram.addNegativeSpan(span.get(0).asInt(), span.get(1).asInt());
        }
        for (JsonNode bucket : json.path("positive_buckets")) {
            histogram.addPositiveBucket(number(bucket, floats));
        }
        for (JsonNode bucket : json.path("negative_buckets")) {
            histogram.addNegativeBucket(number(bucket, floats));
        }
        for (JsonNode bound : json.path("custom_value_bits")) {
            histogram.addCustomBound(bits(bound));
        }
        return histogram;
    }

    private static long number(JsonNode json, boolean floats) {
        return floats ? bits(json) : json.bigIntegerValue().longValue();
    }

    private static long bits(JsonNode json) {
        return Long.parseUnsignedLong(json.asText(), 16);
    }

    /** The histogram as a JSON text, for comparison with that of {@code json}. */
    static String text(HistogramSample histogram) {
        boolean floats = histogram.hasFloatCounts();
        ObjectNode json = MAPPER.createObjectNode();
        json.put("schema", histogram.schema());
        json.put("zero_threshold_bits", hex(histogram.zeroThresholdBits()));
        json.put("counter_reset_hint", histogram.resetHint().id());
        put(json, "count", histogram.count(), floats);
        put(json, "zero_count", histogram.zeroCount(), floats);
        json.put("sum_bits", hex(histogram.sumBits()));
        spans(json, "positive_spans", histogram, histogram.positiveSpanCount(), true);
        spans(json, "negative_spans", histogram, histogram.negativeSpanCount(), false);
        numbers(json, "positive_buckets", histogram.positiveBucketCount(), histogram::positiveBucket, floats);
        numbers(json, "negative_buckets", histogram.negativeBucketCount(), histogram::negativeBucket, floats);
        numbers(json, "custom_value_bits", histogram.customBoundCount(), histogram::customBoundBits, true);
        return json.toString();
    }

    private static void put(ObjectNode json, String name, long value, boolean asBits) {
        if (asBits) {
            json.put(name, hex(value));
        } else {
            json.put(name, new java.math.BigInteger(Long.toUnsignedString(value)));
        }
    }

    private static void spans(ObjectNode json, String name, HistogramSample histogram, int count, boolean positive) {
        if (count == 0) {
            return;
        }
        ArrayNode list = json.putArray(name);
        for (int i = 0; i < count; i++) {
            list.addArray()
                    .add(positive ? histogram.positiveSpanOffset(i) : histogram.negativeSpanOffset(i))
                    .add(positive ? histogram.positiveSpanLength(i) : histogram.negativeSpanLength(i));
        }
    }

    private static void numbers(ObjectNode json, String name, int count, IntToLongFunction at, boolean asBits) {
        if (count == 0) {
            return;
        }
        ArrayNode list = json.putArray(name);
        for (int i = 0; i < count; i++) {
            if (asBits) {
                list.add(hex(at.applyAsLong(i)));
            } else {
                list.add(at.applyAsLong(i));
            }
        }
    }

    private static String hex(long bits) {
        return String.format("%016x", bits);
    }
}

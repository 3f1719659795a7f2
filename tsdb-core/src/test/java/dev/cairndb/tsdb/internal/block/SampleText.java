package dev.cairndb.tsdb.internal.block;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairndb.chunks.HistogramSample;
import dev.cairndb.chunks.SampleCursor;
import dev.cairndb.chunks.SampleKind;
import java.io.IOException;
import java.util.StringJoiner;
import java.util.function.IntFunction;

/**
 * A sample of any kind as one line: kind, value and start timestamp as in golden data, so that two can be compared to
 * the last bit and a difference can be read.
 */
public final class SampleText {
    private static final ObjectMapper JSON = new ObjectMapper();

    private SampleText() {}

    /** The present sample. */
    public static String of(SampleCursor sample) {
        String start = sample.startTimestampMillis() == 0 ? "" : " st=" + sample.startTimestampMillis();
        return sample.kind() == SampleKind.FLOAT
                ? "f " + bits(sample.valueBits()) + start
                : of(sample.histogram()) + start;
    }

    /** The present sample without what it says about a counter reset; a gauge stays one. */
    public static String withoutHint(SampleCursor sample) {
        return of(sample).replaceFirst(" hint=[012]", " hint=0");
    }

    public static String of(HistogramSample histogram) {
        boolean floats = histogram.hasFloatCounts();
        IntFunction<String> positive = i -> number(floats, histogram.positiveBucket(i));
        IntFunction<String> negative = i -> number(floats, histogram.negativeBucket(i));
        return (floats ? "fh" : "h") + " schema=" + histogram.schema() + " hint="
                + histogram.resetHint().id()
                + " zero=" + bits(histogram.zeroThresholdBits()) + "/" + number(floats, histogram.zeroCount())
                + " count=" + number(floats, histogram.count()) + " sum=" + bits(histogram.sumBits())
                + list(
                        histogram.positiveSpanCount(),
                        i -> histogram.positiveSpanOffset(i) + "+" + histogram.positiveSpanLength(i))
                + list(histogram.positiveBucketCount(), positive)
                + list(
                        histogram.negativeSpanCount(),
                        i -> histogram.negativeSpanOffset(i) + "+" + histogram.negativeSpanLength(i))
                + list(histogram.negativeBucketCount(), negative)
                + list(histogram.customBoundCount(), i -> bits(histogram.customBoundBits(i)));
    }

    /** A line of {@code expected.tsv}, in its cells. */
    public static String of(String[] cells) throws IOException {
        String start = cells.length > 3 ? " st=" + cells[3] : "";
        if (cells[1].equals("f")) {
            return "f " + cells[2] + start;
        }
        JsonNode json = JSON.readTree(cells[2]);
        return cells[1] + " schema=" + json.get("schema").asText() + " hint="
                + json.get("counter_reset_hint").asText()
                + " zero=" + json.get("zero_threshold_bits").asText() + "/"
                + json.get("zero_count").asText()
                + " count=" + json.get("count").asText() + " sum="
                + json.get("sum_bits").asText()
                + spans(json.path("positive_spans"))
                + list(
                        json.path("positive_buckets").size(),
                        i -> json.get("positive_buckets").get(i).asText())
                + spans(json.path("negative_spans"))
                + list(
                        json.path("negative_buckets").size(),
                        i -> json.get("negative_buckets").get(i).asText())
                + list(
                        json.path("custom_value_bits").size(),
                        i -> json.get("custom_value_bits").get(i).asText())
                + start;
    }

    private static String spans(JsonNode spans) {
        return list(
                spans.size(),
                i -> spans.get(i).get(0).asText() + "+" + spans.get(i).get(1).asText());
    }

    private static String number(boolean floats, long value) {
        return floats ? bits(value) : Long.toString(value);
    }

    private static String bits(long value) {
        return String.format("%016x", value);
    }

    private static String list(int count, IntFunction<String> element) {
        StringJoiner list = new StringJoiner(",", " [", "]");
        for (int i = 0; i < count; i++) {
            list.add(element.apply(i));
        }
        return list.toString();
    }
}

package dev.cairndb.remote;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairndb.chunks.CounterResetHint;
import dev.cairndb.chunks.HistogramBuffer;
import dev.cairndb.chunks.HistogramSample;
import dev.cairndb.chunks.SampleCursor;
import dev.cairndb.chunks.SampleKind;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Samples of a series that were put into a list. */
final class ListedSamples implements SampleCursor {
    record Sample(long timestampMillis, long bits, @Nullable HistogramBuffer histogram) {}

    private final List<Sample> samples;
    private int at = -1;

    ListedSamples(List<Sample> samples) {
        this.samples = samples;
    }

    /** Those of a line of golden data. */
    static List<Sample> of(JsonNode series) {
        List<Sample> all = new ArrayList<>();
        for (JsonNode sample : series.path("samples")) {
            all.add(new Sample(
                    sample.get(0).asLong(), Long.parseUnsignedLong(sample.get(1).asText(), 16), null));
        }
        for (JsonNode sample : series.path("histograms")) {
            all.add(new Sample(
                    sample.get(0).asLong(),
                    0,
                    histogram(sample.get(2), sample.get(1).asText().equals("fh"))));
        }
        return all;
    }

    private static HistogramBuffer histogram(JsonNode json, boolean floats) {
        HistogramBuffer histogram = new HistogramBuffer();
        histogram.clear(floats);
        histogram.setResetHint(
                CounterResetHint.ofId(json.get("counter_reset_hint").asInt()));
        histogram.setSchema(json.get("schema").asInt());
        histogram.setZeroThresholdBits(bits(json.get("zero_threshold_bits")));
        histogram.setCount(bits(json.get("count")));
        histogram.setZeroCount(bits(json.get("zero_count")));
        histogram.setSumBits(bits(json.get("sum_bits")));
        json.path("positive_spans")
                .forEach(span -> histogram.addPositiveSpan(
                        span.get(0).asInt(), span.get(1).asInt()));
        json.path("negative_spans")
                .forEach(span -> histogram.addNegativeSpan(
                        span.get(0).asInt(), span.get(1).asInt()));
        json.path("positive_buckets").forEach(bucket -> histogram.addPositiveBucket(bits(bucket)));
        json.path("negative_buckets").forEach(bucket -> histogram.addNegativeBucket(bits(bucket)));
        json.path("custom_value_bits").forEach(bound -> histogram.addCustomBound(bits(bound)));
        return histogram;
    }

    /** Texts are the hex digits of a double. */
    private static long bits(JsonNode number) {
        return number.isTextual() ? Long.parseUnsignedLong(number.asText(), 16) : number.asLong();
    }

    @Override
    public boolean next() {
        return ++at < samples.size();
    }

    @Override
    public boolean seek(long timestampMillis) {
        throw new UnsupportedOperationException();
    }

    @Override
    public SampleKind kind() {
        HistogramBuffer histogram = samples.get(at).histogram;
        if (histogram == null) {
            return SampleKind.FLOAT;
        }
        return histogram.hasFloatCounts() ? SampleKind.FLOAT_HISTOGRAM : SampleKind.HISTOGRAM;
    }

    @Override
    public long timestampMillis() {
        return samples.get(at).timestampMillis;
    }

    @Override
    public double value() {
        return Double.longBitsToDouble(valueBits());
    }

    @Override
    public long valueBits() {
        return samples.get(at).bits;
    }

    @Override
    public HistogramSample histogram() {
        HistogramBuffer histogram = samples.get(at).histogram;
        if (histogram == null) {
            throw new IllegalStateException("a float");
        }
        return histogram;
    }

    @Override
    public long startTimestampMillis() {
        return 0;
    }
}

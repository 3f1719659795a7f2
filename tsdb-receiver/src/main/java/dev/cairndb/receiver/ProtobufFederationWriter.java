package dev.cairndb.receiver;

import dev.cairndb.chunks.HistogramSample;
import dev.cairndb.io.ByteWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Messages {@code io.prometheus.client.MetricFamily} (prometheus/client_model, metrics.proto), each with its length in
 * front. A family with many series becomes several messages, so that memory does not depend on it. Not thread-safe.
 */
final class ProtobufFederationWriter implements FederationWriter {
    private static final int MESSAGE_BYTES = 64 << 10;

    private static final int VARINT = 0;
    private static final int FIXED_64 = 1;
    private static final int BYTES = 2;

    private static final int FAMILY_NAME = 1;
    private static final int FAMILY_TYPE = 3;
    private static final int FAMILY_METRIC = 4;
    private static final int METRIC_LABEL = 1;
    private static final int METRIC_UNTYPED = 5;
    private static final int METRIC_TIMESTAMP_MILLIS = 6;
    private static final int METRIC_HISTOGRAM = 7;
    private static final int HISTOGRAM_SUM = 2;
    private static final int HISTOGRAM_BUCKET = 3;
    private static final int HISTOGRAM_COUNT_FLOAT = 4;
    private static final int HISTOGRAM_SCHEMA = 5;
    private static final int HISTOGRAM_ZERO_THRESHOLD = 6;
    private static final int HISTOGRAM_ZERO_COUNT_FLOAT = 8;
    private static final int HISTOGRAM_NEGATIVE_SPAN = 9;
    private static final int HISTOGRAM_NEGATIVE_COUNT = 11;
    private static final int HISTOGRAM_POSITIVE_SPAN = 12;
    private static final int HISTOGRAM_POSITIVE_COUNT = 14;
    private static final int BUCKET_UPPER_BOUND = 2;
    private static final int BUCKET_CUMULATIVE_COUNT_FLOAT = 4;

    private final OutputStream out;
    private final MetricNames.Escaping escaping;
    private final ByteWriter family = new ByteWriter(MESSAGE_BYTES);
    private final ByteWriter metric = new ByteWriter(512);
    private final ByteWriter part = new ByteWriter(512);
    private final ByteWriter inner = new ByteWriter(64);
    private final ByteWriter length = new ByteWriter(16);
    private int headerSize;

    ProtobufFederationWriter(OutputStream out, MetricNames.Escaping escaping) {
        this.out = out;
        this.escaping = escaping;
    }

    @Override
    public boolean takesExponentialHistograms() {
        return true;
    }

    @Override
    public void startFamily(String name, FamilyType type) throws IOException {
        send();
        family.clear();
        putText(family, FAMILY_NAME, MetricNames.escape(name, escaping));
        putTag(family, FAMILY_TYPE, VARINT);
        family.putUvarint(
                switch (type) {
                    case UNTYPED -> 3;
                    case HISTOGRAM -> 4;
                    case GAUGE_HISTOGRAM -> 5;
                });
        headerSize = family.size();
    }

    @Override
    public void sample(List<String> labels, long timestampMillis, long valueBits) throws IOException {
        startMetric(labels);
        part.clear();
        putDouble(part, 1, valueBits);
        putMessage(metric, METRIC_UNTYPED, part);
        putTimestamp(timestampMillis);
        endMetric();
    }

    @Override
    public void histogram(List<String> labels, long timestampMillis, HistogramSample histogram) throws IOException {
        startMetric(labels);
        part.clear();
        putDouble(part, HISTOGRAM_SUM, histogram.sumBits());
        boolean isClassic = histogram.schema() == HistogramSample.CUSTOM_BUCKETS_SCHEMA;
        if (isClassic) {
            putClassicBuckets(histogram);
        }
        putDouble(part, HISTOGRAM_COUNT_FLOAT, HistogramCounts.count(histogram));
        if (!isClassic) {
            putExponentialBuckets(histogram);
        }
        putTimestamp(timestampMillis);
        putMessage(metric, METRIC_HISTOGRAM, part);
        endMetric();
    }

    private void putClassicBuckets(HistogramSample histogram) {
        double[] cumulative = HistogramCounts.cumulative(histogram);
        for (int i = 0; i < cumulative.length; i++) {
            inner.clear();
            putDouble(inner, BUCKET_UPPER_BOUND, histogram.customBoundBits(i));
            putDouble(inner, BUCKET_CUMULATIVE_COUNT_FLOAT, cumulative[i]);
            putMessage(part, HISTOGRAM_BUCKET, inner);
        }
    }

    private void putExponentialBuckets(HistogramSample histogram) {
        putTag(part, HISTOGRAM_SCHEMA, VARINT);
        part.putVarint(histogram.schema());
        putDouble(part, HISTOGRAM_ZERO_THRESHOLD, histogram.zeroThresholdBits());
        putDouble(part, HISTOGRAM_ZERO_COUNT_FLOAT, HistogramCounts.zeroCount(histogram));
        for (int i = 0; i < histogram.negativeSpanCount(); i++) {
            putSpan(HISTOGRAM_NEGATIVE_SPAN, histogram.negativeSpanOffset(i), histogram.negativeSpanLength(i));
        }
        for (double count : HistogramCounts.negative(histogram)) {
            putDouble(part, HISTOGRAM_NEGATIVE_COUNT, count);
        }
        for (int i = 0; i < histogram.positiveSpanCount(); i++) {
            putSpan(HISTOGRAM_POSITIVE_SPAN, histogram.positiveSpanOffset(i), histogram.positiveSpanLength(i));
        }
        for (double count : HistogramCounts.positive(histogram)) {
            putDouble(part, HISTOGRAM_POSITIVE_COUNT, count);
        }
    }

    private void putSpan(int field, int offset, int count) {
        inner.clear();
        putTag(inner, 1, VARINT);
        inner.putVarint(offset);
        putTag(inner, 2, VARINT);
        inner.putUvarint(count);
        putMessage(part, field, inner);
    }

    private void startMetric(List<String> labels) {
        metric.clear();
        for (int i = 0; i < labels.size(); i += 2) {
            part.clear();
            putText(part, 1, MetricNames.escape(labels.get(i), escaping));
            putText(part, 2, labels.get(i + 1));
            putMessage(metric, METRIC_LABEL, part);
        }
    }

    private void putTimestamp(long timestampMillis) {
        putTag(metric, METRIC_TIMESTAMP_MILLIS, VARINT);
        metric.putUvarint(timestampMillis);
    }

    private void endMetric() throws IOException {
        putMessage(family, FAMILY_METRIC, metric);
        if (family.size() >= MESSAGE_BYTES) {
            send();
        }
    }

    /** Sends the metrics collected of the present family; the next ones begin another message of it. */
    private void send() throws IOException {
        if (family.size() > headerSize) {
            length.clear();
            length.putUvarint(family.size());
            out.write(length.array(), 0, length.size());
            out.write(family.array(), 0, family.size());
            family.size(headerSize);
        }
    }

    @Override
    public void end() throws IOException {
        send();
    }

    private static void putTag(ByteWriter target, int field, int wireType) {
        target.putUvarint((long) field << 3 | wireType);
    }

    private static void putDouble(ByteWriter target, int field, double value) {
        putDouble(target, field, Double.doubleToRawLongBits(value));
    }

    private static void putDouble(ByteWriter target, int field, long bits) {
        putTag(target, field, FIXED_64);
        target.putLong(Long.reverseBytes(bits));
    }

    private static void putText(ByteWriter target, int field, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        putTag(target, field, BYTES);
        target.putUvarint(bytes.length);
        target.putBytes(bytes, 0, bytes.length);
    }

    private static void putMessage(ByteWriter target, int field, ByteWriter message) {
        putTag(target, field, BYTES);
        target.putUvarint(message.size());
        target.putBytes(message.array(), 0, message.size());
    }
}

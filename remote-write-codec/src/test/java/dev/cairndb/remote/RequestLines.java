package dev.cairndb.remote;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairndb.chunks.HistogramBuffer;
import dev.cairndb.chunks.HistogramSample;
import dev.cairndb.io.ByteWriter;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/** A decoded request as the JSON lines of the golden data: first the series, then metadata of version 1. */
final class RequestLines {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** A series with more samples is told by their digest. */
    private static final int SAMPLES_SHOWN_MAX = 1000;

    private final RemoteWriteRequest request;
    private final boolean isVersion2;

    private RequestLines(RemoteWriteRequest request) {
        this.request = request;
        isVersion2 = request.version() == RemoteWriteVersion.V2;
    }

    static List<JsonNode> of(RemoteWriteRequest request) throws IOException {
        return new RequestLines(request).lines();
    }

    private List<JsonNode> lines() throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        for (int series = 0; series < request.seriesCount(); series++) {
            lines.add(normal(series(series)));
        }
        for (int entry = 0; entry < request.metadataCount() && !isVersion2; entry++) {
            Map<String, Object> metadata = metadata(entry);
            metadata.put("family", text(request.metadataFamilyOffset(entry), request.metadataFamilyLength(entry)));
            lines.add(normal(Map.of("family_metadata", metadata)));
        }
        return lines;
    }

    /** Numbers of a tree that was built and of one that was read are not of the same types. */
    private static JsonNode normal(Map<String, Object> line) throws IOException {
        return JSON.readTree(JSON.writeValueAsString(line));
    }

    private Map<String, Object> series(int series) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put(
                "labels",
                list(
                        0,
                        request.labelCount(series),
                        label -> List.of(
                                text(request.labelNameOffset(series, label), request.labelNameLength(series, label)),
                                text(
                                        request.labelValueOffset(series, label),
                                        request.labelValueLength(series, label)))));
        putSamples(line, series);
        putIfNotEmpty(
                line,
                "histograms",
                list(request.histogramStart(series), request.histogramCount(series), this::histogram));
        putIfNotEmpty(
                line, "exemplars", list(request.exemplarStart(series), request.exemplarCount(series), this::exemplar));
        if (isVersion2) {
            putMetadata(line, series);
        }
        return line;
    }

    private void putSamples(Map<String, Object> line, int series) {
        int start = request.sampleStart(series);
        int count = request.sampleCount(series);
        if (count > SAMPLES_SHOWN_MAX) {
            line.put("samples_count", count);
            line.put("samples_sha256", digest(start, count));
            return;
        }
        putIfNotEmpty(
                line,
                "samples",
                list(
                        start,
                        count,
                        i -> isVersion2
                                ? List.of(
                                        request.timestampMillis(i),
                                        hex(request.valueBits(i)),
                                        request.startTimestampMillis(i))
                                : List.of(request.timestampMillis(i), hex(request.valueBits(i)))));
    }

    private String digest(int start, int count) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (int i = start; i < start + count; i++) {
                digest.update((request.timestampMillis(i) + "\t" + hex(request.valueBits(i)) + "\n")
                        .getBytes(StandardCharsets.UTF_8));
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private List<Object> histogram(int number) {
        HistogramBuffer histogram = new HistogramBuffer();
        request.readHistogram(number, histogram);
        String kind = histogram.hasFloatCounts() ? "fh" : "h";
        long timestamp = request.histogramTimestampMillis(number);
        return isVersion2
                ? List.of(timestamp, kind, json(histogram), request.histogramStartTimestampMillis(number))
                : List.of(timestamp, kind, json(histogram));
    }

    private static Map<String, Object> json(HistogramSample h) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("schema", h.schema());
        json.put("zero_threshold_bits", hex(h.zeroThresholdBits()));
        json.put("counter_reset_hint", h.resetHint().id());
        json.put("count", number(h, h.count()));
        json.put("zero_count", number(h, h.zeroCount()));
        json.put("sum_bits", hex(h.sumBits()));
        putIfNotEmpty(
                json,
                "positive_spans",
                list(
                        0,
                        h.positiveSpanCount(),
                        i -> List.of(h.positiveSpanOffset(i), Integer.toUnsignedLong(h.positiveSpanLength(i)))));
        putIfNotEmpty(
                json,
                "negative_spans",
                list(
                        0,
                        h.negativeSpanCount(),
                        i -> List.of(h.negativeSpanOffset(i), Integer.toUnsignedLong(h.negativeSpanLength(i)))));
        putIfNotEmpty(json, "positive_buckets", list(0, h.positiveBucketCount(), i -> bucket(h, h.positiveBucket(i))));
        putIfNotEmpty(json, "negative_buckets", list(0, h.negativeBucketCount(), i -> bucket(h, h.negativeBucket(i))));
        putIfNotEmpty(json, "custom_value_bits", list(0, h.customBoundCount(), i -> hex(h.customBoundBits(i))));
        return json;
    }

    private static Object number(HistogramSample h, long value) {
        return h.hasFloatCounts() ? hex(value) : new BigInteger(Long.toUnsignedString(value));
    }

    private static Object bucket(HistogramSample h, long value) {
        return h.hasFloatCounts() ? hex(value) : (Object) value;
    }

    private Map<String, Object> exemplar(int number) {
        ByteWriter packed = new ByteWriter(16);
        List<Object> labels = new ArrayList<>();
        if (request.packExemplarLabels(number, packed) == null) {
            for (String pair : PackedLabels.list(packed.array(), 0, packed.size())) {
                byte[] name = HexFormat.of().parseHex(pair.substring(0, pair.indexOf('=')));
                byte[] value = HexFormat.of().parseHex(pair.substring(pair.indexOf('=') + 1));
                labels.add(List.of(text(name, 0, name.length), text(value, 0, value.length)));
            }
        }
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("labels", labels);
        line.put("t", request.exemplarTimestampMillis(number));
        line.put("value_bits", hex(request.exemplarValueBits(number)));
        return line;
    }

    private void putMetadata(Map<String, Object> line, int series) {
        for (int entry = 0; entry < request.metadataCount(); entry++) {
            if (request.metadataSeries(entry) == series) {
                line.put("metadata", metadata(entry));
                return;
            }
        }
        line.put("metadata", Map.of("type", 0, "help", "", "unit", ""));
    }

    private Map<String, Object> metadata(int entry) {
        Map<String, Object> metadata = new LinkedHashMap<>();
        metadata.put("type", request.metadataType(entry));
        metadata.put("help", text(request.metadataHelpOffset(entry), request.metadataHelpLength(entry)));
        metadata.put("unit", text(request.metadataUnitOffset(entry), request.metadataUnitLength(entry)));
        return metadata;
    }

    private Object text(int offset, int length) {
        return text(request.bytes(), offset, length);
    }

    private static Object text(byte[] bytes, int offset, int length) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes, offset, length))
                    .toString();
        } catch (CharacterCodingException e) {
            return Map.of("hex", HexFormat.of().formatHex(bytes, offset, offset + length));
        }
    }

    private static String hex(long bits) {
        return HexFormat.of().toHexDigits(bits);
    }

    private static void putIfNotEmpty(Map<String, Object> line, String key, List<?> list) {
        if (!list.isEmpty()) {
            line.put(key, list);
        }
    }

    private static <T> List<T> list(int start, int count, IntFunction<T> element) {
        List<T> list = new ArrayList<>();
        for (int i = start; i < start + count; i++) {
            list.add(element.apply(i));
        }
        return list;
    }
}

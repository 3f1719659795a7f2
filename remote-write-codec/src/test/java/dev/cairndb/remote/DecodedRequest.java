package dev.cairndb.remote;

import dev.cairndb.chunks.HistogramBuffer;
import dev.cairndb.chunks.HistogramSample;
import dev.cairndb.io.ByteWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** A write request as plain objects, to compare decoders. Texts are hex. */
record DecodedRequest(List<Series> series, List<Metadata> families) {
    record Label(String name, String value) {}

    record Sample(long timestampMillis, long startTimestampMillis, long valueBits) {}

    record Span(int offset, int length) {}

    /** @param content all numbers of the histogram in an order of their own */
    record Histogram(long timestampMillis, long startTimestampMillis, List<Object> content) {}

    /** @param labels sorted and without empty ones, or the problem with them */
    record Exemplar(Object labels, long timestampMillis, long valueBits) {}

    record Metadata(int type, String family, String unit, String help) {
        boolean isEmpty() {
            return type == 0 && (family + unit + help).isEmpty();
        }
    }

    /** @param labels null if a reference leads nowhere */
    record Series(
            @Nullable List<Label> labels,
            List<Sample> samples,
            List<Histogram> histograms,
            List<Exemplar> exemplars,
            @Nullable Metadata metadata) {}

    static DecodedRequest of(RemoteWriteRequest request) {
        List<Series> all = new ArrayList<>();
        for (int s = 0; s < request.seriesCount(); s++) {
            int series = s;
            all.add(new Series(
                    labels(request, series),
                    list(
                            request.sampleStart(s),
                            request.sampleCount(s),
                            i -> new Sample(
                                    request.timestampMillis(i), request.startTimestampMillis(i), request.valueBits(i))),
                    list(request.histogramStart(s), request.histogramCount(s), i -> histogram(request, i)),
                    list(request.exemplarStart(s), request.exemplarCount(s), i -> exemplar(request, i)),
                    metadata(request, series)));
        }
        List<Metadata> families = new ArrayList<>();
        for (int entry = 0; entry < request.metadataCount(); entry++) {
            if (request.metadataSeries(entry) < 0) {
                families.add(metadataOf(request, entry));
            }
        }
        return new DecodedRequest(all, families);
    }

    private static @Nullable List<Label> labels(RemoteWriteRequest request, int series) {
        if (request.packLabels(series, new ByteWriter(16)) == LabelProblem.INVALID_REFERENCE) {
            return null;
        }
        return list(
                0,
                request.labelCount(series),
                l -> new Label(
                        hex(request.bytes(), request.labelNameOffset(series, l), request.labelNameLength(series, l)),
                        hex(
                                request.bytes(),
                                request.labelValueOffset(series, l),
                                request.labelValueLength(series, l))));
    }

    private static Histogram histogram(RemoteWriteRequest request, int number) {
        HistogramBuffer buffer = new HistogramBuffer();
        request.readHistogram(number, buffer);
        return new Histogram(
                request.histogramTimestampMillis(number),
                request.histogramStartTimestampMillis(number),
                content(buffer));
    }

    static List<Object> content(HistogramSample h) {
        return List.of(
                h.hasFloatCounts(),
                h.resetHint().id(),
                h.schema(),
                h.zeroThresholdBits(),
                h.count(),
                h.zeroCount(),
                h.sumBits(),
                list(0, h.positiveSpanCount(), i -> new Span(h.positiveSpanOffset(i), h.positiveSpanLength(i))),
                list(0, h.negativeSpanCount(), i -> new Span(h.negativeSpanOffset(i), h.negativeSpanLength(i))),
                list(0, h.positiveBucketCount(), h::positiveBucket),
                list(0, h.negativeBucketCount(), h::negativeBucket),
                list(0, h.customBoundCount(), h::customBoundBits));
    }

    private static Exemplar exemplar(RemoteWriteRequest request, int number) {
        ByteWriter packed = new ByteWriter(16);
        LabelProblem problem = request.packExemplarLabels(number, packed);
        Object labels = problem != null ? problem : PackedLabels.list(packed.array(), 0, packed.size());
        return new Exemplar(labels, request.exemplarTimestampMillis(number), request.exemplarValueBits(number));
    }

    /** What packing the labels of an exemplar has to give, told by other means; null stands for bad references. */
    static Object packed(@Nullable List<Label> labels) {
        if (labels == null) {
            return LabelProblem.INVALID_REFERENCE;
        }
        for (Label label : labels) {
            if (label.name.isEmpty()) {
                return LabelProblem.EMPTY_NAME;
            }
            if (!isUtf8(label.name) || !isUtf8(label.value)) {
                return LabelProblem.INVALID_UTF8;
            }
        }
        List<Label> kept = labels.stream()
                .filter(label -> !label.value.isEmpty())
                .sorted(Comparator.comparing(Label::name))
                .toList();
        if (kept.stream().map(Label::name).distinct().count() < kept.size()) {
            return LabelProblem.DUPLICATE_NAME;
        }
        return kept.stream().map(label -> label.name + "=" + label.value).toList();
    }

    private static boolean isUtf8(String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex);
        return Utf8.isValid(bytes, 0, bytes.length);
    }

    private static @Nullable Metadata metadata(RemoteWriteRequest request, int series) {
        for (int entry = 0; entry < request.metadataCount(); entry++) {
            if (request.metadataSeries(entry) == series) {
                return metadataOf(request, entry);
            }
        }
        return null;
    }

    private static Metadata metadataOf(RemoteWriteRequest request, int entry) {
        return new Metadata(
                request.metadataType(entry),
                hex(request.bytes(), request.metadataFamilyOffset(entry), request.metadataFamilyLength(entry)),
                hex(request.bytes(), request.metadataUnitOffset(entry), request.metadataUnitLength(entry)),
                hex(request.bytes(), request.metadataHelpOffset(entry), request.metadataHelpLength(entry)));
    }

    private static <T> List<T> list(int start, int count, IntFunction<T> element) {
        List<T> list = new ArrayList<>();
        for (int i = start; i < start + count; i++) {
            list.add(element.apply(i));
        }
        return list;
    }

    static String hex(byte[] bytes, int offset, int length) {
        return HexFormat.of().formatHex(bytes, offset, offset + length);
    }
}

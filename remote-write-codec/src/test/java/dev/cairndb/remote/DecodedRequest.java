package dev.cairndb.remote;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** A write request as plain objects, to compare decoders. Names and values are hex, counts stand for what is not kept. */
record DecodedRequest(List<Series> series, int metadata) {
    record Label(String name, String value) {}

    record Sample(long timestampMillis, long valueBits) {}

    record Series(List<Label> labels, List<Sample> samples, int exemplars, int histograms) {}

    static DecodedRequest of(RemoteWriteRequest request) {
        List<Series> all = new ArrayList<>();
        for (int s = 0; s < request.seriesCount(); s++) {
            List<Label> labels = new ArrayList<>();
            for (int l = 0; l < request.labelCount(s); l++) {
                labels.add(new Label(
                        hex(request.bytes(), request.labelNameOffset(s, l), request.labelNameLength(s, l)),
                        hex(request.bytes(), request.labelValueOffset(s, l), request.labelValueLength(s, l))));
            }
            List<Sample> samples = new ArrayList<>();
            for (int i = request.sampleStart(s); i < request.sampleStart(s) + request.sampleCount(s); i++) {
                samples.add(new Sample(request.timestampMillis(i), request.valueBits(i)));
            }
            all.add(new Series(labels, samples, 0, request.histogramCount(s)));
        }
        return new DecodedRequest(all, request.metadataCount());
    }

    int exemplars() {
        return series.stream().mapToInt(Series::exemplars).sum();
    }

    int histograms() {
        return series.stream().mapToInt(Series::histograms).sum();
    }

    int samples() {
        return series.stream().mapToInt(one -> one.samples().size()).sum();
    }

    /** A {@link RemoteWriteRequest} tells exemplars for the whole request only. */
    DecodedRequest withoutExemplarsBySeries() {
        return new DecodedRequest(
                series.stream()
                        .map(one -> new Series(one.labels(), one.samples(), 0, one.histograms()))
                        .toList(),
                metadata);
    }

    static String hex(byte[] bytes, int offset, int length) {
        return HexFormat.of().formatHex(bytes, offset, offset + length);
    }
}

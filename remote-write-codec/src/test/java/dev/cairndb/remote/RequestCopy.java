package dev.cairndb.remote;

import dev.cairndb.chunks.HistogramBuffer;
import dev.cairndb.io.ByteWriter;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Puts what a decoded request holds into an encoder. */
final class RequestCopy {
    private final RemoteWriteRequest request;
    private final RemoteWriteEncoder encoder;

    private RequestCopy(RemoteWriteRequest request, RemoteWriteEncoder encoder) {
        this.request = request;
        this.encoder = encoder;
    }

    static void copy(RemoteWriteRequest request, RemoteWriteEncoder encoder) {
        RequestCopy copy = new RequestCopy(request, encoder);
        for (int series = 0; series < request.seriesCount(); series++) {
            copy.series(series);
        }
        copy.familyMetadata();
    }

    private void series(int series) {
        encoder.startSeries();
        for (int label = 0; label < request.labelCount(series); label++) {
            encoder.label(
                    request.bytes(),
                    request.labelNameOffset(series, label),
                    request.labelNameLength(series, label),
                    request.bytes(),
                    request.labelValueOffset(series, label),
                    request.labelValueLength(series, label));
        }
        int end = request.sampleStart(series) + request.sampleCount(series);
        for (int i = request.sampleStart(series); i < end; i++) {
            encoder.sample(request.timestampMillis(i), request.startTimestampMillis(i), request.valueBits(i));
        }
        HistogramBuffer histogram = new HistogramBuffer();
        end = request.histogramStart(series) + request.histogramCount(series);
        for (int i = request.histogramStart(series); i < end; i++) {
            request.readHistogram(i, histogram);
            encoder.histogram(request.histogramTimestampMillis(i), request.histogramStartTimestampMillis(i), histogram);
        }
        end = request.exemplarStart(series) + request.exemplarCount(series);
        for (int i = request.exemplarStart(series); i < end; i++) {
            exemplar(i);
        }
        for (int entry = 0; entry < request.metadataCount(); entry++) {
            if (request.metadataSeries(entry) == series) {
                encoder.metadata(
                        MetricType.ofWireId(request.metadataType(entry)),
                        text(request.metadataUnitOffset(entry), request.metadataUnitLength(entry)),
                        text(request.metadataHelpOffset(entry), request.metadataHelpLength(entry)));
            }
        }
        encoder.endSeries();
    }

    private void exemplar(int exemplar) {
        encoder.startExemplar();
        ByteWriter packed = new ByteWriter(16);
        if (request.packExemplarLabels(exemplar, packed) != null) {
            throw new AssertionError("an exemplar with bad labels");
        }
        for (String pair : PackedLabels.list(packed.array(), 0, packed.size())) {
            byte[] name = HexFormat.of().parseHex(pair.substring(0, pair.indexOf('=')));
            byte[] value = HexFormat.of().parseHex(pair.substring(pair.indexOf('=') + 1));
            encoder.label(name, 0, name.length, value, 0, value.length);
        }
        encoder.endExemplar(request.exemplarTimestampMillis(exemplar), request.exemplarValueBits(exemplar));
    }

    private void familyMetadata() {
        for (int entry = 0; entry < request.metadataCount(); entry++) {
            if (request.metadataSeries(entry) < 0) {
                encoder.familyMetadata(
                        MetricType.ofWireId(request.metadataType(entry)),
                        text(request.metadataFamilyOffset(entry), request.metadataFamilyLength(entry)),
                        text(request.metadataUnitOffset(entry), request.metadataUnitLength(entry)),
                        text(request.metadataHelpOffset(entry), request.metadataHelpLength(entry)));
            }
        }
    }

    private String text(int offset, int length) {
        return new String(request.bytes(), offset, length, StandardCharsets.UTF_8);
    }
}

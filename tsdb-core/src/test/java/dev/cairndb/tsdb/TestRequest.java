package dev.cairndb.tsdb;

import dev.cairndb.index.Labels;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.remote.MetricType;
import dev.cairndb.remote.RemoteWriteDecoder;
import dev.cairndb.remote.RemoteWriteLimits;
import dev.cairndb.remote.RemoteWriteRequest;
import dev.cairndb.remote.RemoteWriteVersion;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** Builds remote_write requests of either version with samples, exemplars and metadata. */
final class TestRequest {
    private final RemoteWriteVersion version;
    private final ByteWriter message = new ByteWriter(256);
    private final Map<String, Integer> symbols = new LinkedHashMap<>();
    private ByteWriter series = new ByteWriter(64);

    private TestRequest(RemoteWriteVersion version) {
        this.version = version;
        symbols.put("", 0);
    }

    static TestRequest v1() {
        return new TestRequest(RemoteWriteVersion.V1);
    }

    static TestRequest v2() {
        return new TestRequest(RemoteWriteVersion.V2);
    }

    private boolean hasSymbols() {
        return version == RemoteWriteVersion.V2;
    }

    /** Begins a series; what follows is its. */
    TestRequest series(Labels labels) {
        endSeries();
        series = new ByteWriter(64);
        labels(series, labels);
        return this;
    }

    TestRequest sample(long timestampMillis, double value) {
        ByteWriter sample = new ByteWriter(32);
        putDouble(sample, 1, value);
        putVarint(sample, 2, timestampMillis);
        putBytes(series, 2, sample);
        return this;
    }

    TestRequest exemplar(Labels labels, long timestampMillis, double value) {
        ByteWriter exemplar = new ByteWriter(64);
        labels(exemplar, labels);
        putDouble(exemplar, 2, value);
        putVarint(exemplar, 3, timestampMillis);
        putBytes(series, hasSymbols() ? 4 : 3, exemplar);
        return this;
    }

    /** Version 2: the metadata of the series. */
    TestRequest metadata(MetricType type, String unit, String help) {
        ByteWriter metadata = new ByteWriter(16);
        putVarint(metadata, 1, type.wireId());
        putVarint(metadata, 3, symbol(help));
        putVarint(metadata, 4, symbol(unit));
        putBytes(series, 5, metadata);
        return this;
    }

    /** Version 1: the metadata of a family. */
    TestRequest family(String family, MetricType type, String unit, String help) {
        ByteWriter metadata = new ByteWriter(64);
        putVarint(metadata, 1, type.wireId());
        putText(metadata, 2, family);
        putText(metadata, 4, help);
        putText(metadata, 5, unit);
        putBytes(message, 3, metadata);
        return this;
    }

    RemoteWriteRequest build() throws IOException {
        endSeries();
        if (hasSymbols()) {
            for (String symbol : symbols.keySet()) {
                putText(message, 4, symbol);
            }
        }
        return new RemoteWriteDecoder()
                .decodeDecompressed(message.array(), 0, message.size(), version, RemoteWriteLimits.defaults());
    }

    private void endSeries() {
        if (series.size() > 0) {
            putBytes(message, hasSymbols() ? 5 : 1, series);
            series = new ByteWriter(64);
        }
    }

    private void labels(ByteWriter target, Labels labels) {
        labels.forEach((name, value) -> {
            if (hasSymbols()) {
                putVarint(target, 1, symbol(name));
                putVarint(target, 1, symbol(value));
            } else {
                ByteWriter label = new ByteWriter(32);
                putText(label, 1, name);
                putText(label, 2, value);
                putBytes(target, 1, label);
            }
        });
    }

    private int symbol(String text) {
        return symbols.computeIfAbsent(text, key -> symbols.size());
    }

    private static void putVarint(ByteWriter target, int field, long value) {
        target.putByte(field << 3);
        target.putUvarint(value);
    }

    private static void putDouble(ByteWriter target, int field, double value) {
        target.putByte(field << 3 | 1);
        target.putLong(Long.reverseBytes(Double.doubleToRawLongBits(value)));
    }

    private static void putText(ByteWriter target, int field, String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        target.putByte(field << 3 | 2);
        target.putUvarint(utf8.length);
        target.putBytes(utf8, 0, utf8.length);
    }

    private static void putBytes(ByteWriter target, int field, ByteWriter content) {
        target.putByte(field << 3 | 2);
        target.putUvarint(content.size());
        target.putBytes(content.array(), 0, content.size());
    }
}

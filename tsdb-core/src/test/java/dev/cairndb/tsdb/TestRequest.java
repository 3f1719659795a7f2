package dev.cairndb.tsdb;

import dev.cairndb.index.Labels;
import dev.cairndb.remote.MetricType;
import dev.cairndb.remote.RemoteWriteDecoder;
import dev.cairndb.remote.RemoteWriteEncoder;
import dev.cairndb.remote.RemoteWriteLimits;
import dev.cairndb.remote.RemoteWriteRequest;
import dev.cairndb.remote.RemoteWriteVersion;
import java.io.IOException;

/** Builds remote_write requests of either version with samples, exemplars and metadata. */
final class TestRequest {
    private final RemoteWriteVersion version;
    private final RemoteWriteEncoder encoder;
    private boolean inSeries;

    private TestRequest(RemoteWriteVersion version) {
        this.version = version;
        encoder = new RemoteWriteEncoder(version);
    }

    static TestRequest v1() {
        return new TestRequest(RemoteWriteVersion.V1);
    }

    static TestRequest v2() {
        return new TestRequest(RemoteWriteVersion.V2);
    }

    /** Begins a series; what follows is its. */
    TestRequest series(Labels labels) {
        endSeries();
        encoder.startSeries();
        inSeries = true;
        labels.forEach(encoder::label);
        return this;
    }

    TestRequest sample(long timestampMillis, double value) {
        encoder.sample(timestampMillis, Double.doubleToRawLongBits(value));
        return this;
    }

    TestRequest exemplar(Labels labels, long timestampMillis, double value) {
        encoder.startExemplar();
        labels.forEach(encoder::label);
        encoder.endExemplar(timestampMillis, Double.doubleToRawLongBits(value));
        return this;
    }

    /** Version 2: the metadata of the series. */
    TestRequest metadata(MetricType type, String unit, String help) {
        encoder.metadata(type, unit, help);
        return this;
    }

    /** Version 1: the metadata of a family. */
    TestRequest family(String family, MetricType type, String unit, String help) {
        endSeries();
        encoder.familyMetadata(type, family, unit, help);
        return this;
    }

    RemoteWriteRequest build() throws IOException {
        endSeries();
        encoder.finish();
        return new RemoteWriteDecoder()
                .decode(encoder.body(), 0, encoder.bodySize(), version, RemoteWriteLimits.defaults());
    }

    private void endSeries() {
        if (inSeries) {
            encoder.endSeries();
            inSeries = false;
        }
    }
}

package dev.cairndb.remote;

import dev.cairndb.ShortBenchmark;
import dev.cairndb.io.ByteWriter;
import java.io.IOException;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** Time for each series with one sample of a remote_write body of either version as Prometheus sends it. */
public class RemoteWriteDecodeBenchmark extends ShortBenchmark {
    /** The default of max_samples_per_send. */
    private static final int SERIES = 2_000;

    private static final String[] NAMES = {
        "__name__", "cluster", "container", "endpoint", "instance", "job", "le", "method", "namespace", "pod", "service"
    };

    @Param
    private RemoteWriteVersion version;

    private final RemoteWriteDecoder decoder = new RemoteWriteDecoder();
    private final RemoteWriteLimits limits = RemoteWriteLimits.defaults();
    private final ByteWriter packed = new ByteWriter(1 << 20);
    private RemoteWriteEncoder encoder;
    private byte[] body;
    private int bodySize;

    @Setup
    public void makeBody() {
        encoder = new RemoteWriteEncoder(version);
        encode();
        body = encoder.body().clone();
        bodySize = encoder.bodySize();
    }

    private void encode() {
        encoder.clear();
        for (int series = 0; series < SERIES; series++) {
            encoder.startSeries();
            for (int label = 0; label < NAMES.length; label++) {
                // the last labels differ from series to series, the first ones are common to many
                encoder.label(NAMES[label], NAMES[label] + "-value-" + (series >> NAMES.length - label));
            }
            encoder.sample(1_750_000_000_000L + series, 1_749_999_000_000L, Double.doubleToRawLongBits(series * 1.5))
                    .endSeries();
        }
        encoder.finish();
    }

    @Benchmark
    @OperationsPerInvocation(SERIES)
    public int decode() throws IOException {
        return decoder.decode(body, 0, bodySize, version, limits).sampleCount();
    }

    /** The same, with the labels of every series brought into the form that the head looks up. */
    @Benchmark
    @OperationsPerInvocation(SERIES)
    public int decodeAndPack() throws IOException {
        RemoteWriteRequest request = decoder.decode(body, 0, bodySize, version, limits);
        packed.clear();
        for (int series = 0; series < request.seriesCount(); series++) {
            request.packLabels(series, packed);
        }
        return packed.size();
    }

    /** What a sender spends, making the label strings included. */
    @Benchmark
    @OperationsPerInvocation(SERIES)
    public int encodeBody() {
        encode();
        return encoder.bodySize();
    }
}

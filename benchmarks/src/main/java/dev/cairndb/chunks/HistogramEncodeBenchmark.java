package dev.cairndb.chunks;

import dev.cairndb.ShortBenchmark;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** Time for each histogram appended to a chunk. */
public class HistogramEncodeBenchmark extends ShortBenchmark {
    @Param
    private HistogramShape shape;

    private final HistogramAppender appender = new HistogramAppender();
    private final long[] timestampsMillis = new long[HistogramShape.SAMPLES];
    private HistogramBuffer[] histograms;

    @Setup
    public void makeSamples() {
        histograms = shape.histograms();
        for (int i = 0; i < timestampsMillis.length; i++) {
            timestampsMillis[i] = shape.timestampMillis(i);
        }
    }

    /** One chunk from its first sample to its last; its arrays are what is allocated. */
    @Benchmark
    @OperationsPerInvocation(HistogramShape.SAMPLES)
    public int oneChunk() {
        appender.start(shape.encoding());
        for (int i = 0; i < timestampsMillis.length; i++) {
            appender.append(timestampsMillis[i], histograms[i]);
        }
        if (appender.sampleCount() != timestampsMillis.length) {
            throw new IllegalStateException("samples in the chunk: " + appender.sampleCount());
        }
        return appender.byteLength();
    }
}

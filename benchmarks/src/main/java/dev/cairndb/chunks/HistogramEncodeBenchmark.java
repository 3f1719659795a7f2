package dev.cairndb.chunks;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Time for each histogram appended to a chunk. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class HistogramEncodeBenchmark {
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

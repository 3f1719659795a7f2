package dev.cairndb.chunks;

import java.io.IOException;
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

/** Time for each histogram read from a chunk. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class HistogramDecodeBenchmark {
    @Param
    private HistogramShape shape;

    private final ChunkCursors cursors = new ChunkCursors();
    private final EncodedChunk chunk = new EncodedChunk();

    @Setup
    public void encode() {
        HistogramAppender appender = shape.chunk();
        chunk.wrap(
                shape.encoding(),
                shape.timestampMillis(0),
                appender.lastTimestampMillis(),
                appender.array(),
                0,
                appender.byteLength());
    }

    /** Sample by sample, as views. */
    @Benchmark
    @OperationsPerInvocation(HistogramShape.SAMPLES)
    public long next() throws IOException {
        SampleCursor cursor = cursors.open(chunk);
        long sum = 0;
        while (cursor.next()) {
            sum += cursor.timestampMillis() ^ cursor.histogram().count();
        }
        return sum;
    }

    /** Over the whole chunk to its last sample. */
    @Benchmark
    @OperationsPerInvocation(HistogramShape.SAMPLES)
    public boolean seek() throws IOException {
        return cursors.open(chunk).seek(chunk.maxTimestampMillis());
    }
}

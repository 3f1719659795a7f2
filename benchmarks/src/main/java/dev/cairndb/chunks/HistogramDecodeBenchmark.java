package dev.cairndb.chunks;

import dev.cairndb.ShortBenchmark;
import java.io.IOException;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** Time for each histogram read from a chunk. */
public class HistogramDecodeBenchmark extends ShortBenchmark {
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

package dev.cairndb.chunks;

import dev.cairndb.ShortBenchmark;
import dev.cairndb.io.CorruptionException;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** Time for each sample read from an XOR chunk. */
public class XorDecodeBenchmark extends ShortBenchmark {
    @Param
    private Series series;

    private final XorCursor cursor = new XorCursor();
    private final long[] timestampsMillis = new long[Series.SAMPLES];
    private final long[] valueBits = new long[Series.SAMPLES];
    private byte[] chunk;
    private int chunkLength;
    private long lastTimestampMillis;

    @Setup
    public void encode() {
        long[] timestamps = series.timestampsMillis();
        long[] values = series.valueBits();
        chunk = new byte[(Series.SAMPLES + 1) * XorAppender.MAX_BYTES_PER_SAMPLE + Long.BYTES & -Long.BYTES];
        XorAppender appender = new XorAppender();
        appender.start(chunk, 0);
        for (int i = 0; i < Series.SAMPLES; i++) {
            appender.append(timestamps[i], values[i]);
        }
        chunkLength = appender.byteLength();
        lastTimestampMillis = appender.lastTimestampMillis();
    }

    /** Sample by sample through the cursor. */
    @Benchmark
    @OperationsPerInvocation(Series.SAMPLES)
    public long next() throws CorruptionException {
        cursor.reset(chunk, 0, chunkLength, Series.SAMPLES);
        long sum = 0;
        while (cursor.next()) {
            sum += cursor.timestampMillis() ^ cursor.valueBits();
        }
        return sum;
    }

    /** All at once into arrays. */
    @Benchmark
    @OperationsPerInvocation(Series.SAMPLES)
    public int decode() throws CorruptionException {
        return cursor.reset(chunk, 0, chunkLength, Series.SAMPLES).decode(timestampsMillis, valueBits, 0);
    }

    /** Over the whole chunk to its last sample. */
    @Benchmark
    @OperationsPerInvocation(Series.SAMPLES)
    public boolean seek() throws CorruptionException {
        return cursor.reset(chunk, 0, chunkLength, Series.SAMPLES).seek(lastTimestampMillis);
    }
}

package dev.cairndb.chunks;

import dev.cairndb.ShortBenchmark;
import dev.cairndb.io.CorruptionException;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** Time for each sample appended to and read from an XOR2 chunk; to be compared with the benchmarks of XOR. */
public class Xor2Benchmark extends ShortBenchmark {
    /** Where the start timestamps of the samples come from. */
    public enum Starts {
        /** There are none. */
        NONE,
        /** One for all: a counter that never began again. */
        ONE,
        /** The time of the sample before, as of deltas. */
        EACH
    }

    @Param
    private Series series;

    @Param
    private Starts starts;

    private final Xor2Appender appender = new Xor2Appender();
    private final Xor2Cursor cursor = new Xor2Cursor();
    private final byte[] written = new byte[(Series.SAMPLES + 2) * Xor2Appender.MAX_BYTES_PER_SAMPLE & -Long.BYTES];
    private final byte[] read = new byte[written.length];
    private long[] timestampsMillis;
    private long[] startTimestampsMillis;
    private long[] valueBits;
    private int readLength;

    @Setup
    public void encode() {
        timestampsMillis = series.timestampsMillis();
        valueBits = series.valueBits();
        startTimestampsMillis = new long[Series.SAMPLES];
        for (int i = 0; i < Series.SAMPLES; i++) {
            startTimestampsMillis[i] = switch (starts) {
                case NONE -> 0;
                case ONE -> timestampsMillis[0] - 1_000_000;
                case EACH -> timestampsMillis[Math.max(i - 1, 0)];
            };
        }
        readLength = append(read);
    }

    private int append(byte[] target) {
        appender.start(target, 0);
        for (int i = 0; i < Series.SAMPLES; i++) {
            appender.append(timestampsMillis[i], startTimestampsMillis[i], valueBits[i]);
        }
        return appender.byteLength();
    }

    /** One chunk from its first sample to its last. */
    @Benchmark
    @OperationsPerInvocation(Series.SAMPLES)
    public int oneChunk() {
        return append(written);
    }

    /** Sample by sample through the cursor. */
    @Benchmark
    @OperationsPerInvocation(Series.SAMPLES)
    public long next() throws CorruptionException {
        cursor.reset(read, 0, readLength);
        long sum = 0;
        while (cursor.next()) {
            sum += cursor.timestampMillis() ^ cursor.valueBits() ^ cursor.startTimestampMillis();
        }
        return sum;
    }
}

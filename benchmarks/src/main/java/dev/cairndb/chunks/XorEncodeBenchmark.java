package dev.cairndb.chunks;

import dev.cairndb.ShortBenchmark;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Time for each sample appended to an XOR chunk. */
public class XorEncodeBenchmark extends ShortBenchmark {
    /** Series that take turns, as in a head where each scrape brings one sample to each. */
    private static final int OPEN_CHUNKS = 1024;

    private static final int CHUNK_BYTES_MAX =
            (Series.SAMPLES + 1) * XorAppender.MAX_BYTES_PER_SAMPLE + Long.BYTES & -Long.BYTES;

    @Param
    private Series series;

    private final XorAppender appender = new XorAppender();
    private final byte[] chunk = new byte[CHUNK_BYTES_MAX];
    private final byte[] chunks = new byte[OPEN_CHUNKS * CHUNK_BYTES_MAX];
    private long[] timestampsMillis;
    private long[] valueBits;

    @Setup
    public void makeSamples() {
        timestampsMillis = series.timestampsMillis();
        valueBits = series.valueBits();
    }

    /** One chunk from its first sample to its last. */
    @Benchmark
    @OperationsPerInvocation(Series.SAMPLES)
    public int oneChunk() {
        appender.start(chunk, 0);
        for (int i = 0; i < Series.SAMPLES; i++) {
            appender.append(timestampsMillis[i], valueBits[i]);
        }
        return appender.byteLength();
    }

    /** A sample to each of many chunks, whose state is taken up and put down each time. */
    @Benchmark
    @OperationsPerInvocation(Series.SAMPLES * OPEN_CHUNKS)
    public long takingTurns(Rows rows) {
        for (int row = 0; row < OPEN_CHUNKS; row++) {
            appender.start(chunks, row * CHUNK_BYTES_MAX);
            appender.append(timestampsMillis[0], valueBits[0]);
            rows.save(row, appender);
        }
        for (int i = 1; i < Series.SAMPLES; i++) {
            for (int row = 0; row < OPEN_CHUNKS; row++) {
                rows.load(row, appender, chunks);
                appender.append(timestampsMillis[i], valueBits[i]);
                rows.save(row, appender);
            }
        }
        return rows.lastTimestampMillis[OPEN_CHUNKS - 1];
    }

    /** The state of open chunks, in arrays as a head keeps it. */
    @State(Scope.Thread)
    public static class Rows {
        private final int[] bitPosition = new int[OPEN_CHUNKS];
        private final int[] count = new int[OPEN_CHUNKS];
        private final long[] lastTimestampMillis = new long[OPEN_CHUNKS];
        private final long[] lastDeltaMillis = new long[OPEN_CHUNKS];
        private final long[] lastValueBits = new long[OPEN_CHUNKS];
        private final byte[] leading = new byte[OPEN_CHUNKS];
        private final byte[] trailing = new byte[OPEN_CHUNKS];

        void load(int row, XorAppender appender, byte[] chunks) {
            appender.load(
                    chunks,
                    row * CHUNK_BYTES_MAX,
                    bitPosition[row],
                    count[row],
                    lastTimestampMillis[row],
                    lastDeltaMillis[row],
                    lastValueBits[row],
                    leading[row],
                    trailing[row]);
        }

        void save(int row, XorAppender appender) {
            bitPosition[row] = appender.bitPosition();
            count[row] = appender.count();
            lastTimestampMillis[row] = appender.lastTimestampMillis();
            lastDeltaMillis[row] = appender.lastDeltaMillis();
            lastValueBits[row] = appender.lastValueBits();
            leading[row] = (byte) appender.leading();
            trailing[row] = (byte) appender.trailing();
        }
    }
}

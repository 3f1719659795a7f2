package dev.cairndb.io;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Time for each block of 64 KiB of label-like text. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class SnappyBenchmark {
    private static final int SIZE_BYTES = 1 << 16;

    private final SnappyCompressor compressor = new SnappyCompressor();
    private final byte[] plain = new byte[SIZE_BYTES];
    private final byte[] compressed = new byte[Snappy.compressedSizeBytesMax(SIZE_BYTES)];
    private final byte[] restored = new byte[SIZE_BYTES];
    private int compressedSize;

    @Setup
    public void makeText() {
        StringBuilder text = new StringBuilder();
        for (int series = 0; text.length() < SIZE_BYTES; series++) {
            text.append("http_requests_total{job=\"api\",instance=\"10.0.")
                    .append(series / 7)
                    .append(':');
            text.append(series * 31 % 9973)
                    .append("\",code=\"")
                    .append(200 + series % 5)
                    .append("\"} ");
        }
        System.arraycopy(text.toString().getBytes(StandardCharsets.US_ASCII), 0, plain, 0, SIZE_BYTES);
        compressedSize = compress();
    }

    @Benchmark
    public int compress() {
        return compressor.compress(plain, 0, SIZE_BYTES, compressed, 0);
    }

    @Benchmark
    public int decompress() throws MalformedSnappyException {
        return Snappy.decompress(compressed, 0, compressedSize, restored, 0, SIZE_BYTES);
    }

    @Benchmark
    public int crc() {
        return Crc32c.of(plain, 0, SIZE_BYTES);
    }
}

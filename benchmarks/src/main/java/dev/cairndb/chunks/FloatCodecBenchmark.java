package dev.cairndb.chunks;

import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
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

/** Time for each sample of chunks of floats, of this library's codecs and others, over the same data. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class FloatCodecBenchmark {
    private static final int SAMPLES = FloatChunks.CHUNKS * FloatChunks.SAMPLES;

    /** A name known to {@link FloatCodecs}, or a class that implements {@link FloatCodec}. */
    @Param({"xor", "xor2", "gorilla-tsc", "tsfile", "fastpfor"})
    private String codec;

    @Param
    private FloatChunks data;

    private final long[] decodedTimestampsMillis = new long[FloatChunks.SAMPLES];
    private final long[] decodedValueBits = new long[FloatChunks.SAMPLES];
    private FloatCodec measured;
    private long[][] timestampsMillis;
    private long[][] valueBits;

    /** The size of what is measured, which JMH shows beside the times. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Size {
        private double bytesPerSample;

        public double bytesPerSample() {
            return bytesPerSample;
        }
    }

    @Setup
    public void encodeAll() throws IOException {
        measured = FloatCodecs.create(codec);
        timestampsMillis = data.timestampsMillis();
        valueBits = data.valueBits();
        for (int i = 0; i < FloatChunks.CHUNKS; i++) {
            measured.encode(i, timestampsMillis[i], valueBits[i]);
        }
        for (int i = 0; i < FloatChunks.CHUNKS; i++) {
            measured.decode(i, decodedTimestampsMillis, decodedValueBits);
            if (!Arrays.equals(timestampsMillis[i], decodedTimestampsMillis)
                    || measured.keepsValues() && !Arrays.equals(valueBits[i], decodedValueBits)) {
                throw new IllegalStateException(codec + " does not give back chunk " + i + " of " + data);
            }
        }
    }

    /** Each chunk from its first sample to its last. */
    @Benchmark
    @OperationsPerInvocation(SAMPLES)
    public long encode(Size size) {
        long bytes = 0;
        for (int i = 0; i < FloatChunks.CHUNKS; i++) {
            bytes += measured.encode(i, timestampsMillis[i], valueBits[i]);
        }
        size.bytesPerSample = (double) bytes / SAMPLES;
        return bytes;
    }

    /** Whole chunks into arrays. */
    @Benchmark
    @OperationsPerInvocation(SAMPLES)
    public long decode() throws IOException {
        for (int i = 0; i < FloatChunks.CHUNKS; i++) {
            measured.decode(i, decodedTimestampsMillis, decodedValueBits);
        }
        return decodedTimestampsMillis[0];
    }

    /** Sample by sample. */
    @Benchmark
    @OperationsPerInvocation(SAMPLES)
    public long walk() throws IOException {
        long sum = 0;
        for (int i = 0; i < FloatChunks.CHUNKS; i++) {
            sum ^= measured.walk(i, decodedTimestampsMillis, decodedValueBits);
        }
        return sum;
    }
}

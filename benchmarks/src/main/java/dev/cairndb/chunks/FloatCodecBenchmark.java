package dev.cairndb.chunks;

import dev.cairndb.ShortBenchmark;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Time for each sample of chunks of floats, of this library's codecs and others, over the same data. */
public class FloatCodecBenchmark extends ShortBenchmark {
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

    /** The size of chunks, which JMH shows beside the times. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Size {
        private double bytesPerSample;

        public double bytesPerSample() {
            return bytesPerSample;
        }
    }

    /** The CPU time, which tells more than that of the clock on a machine with other work. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Cpu {
        private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        private long beganNanos;
        private long samples;
        private double nanosPerSample;

        @Setup(Level.Iteration)
        public void begin() {
            samples = 0;
            beganNanos = threads.getCurrentThreadCpuTime();
        }

        void count() {
            samples += SAMPLES;
        }

        @TearDown(Level.Iteration)
        public void end() {
            nanosPerSample = (double) (threads.getCurrentThreadCpuTime() - beganNanos) / samples;
        }

        public double cpuNanosPerSample() {
            return nanosPerSample;
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
    public long encode(Size size, Cpu cpu) {
        cpu.count();
        long bytes = 0;
        for (int i = 0; i < FloatChunks.CHUNKS; i++) {
            bytes += measured.encode(i, timestampsMillis[i], valueBits[i]);
        }
        size.bytesPerSample = (double) bytes / SAMPLES;
        return bytes;
    }

    /** The same sample by sample. */
    @Benchmark
    @OperationsPerInvocation(SAMPLES)
    public long append(Cpu cpu) {
        cpu.count();
        long bytes = 0;
        for (int i = 0; i < FloatChunks.CHUNKS; i++) {
            bytes += measured.append(i, timestampsMillis[i], valueBits[i]);
        }
        return bytes;
    }

    /** Whole chunks into arrays. */
    @Benchmark
    @OperationsPerInvocation(SAMPLES)
    public long decode(Cpu cpu) throws IOException {
        cpu.count();
        for (int i = 0; i < FloatChunks.CHUNKS; i++) {
            measured.decode(i, decodedTimestampsMillis, decodedValueBits);
        }
        return decodedTimestampsMillis[0];
    }

    /** Sample by sample. */
    @Benchmark
    @OperationsPerInvocation(SAMPLES)
    public long walk(Cpu cpu) throws IOException {
        cpu.count();
        long sum = 0;
        for (int i = 0; i < FloatChunks.CHUNKS; i++) {
            sum ^= measured.walk(i, decodedTimestampsMillis, decodedValueBits);
        }
        return sum;
    }
}

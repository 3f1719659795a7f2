package dev.cairndb.chunks;

import java.util.Random;

/**
 * Chunks of samples of many series, the same ones in every run. Timestamps are off by up to 10 ms of a 15 s interval.
 */
public enum FloatChunks {
    /** In equal parts: constants, counters, gauges with one decimal that often stay, random walks of full precision. */
    MIXED {
        @Override
        double next(int chunk, double last, Random random) {
            return switch (chunk % 4) {
                case 0 -> last;
                case 1 -> last + random.nextInt(200);
                case 2 -> random.nextBoolean() ? last : Math.round(last * 10 + random.nextInt(21) - 10) / 10.0;
                default -> last + random.nextGaussian();
            };
        }
    },
    /** Constants: all that changes is the time. */
    TIMES {
        @Override
        double next(int chunk, double last, Random random) {
            return last;
        }
    };

    /** What Prometheus puts into one chunk. */
    static final int SAMPLES = 120;

    /** Enough that no processor learns them by heart. */
    static final int CHUNKS = 512;

    private static final int INTERVAL_MILLIS = 15_000;
    private static final int JITTER_MILLIS = 10;
    private static final long START_MILLIS = 1_750_000_000_000L;
    private static final long SEED = 42;

    abstract double next(int chunk, double last, Random random);

    /** By chunk and sample. */
    long[][] timestampsMillis() {
        Random random = new Random(SEED);
        long[][] timestamps = new long[CHUNKS][SAMPLES];
        for (long[] chunk : timestamps) {
            for (int i = 0; i < SAMPLES; i++) {
                chunk[i] = START_MILLIS + (long) i * INTERVAL_MILLIS + random.nextInt(2 * JITTER_MILLIS + 1);
            }
        }
        return timestamps;
    }

    /** By chunk and sample. */
    long[][] valueBits() {
        Random random = new Random(SEED + 1);
        long[][] values = new long[CHUNKS][SAMPLES];
        for (int chunk = 0; chunk < CHUNKS; chunk++) {
            double value = random.nextInt(1000);
            for (int i = 0; i < SAMPLES; i++) {
                value = next(chunk, value, random);
                values[chunk][i] = Double.doubleToRawLongBits(value);
            }
        }
        return values;
    }
}

package dev.cairndb.chunks;

import java.util.Random;

/** Samples of a shape that is common in practice, the same ones in every run. */
public enum Series {
    /** A counter of requests, scraped with some jitter. */
    COUNTER,
    /** A temperature with one decimal. */
    GAUGE,
    /** Whole random doubles, which do not compress. */
    NOISE,
    /** The same value again and again, on time. */
    CONSTANT;

    /** What Prometheus puts into one chunk. */
    public static final int SAMPLES = 120;

    private static final int INTERVAL_MILLIS = 15_000;
    private static final long START_MILLIS = 1_750_000_000_000L;

    long[] timestampsMillis() {
        Random random = new Random(1);
        long[] timestamps = new long[SAMPLES];
        for (int i = 0; i < SAMPLES; i++) {
            int jitterMillis = this == CONSTANT ? 0 : random.nextInt(20) - 10;
            timestamps[i] = START_MILLIS + (long) i * INTERVAL_MILLIS + jitterMillis;
        }
        return timestamps;
    }

    long[] valueBits() {
        Random random = new Random(2);
        long[] bits = new long[SAMPLES];
        double value = 100;
        for (int i = 0; i < SAMPLES; i++) {
            value = switch (this) {
                case COUNTER -> value + random.nextInt(200);
                case GAUGE -> Math.round((20 + random.nextGaussian()) * 10) / 10.0;
                case NOISE -> random.nextDouble();
                case CONSTANT -> 1;
            };
            bits[i] = Double.doubleToRawLongBits(value);
        }
        return bits;
    }
}

package dev.cairndb.receiver;

/** Times, counted in classes that grow by a sixteenth. Not thread-safe. */
final class Latencies {
    private static final double GROWTH = Math.log(1 + 1 / 16.0);

    private final long[] counts = new long[512];

    void add(long nanos) {
        counts[Math.min(counts.length - 1, (int) (Math.log(Math.max(1, nanos / 1000.0)) / GROWTH))]++;
    }

    void add(Latencies other) {
        for (int i = 0; i < counts.length; i++) {
            counts[i] += other.counts[i];
        }
    }

    double quantileMillis(double quantile) {
        long total = 0;
        for (long count : counts) {
            total += count;
        }
        long seen = 0;
        for (int i = 0; i < counts.length; i++) {
            seen += counts[i];
            if (seen > 0 && seen >= quantile * total) {
                return Math.exp((i + 1) * GROWTH) / 1000;
            }
        }
        return 0;
    }
}

package dev.cairndb.remote;

/**
 * Bounds checked while a request is decoded, before the work: what goes over one of them is a {@link
 * RequestTooLargeException}. They bound the decoder's memory too, which is the decompressed body plus, for each of what
 * is in it, 24 bytes (series, sample), 28 (histogram), 20 (exemplar), 16 (label), 32 (metadata) and 9 (symbol), and as
 * much again while columns grow.
 *
 * @param decompressedBytesMax declared size of the snappy block
 * @param seriesMax time series in a request; as many metadata entries
 * @param labelsMax labels in a request, those of all series and exemplars together; as many symbols
 * @param samplesMax samples (of any kind) and exemplars in a request
 */
public record RemoteWriteLimits(int decompressedBytesMax, int seriesMax, int labelsMax, int samplesMax) {
    public RemoteWriteLimits {
        if (decompressedBytesMax < 1 || seriesMax < 1 || labelsMax < 1 || samplesMax < 1) {
            throw new IllegalArgumentException("limits must be positive: " + decompressedBytesMax + ", " + seriesMax
                    + ", " + labelsMax + ", " + samplesMax);
        }
    }

    /**
     * 32 MiB decompressed as in Prometheus. The counts are those that a body of that size cannot reach with series that
     * could be stored (a label needs 8 bytes, a sample of our days 9, a series 28): they stop bodies of empty messages,
     * which would cost ten times their size in memory.
     */
    public static RemoteWriteLimits defaults() {
        return new RemoteWriteLimits(32 << 20, 2 << 20, 4 << 20, 4 << 20);
    }
}

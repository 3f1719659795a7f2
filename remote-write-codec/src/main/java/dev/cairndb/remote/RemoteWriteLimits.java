package dev.cairndb.remote;

/**
 * Bounds checked while a request is decoded, before the work.
 *
 * @param decompressedBytesMax declared size of the snappy block
 * @param seriesMax time series in a request
 * @param samplesMax samples (of any kind) in a request
 */
public record RemoteWriteLimits(int decompressedBytesMax, int seriesMax, int samplesMax) {
    public RemoteWriteLimits {
        if (decompressedBytesMax < 1 || seriesMax < 1 || samplesMax < 1) {
            throw new IllegalArgumentException(
                    "limits must be positive: " + decompressedBytesMax + ", " + seriesMax + ", " + samplesMax);
        }
    }

    /** 32 MiB decompressed as in Prometheus; series and samples bounded by the bytes only. */
    public static RemoteWriteLimits defaults() {
        return new RemoteWriteLimits(32 << 20, Integer.MAX_VALUE, Integer.MAX_VALUE);
    }
}

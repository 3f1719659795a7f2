package dev.cairndb.chunks;

import org.jspecify.annotations.Nullable;

/** What makes a native histogram valid, and when two are the same. */
@SuppressWarnings("DoNotCallSuggester")
public final class HistogramChecks {
    private HistogramChecks() {}

    /**
     * Why Prometheus would refuse the histogram (model/histogram, Validate), or null if it is valid. Schemas over 8 are not
     * valid: see {@link HistogramResolution}.
     */
    public static @Nullable String problem(HistogramSample histogram) {
        throw new UnsupportedOperationException();
    }

    /**
     * Whether two histograms say the same: all numbers have the same bits, and each bucket the same count, whatever spans
     * and empty buckets they are written with. The reset hints are not compared. Stale markers are the same.
     */
    public static boolean areEqual(HistogramSample a, HistogramSample b) {
        throw new UnsupportedOperationException();
    }
}

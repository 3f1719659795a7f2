package dev.cairndb.receiver;

import dev.cairndb.tsdb.TsdbOptions;
import dev.cairndb.tsdb.TsdbOptions.SeriesLimits;
import dev.cairndb.tsdb.TsdbOptions.WriteLimits;

/**
 * What a tenant may write; 0 is no limit.
 *
 * @param requestBytesMax of one request, packed or unpacked
 * @param requestSeriesMax series of one request
 * @param requestSamplesMax samples and histograms of one request
 * @param seriesMax active series
 * @param seriesPerMetricMax active series with one metric name
 * @param writes rates, and what may be in flight
 */
record TenantLimits(
        long requestBytesMax,
        long requestSeriesMax,
        long requestSamplesMax,
        long seriesMax,
        long seriesPerMetricMax,
        WriteLimits writes) {
    static final TenantLimits NONE = new TenantLimits(0, 0, 0, 0, 0, WriteLimits.none());

    /** The options with these limits; what this does not limit is limited as in {@code defaults}. */
    TsdbOptions applyTo(TsdbOptions defaults) {
        SeriesLimits series = defaults.limits();
        return defaults.withWriteLimits(writes)
                .withLimits(new SeriesLimits(
                        limitOr(series.seriesMax(), seriesMax),
                        limitOr(series.seriesPerMetricMax(), seriesPerMetricMax),
                        series.labelsPerSeriesMax(),
                        series.labelNameBytesMax(),
                        series.labelValueBytesMax()));
    }

    private static int limitOr(int unlimited, long limit) {
        return limit == 0 ? unlimited : (int) Math.min(unlimited, limit);
    }
}

package dev.cairndb.receiver;

import dev.cairndb.tsdb.TsdbOptions;
import dev.cairndb.tsdb.TsdbOptions.SeriesLimits;
import dev.cairndb.tsdb.TsdbOptions.WriteLimits;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a tenant may write, and what is kept of it; 0 is no limit.
 *
 * @param requestBytesMax of one request, packed or unpacked
 * @param requestSeriesMax series of one request
 * @param requestSamplesMax samples and histograms of one request
 * @param seriesMax active series
 * @param seriesPerMetricMax active series with one metric name
 * @param writes rates, and what may be in flight
 * @param retention how long blocks are kept, zero for ever; null: as the flags say
 * @param retentionBytes bytes of blocks from which on the oldest are deleted; null: as the flags say
 */
record TenantLimits(
        long requestBytesMax,
        long requestSeriesMax,
        long requestSamplesMax,
        long seriesMax,
        long seriesPerMetricMax,
        WriteLimits writes,
        @Nullable Duration retention,
        @Nullable Long retentionBytes) {
    static final TenantLimits NONE = new TenantLimits(0, 0, 0, 0, 0, WriteLimits.none(), null, null);

    /** The options with these limits; what this does not limit is limited as in {@code defaults}. */
    TsdbOptions applyTo(TsdbOptions defaults) {
        SeriesLimits series = defaults.limits();
        return defaults.withWriteLimits(writes)
                .withRetention(retention == null ? defaults.retention() : retention)
                .withRetentionBytes(retentionBytes == null ? defaults.retentionBytes() : retentionBytes)
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

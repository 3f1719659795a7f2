package dev.cairndb.tsdb;

import java.util.List;

/**
 * Which labels the series of the head have most of, the figures of Prometheus' {@code /api/v1/status/tsdb}. Each list
 * has the largest counts, largest first. Immutable.
 *
 * @param labelPairs different pairs of name and value
 * @param seriesByMetricName series of a metric name
 * @param valuesByLabelName different values of a label name
 * @param bytesByLabelName bytes of a label's names and values if each series had a copy of its own, by label name
 * @param seriesByLabelPair series with a label, written {@code name=value}
 */
public record LabelStats(
        long labelPairs,
        List<Count> seriesByMetricName,
        List<Count> valuesByLabelName,
        List<Count> bytesByLabelName,
        List<Count> seriesByLabelPair) {
    public LabelStats {
        seriesByMetricName = List.copyOf(seriesByMetricName);
        valuesByLabelName = List.copyOf(valuesByLabelName);
        bytesByLabelName = List.copyOf(bytesByLabelName);
        seriesByLabelPair = List.copyOf(seriesByLabelPair);
    }

    /** How many there are of something. */
    public record Count(String name, long value) {}
}

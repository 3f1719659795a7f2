package dev.cairndb.results;

import java.util.List;

/**
 * What was measured of one thing several times.
 *
 * @param group the benchmark, or what else belongs together
 * @param name what was done, with which parameters
 * @param subject whose figure it is: {@code CairnDB}, a codec, the program of somebody else
 * @param values in the order they were measured
 */
public record Figure(
        String group, String name, String subject, String unit, boolean higherIsBetter, List<Double> values) {
    public Figure {
        values = List.copyOf(values);
        if (values.isEmpty()) {
            throw new IllegalArgumentException("nothing measured: " + group + ", " + name + ", " + subject);
        }
    }

    String key() {
        return group + " / " + name + " / " + subject;
    }

    double min() {
        return values.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
    }

    double max() {
        return values.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
    }

    /** The least disturbed of the values. */
    double best() {
        return higherIsBetter ? max() : min();
    }

    double median() {
        double[] sorted =
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        int half = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }
}

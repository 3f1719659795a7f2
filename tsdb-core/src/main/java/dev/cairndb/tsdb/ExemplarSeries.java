package dev.cairndb.tsdb;

import dev.cairndb.index.Labels;
import java.util.List;

/**
 * The exemplars of one series, from {@link Tsdb#exemplars}. Immutable.
 *
 * @param labels the labels of the series
 * @param exemplars in ascending time, at least one
 */
public record ExemplarSeries(Labels labels, List<Exemplar> exemplars) {
    public ExemplarSeries {
        exemplars = List.copyOf(exemplars);
    }
}

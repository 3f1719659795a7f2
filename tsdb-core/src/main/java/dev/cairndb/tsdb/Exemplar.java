package dev.cairndb.tsdb;

import dev.cairndb.index.Labels;

/**
 * An example behind a series' values, most often a trace. Immutable.
 *
 * @param labels what the sender says of it, for example the trace's id
 */
public record Exemplar(Labels labels, long timestampMillis, double value) {}

package dev.cairndb.tsdb;

import dev.cairndb.remote.MetricType;

/**
 * What senders say of a metric family. Immutable.
 *
 * @param family name of the family: that of its series without what the type adds to it, such as {@code _bucket}
 * @param unit empty if none was given
 * @param help empty if none was given
 */
public record MetricMetadata(String family, MetricType type, String unit, String help) {}

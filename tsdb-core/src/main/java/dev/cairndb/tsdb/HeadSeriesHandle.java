package dev.cairndb.tsdb;

import dev.cairndb.index.Labels;
import dev.cairndb.tsdb.internal.head.SeriesKey;

/** A handle that remembers the row of its series. */
record HeadSeriesHandle(SeriesKey key) implements SeriesHandle {
    @Override
    public Labels labels() {
        return key.labels();
    }
}

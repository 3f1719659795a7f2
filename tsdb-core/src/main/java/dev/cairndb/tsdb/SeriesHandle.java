package dev.cairndb.tsdb;

import dev.cairndb.index.Labels;

/**
 * A series to append to, from {@link Tsdb#series}. Keep it: an append through a handle skips the lookup. A handle stays
 * usable when its series left the head meanwhile; the next append brings the series back. Thread-safe.
 */
public sealed interface SeriesHandle permits HeadSeriesHandle {
    Labels labels();
}

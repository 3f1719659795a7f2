package dev.cairndb.tsdb.internal.wal;

import java.util.Comparator;

/**
 * A place between two records of the log.
 *
 * @param segment number of a segment
 * @param offset of a byte in it; its length for a place behind all of its records
 */
public record LogPosition(int segment, long offset) implements Comparable<LogPosition> {
    private static final Comparator<LogPosition> ORDER =
            Comparator.comparingInt(LogPosition::segment).thenComparingLong(LogPosition::offset);

    @Override
    public int compareTo(LogPosition other) {
        return ORDER.compare(this, other);
    }
}

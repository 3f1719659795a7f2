package dev.cairndb.tsdb;

/**
 * A range of time in milliseconds since the epoch, both ends inclusive.
 *
 * @param minTimestampMillis first instant of the range
 * @param maxTimestampMillis last instant of the range, not before the first
 */
public record TimeRange(long minTimestampMillis, long maxTimestampMillis) {
    private static final TimeRange ALL = new TimeRange(Long.MIN_VALUE, Long.MAX_VALUE);

    public TimeRange {
        if (minTimestampMillis > maxTimestampMillis) {
            throw new IllegalArgumentException(
                    "a range cannot end before it begins: " + minTimestampMillis + ".." + maxTimestampMillis);
        }
    }

    public static TimeRange ofMillis(long minTimestampMillis, long maxTimestampMillis) {
        return new TimeRange(minTimestampMillis, maxTimestampMillis);
    }

    /** All of time. */
    public static TimeRange all() {
        return ALL;
    }
}

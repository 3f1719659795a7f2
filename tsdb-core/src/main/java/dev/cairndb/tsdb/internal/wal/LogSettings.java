package dev.cairndb.tsdb.internal.wal;

import dev.cairndb.tsdb.Durability;

/**
 * @param segmentSizeBytesMax a multiple of the 32 KiB page; only a single commit larger than this exceeds it
 * @param syncIntervalMillis with {@link Durability#INTERVAL}: bytes are synced at most this long after their write
 * @param pendingBytesMax submitted but not yet written bytes at which further writes wait, then are refused
 * @param retryIntervalMillis between attempts to write while the log is unavailable
 */
public record LogSettings(
        int segmentSizeBytesMax,
        LogCompression compression,
        Durability durability,
        long syncIntervalMillis,
        long pendingBytesMax,
        long retryIntervalMillis) {

    public LogSettings {
        if (segmentSizeBytesMax < SegmentDescriptor.PAGE_SIZE_BYTES
                || segmentSizeBytesMax % SegmentDescriptor.PAGE_SIZE_BYTES != 0) {
            throw new IllegalArgumentException("segmentSizeBytesMax must be a multiple of "
                    + SegmentDescriptor.PAGE_SIZE_BYTES + ": " + segmentSizeBytesMax);
        }
        if (syncIntervalMillis <= 0 || pendingBytesMax <= 0 || retryIntervalMillis <= 0) {
            throw new IllegalArgumentException("intervals and limits must be positive: syncIntervalMillis="
                    + syncIntervalMillis + ", pendingBytesMax=" + pendingBytesMax + ", retryIntervalMillis="
                    + retryIntervalMillis);
        }
    }

    public static LogSettings defaults() {
        return new LogSettings(128 << 20, LogCompression.SNAPPY, Durability.SYNC, 1_000, 64 << 20, 1_000);
    }

    public LogSettings withSegmentSizeBytesMax(int value) {
        return new LogSettings(
                value, compression, durability, syncIntervalMillis, pendingBytesMax, retryIntervalMillis);
    }

    public LogSettings withCompression(LogCompression value) {
        return new LogSettings(
                segmentSizeBytesMax, value, durability, syncIntervalMillis, pendingBytesMax, retryIntervalMillis);
    }

    public LogSettings withDurability(Durability value) {
        return new LogSettings(
                segmentSizeBytesMax, compression, value, syncIntervalMillis, pendingBytesMax, retryIntervalMillis);
    }

    public LogSettings withSyncIntervalMillis(long value) {
        return new LogSettings(
                segmentSizeBytesMax, compression, durability, value, pendingBytesMax, retryIntervalMillis);
    }

    public LogSettings withPendingBytesMax(long value) {
        return new LogSettings(
                segmentSizeBytesMax, compression, durability, syncIntervalMillis, value, retryIntervalMillis);
    }

    public LogSettings withRetryIntervalMillis(long value) {
        return new LogSettings(
                segmentSizeBytesMax, compression, durability, syncIntervalMillis, pendingBytesMax, value);
    }
}

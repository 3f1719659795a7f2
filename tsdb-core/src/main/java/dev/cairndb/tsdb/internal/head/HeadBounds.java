package dev.cairndb.tsdb.internal.head;

/**
 * The times a head holds and accepts. Written under the commit lock, read by anybody.
 */
final class HeadBounds {
    private final long chunkRangeMillis;
    private volatile long minMillis = Long.MAX_VALUE;
    private volatile long maxMillis = Long.MIN_VALUE;
    /** Everything before is in blocks, or being cut into one. */
    private volatile long floorMillis = Long.MIN_VALUE;

    private long minSinceScanMillis = Long.MAX_VALUE;

    HeadBounds(long chunkRangeMillis) {
        this.chunkRangeMillis = chunkRangeMillis;
    }

    void include(long newMinMillis, long newMaxMillis) {
        minSinceScanMillis = Math.min(minSinceScanMillis, newMinMillis);
        if (newMinMillis < minMillis) {
            minMillis = newMinMillis;
        }
        if (newMaxMillis > maxMillis) {
            maxMillis = newMaxMillis;
        }
    }

    void raiseFloor(long newFloorMillis) {
        floorMillis = Math.max(floorMillis, newFloorMillis);
    }

    /** From now on {@link #finishScan} knows what was appended beside the scan of the rows. */
    void beginScan() {
        minSinceScanMillis = Long.MAX_VALUE;
    }

    /** After a truncation: {@code scannedMinMillis} is the oldest of what was there before the scan. */
    void finishScan(long scannedMinMillis) {
        minMillis = Math.min(scannedMinMillis, minSinceScanMillis);
    }

    long minMillis() {
        return minMillis;
    }

    long maxMillis() {
        return maxMillis;
    }

    long floorMillis() {
        return floorMillis;
    }

    /** The oldest timestamp of late samples that are accepted now. */
    long oldestLateMillis(long windowMillis) {
        // A head without samples begins where the blocks end.
        long newest = Math.max(maxMillis, floorMillis);
        return newest < Long.MIN_VALUE + windowMillis ? Long.MIN_VALUE : newest - windowMillis;
    }

    /** The oldest timestamp that is accepted now in order: half a range behind the newest, and in no block. */
    long minValidMillis() {
        long max = maxMillis;
        long reach = chunkRangeMillis / 2;
        // Near the beginning of time there is no half range behind the newest sample.
        return max < Long.MIN_VALUE + reach ? floorMillis : Math.max(floorMillis, max - reach);
    }
}

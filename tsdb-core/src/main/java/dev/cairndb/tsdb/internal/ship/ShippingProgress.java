package dev.cairndb.tsdb.internal.ship;

import dev.cairndb.tsdb.TsdbStats;
import java.util.concurrent.atomic.LongAdder;

/**
 * How far shipping is. Written by the thread that ships, read by any: figures that belong together may be some bytes
 * apart.
 */
final class ShippingProgress {
    private final LongAdder passes = new LongAdder();
    private final LongAdder passesFailed = new LongAdder();
    private final LongAdder blocksFailed = new LongAdder();
    private final LongAdder bytesSent = new LongAdder();
    private volatile int blocksWaiting;
    /** Of blocks that were not begun, and files that were not. */
    private volatile long bytesBehind;
    /** Of the file under way. */
    private volatile long fileBytes;

    private volatile long fileBytesDone;

    /** What is to be sent, at the beginning of a pass or at its end. */
    void waiting(int blocks, long bytes) {
        blocksWaiting = blocks;
        bytesBehind = bytes;
        fileBytes = 0;
        fileBytesDone = 0;
    }

    void passEnded(boolean failed) {
        passes.increment();
        if (failed) {
            passesFailed.increment();
        }
    }

    void blockFailed() {
        blocksFailed.increment();
    }

    /** A block is in the bucket, or will not come there. */
    void blockDone(long bytesBehindIt) {
        waiting(Math.max(0, blocksWaiting - 1), bytesBehindIt);
    }

    /** @param bytesBehindFile of what waits apart from the file */
    void fileBegun(long bytes, long bytesBehindFile) {
        fileBytes = bytes;
        fileBytesDone = 0;
        bytesBehind = Math.max(0, bytesBehindFile);
    }

    /** @param position how far the file was read, which may be again */
    void bytesPassed(int count, long position) {
        bytesSent.add(count);
        fileBytesDone = position;
    }

    TsdbStats.Shipping figures() {
        long bytes = bytesBehind + Math.max(0, fileBytes - fileBytesDone);
        return new TsdbStats.Shipping(
                passes.sum(), passesFailed.sum(), blocksFailed.sum(), blocksWaiting, bytes, bytesSent.sum());
    }
}

package dev.cairndb.tsdb.internal.wal;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * Buffers for the logs of all stores of a runtime: a log without work owns none. Bounded in number, and a buffer that
 * has grown large is not kept. Thread-safe.
 */
public final class LogPool {
    private static final long BATCH_CAPACITY_BYTES_MAX = 1 << 20;
    private static final long SCRATCH_CAPACITY_BYTES_MAX = 8 << 20;

    private final BlockingQueue<LogBatch> batches;
    private final BlockingQueue<LogScratch> scratches;

    /**
     * @param batchesMax kept at most, about as many as requests in flight
     * @param scratchesMax kept at most, about as many as threads that write logs
     */
    public LogPool(int batchesMax, int scratchesMax) {
        batches = new ArrayBlockingQueue<>(batchesMax);
        scratches = new ArrayBlockingQueue<>(scratchesMax);
    }

    LogBatch takeBatch() {
        LogBatch batch = batches.poll();
        return batch != null ? batch : new LogBatch();
    }

    void giveBatch(LogBatch batch) {
        batch.clear();
        if (batch.capacityBytes() <= BATCH_CAPACITY_BYTES_MAX) {
            boolean unused = batches.offer(batch);
        }
    }

    LogScratch takeScratch() {
        LogScratch scratch = scratches.poll();
        return scratch != null ? scratch : new LogScratch();
    }

    void giveScratch(LogScratch scratch) {
        if (scratch.capacityBytes() <= SCRATCH_CAPACITY_BYTES_MAX) {
            boolean unused = scratches.offer(scratch);
        }
    }
}

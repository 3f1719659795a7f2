package dev.cairndb.receiver;

import java.util.concurrent.ArrayBlockingQueue;

/**
 * Buffers for bodies of requests, of sizes that double. Small ones are kept for the next request, within a bound; large
 * ones are left to the garbage collector. Thread-safe. A buffer belongs to whoever took it until it is given back.
 */
final class BodyBuffers {
    private static final int SMALLEST_SHIFT = 12;
    private static final int LARGEST_KEPT_SHIFT = 20;
    private static final long KEPT_BYTES_PER_SIZE = 4 << 20;

    private final ArrayBlockingQueue<byte[]>[] kept;

    BodyBuffers() {
        @SuppressWarnings({"unchecked", "rawtypes"})
        ArrayBlockingQueue<byte[]>[] queues = new ArrayBlockingQueue[LARGEST_KEPT_SHIFT - SMALLEST_SHIFT + 1];
        for (int i = 0; i < queues.length; i++) {
            queues[i] = new ArrayBlockingQueue<>((int) (KEPT_BYTES_PER_SIZE >> (SMALLEST_SHIFT + i)));
        }
        kept = queues;
    }

    /** The size of the buffer that {@link #take} gives for so many bytes. */
    static int sizeFor(int bytes) {
        int shift = shiftFor(bytes);
        return shift > LARGEST_KEPT_SHIFT ? bytes : 1 << shift;
    }

    byte[] take(int bytes) {
        int shift = shiftFor(bytes);
        byte[] found = shift > LARGEST_KEPT_SHIFT ? null : kept[shift - SMALLEST_SHIFT].poll();
        return found != null ? found : new byte[sizeFor(bytes)];
    }

    void give(byte[] buffer) {
        int shift = shiftFor(buffer.length);
        if (shift <= LARGEST_KEPT_SHIFT && buffer.length == 1 << shift) {
            boolean unused = kept[shift - SMALLEST_SHIFT].offer(buffer);
        }
    }

    private static int shiftFor(int bytes) {
        return Math.max(SMALLEST_SHIFT, 32 - Integer.numberOfLeadingZeros(Math.max(1, bytes) - 1));
    }
}

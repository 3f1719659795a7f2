package dev.cairndb.receiver;

import static org.junit.jupiter.api.Assertions.assertTrue;

/** Waits until the receiver's metrics say that requests under way hold so many bytes. */
final class ByteBudgetWatch {
    private static final long PATIENCE_NANOS = 20_000_000_000L;

    private ByteBudgetWatch() {}

    static void await(RunningReceiver receiver, long bytes) throws Exception {
        long begin = System.nanoTime();
        double[] found = {-1};
        while (found[0] != bytes) {
            assertTrue(System.nanoTime() - begin < PATIENCE_NANOS, "expected " + bytes + ", found " + found[0]);
            TextFormatReader.read(receiver.get(receiver.admin("/metrics")).body(), (name, labels, value) -> {
                if (name.equals("cairn_receiver_in_flight_bytes")) {
                    found[0] = value;
                }
            });
        }
    }
}

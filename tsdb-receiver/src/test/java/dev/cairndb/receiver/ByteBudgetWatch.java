package dev.cairndb.receiver;

/** Waits until the receiver's metrics say that requests under way hold so many bytes. */
final class ByteBudgetWatch {
    private ByteBudgetWatch() {}

    static void await(RunningReceiver receiver, long bytes) throws Exception {
        double[] found = {-1};
        Patience.await(() -> "expected " + bytes + ", found " + found[0], () -> {
            TextFormatReader.read(receiver.get(receiver.admin("/metrics")).body(), (name, labels, value) -> {
                if (name.equals("cairn_receiver_in_flight_bytes")) {
                    found[0] = value;
                }
            });
            return found[0] == bytes;
        });
    }
}

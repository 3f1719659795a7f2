package dev.cairndb.receiver.grpc;

import io.grpc.Status;
import java.util.concurrent.CompletionStage;

/** What the service that writes needs of the receiver. Thread-safe. */
public interface WriteAccess {
    /**
     * Stores series.
     *
     * @param message bytes of a {@code prometheus.WriteRequest} with fields for series alone; not changed any more
     * @return completes when they are durable, or could not be stored; never exceptionally
     */
    CompletionStage<Status> write(String tenant, byte[] message, int offset, int length);
}

package dev.cairndb.receiver.grpc;

import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.CorruptionException;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;

/** {@code grpc.health.v1.Health}, of the server as a whole; Watch is left out. Stateless but for its access. */
final class HealthService {
    private static final String NAME = "grpc.health.v1.Health";
    private static final int SERVING = 1;
    private static final int NOT_SERVING = 2;

    private final StoreAccess access;

    HealthService(StoreAccess access) {
        this.access = access;
    }

    ServerServiceDefinition definition() {
        return ServerServiceDefinition.builder(NAME)
                .addMethod(Calls.unary(NAME + "/Check", access, this::check))
                .build();
    }

    private void check(byte[] message, Reply reply) throws CorruptionException {
        ProtoReader in = new ProtoReader("HealthCheckRequest", message);
        String service = "";
        for (int field = in.next(); field != 0; field = in.next()) {
            if (field == 1) {
                service = in.text();
            }
        }
        if (!service.isEmpty()) {
            reply.fail(Status.NOT_FOUND.withDescription("unknown service"));
            return;
        }
        ByteWriter answer = new ByteWriter(2);
        ProtoWriter.number(answer, 1, access.isReady() ? SERVING : NOT_SERVING);
        reply.answer(Message.of(answer));
    }
}

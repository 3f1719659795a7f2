package dev.cairndb.receiver.grpc;

import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.CorruptionException;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * {@code thanos.WriteableStore}: what a router of Thanos forwards. Stateless but for its access.
 *
 * <p>A request of several tenants is answered with the worst of what became of its parts: whatever may succeed the next
 * time comes before what never will, since the router sends all of it again, and samples that are stored already do no
 * harm.
 */
final class WriteableStoreService {
    private static final String NAME = "thanos.WriteableStore";
    private static final List<Status.Code> FROM_BAD_TO_GOOD = List.of(
            Status.Code.UNAVAILABLE,
            Status.Code.INTERNAL,
            Status.Code.RESOURCE_EXHAUSTED,
            Status.Code.INVALID_ARGUMENT,
            Status.Code.ALREADY_EXISTS,
            Status.Code.OK);

    private final StoreAccess stores;
    private final WriteAccess writes;

    WriteableStoreService(StoreAccess stores, WriteAccess writes) {
        this.stores = stores;
        this.writes = writes;
    }

    ServerServiceDefinition definition() {
        return ServerServiceDefinition.builder(NAME)
                .addMethod(Calls.unary(NAME + "/RemoteWrite", stores, this::write))
                .build();
    }

    private void write(byte[] request, Reply reply) throws CorruptionException {
        List<WriteMessage.Part> parts = WriteMessage.parse(request);
        List<CompletableFuture<Status>> answers = new ArrayList<>(parts.size());
        for (WriteMessage.Part part : parts) {
            answers.add(writes.write(part.tenant(), request, part.offset(), part.length())
                    .toCompletableFuture());
        }
        var unused = CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
                .whenComplete((nothing, failure) -> answer(answers, failure, reply));
    }

    private void answer(List<CompletableFuture<Status>> answers, @Nullable Throwable failure, Reply reply) {
        if (failure != null) {
            stores.failed(NAME, failure);
            reply.fail(Status.INTERNAL.withDescription(failure.toString()));
            return;
        }
        List<Status> bad = answers.stream()
                .map(CompletableFuture::join)
                .filter(status -> !status.isOk())
                .sorted(Comparator.comparingInt(status -> FROM_BAD_TO_GOOD.indexOf(status.getCode())))
                .toList();
        if (bad.isEmpty()) {
            reply.answer(Message.of(new ByteWriter(0)));
            return;
        }
        Status worst = bad.get(0);
        reply.fail(
                bad.size() == 1
                        ? worst
                        : worst.withDescription("got " + bad.size()
                                + " errors while writing to multiple tenants, worst one: " + worst.getDescription()));
    }
}

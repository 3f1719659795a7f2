package dev.cairndb.receiver;

import dev.cairndb.receiver.grpc.WriteAccess;
import dev.cairndb.remote.KnownLabels;
import dev.cairndb.remote.RemoteWriteCompression;
import dev.cairndb.remote.RemoteWriteDecoder;
import dev.cairndb.remote.RemoteWriteRequest;
import dev.cairndb.remote.RemoteWriteVersion;
import io.grpc.Status;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Stores what a router forwards, in the same turns and within the same limits as what comes by HTTP. Thread-safe.
 *
 * <p>A router understands two answers besides OK: UNAVAILABLE, after which it leaves this receiver alone for a while,
 * and ALREADY_EXISTS, for what can never be stored. After any other it has the sender try again; so
 * trouble of one tenant alone is never UNAVAILABLE, as it is by HTTP.
 */
final class GrpcWrites implements WriteAccess {
    private static final int REJECTED = 409;

    private final WriteServices services;

    GrpcWrites(WriteServices services) {
        this.services = services;
    }

    @Override
    public CompletionStage<Status> write(String tenant, byte[] message, int offset, int length) {
        String name = tenant.isEmpty() ? services.settings().defaultTenant() : tenant;
        services.underWay().incrementAndGet();
        return begin(name, new Message(message, offset, length)).handle((outcome, failure) -> {
            services.underWay().decrementAndGet();
            return failure == null ? statusOf(outcome) : failed(name, failure);
        });
    }

    private static Status statusOf(WriteOutcome outcome) {
        Status status = switch (outcome.trouble()) {
            case NONE -> Status.OK;
            case MESSAGE -> Status.ALREADY_EXISTS;
            case TENANT -> Status.RESOURCE_EXHAUSTED;
            case STORE -> Status.INTERNAL;
            case RECEIVER -> Status.UNAVAILABLE;
        };
        return status.isOk() ? status : status.withDescription(outcome.answer().text());
    }

    private static Status failed(String tenantName, Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        Log.error("a forwarded write of tenant " + tenantName + " was not answered", cause);
        return Status.INTERNAL.withDescription(Log.describe(cause));
    }

    private CompletionStage<WriteOutcome> begin(String tenantName, Message message) {
        try {
            TenantLimits limits = services.tenantLimits().current().of(tenantName);
            WriteOutcome refusal = refusal(tenantName, message, limits);
            return refusal == null ? takeTurn(tenantName, message, limits) : CompletableFuture.completedStage(refusal);
        } catch (RuntimeException | Error e) {
            return CompletableFuture.failedStage(e);
        }
    }

    /** What is refused before it costs anything; null for nothing. */
    private @Nullable WriteOutcome refusal(String tenantName, Message message, TenantLimits limits) {
        if (!services.ready().getAsBoolean()) {
            return WriteAnswers.notReady();
        }
        String problem = TenantName.problem(tenantName);
        if (problem != null) {
            return WriteAnswers.badTenantName(problem);
        }
        if (limits.requestBytesMax() > 0 && message.length > limits.requestBytesMax()) {
            services.refused(tenantName, LimitMetrics.REQUEST_BYTES);
            return WriteAnswers.tooLarge(message.length, (int) limits.requestBytesMax());
        }
        return null;
    }

    private CompletionStage<WriteOutcome> takeTurn(String tenantName, Message message, TenantLimits limits) {
        ByteBudget.Share share = services.budget().join(tenantName);
        if (!share.tryTake(message.length)) {
            share.leave();
            services.refused(tenantName, LimitMetrics.IN_FLIGHT_BYTES);
            return CompletableFuture.completedStage(WriteAnswers.tooMuchInFlight(services.budget(), message.length));
        }
        WriteTurn turn = new WriteTurn(services, tenantName, limits, REJECTED, message);
        // The message is in memory until it is answered.
        CompletionStage<WriteOutcome> outcome = turn.outcome().whenComplete((ended, failure) -> {
            share.give(message.length);
            share.leave();
        });
        // Not here: this thread has many connections to go on with.
        turn.submit();
        return outcome;
    }

    /** A message that is unpacked already, and whose bytes are the caller's. */
    private final class Message implements WriteBody {
        private final byte[] bytes;
        private final int offset;
        private final int length;

        Message(byte[] bytes, int offset, int length) {
            this.bytes = bytes;
            this.offset = offset;
            this.length = length;
        }

        @Override
        public RemoteWriteVersion version() {
            return RemoteWriteVersion.V1;
        }

        @Override
        public int size() {
            return length;
        }

        @Override
        public long cost() {
            return length;
        }

        @Override
        public long decodingBytes() {
            return 0;
        }

        @Override
        public boolean take(long bytes) {
            return true;
        }

        @Override
        public void giveBack(long bytesTaken) {
            // Nothing was taken.
        }

        @Override
        public RemoteWriteRequest decode(RemoteWriteDecoder decoder, @Nullable KnownLabels known) throws IOException {
            return decoder.decode(
                    bytes, offset, length, RemoteWriteCompression.NONE, version(), services.limits(), known);
        }

        @Override
        public void release() {
            // The caller has it until it is answered.
        }
    }
}

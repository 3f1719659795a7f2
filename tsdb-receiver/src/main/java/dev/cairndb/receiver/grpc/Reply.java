package dev.cairndb.receiver.grpc;

import dev.cairndb.io.QueryStoppedException;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The answer to one call. {@link #send} waits for a client that reads slowly, {@link #cancelled} and {@link #ready}
 * come from the connection's thread; the other methods are for one thread at a time.
 */
final class Reply {
    /** A client that takes nothing for so long is given up. */
    static final long STALL_MILLIS_MAX = 60_000;

    private static final Metadata.Key<String> TENANT =
            Metadata.Key.of("THANOS-TENANT", Metadata.ASCII_STRING_MARSHALLER);
    private static final Metadata.Key<String> ENCODING =
            Metadata.Key.of("grpc-encoding", Metadata.ASCII_STRING_MARSHALLER);

    private final ServerCall<Calls.Received, Message> call;
    private final String tenant;
    private final boolean packs;
    private final StoreAccess access;
    private boolean begun;
    private boolean ended;
    private boolean cancelled;
    private @Nullable Runnable onCancel;

    Reply(ServerCall<Calls.Received, Message> call, Metadata headers, StoreAccess access) {
        this.call = call;
        this.access = access;
        String named = headers.get(TENANT);
        tenant = named == null ? "" : named;
        packs = SnappyCodec.NAME.equals(headers.get(ENCODING));
    }

    /** Whom the caller says to ask for; only good for taking turns. */
    String tenant() {
        return tenant;
    }

    /** @throws QueryStoppedException if nobody wants the answer any more */
    void send(Message message) throws QueryStoppedException {
        awaitReady();
        begin();
        call.sendMessage(message);
    }

    /** A whole answer of one message. */
    void answer(Message message) {
        begin();
        call.sendMessage(message);
        finish();
    }

    private void begin() {
        if (!begun) {
            begun = true;
            if (packs) {
                // As the peer does it; grpc-go answers in the encoding of the request too.
                call.setCompression(SnappyCodec.NAME);
            }
            call.sendHeaders(new Metadata());
        }
    }

    void finish() {
        fail(Status.OK);
    }

    void fail(Status status) {
        synchronized (this) {
            if (ended) {
                return;
            }
            ended = true;
        }
        count(status.getCode());
        call.close(status, new Metadata());
    }

    private void count(Status.Code code) {
        MethodDescriptor<Calls.Received, Message> method = call.getMethodDescriptor();
        access.handled(
                String.valueOf(method.getServiceName()), String.valueOf(method.getBareMethodName()), code.name());
    }

    private synchronized void awaitReady() throws QueryStoppedException {
        long endNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(STALL_MILLIS_MAX);
        while (!cancelled && !call.isReady()) {
            long leftNanos = endNanos - System.nanoTime();
            if (leftNanos <= 0) {
                cancelled = true;
            } else {
                sleep(leftNanos);
            }
        }
        if (cancelled) {
            throw new QueryStoppedException(QueryStoppedException.Reason.CANCELLED, 0);
        }
    }

    private void sleep(long nanos) {
        try {
            TimeUnit.NANOSECONDS.timedWait(this, nanos);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            cancelled = true;
        }
    }

    synchronized void ready() {
        notifyAll();
    }

    synchronized boolean isCancelled() {
        return cancelled;
    }

    /** What to do when the client goes away; at once if it has gone. */
    void onCancel(@Nullable Runnable action) {
        synchronized (this) {
            onCancel = action;
            if (!cancelled) {
                return;
            }
        }
        if (action != null) {
            action.run();
        }
    }

    void cancelled() {
        Runnable action;
        boolean unanswered;
        synchronized (this) {
            unanswered = !ended;
            ended = true;
            cancelled = true;
            action = onCancel;
            notifyAll();
        }
        if (unanswered) {
            count(Status.Code.CANCELLED);
        }
        if (action != null) {
            action.run();
        }
    }
}

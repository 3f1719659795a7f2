package dev.cairndb.receiver.grpc;

import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a call's request, taken from those of the receiver as they come in, whether or not the request is ever
 * whole, and given back when the call has ended. Used by the connection's thread alone.
 */
final class CallBytes extends ServerStreamTracer {
    /** A call without a request costs as much; so health and info are told of however much is in flight. */
    private static final int UNCOUNTED_BYTES = 1 << 10;

    private static final Context.Key<CallBytes> KEY = Context.key("call-bytes");

    private final ByteShare share;
    private @Nullable Runnable onRefusal;
    private long wireBytes;
    private long messageBytes;
    private long bytesTaken;
    private boolean refused;
    private boolean closed;

    private CallBytes(ByteShare share) {
        this.share = share;
    }

    static Factory factory(StoreAccess access) {
        return new Factory() {
            @Override
            public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
                return new CallBytes(access.joinBytes());
            }
        };
    }

    /** Of the call that begins. */
    static CallBytes current() {
        return Objects.requireNonNull(KEY.get(), "BUG: a call without a tracer");
    }

    @Override
    public Context filterContext(Context context) {
        return context.withValue(KEY, this);
    }

    /** @param action ends the call, once */
    void onRefusal(Runnable action) {
        onRefusal = action;
    }

    boolean isRefused() {
        return refused;
    }

    @Override
    public void inboundWireSize(long bytes) {
        wireBytes += bytes;
        hold(wireBytes);
    }

    /** A message is whole, and unpacked. */
    void received(int bytes) {
        messageBytes += bytes;
        hold(messageBytes);
    }

    private void hold(long bytes) {
        long wanted = bytes - UNCOUNTED_BYTES - bytesTaken;
        if (refused || closed || wanted <= 0) {
            return;
        }
        if (share.tryTake(wanted)) {
            bytesTaken += wanted;
            return;
        }
        refused = true;
        if (onRefusal != null) {
            onRefusal.run();
        }
    }

    @Override
    public void streamClosed(Status status) {
        if (closed) {
            return;
        }
        closed = true;
        share.give(bytesTaken);
        share.leave();
    }
}

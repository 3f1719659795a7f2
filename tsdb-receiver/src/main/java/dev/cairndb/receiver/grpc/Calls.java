package dev.cairndb.receiver.grpc;

import dev.cairndb.io.CorruptionException;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** Methods that take one message as bytes and answer with any number. Stateless. */
final class Calls {
    /** A method. It ends the reply, now or later. */
    interface Procedure {
        /** @throws CorruptionException if the request is no such message */
        void call(byte[] request, Reply reply) throws CorruptionException;
    }

    /**
     * What came: bytes, or why there are none. An exception of a marshaller would end the call as a fault of the
     * server.
     */
    static final class Received {
        private final byte[] bytes;
        private final Status status;

        private Received(byte[] bytes, Status status) {
            this.bytes = bytes;
            this.status = status;
        }
    }

    private static final byte[] NONE = {};

    private static final MethodDescriptor.Marshaller<Received> RECEIVED = new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(Received value) {
            throw new UnsupportedOperationException("the server receives them only");
        }

        @Override
        public Received parse(InputStream stream) {
            try {
                return new Received(stream.readAllBytes(), Status.OK);
            } catch (IOException e) {
                return new Received(NONE, Status.INVALID_ARGUMENT.withDescription(e.getMessage()));
            } catch (StatusRuntimeException e) {
                // It unpacks to more than a message may have.
                return new Received(NONE, e.getStatus());
            }
        }
    };

    private static final MethodDescriptor.Marshaller<Message> MESSAGE = new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(Message value) {
            return value.open();
        }

        @Override
        public Message parse(InputStream stream) {
            throw new UnsupportedOperationException("the server sends them only");
        }
    };

    private Calls() {}

    static ServerMethodDefinition<Received, Message> unary(String name, StoreAccess access, Procedure procedure) {
        return method(MethodDescriptor.MethodType.UNARY, name, access, procedure);
    }

    static ServerMethodDefinition<Received, Message> streaming(String name, StoreAccess access, Procedure procedure) {
        return method(MethodDescriptor.MethodType.SERVER_STREAMING, name, access, procedure);
    }

    private static ServerMethodDefinition<Received, Message> method(
            MethodDescriptor.MethodType type, String name, StoreAccess access, Procedure procedure) {
        MethodDescriptor<Received, Message> descriptor = MethodDescriptor.newBuilder(RECEIVED, MESSAGE)
                .setType(type)
                .setFullMethodName(name)
                .build();
        return ServerMethodDefinition.create(descriptor, new Handler(name, access, procedure));
    }

    private record Handler(String name, StoreAccess access, Procedure procedure)
            implements ServerCallHandler<Received, Message> {
        @Override
        public ServerCall.Listener<Received> startCall(ServerCall<Received, Message> call, Metadata headers) {
            Reply reply = new Reply(call, headers, access);
            CallBytes bytes = CallBytes.current();
            bytes.onRefusal(() -> reply.fail(Status.UNAVAILABLE.withDescription("too much in flight")));
            call.request(1);
            return new ServerCall.Listener<>() {
                private @Nullable Received request;

                @Override
                public void onMessage(Received message) {
                    bytes.received(message.bytes.length);
                    request = bytes.isRefused() ? null : message;
                }

                @Override
                public void onHalfClose() {
                    Received message = request;
                    request = null;
                    if (bytes.isRefused()) {
                        return;
                    }
                    if (message == null) {
                        reply.fail(Status.INTERNAL.withDescription("expected=one request"));
                    } else if (!message.status.isOk()) {
                        reply.fail(message.status);
                    } else {
                        begin(message.bytes, reply);
                    }
                }

                @Override
                public void onCancel() {
                    reply.cancelled();
                }

                @Override
                public void onReady() {
                    reply.ready();
                }
            };
        }

        private void begin(byte[] message, Reply reply) {
            try {
                procedure.call(message, reply);
            } catch (CorruptionException e) {
                reply.fail(Status.INVALID_ARGUMENT.withDescription(e.getMessage()));
            } catch (RuntimeException e) {
                access.failed(name, e);
                reply.fail(Status.INTERNAL.withDescription(e.toString()));
            }
        }
    }
}

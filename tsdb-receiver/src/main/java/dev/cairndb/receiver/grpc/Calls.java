package dev.cairndb.receiver.grpc;

import dev.cairndb.io.CorruptionException;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/** Methods that take one message as bytes and answer with any number. Stateless. */
final class Calls {
    /** A method. It ends the reply, now or later. */
    interface Procedure {
        /** @throws CorruptionException if the request is no such message */
        void call(byte[] request, Reply reply) throws CorruptionException;
    }

    private static final MethodDescriptor.Marshaller<byte[]> BYTES = new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(byte[] value) {
            return new MessageStream(value, value.length, value, 0, 0);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
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

    static ServerMethodDefinition<byte[], Message> unary(String name, StoreAccess access, Procedure procedure) {
        return method(MethodDescriptor.MethodType.UNARY, name, access, procedure);
    }

    static ServerMethodDefinition<byte[], Message> streaming(String name, StoreAccess access, Procedure procedure) {
        return method(MethodDescriptor.MethodType.SERVER_STREAMING, name, access, procedure);
    }

    private static ServerMethodDefinition<byte[], Message> method(
            MethodDescriptor.MethodType type, String name, StoreAccess access, Procedure procedure) {
        MethodDescriptor<byte[], Message> descriptor = MethodDescriptor.newBuilder(BYTES, MESSAGE)
                .setType(type)
                .setFullMethodName(name)
                .build();
        return ServerMethodDefinition.create(descriptor, new Handler(name, access, procedure));
    }

    private record Handler(String name, StoreAccess access, Procedure procedure)
            implements ServerCallHandler<byte[], Message> {
        @Override
        public ServerCall.Listener<byte[]> startCall(ServerCall<byte[], Message> call, Metadata headers) {
            Reply reply = new Reply(call, headers, access);
            // One more than there may be, to hear of it.
            call.request(2);
            return new ServerCall.Listener<>() {
                private byte @Nullable [] request;
                private boolean tooMany;

                @Override
                public void onMessage(byte[] message) {
                    tooMany = request != null;
                    request = message;
                }

                @Override
                public void onHalfClose() {
                    byte[] message = request;
                    request = null;
                    if (message == null || tooMany) {
                        reply.fail(Status.INTERNAL.withDescription("expected=one request"));
                    } else {
                        begin(message, reply);
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

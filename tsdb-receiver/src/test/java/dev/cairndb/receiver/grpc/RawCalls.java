package dev.cairndb.receiver.grpc;

import dev.cairndb.io.ByteWriter;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Codec;
import io.grpc.CompressorRegistry;
import io.grpc.DecompressorRegistry;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import java.io.ByteArrayInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Calls of a gRPC server with messages as bytes. */
public final class RawCalls implements AutoCloseable {
    private static final MethodDescriptor.Marshaller<byte[]> BYTES = new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
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

    /** Messages, and how the call ended. */
    public record Answer(List<byte[]> messages, Status status) {
        public String code() {
            return status.getCode().name();
        }
    }

    private final ManagedChannel channel;

    public RawCalls(int port) {
        this(port, new SnappyCodec());
    }

    /** @param packing how requests are packed */
    public RawCalls(int port, Codec packing) {
        CompressorRegistry compressors = CompressorRegistry.newEmptyInstance();
        compressors.register(packing);
        compressors.register(Codec.Identity.NONE);
        channel = NettyChannelBuilder.forAddress("127.0.0.1", port)
                .usePlaintext()
                .directExecutor()
                .compressorRegistry(compressors)
                .decompressorRegistry(DecompressorRegistry.getDefaultInstance().with(new SnappyCodec(), true))
                .build();
    }

    /** Packs so that one byte of a message is another. */
    public static Codec damaging(int position) {
        return new Codec() {
            @Override
            public String getMessageEncoding() {
                return SnappyCodec.NAME;
            }

            @Override
            public InputStream decompress(InputStream framed) {
                return new SnappyFrameInput(framed);
            }

            @Override
            public OutputStream compress(OutputStream target) {
                return new SnappyFrameOutput(new FilterOutputStream(target) {
                    private int written;

                    @Override
                    public void write(int value) throws IOException {
                        super.write(written++ == position ? ~value : value);
                    }
                });
            }
        };
    }

    public Answer call(String method, byte[] request) {
        return call(method, request, CallOptions.DEFAULT);
    }

    public Answer callPacked(String method, byte[] request) {
        return call(method, request, CallOptions.DEFAULT.withCompression("snappy"));
    }

    private Answer call(String method, byte[] request, CallOptions options) {
        Open open = begin(method, request, options);
        open.call.halfClose();
        return open.ended.join();
    }

    /** A call whose request has no end yet. */
    public record Open(ClientCall<byte[], byte[]> call, CompletableFuture<Answer> ended) {}

    public Open begin(String method, byte[] request) {
        return begin(method, request, CallOptions.DEFAULT);
    }

    private Open begin(String method, byte[] request, CallOptions options) {
        MethodDescriptor<byte[], byte[]> descriptor = MethodDescriptor.newBuilder(BYTES, BYTES)
                .setType(MethodDescriptor.MethodType.SERVER_STREAMING)
                .setFullMethodName(method)
                .build();
        ClientCall<byte[], byte[]> call = channel.newCall(descriptor, options.withDeadlineAfter(60, TimeUnit.SECONDS));
        List<byte[]> messages = new ArrayList<>();
        CompletableFuture<Answer> ended = new CompletableFuture<>();
        call.start(
                new ClientCall.Listener<>() {
                    @Override
                    public void onMessage(byte[] message) {
                        messages.add(message);
                        call.request(1);
                    }

                    @Override
                    public void onClose(Status status, Metadata trailers) {
                        ended.complete(new Answer(messages, status));
                    }
                },
                new Metadata());
        call.request(1);
        call.sendMessage(request);
        return new Open(call, ended);
    }

    /** A message of these fields. */
    public static byte[] message(Consumer<ByteWriter> fields) {
        ByteWriter message = new ByteWriter(64);
        fields.accept(message);
        return message.toByteArray();
    }

    public static void number(ByteWriter message, int field, long value) {
        message.putUvarint((long) field << 3);
        message.putUvarint(value);
    }

    public static void bytes(ByteWriter message, int field, byte[] value) {
        message.putUvarint((long) field << 3 | 2);
        message.putUvarint(value.length);
        message.putBytes(value, 0, value.length);
    }

    /** All values of a field that has a length in front. */
    public static List<byte[]> all(byte[] message, int wanted) {
        try {
            List<byte[]> values = new ArrayList<>();
            ProtoReader in = new ProtoReader("message", message);
            for (int field = in.next(); field != 0; field = in.next()) {
                if (field == wanted) {
                    values.add(in.bytes());
                }
            }
            return values;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The last value of a numeric field; 0 if there is none. */
    public static long number(byte[] message, int wanted) {
        try {
            long value = 0;
            ProtoReader in = new ProtoReader("message", message);
            for (int field = in.next(); field != 0; field = in.next()) {
                value = field == wanted ? in.number() : value;
            }
            return value;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }
}

package dev.cairndb.receiver.grpc;

import io.grpc.Codec;
import io.grpc.CompressorRegistry;
import io.grpc.DecompressorRegistry;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;

/**
 * The gRPC port: Thanos' services. It works on requests in its few threads; what reads stores goes to the receiver's.
 * Thread-safe.
 */
public final class GrpcServer implements AutoCloseable {
    private static final int THREADS_MAX = 4;
    private static final long KEEP_ALIVE_SECONDS_LEAST = 5;
    /** A call without a message takes some KiB, and a router has one for each request that is not answered yet. */
    static final int CALLS_PER_CONNECTION_MAX = 1_000;
    /** Bytes of a connection that nobody has read yet: about what comes in some milliseconds. */
    static final int WINDOW_BYTES = 1 << 20;

    /** A querier or a router has one; an idle one takes some ten KiB. */
    static final int CONNECTIONS_MAX = 1_000;

    private static final int CONNECTIONS_WAITING_MAX = 128;

    private final Server server;
    private final BoundedConnections connections;
    private final EventLoopGroup threads;
    private final Duration stopGrace;

    private GrpcServer(Server server, BoundedConnections connections, EventLoopGroup threads, Duration stopGrace) {
        this.server = server;
        this.connections = connections;
        this.threads = threads;
        this.stopGrace = stopGrace;
    }

    /**
     * Takes the address; who connects waits until the server is started. Costs nothing beside that start, which is
     * mostly the loading of classes.
     */
    public static ServerSocketChannel bind(GrpcSettings settings) throws IOException {
        InetSocketAddress address = address(settings);
        if (address.isUnresolved()) {
            throw new UnknownHostException(settings.host());
        }
        GrpcTls tls = settings.tls();
        if (tls != null) {
            // What cannot be used is told of here, before anything else begins.
            var unused = tls.context();
        }
        ServerSocketChannel socket = ServerSocketChannel.open();
        try {
            return socket.bind(address, CONNECTIONS_WAITING_MAX);
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    private static InetSocketAddress address(GrpcSettings settings) {
        return settings.host().isEmpty()
                ? new InetSocketAddress(settings.port())
                : new InetSocketAddress(settings.host(), settings.port());
    }

    /**
     * Listens; the services say that they are not ready until the access does.
     *
     * @param socket from {@link #bind}; closed with the server, also if it cannot be started
     */
    public static GrpcServer start(
            GrpcSettings settings, ServerSocketChannel socket, StoreAccess stores, WriteAccess writes)
            throws IOException {
        int count = Math.min(THREADS_MAX, Runtime.getRuntime().availableProcessors());
        EventLoopGroup threads = new MultiThreadIoEventLoopGroup(
                count, new DefaultThreadFactory("receiver-grpc", true), NioIoHandler.newFactory());
        boolean started = false;
        try {
            BoundedConnections connections = new BoundedConnections(socket, CONNECTIONS_MAX);
            Server server = builder(settings, stores, writes, threads)
                    .channelFactory(connections)
                    .build()
                    .start();
            started = true;
            return new GrpcServer(server, connections, threads, settings.stopGrace());
        } finally {
            if (!started) {
                var unused = threads.shutdownGracefully(0, 1, TimeUnit.SECONDS);
                socket.close();
            }
        }
    }

    private static NettyServerBuilder builder(
            GrpcSettings settings, StoreAccess stores, WriteAccess writes, EventLoopGroup threads) throws SSLException {
        CompressorRegistry compressors = CompressorRegistry.newEmptyInstance();
        SnappyCodec snappy = new SnappyCodec();
        compressors.register(snappy);
        compressors.register(Codec.Identity.NONE);
        Queries queries = new Queries(stores);
        NettyServerBuilder builder = NettyServerBuilder.forAddress(address(settings))
                .bossEventLoopGroup(threads)
                .workerEventLoopGroup(threads)
                .directExecutor()
                .maxInboundMessageSize(settings.messageBytesMax())
                .maxConcurrentCallsPerConnection(CALLS_PER_CONNECTION_MAX)
                .flowControlWindow(WINDOW_BYTES)
                .addStreamTracerFactory(CallBytes.factory(stores))
                .permitKeepAliveTime(KEEP_ALIVE_SECONDS_LEAST, TimeUnit.SECONDS)
                .permitKeepAliveWithoutCalls(true)
                .compressorRegistry(compressors)
                .decompressorRegistry(DecompressorRegistry.getDefaultInstance().with(snappy, true))
                .addService(new HealthService(stores).definition())
                .addService(new InfoService(stores, System::currentTimeMillis).definition())
                .addService(new StoreService(queries).definition())
                .addService(new ExemplarsService(queries).definition())
                .addService(new StatusService(queries).definition())
                .addService(new WriteableStoreService(stores, writes).definition());
        GrpcTls tls = settings.tls();
        if (tls != null) {
            builder.sslContext(tls.context());
        }
        if (!settings.connectionAgeMax().isZero()) {
            builder.maxConnectionAge(settings.connectionAgeMax().toMillis(), TimeUnit.MILLISECONDS);
        }
        return builder;
    }

    /** Where it listens. */
    public int port() {
        return server.getPort();
    }

    /** Clients that are connected. */
    public int connections() {
        return connections.open();
    }

    /** Takes no more calls, waits some time for those under way, and breaks them off. */
    @Override
    public void close() {
        server.shutdown();
        try {
            if (!server.awaitTermination(stopGrace.toMillis(), TimeUnit.MILLISECONDS)) {
                server.shutdownNow();
            }
        } catch (InterruptedException e) {
            server.shutdownNow();
            Thread.currentThread().interrupt();
        }
        var unused = threads.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}

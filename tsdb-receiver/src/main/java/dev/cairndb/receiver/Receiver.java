package dev.cairndb.receiver;

import dev.cairndb.io.Storage;
import dev.cairndb.objstore.ObjectStore;
import dev.cairndb.objstore.ObjectStores;
import dev.cairndb.receiver.grpc.GrpcServer;
import dev.cairndb.receiver.grpc.GrpcSettings;
import dev.cairndb.receiver.grpc.GrpcTls;
import dev.cairndb.remote.RemoteWriteLimits;
import dev.cairndb.tsdb.TsdbRuntime;
import io.prometheus.metrics.core.metrics.Info;
import io.prometheus.metrics.instrumentation.jvm.JvmMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.server.AbstractConnectionFactory;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;

/**
 * The receiver: two HTTP servers, the stores of the tenants, one runtime and one bucket for all. {@link #start} returns
 * when it takes writes; {@link #stop} leaves a directory from which the next start goes on. Thread-safe.
 */
final class Receiver {
    private static final String LOCK_FILE = "cairn.lock";
    private static final long FLUSH_MILLIS_MAX = 120_000;
    private static final long IDLE_MILLIS_MAX = 60_000;
    /**
     * Twice of what Jetty takes: a write of some thousand samples has 20 to 40 KB. A connection whose headers come slowly
     * holds so much.
     */
    private static final int INPUT_BUFFER_BYTES = 16 << 10;

    private static final int CONNECTIONS_MAX = 10_000;
    /**
     * Writes that wait for their turn, of all tenants. Each holds its body, so the bytes in flight bound them as well.
     */
    static final int WRITES_WAITING_MAX = 4_000;

    static final long WRITE_WAIT_MILLIS_MAX = 10_000;
    private static final long LATE_CHECK_MILLIS = 1_000;
    private static final int ADMIN_THREADS_MAX = 16;
    private static final int WRITE_THREADS_LEAST = 16;
    private static final long POLL_MILLIS = 5;

    private enum Phase {
        STARTING,
        READY,
        STOPPING
    }

    private final ReceiverSettings settings;
    private final String version;
    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final Tenants tenants;
    private final TsdbRuntime runtime;
    private final @Nullable ObjectStore bucket;
    private final Closeable lock;
    private final AtomicInteger underWay = new AtomicInteger();
    private final QueryTurns queries;
    private final Server writeServer;
    private final Server adminServer;
    private final FairAdmission admission;
    private final LimitsSource limits;
    private final GrpcStores grpcStores;
    private final GrpcWrites grpcWrites;
    private @Nullable ServerSocketChannel grpcSocket;
    private volatile @Nullable GrpcServer grpcServer;
    private volatile Phase phase = Phase.STARTING;
    private @Nullable SelfMetrics selfMetrics;

    private Receiver(ReceiverSettings settings, Storage storage, String version, Closeable lock) throws IOException {
        this.settings = settings;
        this.version = version;
        this.lock = lock;
        // Before anything that has threads: this fails where files are missing.
        SslContextFactory.Server writeTls = settings.writeTls() == null ? null : HttpTls.of(settings.writeTls());
        bucket = settings.bucket() == null ? null : open(settings.bucket());
        runtime = TsdbRuntime.create();
        tenants = new Tenants(settings, storage, runtime, bucket);
        ByteBudget budget = new ByteBudget(settings.inFlightBytesMax());
        HttpMetrics metrics = new HttpMetrics(registry, budget);
        RemoteWriteLimits defaults = RemoteWriteLimits.defaults();
        RemoteWriteLimits bodyLimits = new RemoteWriteLimits(
                settings.bodyBytesMax(), defaults.seriesMax(), defaults.labelsMax(), defaults.samplesMax());
        int processors = Runtime.getRuntime().availableProcessors();
        limits = new LimitsSource(settings.limitsFile(), settings.limits());
        int writeThreads = Math.max(WRITE_THREADS_LEAST, 4 * processors);
        admission = new FairAdmission(
                this::runWrite,
                new FairAdmission.Bounds(2 * processors, WRITES_WAITING_MAX, WRITE_WAIT_MILLIS_MAX, 0),
                System::nanoTime);
        limits.listen(config -> applyLimits(config, 2 * processors, writeThreads / 2));
        queries = new QueryTurns(settings.queriesMax());
        LimitMetrics limitMetrics = new LimitMetrics(registry, limits, admission, queries);
        RemoteReadHandler remoteRead = new RemoteReadHandler(
                settings, tenants, budget, underWay, () -> phase == Phase.READY, queries, limitMetrics);
        ReadApi api = new ReadApi(settings, tenants, underWay, () -> phase == Phase.READY, queries, limitMetrics);
        StatusPage page = new StatusPage(settings, tenants, version, this::writeUrl, this::notReady);
        WriteServices services = new WriteServices(
                settings,
                tenants,
                budget,
                new BodyBuffers(),
                new DecoderPool(2 * processors),
                bodyLimits,
                limits,
                admission,
                limitMetrics,
                metrics,
                underWay,
                () -> phase == Phase.READY);
        grpcStores = new GrpcStores(
                settings,
                tenants,
                underWay,
                () -> phase == Phase.READY,
                queries,
                limitMetrics,
                new GrpcMetrics(registry, this::grpcConnections),
                budget,
                this::runShort);
        grpcWrites = new GrpcWrites(services);
        writeServer = server(
                "receiver-write", settings.writeAddress(), writeTls, writeThreads, new WriteHandler(services, api));
        adminServer = server(
                "receiver-admin",
                settings.adminAddress(),
                null,
                ADMIN_THREADS_MAX,
                new AdminHandler(registry, metrics, remoteRead, api, page, this::notReady));
    }

    private ObjectStore open(BucketSettings settings) throws IOException {
        return ObjectStores.observed(settings.open(), new BucketMetrics(registry, settings.name()));
    }

    /** Threads must be left to read bodies, so not all of them may decode. */
    private void applyLimits(LimitsConfig config, int concurrency, int concurrencyMax) {
        tenants.limits(config);
        int configured = config.concurrencyMax();
        admission.concurrencyMax(configured == 0 ? concurrency : Math.min(configured, concurrencyMax));
    }

    private void runWrite(Runnable task) {
        writeServer.getThreadPool().execute(task);
    }

    private void runShort(Runnable task) {
        adminServer.getThreadPool().execute(task);
    }

    /**
     * Locks the data directory, takes its addresses, opens the stores, and begins to take writes.
     *
     * @throws IOException if the directory cannot be written or is in use, or an address cannot be listened at
     */
    static Receiver start(ReceiverSettings settings, Storage storage, String version) throws IOException {
        Closeable lock = lock(settings.dataDirectory(), storage);
        Receiver receiver;
        try {
            receiver = new Receiver(settings, storage, version, lock);
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw e;
        }
        boolean started = false;
        try {
            // What a wrong setting makes fail comes before a store is touched.
            bind(receiver.adminServer, settings.adminAddress());
            bind(receiver.writeServer, settings.writeAddress());
            GrpcSettings grpc = receiver.grpcSettings();
            receiver.bindForGrpc(grpc);
            // Beside the start of the servers, which is mostly the loading of classes.
            CompletableFuture<Void> opening = receiver.tenants.openExisting();
            receiver.listenForGrpc(grpc);
            receiver.registerOwnMetrics();
            listen(receiver.adminServer, settings.adminAddress());
            listen(receiver.writeServer, settings.writeAddress());
            opening.join();
            receiver.beginToWrite();
            // Not before: what tells of the JVM takes as long to load as a server.
            JvmMetrics.builder().register(receiver.registry);
            receiver.beginToTellOfItself();
            started = true;
            return receiver;
        } finally {
            if (!started) {
                receiver.stop();
            }
        }
    }

    private static Closeable lock(Path directory, Storage storage) throws IOException {
        try {
            storage.createDirectories(directory);
        } catch (IOException e) {
            throw new IOException("cannot make the data directory " + directory + ": " + Log.describe(e), e);
        }
        Path file = directory.resolve(LOCK_FILE);
        try {
            return storage.lock(file);
        } catch (IOException e) {
            throw new IOException(
                    "cannot lock the data directory: is it writable, and no other receiver running on it? file=" + file
                            + ": " + Log.describe(e),
                    e);
        }
    }

    private void registerOwnMetrics() {
        registry.register(new TenantMetrics(tenants));
        Info.builder()
                .name("cairn_build_info")
                .help("What is running.")
                .labelNames("version", "java")
                .register(registry)
                .addLabelValues(version, Runtime.version().toString());
    }

    private static Server server(
            String name,
            ListenAddress address,
            SslContextFactory.@Nullable Server tls,
            int threadsMax,
            Handler handler) {
        QueuedThreadPool threads = new QueuedThreadPool(threadsMax, 4);
        threads.setName(name);
        threads.setDaemon(true);
        Server server = new Server(threads);
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        http.setUseOutputDirectByteBuffers(false);
        // Jetty's cache of header fields takes 95 KB of each connection.
        http.setHeaderCacheSize(0);
        HttpConnectionFactory connections = new HttpConnectionFactory(http);
        connections.setInputBufferSize(INPUT_BUFFER_BYTES);
        ServerConnector connector =
                new ServerConnector(server, 1, 1, AbstractConnectionFactory.getFactories(tls, connections));
        connector.setHost(address.host().isEmpty() ? null : address.host());
        connector.setPort(address.port());
        connector.setIdleTimeout(IDLE_MILLIS_MAX);
        server.addConnector(connector);
        server.addBean(new NetworkConnectionLimit(CONNECTIONS_MAX, connector));
        server.setHandler(new EarlyAnswers(handler));
        ErrorHandler errors = new ErrorHandler();
        errors.setShowStacks(false);
        errors.setShowCauses(false);
        server.setErrorHandler(errors);
        return server;
    }

    /** Takes the address; who connects waits until the server is started. */
    private static void bind(Server server, ListenAddress address) throws IOException {
        try {
            connector(server).open();
        } catch (IOException e) {
            throw cannotListen(address, e);
        }
    }

    private static void listen(Server server, ListenAddress address) throws IOException {
        try {
            server.start();
        } catch (Exception e) {
            throw cannotListen(address, e);
        }
    }

    private static IOException cannotListen(ListenAddress address, Exception e) {
        return new IOException("cannot listen at " + address.host() + ":" + address.port() + ": " + Log.describe(e), e);
    }

    private static @Nullable GrpcTls grpcTls(@Nullable TlsFiles files) throws IOException {
        if (files == null) {
            return null;
        }
        Path clientCa = files.clientCa();
        return new GrpcTls(new TlsIdentity(files), clientCa == null ? null : new TlsTrust(clientCa), files.protocols());
    }

    private GrpcSettings grpcSettings() throws IOException {
        GrpcOptions grpc = settings.grpc();
        return new GrpcSettings(
                grpc.address().host(),
                grpc.address().port(),
                grpc.stopGrace(),
                grpc.connectionAgeMax(),
                grpcTls(grpc.tls()),
                settings.bodyBytesMax());
    }

    private void bindForGrpc(GrpcSettings grpc) throws IOException {
        try {
            grpcSocket = GrpcServer.bind(grpc);
        } catch (IOException e) {
            throw cannotListen(settings.grpc().address(), e);
        }
    }

    private void listenForGrpc(GrpcSettings grpc) throws IOException {
        try {
            grpcServer = GrpcServer.start(grpc, Objects.requireNonNull(grpcSocket), grpcStores, grpcWrites);
        } catch (IOException e) {
            throw cannotListen(settings.grpc().address(), e);
        }
    }

    private void beginToWrite() {
        phase = Phase.READY;
        limits.start(Math.max(1, settings.limitsReloadInterval().toMillis()));
        refuseLate();
        Log.info("ready: remote_write at " + writeUrl() + ", gRPC at port " + grpcPort() + ", status at " + adminUrl());
    }

    /** Writes its own metrics, if it is to. */
    private void beginToTellOfItself() {
        if (!settings.selfMetricsInterval().isZero()) {
            SelfMetrics writer = new SelfMetrics(
                    registry, writeUrl(), settings.writeAddress().reachableHost() + ":" + port(writeServer));
            selfMetrics = writer;
            // So that the first write tells of a store already; what goes wrong here, the write hears as well.
            awaitDefaultTenant();
            writer.start(settings.selfMetricsInterval());
        }
    }

    /** Again and again: whose turn does not come hears so in time. */
    private void refuseLate() {
        if (phase != Phase.READY) {
            return;
        }
        try {
            admission.refuseLate();
            queries.refuseLate();
        } catch (RuntimeException e) {
            Log.error("cannot refuse what has waited too long", e);
        }
        var unused = adminServer.getScheduler().schedule(this::refuseLate, LATE_CHECK_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void awaitDefaultTenant() {
        try {
            tenants.tenant(settings.defaultTenant())
                    .store()
                    .handle((db, failure) -> null)
                    .join();
        } catch (TooManyTenantsException e) {
            Log.warn("cannot write own metrics: " + Log.describe(e));
        }
    }

    /** Why writes are not taken, or not all of them; null if they are. */
    private @Nullable String notReady() {
        if (phase != Phase.READY) {
            return phase == Phase.STARTING ? "starting: stores are being opened" : "stopping";
        }
        List<String> failed = new ArrayList<>();
        for (Tenant tenant : tenants.all()) {
            if (tenant.storeFailure() != null) {
                failed.add(tenant.name() + " (" + tenant.storeFailure() + ")");
            }
        }
        return failed.isEmpty() ? null : "stores that take no writes until a restart: " + String.join(", ", failed);
    }

    String writeUrl() {
        return (settings.writeTls() == null ? "http://" : "https://")
                + settings.writeAddress().reachableHost() + ":" + port(writeServer) + "/api/v1/receive";
    }

    String adminUrl() {
        return "http://" + settings.adminAddress().reachableHost() + ":" + port(adminServer) + "/";
    }

    int grpcPort() {
        GrpcServer present = grpcServer;
        return present == null ? 0 : present.port();
    }

    private int grpcConnections() {
        GrpcServer present = grpcServer;
        return present == null ? 0 : present.connections();
    }

    Tenants tenants() {
        return tenants;
    }

    private static int port(Server server) {
        return connector(server).getLocalPort();
    }

    private static ServerConnector connector(Server server) {
        return (ServerConnector) server.getConnectors()[0];
    }

    /** Finishes the requests under way, cuts and ships what is complete, closes the stores. Does nothing twice. */
    synchronized void stop() {
        if (phase == Phase.STOPPING) {
            return;
        }
        phase = Phase.STOPPING;
        limits.close();
        SelfMetrics writer = selfMetrics;
        if (writer != null) {
            writer.close();
        }
        long begin = System.nanoTime();
        awaitRequestsUnderWay();
        queries.close();
        stop(writeServer);
        GrpcServer grpc = grpcServer;
        if (grpc != null) {
            grpc.close();
        }
        closeGrpcSocket();
        tenants.stop(FLUSH_MILLIS_MAX);
        stop(adminServer);
        runtime.close();
        if (bucket != null) {
            bucket.close();
        }
        try {
            lock.close();
        } catch (IOException e) {
            Log.warn("cannot release the lock: " + Log.describe(e));
        }
        Log.info("stopped in " + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin) + " ms");
    }

    /** That of a server that was never started still keeps the address. */
    private void closeGrpcSocket() {
        ServerSocketChannel socket = grpcSocket;
        if (socket != null) {
            try {
                socket.close();
            } catch (IOException e) {
                Log.warn("cannot give back the address of gRPC: " + Log.describe(e));
            }
        }
    }

    /** New requests are answered 503 meanwhile. */
    private void awaitRequestsUnderWay() {
        long begin = System.nanoTime();
        while (underWay.get() > 0
                && System.nanoTime() - begin < settings.stopGrace().toNanos()) {
            try {
                Thread.sleep(POLL_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
        if (underWay.get() > 0) {
            Log.warn("requests under way were not waited for any longer: " + underWay.get());
        }
    }

    private static void stop(Server server) {
        try {
            server.stop();
            // Of one that was never started, that keeps the address.
            connector(server).close();
        } catch (Exception e) {
            Log.warn("cannot stop a server: " + Log.describe(e));
        }
    }
}

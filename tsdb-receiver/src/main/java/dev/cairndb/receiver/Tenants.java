package dev.cairndb.receiver;

import dev.cairndb.index.Labels;
import dev.cairndb.io.Storage;
import dev.cairndb.objstore.ObjectStore;
import dev.cairndb.tsdb.Tsdb;
import dev.cairndb.tsdb.TsdbBuilder;
import dev.cairndb.tsdb.TsdbRuntime;
import dev.cairndb.tsdb.TsdbStats;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The stores of all tenants, each in a folder of the tenant's name; they share one runtime and one bucket. A store is
 * opened with the receiver if its folder exists, else by the tenant's first write. One that cannot be opened stops no
 * other, and is tried again by later writes. Thread-safe.
 */
final class Tenants {
    private static final long RETRY_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long IDLE_SECONDS_MAX = 10;
    private static final Pattern BLOCK_FOLDER = Pattern.compile("[0-7][0-9A-HJKMNP-TV-Z]{25}");

    private final ReceiverSettings settings;
    private final Storage storage;
    private final TsdbRuntime runtime;
    private final @Nullable ObjectStore bucket;
    private final ConcurrentSkipListMap<String, Tenant> tenants = new ConcurrentSkipListMap<>();
    private final ThreadPoolExecutor openers;
    private volatile LimitsConfig limits = LimitsConfig.NONE;

    Tenants(ReceiverSettings settings, Storage storage, TsdbRuntime runtime, @Nullable ObjectStore bucket) {
        this.settings = settings;
        this.storage = storage;
        this.runtime = runtime;
        this.bucket = bucket;
        openers = pool("receiver-tenant-");
    }

    private static ThreadPoolExecutor pool(String name) {
        int threads = Math.max(4, Runtime.getRuntime().availableProcessors());
        AtomicInteger count = new AtomicInteger();
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                threads, threads, IDLE_SECONDS_MAX, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread thread = new Thread(task, name + count.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    /**
     * Begins to open the stores of all tenants that have one, some at a time; says what was left alone.
     *
     * @return completes when each is open, or cannot be opened
     */
    CompletableFuture<Void> openExisting() throws IOException {
        List<CompletableFuture<Void>> openings = new ArrayList<>();
        for (String name : storage.list(settings.dataDirectory())) {
            Path folder = settings.dataDirectory().resolve(name);
            if (!storage.isDirectory(folder)) {
                continue;
            }
            if (TenantName.problem(name) != null || !looksLikeStore(folder)) {
                Log.info("left alone, since it is no store: " + folder);
                continue;
            }
            openings.add(tenant(name, Integer.MAX_VALUE).store().handle((db, failure) -> null));
        }
        return CompletableFuture.allOf(openings.toArray(CompletableFuture[]::new));
    }

    private boolean looksLikeStore(Path folder) {
        try {
            return storage.list(folder).stream()
                    .anyMatch(name -> name.equals("wal")
                            || name.equals("chunks_head")
                            || BLOCK_FOLDER.matcher(name).matches());
        } catch (IOException e) {
            Log.warn("cannot look into " + folder + ": " + Log.describe(e));
            return false;
        }
    }

    /**
     * A tenant, whose store is opened if it is not yet.
     *
     * @param name one that {@link TenantName} accepts
     * @throws InvalidPathException if there can be no folder of that name here
     * @throws TooManyTenantsException if it would be one too many
     */
    Tenant tenant(String name) throws TooManyTenantsException {
        int max = limits.tenantsMax();
        return tenant(name, max == 0 ? Integer.MAX_VALUE : max);
    }

    private Tenant tenant(String name, int tenantsMax) throws TooManyTenantsException {
        Tenant found = tenants.get(name);
        if (found == null) {
            Tenant made = new Tenant(name, settings.dataDirectory().resolve(name));
            found = add(made, tenantsMax);
            if (found == null) {
                openers.execute(() -> open(made));
                return made;
            }
        }
        Tenant tenant = found;
        if (tenant.openFailed() && tenant.retries(RETRY_PAUSE_NANOS)) {
            openers.execute(() -> open(tenant));
        }
        return tenant;
    }

    /** Returns the tenant of that name that there is already, or null if this one was added. */
    private synchronized @Nullable Tenant add(Tenant made, int tenantsMax) throws TooManyTenantsException {
        if (tenants.size() >= tenantsMax && !tenants.containsKey(made.name())) {
            throw new TooManyTenantsException(tenantsMax);
        }
        return tenants.putIfAbsent(made.name(), made);
    }

    /** From now on these limits hold, also in stores that are open. */
    void limits(LimitsConfig config) {
        limits = config;
        runtime.limitWrites(config.allWrites());
        for (Tenant tenant : all()) {
            Tsdb db = tenant.openStore();
            if (db != null) {
                limit(tenant, db);
            }
        }
    }

    private void limit(Tenant tenant, Tsdb db) {
        db.admin().changeLimits(limits.of(tenant.name()).applyTo(settings.storeOptions()));
    }

    private void open(Tenant tenant) {
        long begin = System.nanoTime();
        try {
            Tsdb db = builder(tenant).open();
            tenant.opened(db);
            // Those that changed while it was being opened.
            limit(tenant, db);
            Log.info("tenant " + tenant.name() + ": opened " + tenant.directory() + " in "
                    + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin) + " ms");
        } catch (IOException | RuntimeException e) {
            tenant.notOpened(e);
        } catch (Error e) {
            tenant.notOpened(e);
            throw e;
        }
    }

    private TsdbBuilder builder(Tenant tenant) {
        TsdbBuilder builder = Tsdb.builder(tenant.directory())
                .options(limits.of(tenant.name()).applyTo(settings.storeOptions()))
                .runtime(runtime)
                .storage(storage)
                .externalLabels(externalLabels(tenant.name()))
                .listener(tenant);
        return bucket == null ? builder : builder.objectStore(bucket);
    }

    /** What all series of a tenant have in blocks and answers. */
    Labels externalLabels(String tenant) {
        return settings.externalLabels().toBuilder()
                .add(settings.tenantLabel(), tenant)
                .build();
    }

    /** All tenants of which anything is known, in order of their names. */
    Collection<Tenant> all() {
        return tenants.values();
    }

    /** A tenant that was opened or tried before, or null. */
    @Nullable
    Tenant known(String name) {
        return tenants.get(name);
    }

    /**
     * Cuts and ships what is complete, within a time, if there is a bucket, and closes all stores.
     *
     * @param flushMillisMax time for cutting and shipping, all tenants together
     */
    void stop(long flushMillisMax) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(flushMillisMax);
        for (Tenant tenant : all()) {
            awaitQuietly(tenant.store(), end);
        }
        Map<Tenant, CompletableFuture<Boolean>> flushes = new LinkedHashMap<>();
        for (Tenant tenant : all()) {
            Tsdb db = tenant.openStore();
            if (db != null) {
                flushes.put(tenant, CompletableFuture.supplyAsync(() -> flush(tenant, db), openers));
            } else {
                flushes.put(tenant, CompletableFuture.completedFuture(false));
                if (bucket != null) {
                    Log.warn("tenant " + tenant.name()
                            + ": its store is not open: blocks in it may not be in the bucket");
                }
            }
        }
        tellWhetherShipped(flushes, end);
        openers.getQueue().clear();
        ThreadPoolExecutor closers = pool("receiver-close-");
        List<CompletableFuture<Void>> closes = new ArrayList<>();
        for (Tenant tenant : all()) {
            Tsdb db = tenant.openStore();
            if (db != null) {
                closes.add(CompletableFuture.runAsync(() -> close(tenant, db), closers));
            }
        }
        closes.forEach(CompletableFuture::join);
        closers.shutdown();
        openers.shutdown();
    }

    /** Whoever gives the directory to another receiver needs to know. */
    private void tellWhetherShipped(Map<Tenant, CompletableFuture<Boolean>> flushes, long endNanos) {
        boolean all = true;
        boolean inTime = true;
        for (Map.Entry<Tenant, CompletableFuture<Boolean>> entry : flushes.entrySet()) {
            CompletableFuture<Boolean> flush = entry.getValue();
            if (awaitQuietly(flush, endNanos)) {
                all &= !flush.isCompletedExceptionally() && flush.join();
                continue;
            }
            inTime = false;
            Log.warn("tenant " + entry.getKey().name() + ": not everything is cut"
                    + (bucket == null ? "" : " and shipped") + " yet");
        }
        if (!inTime) {
            Log.warn("stopping without having shipped everything; the next start goes on with it");
        } else if (all && bucket != null) {
            Log.info("every block is in the bucket");
        }
    }

    private static boolean awaitQuietly(CompletableFuture<?> future, long endNanos) {
        try {
            future.get(Math.max(0, endNanos - System.nanoTime()), TimeUnit.NANOSECONDS);
            return true;
        } catch (ExecutionException e) {
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Whether there is nothing left of it that is not in the bucket, but for what is not in blocks yet. */
    private boolean flush(Tenant tenant, Tsdb db) {
        try {
            if (bucket == null) {
                // Nobody waits for blocks, and what a snapshot and the log have is written and read sooner.
                db.admin().cutBlocks();
                return true;
            }
            db.admin().flushAligned();
            db.admin().shipBlocks();
        } catch (IOException | RuntimeException e) {
            Log.error("tenant " + tenant.name() + ": cannot flush: " + Log.describe(e));
            return false;
        }
        TsdbStats stats = db.stats();
        int left = stats.shipping().blocksWaiting() + stats.blocksNotShippable();
        if (left > 0) {
            Log.warn("tenant " + tenant.name() + ": blocks that are not in the bucket: " + left);
        }
        return left == 0;
    }

    private static void close(Tenant tenant, Tsdb db) {
        try {
            db.close();
            Log.debug("tenant " + tenant.name() + ": closed");
        } catch (IOException | RuntimeException e) {
            Log.error("tenant " + tenant.name() + ": cannot close: " + Log.describe(e));
        }
    }
}

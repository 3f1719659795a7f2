package dev.cairndb.tsdb;

import dev.cairndb.io.Clock;
import dev.cairndb.tsdb.TsdbOptions.WriteLimits;
import dev.cairndb.tsdb.internal.head.CacheBudget;
import dev.cairndb.tsdb.internal.limit.WriteGate;
import dev.cairndb.tsdb.internal.wal.LogPool;
import dev.cairndb.tsdb.internal.wal.LogTasks;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What the stores of a process share: threads that sync logs, and write what who appends does not write itself, threads
 * for maintenance, and buffer pools. A store has no thread of its own. All threads are daemons named {@code cairn-...}, start when there is work and end
 * after some idle seconds; {@link #close} ends them. Close the stores first. Thread-safe.
 */
public final class TsdbRuntime implements AutoCloseable {
    private static final int LOG_THREADS = 4;
    private static final int MAINTENANCE_THREADS = 2;
    private static final int CALLBACK_THREADS = 2;
    private static final int IDLE_SECONDS_MAX = 10;
    private static final int BATCHES_MAX = 256;
    private static final long CACHE_BYTES_MAX = 64 << 20;
    private static final int CACHE_HEAP_SHARE = 16;
    private static final int CACHE_PAGE_BITS = 17;

    private final ThreadPoolExecutor logThreads;
    private final ThreadPoolExecutor maintenanceThreads;
    private final ThreadPoolExecutor callbackThreads;
    private final ScheduledThreadPoolExecutor timer;
    private final LogPool logPool;
    private final LogTasks logTasks;
    private final CacheBudget cacheBudget;
    private final WriteGate writeGate = new WriteGate(WriteLimits.none(), true, Clock.system());

    private TsdbRuntime(int logThreadCount, int maintenanceThreadCount) {
        this(
                pool("log", logThreadCount),
                pool("maintenance", maintenanceThreadCount),
                pool("callback", CALLBACK_THREADS),
                timerThread());
    }

    /** With threads, and a time, that are the caller's; for tests that decide what runs when. */
    TsdbRuntime(
            ThreadPoolExecutor logThreads,
            ThreadPoolExecutor maintenanceThreads,
            ThreadPoolExecutor callbackThreads,
            ScheduledThreadPoolExecutor timer) {
        this.logThreads = logThreads;
        this.maintenanceThreads = maintenanceThreads;
        this.callbackThreads = callbackThreads;
        this.timer = timer;
        logTasks = new LogTasks(logThreads, callbackThreads, timer);
        // Who appends writes logs too.
        int writersMax = logThreads.getCorePoolSize() + Runtime.getRuntime().availableProcessors();
        logPool = new LogPool(BATCHES_MAX, writersMax);
        long cacheBytes = Math.min(CACHE_BYTES_MAX, Runtime.getRuntime().maxMemory() / CACHE_HEAP_SHARE);
        cacheBudget = new CacheBudget((int) (cacheBytes >>> CACHE_PAGE_BITS));
    }

    /** A runtime with four threads for logs and two for maintenance. */
    public static TsdbRuntime create() {
        return new TsdbRuntime(LOG_THREADS, MAINTENANCE_THREADS);
    }

    /**
     * @param logThreadCount logs that can be written and synced at the same time
     * @param maintenanceThreadCount stores whose blocks can be cut or shipped at the same time
     */
    public static TsdbRuntime create(int logThreadCount, int maintenanceThreadCount) {
        if (logThreadCount < 1 || maintenanceThreadCount < 1) {
            throw new IllegalArgumentException(
                    "a runtime needs threads: log=" + logThreadCount + ", maintenance=" + maintenanceThreadCount);
        }
        return new TsdbRuntime(logThreadCount, maintenanceThreadCount);
    }

    private static ThreadPoolExecutor pool(String name, int threads) {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                threads, threads, IDLE_SECONDS_MAX, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), named(name));
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    private static ScheduledThreadPoolExecutor timerThread() {
        ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, named("timer"));
        timer.setRemoveOnCancelPolicy(true);
        timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        timer.setKeepAliveTime(IDLE_SECONDS_MAX, TimeUnit.SECONDS);
        timer.allowCoreThreadTimeOut(true);
        return timer;
    }

    private static ThreadFactory named(String name) {
        AtomicInteger count = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, "cairn-" + name + "-" + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    Executor maintenanceExecutor() {
        return maintenanceThreads;
    }

    /** What hosts attach to a stage of {@link Tsdb#appendAsync} that is not complete yet runs on threads of its own. */
    LogTasks logTasks() {
        return logTasks;
    }

    /** Only triggers work; the work is done by the other executors. */
    ScheduledExecutorService timer() {
        return timer;
    }

    CacheBudget cacheBudget() {
        return cacheBudget;
    }

    WriteGate writeGate() {
        return writeGate;
    }

    /** Bounds on what is written to all stores together, from now on; without them each store has its own alone. */
    public void limitWrites(WriteLimits limits) {
        writeGate.limits(limits);
    }

    /** Requests of all stores that were taken and are not answered yet. */
    public int requestsInFlight() {
        return writeGate.requestsInFlight();
    }

    /** Bytes of such requests, decompressed. */
    public long bytesInFlight() {
        return writeGate.bytesInFlight();
    }

    LogPool logPool() {
        return logPool;
    }

    /** Threads alive now. */
    public int threadCount() {
        return logThreads.getPoolSize()
                + maintenanceThreads.getPoolSize()
                + callbackThreads.getPoolSize()
                + timer.getPoolSize();
    }

    /** Ends the threads after the work that has begun. Waits for them, also when interrupted. */
    @Override
    public void close() {
        boolean interrupted = false;
        // One after the other: what a pool does last may still hand work to those behind it.
        for (ThreadPoolExecutor pool :
                new ThreadPoolExecutor[] {timer, maintenanceThreads, logThreads, callbackThreads}) {
            pool.shutdown();
            while (!pool.isTerminated()) {
                try {
                    boolean unused = pool.awaitTermination(1, TimeUnit.MINUTES);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}

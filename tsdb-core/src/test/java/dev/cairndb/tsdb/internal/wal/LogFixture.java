package dev.cairndb.tsdb.internal.wal;

import dev.cairndb.io.Storage;
import dev.cairndb.tsdb.Durability;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** What a log needs around it: threads, a pool, an ear. */
final class LogFixture implements AutoCloseable, LogListener {
    static final Path DIRECTORY = Path.of("/data/wal");
    static final int SEGMENT_SIZE_BYTES = 64 * 1024;

    final ExecutorService executor;
    final ScheduledExecutorService scheduler;
    final LogPool pool = new LogPool(16, 2);
    final List<String> events = new CopyOnWriteArrayList<>();

    /** Run by the listener when a write failed. */
    volatile Runnable whenUnavailable = () -> {};

    LogFixture() {
        executor = Executors.newFixedThreadPool(2);
        scheduler = Executors.newSingleThreadScheduledExecutor();
    }

    /** Small segments and quick retries. */
    static LogSettings settings(Durability durability) {
        return LogSettings.defaults()
                .withDurability(durability)
                .withSegmentSizeBytesMax(SEGMENT_SIZE_BYTES)
                .withSyncIntervalMillis(5)
                .withRetryIntervalMillis(2);
    }

    WriteAheadLog open(Storage storage, LogSettings settings) throws IOException {
        return WriteAheadLog.open(
                storage, DIRECTORY, settings, pool, new LogTasks(executor, executor, scheduler), this);
    }

    static RecordedLog read(Storage storage) throws IOException {
        RecordedLog read = new RecordedLog();
        WalRecovery.open(storage, DIRECTORY, read, read, Runnable::run);
        return read;
    }

    @Override
    public void logUnavailable(IOException cause) {
        events.add("unavailable");
        whenUnavailable.run();
    }

    @Override
    public void logHealed() {
        events.add("healed");
    }

    @Override
    public void logFailed(Throwable cause) {
        events.add("failed");
    }

    @Override
    public void close() {
        scheduler.shutdownNow();
        executor.shutdownNow();
        try {
            if (!executor.awaitTermination(60, TimeUnit.SECONDS)) {
                throw new AssertionError("a task of the log does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

package dev.cairndb.tsdb;

import dev.cairndb.io.FileStorage;
import dev.cairndb.tsdb.internal.wal.LogBatch;
import dev.cairndb.tsdb.internal.wal.LogListener;
import dev.cairndb.tsdb.internal.wal.LogPool;
import dev.cairndb.tsdb.internal.wal.LogSettings;
import dev.cairndb.tsdb.internal.wal.LogTasks;
import dev.cairndb.tsdb.internal.wal.WriteAheadLog;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;

/** A log that somebody else wrote, in the directory of a store that was not opened yet. */
final class WrittenLog implements LogListener {
    private WrittenLog() {}

    static void write(Path directory, Consumer<LogBatch> commit) throws IOException {
        ScheduledExecutorService threads = Executors.newScheduledThreadPool(1);
        try (WriteAheadLog log = WriteAheadLog.open(
                FileStorage.instance(),
                directory.resolve("wal"),
                LogSettings.defaults(),
                new LogPool(1, 1),
                new LogTasks(threads, threads, threads),
                new WrittenLog())) {
            LogBatch batch = log.newBatch();
            commit.accept(batch);
            log.awaitDurable(log.submit(batch));
        } finally {
            threads.shutdown();
        }
    }

    @Override
    public void logUnavailable(IOException cause) {
        throw new AssertionError(cause);
    }

    @Override
    public void logHealed() {}

    @Override
    public void logFailed(Throwable cause) {
        throw new AssertionError(cause);
    }
}

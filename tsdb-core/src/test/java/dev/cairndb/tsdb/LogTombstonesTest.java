package dev.cairndb.tsdb;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairndb.index.Labels;
import dev.cairndb.io.FileStorage;
import dev.cairndb.tsdb.internal.wal.LogBatch;
import dev.cairndb.tsdb.internal.wal.LogListener;
import dev.cairndb.tsdb.internal.wal.LogPool;
import dev.cairndb.tsdb.internal.wal.LogSettings;
import dev.cairndb.tsdb.internal.wal.WriteAheadLog;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tombstones that a Prometheus wrote into the log. */
class LogTombstonesTest {
    private static final long START = 1_700_006_400_000L;
    private static final Labels LABELS = Labels.of("__name__", "up");

    @TempDir
    Path directory;

    @Test
    void rangesThatEndBeforeTheyStartDeleteNothing() throws IOException {
        ScheduledExecutorService threads = Executors.newScheduledThreadPool(1);
        try (WriteAheadLog log = WriteAheadLog.open(
                FileStorage.instance(),
                directory.resolve("wal"),
                LogSettings.defaults(),
                new LogPool(1, 1),
                threads,
                threads,
                new NoListener())) {
            LogBatch batch = log.newBatch();
            byte[] packed = LABELS.packed();
            batch.addSeries(1, packed, 0, packed.length);
            for (int i = 0; i < 10; i++) {
                batch.addSample(1, START + i, i);
            }
            batch.addTombstone(1, START + 7, START + 1);
            batch.addTombstone(1, START + 3, START + 4);
            batch.addTombstone(1, START + 50, START - 50);
            log.awaitDurable(log.submit(batch));
        } finally {
            threads.shutdown();
        }
        TreeMap<Long, Long> expected = new TreeMap<>();
        for (long i = 0; i < 10; i++) {
            if (i != 3 && i != 4) {
                expected.put(START + i, i);
            }
        }
        try (Tsdb db = Tsdb.builder(directory)
                .options(TsdbOptions.defaults()
                        .withRetention(Duration.ZERO)
                        .withMaintenance(TsdbOptions.Maintenance.MANUAL))
                .open()) {
            assertEquals(Map.of(LABELS, expected), Dump.of(db));
            db.admin().cutBlocks();
            assertEquals(Map.of(LABELS, expected), Dump.of(db));
        }
    }

    private static final class NoListener implements LogListener {
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
}

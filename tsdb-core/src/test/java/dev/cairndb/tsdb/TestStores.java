package dev.cairndb.tsdb;

import dev.cairndb.index.Labels;
import dev.cairndb.io.Storage;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.ManualClock;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/** Stores on a storage in memory, with a clock and maintenance by hand. */
final class TestStores {
    static final Path DIRECTORY = Path.of("/data");
    static final long MINUTE = Duration.ofMinutes(1).toMillis();
    static final long HOUR = Duration.ofHours(1).toMillis();
    /** A multiple of two hours. */
    static final long START = 1_699_999_200_000L;

    static final TsdbOptions OPTIONS = TsdbOptions.defaults()
            .withRetention(Duration.ZERO)
            .withWalSegmentBytesMax(1 << 15)
            .withMaintenance(TsdbOptions.Maintenance.MANUAL);

    /** Segments of many pages: with {@link Durability#OS} and {@link Durability#INTERVAL} who appends writes the log. */
    static final TsdbOptions LARGE_SEGMENTS = OPTIONS.withWalSegmentBytesMax(1 << 20);

    private TestStores() {}

    static CrashingStorage storage(long seed) throws IOException {
        CrashingStorage storage = new CrashingStorage(seed);
        storage.createDurableDirectories(DIRECTORY);
        return storage;
    }

    static TsdbBuilder builder(Storage storage, ManualClock clock, TsdbRuntime runtime) {
        return Tsdb.builder(DIRECTORY)
                .storage(storage)
                .clock(clock)
                .runtime(runtime)
                .options(OPTIONS);
    }

    static AppendResult append(Tsdb db, Labels labels, long timestampMillis, double value) throws IOException {
        return db.newBatch().add(db.series(labels), timestampMillis, value).commit();
    }

    static double ofBits(long bits) {
        return Double.longBitsToDouble(bits);
    }
}

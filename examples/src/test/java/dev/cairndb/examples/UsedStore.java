package dev.cairndb.examples;

import dev.cairndb.chunks.SampleCursor;
import dev.cairndb.index.Labels;
import dev.cairndb.index.Matcher;
import dev.cairndb.objstore.InMemoryObjectStore;
import dev.cairndb.tsdb.AppendBatch;
import dev.cairndb.tsdb.Querier;
import dev.cairndb.tsdb.SeriesCursor;
import dev.cairndb.tsdb.TimeRange;
import dev.cairndb.tsdb.Tsdb;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/** A store that is appended to, cut, shipped, closed, opened again and read. */
final class UsedStore {
    private static final int SERIES = 10;
    private static final int ROUNDS = 60;
    private static final long STEP_MILLIS = Duration.ofMinutes(5).toMillis();
    /** What {@link #use} finds when it reads the store. */
    static final long SAMPLES = (long) SERIES * ROUNDS;

    private UsedStore() {}

    static long use(Path directory) throws IOException {
        long start = System.currentTimeMillis() - ROUNDS * STEP_MILLIS;
        try (InMemoryObjectStore bucket = new InMemoryObjectStore()) {
            try (Tsdb db = open(directory, bucket)) {
                for (int round = 0; round < ROUNDS; round++) {
                    AppendBatch batch = db.newBatch();
                    for (int i = 0; i < SERIES; i++) {
                        batch.add(
                                db.series(Labels.of("__name__", "used", "n", "" + i)), start + round * STEP_MILLIS, i);
                    }
                    batch.commit();
                }
                db.admin().runMaintenance();
                requireSome(db.stats().blocksShipped());
                requireSome(read(db));
            }
            try (Tsdb db = open(directory, bucket)) {
                return read(db);
            }
        }
    }

    private static Tsdb open(Path directory, InMemoryObjectStore bucket) throws IOException {
        return Tsdb.builder(directory)
                .objectStore(bucket)
                .externalLabels(Labels.of("replica", "a"))
                .open();
    }

    private static long read(Tsdb db) throws IOException {
        long count = 0;
        try (Querier querier = db.querier(TimeRange.all());
                SeriesCursor series = querier.select(Matcher.regex("n", "[0-9]+"))) {
            while (series.next()) {
                SampleCursor samples = series.samples();
                while (samples.next()) {
                    count++;
                }
            }
        }
        return count;
    }

    private static void requireSome(long count) {
        if (count == 0) {
            throw new IllegalStateException("nothing was shipped or read");
        }
    }
}

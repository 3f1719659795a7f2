package dev.cairndb.tsdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.testkit.ManualClock;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Queries see each sample exactly once while blocks are cut, the head is truncated and old blocks are deleted. */
class QueryWhileCuttingTest {
    private static final long START = 1_700_000_000_000L;
    private static final long STEP = 60_000;
    private static final int SERIES = 60;
    private static final int ROUNDS = 1_500;
    private static final int ROUNDS_PER_QUERY = 25;

    @TempDir
    Path directory;

    private final AtomicLong written = new AtomicLong(START - STEP);
    private final AtomicBoolean done = new AtomicBoolean();
    private final Threads threads = new Threads();
    private final AtomicInteger queries = new AtomicInteger();

    @Test
    void eachSampleComesExactlyOnce() throws Exception {
        ManualClock clock = new ManualClock(START);
        try (Tsdb db = Tsdb.builder(directory)
                .clock(clock)
                .options(TsdbOptions.defaults()
                        .withDurability(Durability.OS)
                        .withRetention(Duration.ofHours(8))
                        .withWalSegmentBytesMax(1 << 17)
                        .withMaintenance(TsdbOptions.Maintenance.MANUAL))
                .open()) {
            threads.start(() -> write(db, clock));
            threads.start(() -> maintain(db));
            threads.start(() -> query(db));
            threads.start(() -> query(db));
            threads.join();
            assertTrue(db.stats().blocksCut() > 5, "blocks cut: " + db.stats().blocksCut());
            assertTrue(db.stats().blocksDeleted() > 0, "no block was deleted");
            assertTrue(queries.get() > 50, "queries: " + queries.get());
            assertEquals(0, db.stats().queriersOpen());
        }
    }

    /** Does not run away from the queries on a machine that has other work. */
    private void write(Tsdb db, ManualClock clock) throws IOException, InterruptedException {
        List<SeriesHandle> series = new ArrayList<>();
        for (int i = 0; i < SERIES; i++) {
            series.add(db.series(Labels.of("__name__", "m", "i", String.valueOf(i))));
        }
        AppendBatch batch = db.newBatch();
        for (int round = 0; round < ROUNDS && !threads.failed(); round++) {
            long t = START + round * STEP;
            clock.advance(Duration.ofMillis(STEP));
            for (SeriesHandle each : series) {
                batch.add(each, t, t);
            }
            assertEquals(SERIES, batch.commit().samplesAppended());
            written.set(t);
            while (queries.get() < round / ROUNDS_PER_QUERY && !threads.failed()) {
                Thread.sleep(1);
            }
        }
        done.set(true);
    }

    private boolean isOver() {
        return done.get() || threads.failed();
    }

    private void maintain(Tsdb db) throws IOException {
        while (!isOver()) {
            db.admin().runMaintenance();
        }
    }

    private void query(Tsdb db) throws IOException {
        while (!isOver()) {
            long to = written.get();
            long from = Math.max(START, to - Duration.ofHours(5).toMillis());
            if (to < START) {
                continue;
            }
            Map<Labels, TreeMap<Long, Long>> found = Dump.of(db, TimeRange.ofMillis(from, to));
            assertEquals(SERIES, found.size(), "series in " + from + ".." + to);
            long expected = (to - from) / STEP + 1;
            found.forEach((labels, samples) -> {
                assertEquals(expected, samples.size(), labels + " in " + from + ".." + to);
                samples.forEach((t, bits) -> assertEquals((double) t, Double.longBitsToDouble(bits)));
            });
            queries.incrementAndGet();
        }
    }
}

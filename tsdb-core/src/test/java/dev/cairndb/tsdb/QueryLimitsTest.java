package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestStores.HOUR;
import static dev.cairndb.tsdb.TestStores.MINUTE;
import static dev.cairndb.tsdb.TestStores.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.chunks.SampleCursor;
import dev.cairndb.index.Labels;
import dev.cairndb.index.Matcher;
import dev.cairndb.io.QueryStoppedException;
import dev.cairndb.io.QueryStoppedException.Reason;
import dev.cairndb.testkit.ManualClock;
import dev.cairndb.tsdb.TsdbOptions.QueryLimits;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Limits on what a querier reads. Some of the samples are in a block, the others in the head. */
class QueryLimitsTest {
    private static final int SERIES = 4;
    private static final int SAMPLES = 1_000;

    private final ManualClock clock = new ManualClock(START);
    private final TsdbRuntime runtime = TsdbRuntime.create();
    private Tsdb db;

    @BeforeEach
    void open() throws IOException {
        db = TestStores.builder(TestStores.storage(1), clock, runtime).open();
        for (int i = 0; i < SAMPLES; i++) {
            AppendBatch batch = db.newBatch();
            for (int series = 0; series < SERIES; series++) {
                batch.add(db.series(Labels.of("m", "s" + series)), START + i * MINUTE / 4, i * 1.1);
            }
            clock.advance(Duration.ofMillis(MINUTE / 4));
            batch.commit();
        }
        db.admin().cutBlocks();
        assertTrue(db.stats().blocks() > 0);
    }

    @AfterEach
    void close() throws IOException {
        db.close();
        runtime.close();
    }

    private interface Reading {
        void of(SeriesCursor series) throws IOException;
    }

    private int read(Querier querier, Reading reading) throws IOException {
        int count = 0;
        try (SeriesCursor series = querier.select(Matcher.regex("m", "s.+"))) {
            while (series.next()) {
                reading.of(series);
                count++;
            }
        }
        return count;
    }

    private static void samples(SeriesCursor series) throws IOException {
        int count = 0;
        for (SampleCursor cursor = series.samples(); cursor.next(); ) {
            count++;
        }
        assertEquals(SAMPLES, count);
    }

    private static void trimmedChunks(SeriesCursor series) throws IOException {
        int count = 0;
        for (ChunkCursor chunks = series.trimmedChunks(); chunks.next(); ) {
            count += chunks.chunk().sampleCount();
        }
        assertEquals(SAMPLES, count);
    }

    private static void chunks(SeriesCursor series) throws IOException {
        for (ChunkCursor chunks = series.chunks(); chunks.next(); ) {
            assertTrue(chunks.chunk().sampleCount() > 0);
        }
    }

    private int read(QueryLimits limits, Reading reading) throws IOException {
        try (Querier querier = db.querier(TimeRange.all(), limits)) {
            return read(querier, reading);
        }
    }

    private static void stops(Reason reason, Executable query) {
        assertEquals(reason, assertThrows(QueryStoppedException.class, query).reason());
    }

    private long stopped(Reason reason) {
        return db.stats().queriesStopped().getOrDefault(reason, -1L);
    }

    @Test
    void theLimitsAreExact() throws IOException {
        long all = SERIES * (long) SAMPLES;
        assertEquals(SERIES, read(new QueryLimits(SERIES, 0, 0, Duration.ZERO), QueryLimitsTest::samples));
        stops(Reason.SERIES, () -> read(new QueryLimits(SERIES - 1, 0, 0, Duration.ZERO), QueryLimitsTest::samples));
        for (Reading reading : new Reading[] {QueryLimitsTest::samples, QueryLimitsTest::trimmedChunks}) {
            assertEquals(SERIES, read(new QueryLimits(0, all, 0, Duration.ZERO), reading));
            stops(Reason.SAMPLES, () -> read(new QueryLimits(0, all - 1, 0, Duration.ZERO), reading));
            stops(Reason.SAMPLES, () -> read(new QueryLimits(0, 1, 0, Duration.ZERO), reading));
            long bytes = bytesOf(reading);
            stops(Reason.CHUNK_BYTES, () -> read(new QueryLimits(0, 0, bytes - 1, Duration.ZERO), reading));
        }
        assertEquals(1, stopped(Reason.SERIES));
        assertEquals(4, stopped(Reason.SAMPLES));
    }

    /** The least limit of bytes that lets it through, by bisection. */
    private long bytesOf(Reading reading) throws IOException {
        long tooFew = 0;
        long enough = 1 << 30;
        while (enough - tooFew > 1) {
            long limit = (tooFew + enough) / 2;
            try {
                read(new QueryLimits(0, 0, limit, Duration.ZERO), reading);
                enough = limit;
            } catch (QueryStoppedException e) {
                tooFew = limit;
            }
        }
        assertTrue(enough > SERIES * SAMPLES && enough < SERIES * SAMPLES * 16, enough + " bytes");
        return enough;
    }

    @Test
    void aQueryThatSeeksPaysForWhatItIsShown() throws IOException {
        int count = read(new QueryLimits(0, SERIES, 0, Duration.ZERO), series -> {
            SampleCursor cursor = series.samples();
            assertTrue(cursor.seek(START + HOUR));
            assertTrue(cursor.seek(START + HOUR), "already there");
        });
        assertEquals(SERIES, count, "what was not shown was given back");
    }

    @Test
    void timeRunsOutBetweenTwoSteps() throws IOException {
        QueryLimits limits = new QueryLimits(0, 0, 0, Duration.ofSeconds(10));
        Reading slow = series -> {
            clock.advance(Duration.ofSeconds(4));
            samples(series);
        };
        stops(Reason.TIME, () -> read(limits, slow));
        try (Querier querier = db.querier(TimeRange.all(), limits)) {
            assertEquals(SERIES, read(querier, QueryLimitsTest::samples));
            clock.advance(Duration.ofSeconds(11));
            stops(Reason.TIME, () -> querier.labelValues("m"));
            stops(Reason.TIME, () -> querier.labelNames());
            stops(Reason.TIME, () -> querier.select(Matcher.regex("m", ".*1")));
            stops(Reason.TIME, () -> read(querier, QueryLimitsTest::samples));
        }
        assertEquals(2, stopped(Reason.TIME), "each querier once");
    }

    @Test
    void aCancelledQueryEndsAndTellsWhy() throws IOException {
        try (Querier querier = db.querier(TimeRange.all())) {
            Reading cancelling = series -> {
                querier.cancel();
                samples(series);
            };
            stops(Reason.CANCELLED, () -> read(querier, cancelling));
            for (Reading reading : new Reading[] {
                QueryLimitsTest::samples, QueryLimitsTest::chunks, QueryLimitsTest::trimmedChunks, series -> {}
            }) {
                stops(Reason.CANCELLED, () -> read(querier, reading));
            }
        }
        assertEquals(1, stopped(Reason.CANCELLED));
        assertEquals(0, db.stats().queriersOpen());
    }

    @Test
    void theStoresLimitsHoldUnlessOthersAreGiven() throws IOException {
        db.admin().changeLimits(db.options().withQueryLimits(new QueryLimits(1, 0, 0, Duration.ZERO)));
        try (Querier querier = db.querier(TimeRange.all())) {
            stops(Reason.SERIES, () -> read(querier, QueryLimitsTest::samples));
        }
        assertEquals(SERIES, read(QueryLimits.none(), QueryLimitsTest::chunks));
    }
}

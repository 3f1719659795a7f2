package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestStores.HOUR;
import static dev.cairndb.tsdb.TestStores.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.index.Matcher;
import dev.cairndb.remote.MetricType;
import dev.cairndb.remote.RemoteWriteRequest;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.ManualClock;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Exemplars from a request to the ring and the log, and back. */
class ExemplarsTest {
    private static final Labels UP = Labels.of("__name__", "up", "job", "a");
    private static final Labels DOWN = Labels.of("__name__", "down", "job", "a");
    private static final Matcher[] ALL = {Matcher.regex("__name__", ".*")};

    private final ManualClock clock = new ManualClock(START + HOUR);
    private final TsdbRuntime runtime = TsdbRuntime.create();
    private CrashingStorage storage;
    private TsdbOptions options = TestStores.OPTIONS;
    private Tsdb db;

    @BeforeEach
    void open() throws IOException {
        storage = TestStores.storage(1);
        reopen();
    }

    @AfterEach
    void close() throws IOException {
        db.close();
        runtime.close();
    }

    private void reopen() throws IOException {
        db = TestStores.builder(storage, clock, runtime).options(options).open();
    }

    private static Labels trace(String id) {
        return Labels.of("trace_id", id);
    }

    private List<ExemplarSeries> all() {
        return db.exemplars(TimeRange.all(), ALL);
    }

    @Test
    void exemplarsOfBothVersionsAreStoredBehindTheirSamples() throws IOException {
        AppendResult first = db.append(TestRequest.v1()
                .series(UP)
                .sample(START, 1)
                .exemplar(trace("1"), START, 0.5)
                .series(DOWN)
                .sample(START, 2)
                .exemplar(Labels.of("span_id", "s", "trace_id", "ü"), START + 1, Double.NaN)
                .exemplar(Labels.empty(), START + 2, -0.0)
                .build());
        assertEquals(2, first.samplesAppended());
        assertEquals(3, first.exemplarsAppended());
        AppendResult second = db.append(TestRequest.v2()
                .series(UP)
                .sample(START + 5, 1)
                .exemplar(trace("2"), START + 5, 7)
                .build());
        assertEquals(1, second.exemplarsAppended());
        List<ExemplarSeries> expected = List.of(
                new ExemplarSeries(
                        DOWN,
                        List.of(
                                new Exemplar(Labels.of("span_id", "s", "trace_id", "ü"), START + 1, Double.NaN),
                                new Exemplar(Labels.empty(), START + 2, -0.0))),
                new ExemplarSeries(
                        UP, List.of(new Exemplar(trace("1"), START, 0.5), new Exemplar(trace("2"), START + 5, 7))));
        assertEquals(expected, all());
        db.close();
        reopen();
        assertEquals(expected, all(), "after a restart");
        assertEquals(4, db.stats().exemplars());
        assertEquals(0, db.stats().exemplarsAppended());
        assertTrue(db.stats().headBytes().get("exemplars") > 0);
    }

    @Test
    void setsOfMatchersAreJoinedAndTheRangeIsInclusive() throws IOException {
        TestRequest request = TestRequest.v1();
        for (int i = 0; i < 4; i++) {
            request.series(Labels.of("__name__", "m" + i))
                    .sample(START, 1)
                    .exemplar(trace("1"), START + i, 1)
                    .exemplar(trace("2"), START + 10 + i, 1);
        }
        AppendResult result = db.append(request.build());
        assertEquals(8, result.exemplarsAppended());
        Matcher[] one = {Matcher.equal("__name__", "m1")};
        Matcher[] two = {Matcher.equal("__name__", "m2"), Matcher.equal("other", "")};
        Matcher[] none = {Matcher.equal("__name__", "m3"), Matcher.equal("other", "x")};
        List<ExemplarSeries> found = db.exemplars(TimeRange.ofMillis(START + 2, START + 11), one, two, none);
        assertEquals(
                List.of(Labels.of("__name__", "m1"), Labels.of("__name__", "m2")),
                found.stream().map(ExemplarSeries::labels).toList());
        assertEquals(
                List.of(new Exemplar(trace("2"), START + 11, 1)), found.get(0).exemplars());
        assertEquals(
                List.of(new Exemplar(trace("1"), START + 2, 1)), found.get(1).exemplars());
    }

    @Test
    void aBadExemplarCostsNoSampleAndSaysWhatItIs() throws IOException {
        AppendResult result = db.append(TestRequest.v1()
                .series(UP)
                .sample(START, 1)
                .exemplar(trace("1"), START + 5, 1)
                .exemplar(trace("1"), START + 5, 1)
                .exemplar(trace("1"), START + 4, 1)
                .exemplar(trace("x".repeat(121)), START + 6, 1)
                .exemplar(trace("x".repeat(120)), START + 7, 1)
                .exemplar(trace("1"), START + 3 * HOUR, 1)
                .series(DOWN)
                .exemplar(trace("1"), START, 1)
                .series(Labels.of("job", "no name"))
                .sample(START, 1)
                .exemplar(trace("1"), START, 1)
                .build());
        assertEquals(1, result.samplesAppended());
        assertEquals(2, result.exemplarsAppended());
        assertEquals(1, result.exemplarsDuplicate());
        assertEquals(1, result.rejected(Rejection.EXEMPLAR_OUT_OF_ORDER));
        assertEquals(1, result.rejected(Rejection.EXEMPLAR_LABELS_TOO_LONG));
        assertEquals(1, result.rejected(Rejection.EXEMPLAR_TOO_FAR_IN_FUTURE));
        assertEquals(2, result.rejected(Rejection.EXEMPLAR_UNKNOWN_SERIES));
        assertEquals(5, result.exemplarsRejected());
        assertEquals(6, result.rejectedTotal(), "with the sample of the series without a name");
        assertNotNull(result.firstRejected());
        assertEquals(2, all().get(0).exemplars().size());
        assertEquals(1, db.stats().seriesActive(), "an exemplar makes no series");
    }

    @Test
    void anExemplarMayComeWithoutASampleToASeriesThatIsThere() throws IOException {
        db.append(TestRequest.v1().series(UP).sample(START, 1).build());
        AppendResult apart = db.append(TestRequest.v1()
                .series(DOWN)
                .exemplar(trace("v"), START, 1)
                .series(DOWN)
                .sample(START, 1)
                .build());
        assertEquals(1, apart.exemplarsAppended(), "before the first sample, in the same request");
        for (TestRequest request : List.of(TestRequest.v1(), TestRequest.v2())) {
            AppendResult result = db.append(request.series(UP)
                    .exemplar(trace("v"), clock.wallMillis(), 1)
                    .build());
            clock.advance(Duration.ofSeconds(1));
            assertEquals(1, result.exemplarsAppended(), result::toString);
        }
        assertEquals(2, all().get(1).exemplars().size());
    }

    @Test
    void nothingIsKeptWhenExemplarsAreOff() throws IOException {
        db.append(TestRequest.v1()
                .series(UP)
                .sample(START, 1)
                .exemplar(trace("1"), START, 1)
                .build());
        db.close();
        options = options.withExemplarsMax(0);
        reopen();
        assertEquals(List.of(), all());
        AppendResult result = db.append(TestRequest.v1()
                .series(UP)
                .sample(START + 1, 1)
                .exemplar(trace("2"), START + 1, 1)
                .build());
        assertEquals(1, result.samplesAppended());
        assertEquals(1, result.exemplarsIgnored());
        assertEquals(0, result.exemplarsAppended() + result.rejectedTotal());
        assertEquals(List.of(), all());
        db.close();
        options = options.withExemplarsMax(1);
        reopen();
        assertEquals(
                List.of(new ExemplarSeries(UP, List.of(new Exemplar(trace("1"), START, 1)))),
                all(),
                "what was logged before");
    }

    @Test
    void exemplarsOutliveTheirSeriesInTheHeadAndGoWithTheLogOfTheirTime() throws IOException {
        RemoteWriteRequest request = TestRequest.v1()
                .series(UP)
                .sample(START, 1)
                .exemplar(trace("old"), START, 1)
                .build();
        db.append(request);
        for (int hour = 1; hour <= 12; hour++) {
            clock.advance(Duration.ofHours(1));
            TestRequest later = TestRequest.v1();
            for (int i = 0; i < 120; i++) {
                later.series(Labels.of("__name__", "other", "i", "i" + i))
                        .sample(START + hour * HOUR, 1)
                        .exemplar(trace("t" + hour), START + hour * HOUR, 1);
            }
            if (hour <= 2) {
                // Told beside its first series, and again: then there is a series to log it with.
                later.family("other", MetricType.GAUGE, "", "help");
            }
            assertEquals(120, db.append(later.build()).exemplarsAppended());
            db.admin().runMaintenance();
        }
        assertEquals(120, db.stats().seriesActive(), "up has left the head");
        assertEquals(121, all().size());
        long floor = db.stats().headMinTimestampMillis();
        db.close();
        reopen();
        assertEquals(
                List.of(new MetricMetadata("other", MetricType.GAUGE, "", "help")),
                db.metadata(),
                "from the checkpoint");
        List<ExemplarSeries> left = all();
        assertEquals(120, left.size());
        assertTrue(
                left.get(0).exemplars().get(0).timestampMillis() >= floor - 2 * HOUR,
                "exemplars that are in the time of blocks do not come back");
        assertTrue(left.get(0).exemplars().size() >= 2);
        assertTrue(db.stats().walBytes() < 200_000, db.stats().walBytes() + " bytes of log");
    }

    @Test
    void theOldestGoWhenThereAreTooMany() throws IOException {
        db.close();
        options = options.withExemplarsMax(10);
        reopen();
        for (int i = 0; i < 25; i++) {
            db.append(TestRequest.v1()
                    .series(i % 2 == 0 ? UP : DOWN)
                    .sample(START + i, 1)
                    .exemplar(trace("t" + i), START + i, i)
                    .build());
        }
        for (int opening = 0; opening < 2; opening++) {
            assertEquals(10, db.stats().exemplars());
            List<Long> times = new ArrayList<>();
            all().forEach(series -> series.exemplars().forEach(e -> times.add(e.timestampMillis() - START)));
            assertEquals(List.of(15L, 17L, 19L, 21L, 23L, 16L, 18L, 20L, 22L, 24L), times);
            db.close();
            reopen();
        }
    }

    /** Random ones through crashes: what was acknowledged is there, in order, and nothing else. */
    @Test
    void acknowledgedExemplarsAndMetadataSurviveAPowerCut() throws IOException {
        Random random = new Random(7);
        List<Exemplar> acknowledged = new ArrayList<>();
        String help = "the first";
        db.append(TestRequest.v2()
                .series(UP)
                .metadata(MetricType.GAUGE, "", help)
                .sample(START, 1)
                .build());
        for (int crash = 0; crash < 10; crash++) {
            for (int i = 0; i < 20; i++) {
                clock.advance(Duration.ofMillis(1 + random.nextInt(10_000)));
                long t = clock.wallMillis();
                Exemplar exemplar = new Exemplar(trace("t" + random.nextInt()), t, random.nextDouble());
                boolean isNew = random.nextInt(3) == 0;
                help = isNew ? "help " + crash + " " + i : help;
                AppendResult result = db.append((random.nextBoolean() && !isNew
                                ? TestRequest.v1().series(UP)
                                : TestRequest.v2().series(UP).metadata(MetricType.GAUGE, "", help))
                        .sample(t, i)
                        .exemplar(exemplar.labels(), t, exemplar.value())
                        .build());
                assertEquals(1, result.exemplarsAppended());
                acknowledged.add(exemplar);
            }
            CrashingStorage after = storage.crash(random.nextLong());
            try {
                db.close();
            } catch (IOException e) {
                // The power is gone.
            }
            storage = after;
            reopen();
            assertEquals(List.of(new ExemplarSeries(UP, acknowledged)), all(), "crash " + crash);
            assertEquals(List.of(new MetricMetadata("up", MetricType.GAUGE, "", help)), db.metadata());
        }
    }

    @Test
    void aRequestWithOnlyDuplicatesIsAnsweredAsStored() throws IOException {
        for (int i = 0; i < 2; i++) {
            AppendResult result = db.append(TestRequest.v2()
                    .series(UP)
                    .sample(START, 1)
                    .exemplar(trace("1"), START, 1)
                    .build());
            assertEquals(1, result.exemplarsAppended() + result.exemplarsDuplicate());
            assertEquals(i, result.exemplarsDuplicate());
            assertEquals(0, result.rejectedTotal());
        }
        assertEquals(1, db.stats().exemplarsAppended());
        assertEquals(1, db.stats().exemplarsDuplicate());
    }
}

package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestStores.HOUR;
import static dev.cairndb.tsdb.TestStores.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.remote.MetricType;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.ManualClock;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Metadata from a request to the table and the log, and back. */
class MetadataTest {
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

    private void restart() throws IOException {
        db.close();
        reopen();
    }

    private static Labels named(String name, String... more) {
        Labels.Builder labels = Labels.builder().add("__name__", name);
        for (int i = 0; i < more.length; i += 2) {
            labels.add(more[i], more[i + 1]);
        }
        return labels.build();
    }

    private AppendResult append(TestRequest request) throws IOException {
        return db.append(request.build());
    }

    @Test
    void versionTwoTellsItPerSeriesAndItIsShownPerFamily() throws IOException {
        TestRequest request = TestRequest.v2();
        for (String name : List.of("h_bucket", "h_sum", "h_count", "h")) {
            request.series(named(name)).sample(START, 1).metadata(MetricType.HISTOGRAM, "seconds", "ü help");
        }
        request.series(named("s_sum")).sample(START, 1).metadata(MetricType.SUMMARY, "", "sums");
        request.series(named("c_total")).sample(START, 1).metadata(MetricType.COUNTER, "", "counts");
        request.series(named("g_sum")).sample(START, 1).metadata(MetricType.GAUGE, "bytes", "");
        request.series(named("gh_gcount")).sample(START, 1).metadata(MetricType.GAUGE_HISTOGRAM, "", "gh");
        request.series(named("i_info")).sample(START, 1).metadata(MetricType.INFO, "", "i");
        request.series(named("_sum")).sample(START, 1).metadata(MetricType.SUMMARY, "", "no name left");
        request.series(named("plain")).sample(START, 1);
        AppendResult result = append(request);
        assertEquals(10, result.metadataUpdated());
        List<MetricMetadata> expected = List.of(
                new MetricMetadata("_sum", MetricType.SUMMARY, "", "no name left"),
                new MetricMetadata("c_total", MetricType.COUNTER, "", "counts"),
                new MetricMetadata("g_sum", MetricType.GAUGE, "bytes", ""),
                new MetricMetadata("gh", MetricType.GAUGE_HISTOGRAM, "", "gh"),
                new MetricMetadata("h", MetricType.HISTOGRAM, "seconds", "ü help"),
                new MetricMetadata("i_info", MetricType.INFO, "", "i"),
                new MetricMetadata("s", MetricType.SUMMARY, "", "sums"));
        assertEquals(expected, db.metadata());
        assertEquals(7, db.stats().metadataEntries());
        restart();
        assertEquals(expected, db.metadata(), "after a restart");
        assertTrue(db.stats().headBytes().get("metadata") > 4096);
    }

    @Test
    void whatIsKnownIsNotLoggedAgainAndWhatChangesIs() throws IOException {
        Labels series = named("m");
        for (int i = 0; i < 3; i++) {
            AppendResult result =
                    append(TestRequest.v2().series(series).sample(START + i, 1).metadata(MetricType.GAUGE, "", "help"));
            assertEquals(i == 0 ? 1 : 0, result.metadataUpdated());
        }
        assertEquals(
                1,
                append(TestRequest.v2().series(series).sample(START + 5, 1).metadata(MetricType.GAUGE, "", "new"))
                        .metadataUpdated());
        List<MetricMetadata> expected = List.of(new MetricMetadata("m", MetricType.GAUGE, "", "new"));
        assertEquals(expected, db.metadata());
        restart();
        assertEquals(expected, db.metadata());
    }

    @Test
    void targetsThatDisagreeAllHaveTheirSayTheNewestFirst() throws IOException {
        append(TestRequest.v2()
                .series(named("m", "job", "a"))
                .sample(START, 1)
                .metadata(MetricType.GAUGE, "", "as a says")
                .series(named("m", "job", "b"))
                .sample(START, 1)
                .metadata(MetricType.COUNTER, "", "as b says"));
        List<MetricMetadata> both = List.of(
                new MetricMetadata("m", MetricType.COUNTER, "", "as b says"),
                new MetricMetadata("m", MetricType.GAUGE, "", "as a says"));
        assertEquals(both, db.metadata());
        restart();
        assertEquals(both, db.metadata());
    }

    @Test
    void versionOneIsKeptAsideUntilAFamilyHasASeries() throws IOException {
        TestRequest told = TestRequest.v1()
                .family("requests", MetricType.COUNTER, "", "as OpenMetrics names it")
                .family("latency", MetricType.HISTOGRAM, "seconds", "h");
        assertEquals(2, append(told).metadataUpdated());
        List<MetricMetadata> expected = List.of(
                new MetricMetadata("latency", MetricType.HISTOGRAM, "seconds", "h"),
                new MetricMetadata("requests", MetricType.COUNTER, "", "as OpenMetrics names it"));
        assertEquals(expected, db.metadata());
        restart();
        assertEquals(List.of(), db.metadata(), "there was nothing to log it with");

        append(TestRequest.v1()
                .series(named("requests_total"))
                .sample(START, 1)
                .series(named("latency_bucket", "le", "1"))
                .sample(START, 1));
        TestRequest again = TestRequest.v1()
                .family("requests", MetricType.COUNTER, "", "as OpenMetrics names it")
                .family("latency", MetricType.HISTOGRAM, "seconds", "h");
        assertEquals(2, append(again).metadataUpdated());
        assertEquals(expected, db.metadata());
        long logged = db.stats().walBytes();
        restart();
        // The log holds the series, not the family's name.
        assertEquals(
                List.of(
                        new MetricMetadata("latency", MetricType.HISTOGRAM, "seconds", "h"),
                        new MetricMetadata("requests_total", MetricType.COUNTER, "", "as OpenMetrics names it")),
                db.metadata());
        AppendResult third = append(TestRequest.v1()
                .family("requests", MetricType.COUNTER, "", "as OpenMetrics names it")
                .family("latency", MetricType.HISTOGRAM, "seconds", "h"));
        assertEquals(0, third.metadataUpdated(), "not logged again");
        assertEquals(expected, db.metadata(), "the sender's name is known again");
        assertEquals(logged, db.stats().walBytes());
    }

    @Test
    void versionOneMetadataInTheRequestOfItsFirstSeriesFindsIt() throws IOException {
        append(TestRequest.v1().series(named("m")).sample(START, 1).family("m", MetricType.GAUGE, "", "help"));
        assertEquals(List.of(new MetricMetadata("m", MetricType.GAUGE, "", "help")), db.metadata());
        append(TestRequest.v1().family("m", MetricType.GAUGE, "", "help"));
        restart();
        assertEquals(List.of(new MetricMetadata("m", MetricType.GAUGE, "", "help")), db.metadata());
    }

    @Test
    void metadataGoesWithItsLastSeries() throws IOException {
        append(TestRequest.v2().series(named("old")).sample(START, 1).metadata(MetricType.GAUGE, "", "help"));
        for (int hour = 1; hour <= 8; hour++) {
            clock.advance(Duration.ofHours(1));
            append(TestRequest.v2()
                    .series(named("new"))
                    .sample(START + hour * HOUR, 1)
                    .metadata(MetricType.GAUGE, "", "help"));
            db.admin().runMaintenance();
        }
        db.admin().runMaintenance();
        assertEquals(1, db.stats().seriesActive());
        assertEquals(List.of(new MetricMetadata("new", MetricType.GAUGE, "", "help")), db.metadata());
        restart();
        assertEquals(List.of(new MetricMetadata("new", MetricType.GAUGE, "", "help")), db.metadata());
    }

    @Test
    void itsMemoryIsBoundedAndItCanBeOff() throws IOException {
        db.close();
        options = options.withMetadataBytesMax(100_000);
        reopen();
        int dropped = 0;
        for (int i = 0; i < 300; i++) {
            AppendResult result = append(TestRequest.v2()
                    .series(named("m" + i))
                    .sample(START, 1)
                    .metadata(MetricType.GAUGE, "", "h".repeat(1_000)));
            assertEquals(1, result.samplesAppended());
            assertEquals(0, result.rejectedTotal());
            dropped += result.metadataIgnored();
        }
        assertTrue(dropped > 200 && dropped < 250, dropped + " dropped");
        assertTrue(db.stats().headBytes().get("metadata") <= 100_100, db.stats()::toString);
        assertEquals(300 - dropped, db.metadata().size());
        // What is kept aside makes room for what is new.
        for (int i = 0; i < 300; i++) {
            AppendResult unused = append(TestRequest.v1().family("f" + i, MetricType.GAUGE, "", "h".repeat(2_000)));
        }
        assertTrue(db.stats().headBytes().get("metadata") <= 100_100, db.stats()::toString);

        db.close();
        options = options.withMetadataBytesMax(0);
        reopen();
        assertEquals(List.of(), db.metadata());
        AppendResult off = append(
                TestRequest.v2().series(named("m0")).sample(START + 1, 1).metadata(MetricType.GAUGE, "", "help"));
        assertEquals(1, off.metadataIgnored());
        assertEquals(1, off.samplesAppended());
        assertEquals(List.of(), db.metadata());
    }
}

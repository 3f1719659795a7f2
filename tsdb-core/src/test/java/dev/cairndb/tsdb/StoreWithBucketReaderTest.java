package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestBucket.EVERYTHING;
import static dev.cairndb.tsdb.TestBucket.HEADERS;
import static dev.cairndb.tsdb.TestBucket.everythingIn;
import static dev.cairndb.tsdb.TestBucket.read;
import static dev.cairndb.tsdb.TestStores.HOUR;
import static dev.cairndb.tsdb.TestStores.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.index.Matcher;
import dev.cairndb.objstore.ObjectStoreException;
import dev.cairndb.objstore.ObjectStoreObserver.Operation;
import dev.cairndb.testkit.FlakyObjectStore.Fault;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A store shows what it has here and what is in a bucket as one. */
class StoreWithBucketReaderTest {
    private static final int SERIES = 60;

    private TestBucket test;

    @BeforeEach
    void make() throws IOException {
        test = new TestBucket(SERIES);
    }

    @AfterEach
    void close() {
        test.close();
    }

    /** Six hours here and the rest in the bucket; returns the store. */
    private Tsdb storeOfADay(BucketReader reader) throws IOException {
        Tsdb db = test.open(Duration.ofHours(6), reader);
        for (int day = 0; day < 8; day++) {
            test.append(db, 3 * HOUR);
            db.admin().runMaintenance();
            reader.refresh();
            db.admin().runMaintenance();
        }
        return db;
    }

    @Test
    void aStoreWithAReaderAnswersAsIfItHadKeptEverything() throws IOException {
        try (BucketReader reader = test.reader().open();
                Tsdb db = storeOfADay(reader)) {
            assertTrue(db.stats().blocksDeleted() >= 5, db.stats().toString());
            assertEquals(0, reader.stats().blocksOpen());
            List<Matcher[]> selections = List.of(
                    new Matcher[] {EVERYTHING},
                    new Matcher[] {Matcher.equal("__name__", "m1")},
                    new Matcher[] {Matcher.equal("host", "host-7")},
                    new Matcher[] {Matcher.regex("host", "host-1.*"), Matcher.notEqual("zone", "z2")},
                    new Matcher[] {Matcher.equal("__name__", "m1"), Matcher.notRegex("zone", "z[01]")},
                    new Matcher[] {Matcher.equal("__name__", "absent")});
            for (TimeRange range : List.of(
                    TimeRange.all(),
                    TimeRange.ofMillis(START + HOUR, START + 3 * HOUR),
                    TimeRange.ofMillis(START + 2 * HOUR, START + 2 * HOUR),
                    TimeRange.ofMillis(test.t - 9 * HOUR, test.t - HOUR))) {
                for (Matcher[] matchers : selections) {
                    try (Querier querier = db.querier(range)) {
                        assertEquals(test.expected(range, matchers), read(querier, matchers));
                    }
                }
            }
            assertEquals(List.of("__name__", "host", "zone"), db.labelNames());
            assertEquals(5, db.labelValues("zone", EVERYTHING).size());
            assertTrue(reader.stats().blocksOpen() >= 5, reader.stats().toString());
        }
    }

    @Test
    void whatIsHereIsNotReadThere() throws IOException {
        try (BucketReader reader = test.reader().open();
                Tsdb db = test.open(Duration.ofDays(9), reader)) {
            test.append(db, 12 * HOUR);
            db.admin().runMaintenance();
            reader.refresh();
            assertTrue(reader.stats().blocks() >= 4);
            long reads = reader.stats().reads();
            try (Querier querier = db.querier(TimeRange.all())) {
                assertEquals(test.expected(), read(querier, EVERYTHING));
            }
            assertEquals(reads, reader.stats().reads());
            assertEquals(0, reader.stats().blocksOpen());
        }
    }

    @Test
    void aBlockStaysHereUntilTheReaderHasSeenItThere() throws IOException {
        try (BucketReader reader = test.reader().open();
                Tsdb db = test.open(Duration.ofHours(3), reader)) {
            test.append(db, 12 * HOUR);
            // Shipped in this pass, and the bucket was looked at before that.
            test.flaky.plan(
                    (call, operation, name) -> operation == Operation.LIST && name.isEmpty() ? Fault.BEFORE : null);
            test.clock.advance(Duration.ofMinutes(10));
            assertThrows(ObjectStoreException.class, () -> db.admin().runMaintenance());
            assertEquals(0, db.stats().blocksDeleted());
            assertEquals(test.expected(), everythingIn(db));
            test.flaky.heal();
            test.clock.advance(Duration.ofMinutes(10));
            db.admin().runMaintenance();
            assertTrue(db.stats().blocksDeleted() > 0);
            assertEquals(test.expected(), everythingIn(db));
        }
    }

    @Test
    void whatTheBucketHasLostIsNotKeptHere() throws IOException {
        try (BucketReader reader = test.reader().open();
                Tsdb db = test.open(Duration.ofHours(3), reader)) {
            test.append(db, 12 * HOUR);
            test.flaky.plan(
                    (call, operation, name) -> operation == Operation.LIST && name.isEmpty() ? Fault.BEFORE : null);
            test.clock.advance(Duration.ofMinutes(10));
            assertThrows(ObjectStoreException.class, () -> db.admin().runMaintenance());
            int blocks = db.admin().blocks().size();
            test.flaky.heal();
            // As its own retention would.
            test.folders().forEach(test::delete);
            test.clock.advance(Duration.ofMinutes(10));
            db.admin().runMaintenance();
            assertTrue(db.stats().blocksDeleted() >= blocks - 2, db.stats().toString());
        }
    }

    @Test
    void whatTheBucketHasInAnotherStreamStaysHere() throws IOException {
        try (BucketReader reader = BucketReader.builder(test.flaky, HEADERS, Labels.of("replica", "b"))
                        .storage(test.storage)
                        .clock(test.clock)
                        .open();
                Tsdb db = test.open(Duration.ofHours(3), reader)) {
            test.append(db, 12 * HOUR);
            for (int i = 0; i < 3; i++) {
                test.clock.advance(Duration.ofMinutes(10));
                db.admin().runMaintenance();
            }
            assertEquals(0, db.stats().blocksDeleted());
            assertEquals(test.expected(), everythingIn(db));
        }
    }
}

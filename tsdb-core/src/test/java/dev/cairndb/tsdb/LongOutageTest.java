package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestStores.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.io.StoreUnavailableException;
import dev.cairndb.remote.RemoteWriteRequest;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.ManualClock;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A log that cannot be written for long: nothing grows, every writer is refused, and the store goes on by itself. */
@Timeout(120)
class LongOutageTest {
    private static final Duration SYNC_INTERVAL = Duration.ofMillis(200);
    private static final int ATTEMPTS = 2_000;

    private final ManualClock clock = new ManualClock(START);
    private final List<String> told = new CopyOnWriteArrayList<>();
    private final List<Long> acknowledged = new ArrayList<>();
    /** Acknowledged, and old enough for a power cut to leave it. */
    private final List<Long> promised = new ArrayList<>();

    private int sent;

    private final TsdbListener listener = new TsdbListener() {
        @Override
        public void writesRefused(IOException why) {
            told.add("refused");
        }

        @Override
        public void writesAccepted() {
            told.add("accepted");
        }
    };

    private Tsdb open(CrashingStorage storage, TsdbRuntime runtime) throws IOException {
        return TestStores.builder(storage, clock, runtime)
                .options(TestStores.OPTIONS.withDurability(Durability.INTERVAL).withSyncInterval(SYNC_INTERVAL))
                .listener(listener)
                .open();
    }

    private static Labels labels(int number) {
        return Labels.of("__name__", "m", "n", String.valueOf(number));
    }

    private void append(Tsdb db) throws IOException {
        clock.advance(Duration.ofSeconds(1));
        sent++;
        assertEquals(
                1, TestStores.append(db, labels(0), clock.wallMillis(), sent).samplesAppended());
        acknowledged.add(clock.wallMillis());
    }

    @Test
    void nothingGrowsWhileEverybodyIsRefusedAndTheStoreGoesOnByItself() throws Exception {
        CrashingStorage storage = TestStores.storage(3);
        CrashingStorage afterCut;
        try (TsdbRuntime runtime = TsdbRuntime.create()) {
            try (Tsdb db = open(storage, runtime)) {
                for (int i = 0; i < 50; i++) {
                    append(db);
                }
                storage.freeBytes(0);
                assertThrows(StoreUnavailableException.class, () -> append(db));
                // Who waits is answered before the listener is told.
                awaitTold(1);
                assertEquals(List.of("refused"), told);
                TsdbStats before = db.stats();
                for (int i = 0; i < ATTEMPTS; i++) {
                    refuse(db, i);
                }
                // The log is tried again every second.
                Thread.sleep(2_500);
                refuse(db, 0);
                TsdbStats after = db.stats();
                assertEquals(before.seriesActive(), after.seriesActive());
                assertEquals(before.samplesAppended(), after.samplesAppended());
                assertEquals(before.headBytes(), after.headBytes(), "memory");
                assertEquals(0, after.requestsInFlight());
                assertEquals(List.of("refused"), told, "told once");
                assertTrue(Dump.of(db).get(labels(0)).keySet().containsAll(acknowledged), "reads go on");
                assertHasAll(acknowledged, storage.crashedCopy(4), runtime);

                storage.freeBytes(1 << 20);
                awaitTold(2);
                append(db);
                awaitSyncOfWhatIsThere(db);
                afterCut = storage.crash(5);
                assertThrows(IOException.class, db::close);
            }
            assertHasAll(promised, afterCut, runtime);
        }
        assertEquals(List.of("refused", "accepted"), told.subList(0, 2));
    }

    /** Appends on: only a log that has grown is synced. */
    private void awaitSyncOfWhatIsThere(Tsdb db) throws Exception {
        promised.addAll(acknowledged);
        // The next one may have begun before.
        long syncs = db.stats().walSyncs() + 2;
        while (db.stats().walSyncs() < syncs) {
            append(db);
            Thread.sleep(1);
        }
    }

    private void assertHasAll(List<Long> timestamps, CrashingStorage afterPowerCut, TsdbRuntime runtime)
            throws IOException {
        afterPowerCut.freeBytes(Long.MAX_VALUE);
        try (Tsdb db = TestStores.builder(afterPowerCut, clock, runtime).open()) {
            Map<Labels, TreeMap<Long, Long>> found = Dump.of(db);
            assertTrue(found.get(labels(0)).keySet().containsAll(timestamps));
            assertEquals(1, found.size());
        }
    }

    /** In each of the two ways, with a series that is new each time. */
    private void refuse(Tsdb db, int number) {
        AppendBatch batch = db.newBatch();
        batch.add(db.series(labels(number + 1)), clock.wallMillis(), number);
        assertThrows(StoreUnavailableException.class, batch::commit);
        CompletionStage<AppendResult> later = db.appendAsync(request(number));
        CompletionException refused = assertThrows(
                CompletionException.class, () -> later.toCompletableFuture().join());
        assertInstanceOf(StoreUnavailableException.class, refused.getCause());
    }

    private RemoteWriteRequest request(int number) {
        try {
            return TestRequest.v1()
                    .series(labels(number + 1))
                    .sample(clock.wallMillis(), number)
                    .build();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void awaitTold(int count) throws InterruptedException {
        for (int i = 0; i < 3_000 && told.size() < count; i++) {
            Thread.sleep(10);
        }
        assertEquals(List.of("refused", "accepted").subList(0, count), told);
    }
}

package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestStores.DIRECTORY;
import static dev.cairndb.tsdb.TestStores.HOUR;
import static dev.cairndb.tsdb.TestStores.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.io.Clock;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.ManualClock;
import dev.cairndb.testkit.StorageFault;
import dev.cairndb.testkit.StorageOperation;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Every sample is seen once, whatever happens while blocks are merged. */
class CompactionFaultsTest {
    /** A multiple of all ranges up to 54 h. */
    private static final long FROM = START / (54 * HOUR) * 54 * HOUR;

    private final TsdbRuntime runtime = TsdbRuntime.create();
    private final ManualClock clock = new ManualClock(FROM + 200 * HOUR);
    private final WrittenBlocks written = new WrittenBlocks(FROM, 1_000);

    @AfterEach
    void closeRuntime() {
        runtime.close();
    }

    private TsdbBuilder builder(CrashingStorage storage) {
        return TestStores.builder(storage, clock, runtime);
    }

    @Test
    void closingTheStoreStopsAMergeAndTheNextOpeningGoesOnWithIt() throws Exception {
        CrashingStorage storage = written.ranges(1, 4);
        AtomicReference<Thread> closer = new AtomicReference<>();
        CountDownLatch merging = new CountDownLatch(1);
        AtomicInteger replaced = new AtomicInteger(-1);
        Tsdb db =
                builder(storage).clock(new WaitingClock(clock, merging, closer)).open();
        Thread worker = new Thread(
                () -> {
                    try {
                        replaced.set(db.admin().compactBlocks());
                    } catch (IOException e) {
                        throw new IllegalStateException(e);
                    }
                },
                WaitingClock.WAITS);
        worker.start();
        merging.await();
        Thread closing = new Thread(() -> {
            try {
                db.close();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        closing.start();
        closer.set(closing);
        worker.join();
        closing.join();
        assertEquals(0, replaced.get());
        assertEquals(written.expected, dumpAfter(storage));
    }

    /** Lets a thread of a given name go on behind its third look only when another one waits for it. */
    private record WaitingClock(
            Clock clock, CountDownLatch reached, AtomicReference<Thread> awaited, AtomicInteger looks)
            implements Clock {
        static final String WAITS = "waits";

        WaitingClock(Clock clock, CountDownLatch reached, AtomicReference<Thread> awaited) {
            this(clock, reached, awaited, new AtomicInteger());
        }

        @Override
        public long wallMillis() {
            return clock.wallMillis();
        }

        @Override
        public long monotonicNanos() {
            if (Thread.currentThread().getName().equals(WAITS) && looks.incrementAndGet() == 4) {
                reached.countDown();
                Thread other = awaited.get();
                while (other == null || other.getState() != Thread.State.WAITING) {
                    Thread.yield();
                    other = awaited.get();
                }
            }
            return clock.monotonicNanos();
        }
    }

    private Map<Labels, TreeMap<Long, Long>> dumpAfter(CrashingStorage storage) throws IOException {
        assertEquals(
                List.of(),
                storage.list(DIRECTORY).stream()
                        .filter(name -> name.endsWith(".tmp-for-creation"))
                        .toList());
        try (Tsdb db = builder(storage).open()) {
            Map<Labels, TreeMap<Long, Long>> found = Dump.of(db);
            db.admin().runMaintenance();
            assertEquals(List.of("0+3 level 2", "3+1 level 1"), written.shapes(db));
            return found;
        }
    }

    @Test
    void afterAPowerCutAtAnyCallEverySampleIsThereOnce() throws Exception {
        int cuts = 0;
        CrashingStorage blocks = written.ranges(1, 4);
        written.write(blocks, 20, 0, true);
        for (long call = 1; ; call++) {
            CrashingStorage storage = blocks.crashedCopy(call);
            Tsdb db = builder(storage).open();
            storage.faults().failFrom(StorageFault.DEATH, StorageOperation.changing(), path -> true, call);
            boolean ended;
            try {
                db.admin().compactBlocks();
                ended = storage.faults().injected() == 0;
            } catch (IOException e) {
                ended = false;
            }
            assertEquals(written.expected, Dump.of(db), "before power cut at call " + call);
            CrashingStorage after = storage.crash(call);
            try {
                db.close();
            } catch (IOException e) {
                // It is dead.
            }
            checkOpensAndMerges(after, "power cut at call " + call);
            if (ended) {
                break;
            }
            cuts++;
        }
        assertTrue(cuts > 20, "only " + cuts + " cuts");
        System.out.println("CompactionFaultsTest: " + cuts + " power cuts");
    }

    @Test
    void afterAnErrorAtAnyCallTheNextRunMerges() throws Exception {
        int errors = 0;
        CrashingStorage blocks = written.ranges(1, 4);
        for (StorageFault fault : List.of(StorageFault.IO_ERROR, StorageFault.NO_SPACE)) {
            for (long call = 1; ; call++) {
                CrashingStorage storage = blocks.crashedCopy(call);
                String where = fault + " at call " + call;
                boolean injected;
                try (Tsdb db = builder(storage).open()) {
                    storage.faults().failOnce(fault, StorageOperation.changing(), path -> true, call);
                    try {
                        db.admin().compactBlocks();
                    } catch (IOException e) {
                        assertTrue(storage.faults().injected() > 0, where);
                    }
                    injected = storage.faults().injected() > 0;
                    storage.faults().clear();
                    assertEquals(written.expected, Dump.of(db), where);
                    db.admin().compactBlocks();
                    assertEquals(2, db.admin().blocks().size(), where);
                    assertEquals(written.expected, Dump.of(db), where);
                }
                checkOpensAndMerges(storage, where);
                if (!injected) {
                    break;
                }
                errors++;
            }
        }
        assertTrue(errors > 40, "only " + errors + " errors");
    }

    private void checkOpensAndMerges(CrashingStorage storage, String where) throws IOException {
        try (Tsdb db = builder(storage).open()) {
            assertEquals(written.expected, Dump.of(db), where);
            db.admin().compactBlocks();
            long left =
                    db.admin().blocks().stream().filter(block -> !block.late()).count();
            assertEquals(2, left, where);
            assertEquals(written.expected, Dump.of(db), where);
        }
    }
}

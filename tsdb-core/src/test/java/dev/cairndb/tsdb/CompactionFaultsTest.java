package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestStores.DIRECTORY;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.io.Clock;
import dev.cairndb.testkit.CrashingStorage;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Every sample is seen once, whatever happens while blocks are merged. */
class CompactionFaultsTest {
    @RegisterExtension
    final MergeFixture fixture = MergeFixture.ofAllRanges();

    private final WrittenBlocks written = fixture.written;

    @Test
    void closingTheStoreStopsAMergeAndTheNextOpeningGoesOnWithIt() throws Exception {
        CrashingStorage storage = written.ranges(1, 4);
        AtomicReference<Thread> closer = new AtomicReference<>();
        CountDownLatch merging = new CountDownLatch(1);
        AtomicInteger replaced = new AtomicInteger(-1);
        Tsdb db = fixture.builder(storage)
                .clock(new WaitingClock(fixture.clock, merging, closer))
                .open();
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
        try (Tsdb db = fixture.builder(storage).open()) {
            Map<Labels, TreeMap<Long, Long>> found = Dump.of(db);
            db.admin().runMaintenance();
            assertEquals(List.of("0+3 level 2", "3+1 level 1"), written.shapes(db));
            return found;
        }
    }

    @Test
    void afterAPowerCutAtAnyCallEverySampleIsThereOnce() throws Exception {
        CrashingStorage blocks = written.ranges(1, 4);
        written.write(blocks, 20, 0, true);
        int cuts = faults(blocks).cutPowerAtEachCall();
        assertTrue(cuts > 20, "only " + cuts + " cuts");
        System.out.println("CompactionFaultsTest: " + cuts + " power cuts");
    }

    @Test
    void afterAnErrorAtAnyCallTheNextRunMerges() throws Exception {
        int errors = faults(written.ranges(1, 4)).failEachCall();
        assertTrue(errors > 40, "only " + errors + " errors");
    }

    private MergeFaults faults(CrashingStorage blocks) {
        return new MergeFaults(fixture, blocks, TsdbAdmin::compactBlocks, block -> !block.late());
    }
}

package dev.cairndb.tsdb;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.cairndb.chunks.HistogramBuffer;
import dev.cairndb.chunks.HistogramSample;
import dev.cairndb.index.Labels;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.ManualClock;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Threads append, in order and late, while blocks are cut and the power goes or the process is killed, again and again:
 * every acknowledged sample is there afterwards, and none that was not sent. {@code -Dcairn.seeds=N} runs more seeds,
 * {@code
 * -Dcairn.seed=S} one.
 */
class TsdbCrashTest {
    private static final Path DIRECTORY = Path.of("/data");
    private static final int THREADS = 3;
    private static final int SERIES_PER_THREAD = 5;
    private static final int CRASHES = 3;
    private static final long CLOCK_LOOK_NANOS = 20_000;
    /** Less than the window. */
    private static final int LATE_SECONDS_MAX = 20 * 3_600;

    @Test
    void aPowerCutLosesNothingThatWasAcknowledgedAfterASync() throws Exception {
        run(Durability.SYNC, true);
    }

    @Test
    void aKillLosesNothingThatWasAcknowledged() throws Exception {
        run(Durability.OS, false);
        run(Durability.INTERVAL, false);
    }

    private static void run(Durability durability, boolean powerCut) throws Exception {
        Long only = Long.getLong("cairn.seed");
        int seeds = Integer.getInteger("cairn.seeds", 25);
        long acknowledged = 0;
        try (TsdbRuntime runtime = TsdbRuntime.create()) {
            for (long seed = only == null ? 1 : only; seed <= (only == null ? seeds : only); seed++) {
                acknowledged += new History(seed, durability, powerCut, runtime).run();
            }
        }
        assertTrue(acknowledged > 0, "nothing was acknowledged");
        System.out.println("TsdbCrashTest: " + durability + (powerCut ? ", power cuts: " : ", kills: ")
                + (only == null ? seeds : 1) + " seeds, " + acknowledged + " acknowledged samples");
    }

    /** One store's life under one seed. */
    private static final class History {
        private final long seed;
        private final Durability durability;
        private final boolean powerCut;
        private final TsdbRuntime runtime;
        private final Random random;
        private final ManualClock clock = new ManualClock(1_700_000_000_000L);
        private final Map<Labels, ConcurrentSkipListMap<Long, Long>> sent = new ConcurrentHashMap<>();
        private final Map<Labels, ConcurrentSkipListMap<Long, Long>> acknowledged = new ConcurrentHashMap<>();
        private final LongAdder commits = new LongAdder();
        private CrashingStorage storage;

        History(long seed, Durability durability, boolean powerCut, TsdbRuntime runtime) throws IOException {
            this.seed = seed;
            this.durability = durability;
            this.powerCut = powerCut;
            this.runtime = runtime;
            random = new Random(seed);
            storage = new CrashingStorage(seed);
            storage.createDurableDirectories(DIRECTORY);
        }

        long run() throws Exception {
            for (int crash = 0; crash < CRASHES; crash++) {
                live(crash);
            }
            try (Tsdb db = open()) {
                check(db, "at the end");
                db.admin().runMaintenance();
                check(db, "after the last maintenance");
            }
            assertTrue(storage.openFiles().isEmpty(), () -> "left open: " + storage.openFiles());
            return acknowledged.values().stream().mapToLong(Map::size).sum();
        }

        private void live(int crash) throws Exception {
            Tsdb db = open();
            check(db, "after crash " + crash);
            AtomicBoolean stop = new AtomicBoolean();
            AtomicReference<Throwable> failure = new AtomicReference<>();
            List<Thread> threads = new ArrayList<>();
            int rounds = 20 + random.nextInt(60);
            for (int i = 0; i < THREADS; i++) {
                int number = i;
                Thread thread = new Thread(() -> append(db, number, stop, failure), "appender-" + i);
                thread.start();
                threads.add(thread);
            }
            for (int round = 0; round < rounds; round++) {
                long before = commits.sum();
                clock.advance(Duration.ofSeconds(30 + random.nextInt(600)));
                if (random.nextInt(4) == 0) {
                    db.admin().runMaintenance();
                } else if (random.nextInt(8) == 0) {
                    db.admin().cutBlocks();
                }
                for (int i = 0; i < 200 && commits.sum() < before + 1 + random.nextInt(THREADS); i++) {
                    Thread.sleep(0, 100_000);
                }
            }
            CrashingStorage next = powerCut ? storage.crash(random.nextLong()) : storage.kill();
            stop.set(true);
            for (Thread thread : threads) {
                thread.join();
            }
            closeQuietly(db);
            storage = next;
            Throwable thrown = failure.get();
            if (thrown != null) {
                throw new AssertionError("seed " + seed, thrown);
            }
        }

        private void append(Tsdb db, int thread, AtomicBoolean stop, AtomicReference<Throwable> failure) {
            try {
                List<SeriesHandle> series = new ArrayList<>();
                for (int i = 0; i < SERIES_PER_THREAD; i++) {
                    series.add(db.series(Labels.of("__name__", "m" + i, "thread", "t" + thread)));
                }
                AppendBatch batch = db.newBatch();
                Random times = new Random(seed + thread);
                long last = Long.MIN_VALUE;
                while (!stop.get()) {
                    long t = clock.wallMillis();
                    if (t == last) {
                        // A turning thread would take the core from those it waits for.
                        LockSupport.parkNanos(CLOCK_LOOK_NANOS);
                        continue;
                    }
                    last = t;
                    List<Sample> samples = new ArrayList<>();
                    for (int i = 0; i < SERIES_PER_THREAD; i++) {
                        samples.add(new Sample(series.get(i), i % 3 == 1, t));
                        if (times.nextInt(3) == 0) {
                            long late = t - 1 - 1_000L * times.nextInt(LATE_SECONDS_MAX);
                            samples.add(new Sample(series.get(i), i % 3 == 1, late));
                        }
                    }
                    for (Sample sample : samples) {
                        sample.putInto(sent);
                        sample.addTo(batch);
                    }
                    AppendResult result = batch.commit();
                    if (result.rejectedTotal() == 0) {
                        commits.increment();
                        samples.forEach(sample -> sample.putInto(acknowledged));
                    }
                }
            } catch (IOException e) {
                // The power is gone.
            } catch (Throwable e) {
                failure.compareAndSet(null, e);
            }
        }

        /** One whose value follows from its time. */
        private record Sample(SeriesHandle series, boolean isHistogram, long timestampMillis) {
            void putInto(Map<Labels, ConcurrentSkipListMap<Long, Long>> samples) {
                samples.computeIfAbsent(series.labels(), key -> new ConcurrentSkipListMap<>())
                        .put(timestampMillis, bits());
            }

            void addTo(AppendBatch batch) {
                if (isHistogram) {
                    batch.add(series, timestampMillis, histogramWithSum(bits()));
                } else {
                    batch.add(series, timestampMillis, Double.longBitsToDouble(bits()));
                }
            }

            private long bits() {
                return timestampMillis * 31 + series.labels().hashCode();
            }
        }

        private static HistogramSample histogramWithSum(long sumBits) {
            HistogramBuffer histogram = new HistogramBuffer();
            histogram.clear(false);
            histogram.setCount(3);
            histogram.setSumBits(sumBits);
            histogram.addPositiveSpan(0, 2);
            histogram.addPositiveBucket(1);
            histogram.addPositiveBucket(1);
            return histogram;
        }

        private void check(Tsdb db, String when) throws IOException {
            Map<Labels, TreeMap<Long, Long>> found = Dump.of(db);
            acknowledged.forEach((labels, samples) -> samples.forEach((t, bits) -> {
                TreeMap<Long, Long> series = found.get(labels);
                @Nullable Long present = series == null ? null : series.get(t);
                if (!bits.equals(present)) {
                    fail("seed " + seed + ", " + when + ": " + labels + " lost its sample at " + t + ", has " + present
                            + "; blocks " + db.admin().blocks());
                }
            }));
            found.forEach((labels, samples) -> samples.forEach((t, bits) -> {
                ConcurrentSkipListMap<Long, Long> series = sent.get(labels);
                if (series == null || !bits.equals(series.get(t))) {
                    fail("seed " + seed + ", " + when + ": " + labels + " has a sample at " + t + " nobody sent");
                }
            }));
        }

        private Tsdb open() throws IOException {
            return Tsdb.builder(DIRECTORY)
                    .storage(storage)
                    .runtime(runtime)
                    .clock(clock)
                    .options(TsdbOptions.defaults()
                            .withDurability(durability)
                            .withSyncInterval(Duration.ofMillis(5))
                            .withRetention(Duration.ZERO)
                            .withWalSegmentBytesMax(1 << (15 + (int) (seed % 6)))
                            .withMaintenance(TsdbOptions.Maintenance.MANUAL))
                    .open();
        }

        private static void closeQuietly(Tsdb db) {
            try {
                db.close();
            } catch (IOException e) {
                // It was on the dead storage.
            }
        }
    }
}

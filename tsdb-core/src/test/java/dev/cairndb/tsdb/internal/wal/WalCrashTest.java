package dev.cairndb.tsdb.internal.wal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.io.TsdbException;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.StorageFault;
import dev.cairndb.testkit.StorageOperation;
import dev.cairndb.tsdb.Durability;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;

/** Many threads commit, the power is cut or the process killed, and what was acknowledged must be there. */
final class WalCrashTest {
    private static final int SEEDS = Integer.getInteger("cairn.crash.seeds", 12);
    private static final int THREADS = 6;

    @Test
    void whatWasAcknowledgedAfterASyncSurvivesAPowerCut() throws Exception {
        int acknowledged = 0;
        for (int seed = 0; seed < SEEDS; seed++) {
            acknowledged += crashUnderLoad(Durability.SYNC, seed, false);
        }
        assertTrue(acknowledged > SEEDS, "too few acknowledged commits to show anything: " + acknowledged);
        System.out.println("WalCrashTest: SYNC, power cut: " + SEEDS + " seeds, " + acknowledged + " acknowledged");
    }

    @Test
    void whatWasAcknowledgedSurvivesAKillWithEachDurability() throws Exception {
        for (Durability durability : Durability.values()) {
            int acknowledged = 0;
            for (int seed = 0; seed < SEEDS; seed++) {
                acknowledged += crashUnderLoad(durability, seed, true);
            }
            assertTrue(acknowledged > SEEDS, "too few acknowledged commits to show anything: " + acknowledged);
            System.out.println(
                    "WalCrashTest: " + durability + ", kill: " + SEEDS + " seeds, " + acknowledged + " acknowledged");
        }
    }

    @Test
    void nothingThatWasNotSubmittedAppearsAfterAPowerCutWithoutSyncs() throws Exception {
        for (int seed = 0; seed < SEEDS; seed++) {
            Load load = new Load(Durability.OS, seed);
            CrashingStorage after = load.runUntilDeath(s -> s.crash(load.seed));
            load.checkOnlySubmitted(LogFixture.read(after));
        }
    }

    private static int crashUnderLoad(Durability durability, int seed, boolean kill) throws Exception {
        Load load = new Load(durability, seed);
        CrashingStorage after = load.runUntilDeath(s -> kill ? s.kill() : s.crash(load.seed));
        CrashingStorage opened = interruptRecovery(after, load, kill);
        RecordedLog read = LogFixture.read(opened);
        List<Integer> found = load.checkOnlySubmitted(read);
        assertTrue(
                new ConcurrentSkipListSet<>(found).containsAll(load.acknowledged),
                () -> load + " lost " + missing(load.acknowledged, found));
        load.checkAcknowledgedAreWhole(read);
        if (kill) {
            for (int i = 0; i < found.size(); i++) {
                assertEquals(i, found.get(i), load + ": a hole after a kill");
            }
        }
        writeBehind(opened, load, read);
        return load.acknowledged.size();
    }

    /** Lets recovery die at some call and begin again, as often as it takes. */
    private static CrashingStorage interruptRecovery(CrashingStorage storage, Load load, boolean kill)
            throws IOException {
        Random random = new Random(load.seed);
        CrashingStorage present = storage;
        for (int i = 0; i < 3; i++) {
            present.faults()
                    .failOnce(StorageFault.DEATH, StorageOperation.changing(), p -> true, 1 + random.nextInt(8));
            try {
                LogFixture.read(present);
            } catch (IOException e) {
                if (e instanceof TsdbException) {
                    throw new AssertionError(load + ": recovery failed after a crash", e);
                }
            }
            present = kill ? present.kill() : present.crash(random.nextLong());
        }
        return present;
    }

    private static void writeBehind(CrashingStorage storage, Load load, RecordedLog before) throws IOException {
        try (LogFixture fixture = new LogFixture()) {
            WriteAheadLog log = fixture.open(storage, LogFixture.settings(Durability.SYNC));
            LogBatch batch = log.newBatch();
            batch.addSample(1, 2, 3);
            log.awaitDurable(log.submit(batch));
            log.close();
        }
        RecordedLog after = LogFixture.read(storage.crash(load.seed));
        List<String> expected = new ArrayList<>(before.entries);
        expected.add("sample 1 2:0000000000000003");
        assertEquals(expected, after.entries, load + ": written behind what was recovered");
        assertEquals(List.of(), after.damages);
    }

    private static List<Integer> missing(Iterable<Integer> acknowledged, List<Integer> found) {
        List<Integer> missing = new ArrayList<>();
        acknowledged.forEach(n -> {
            if (!found.contains(n)) {
                missing.add(n);
            }
        });
        return missing;
    }

    private interface Death {
        CrashingStorage of(CrashingStorage storage) throws Exception;
    }

    /** Threads that commit numbered batches until their storage is gone. */
    private static final class Load {
        final Durability durability;
        final int seed;
        final CrashingStorage storage;
        final ReentrantLock commitLock = new ReentrantLock();
        final ConcurrentSkipListSet<Integer> acknowledged = new ConcurrentSkipListSet<>();
        final AtomicInteger acknowledgedCount = new AtomicInteger();
        int submitted;

        Load(Durability durability, int seed) throws IOException {
            this.durability = durability;
            this.seed = seed;
            this.storage = new CrashingStorage(seed);
            storage.createDurableDirectories(LogFixture.DIRECTORY.getParent());
            SplittableRandom pauses = new SplittableRandom(seed);
            storage.duringSync(path -> pause(pauses));
        }

        CrashingStorage runUntilDeath(Death death) throws Exception {
            CrashingStorage after;
            int commits = 20 + new Random(seed).nextInt(200);
            try (LogFixture fixture = new LogFixture()) {
                WriteAheadLog log = fixture.open(storage, LogFixture.settings(durability));
                List<Thread> threads = new ArrayList<>();
                for (int i = 0; i < THREADS; i++) {
                    int thread = i;
                    threads.add(new Thread(() -> commitUntilRefused(log, thread)));
                }
                threads.forEach(Thread::start);
                while (acknowledgedCount.get() < commits) {
                    Thread.onSpinWait();
                }
                after = death.of(storage);
                for (Thread thread : threads) {
                    thread.join(20_000);
                    assertTrue(!thread.isAlive(), this + ": a waiting thread was forgotten");
                }
            }
            return after;
        }

        private void commitUntilRefused(WriteAheadLog log, int thread) {
            SplittableRandom random = new SplittableRandom(seed * 100L + thread);
            try {
                while (true) {
                    log.checkWritable(1_000);
                    int samples = 1 + random.nextInt(random.nextInt(10) == 0 ? 3_000 : 20);
                    boolean writes = random.nextInt(4) > 0;
                    int number;
                    long ticket;
                    commitLock.lock();
                    try {
                        number = submitted++;
                        LogBatch batch = log.newBatch();
                        batch.addSample(number, samples, 0);
                        for (int i = 0; i < samples; i++) {
                            batch.addSample(number, i, valueOf(number, i));
                        }
                        addOtherKinds(batch, number);
                        if (random.nextBoolean()) {
                            RecordedLog.addSeries(batch, number, "__name__", "number", "n", String.valueOf(number));
                        }
                        ticket = writes ? log.add(batch) : log.submit(batch);
                    } finally {
                        commitLock.unlock();
                        if (writes) {
                            log.writeAdded();
                        }
                    }
                    log.awaitDurable(ticket);
                    acknowledged.add(number);
                    acknowledgedCount.incrementAndGet();
                }
            } catch (IOException e) {
                // The storage is gone.
            }
        }

        /** Checks that what was read is whole batches, in order, each once; returns their numbers. */
        List<Integer> checkOnlySubmitted(RecordedLog read) {
            List<Integer> numbers = new ArrayList<>();
            List<String> samples =
                    read.entries.stream().filter(e -> e.startsWith("sample")).toList();
            int at = 0;
            while (at < samples.size()) {
                String[] first = samples.get(at++).split("[ :]");
                int number = Integer.parseInt(first[1]);
                assertTrue(number < submitted, this + ": number " + number + " was never submitted");
                assertTrue(
                        numbers.isEmpty() || numbers.get(numbers.size() - 1) < number,
                        this + ": " + number + " came after " + numbers);
                numbers.add(number);
                int count = Integer.parseInt(first[2]);
                for (int i = 0; i < count; i++) {
                    String expected = "sample " + number + " " + i + ":" + String.format("%016x", valueOf(number, i));
                    assertEquals(expected, samples.get(at++), toString());
                }
            }
            checkOtherKinds(read);
            return numbers;
        }

        /** Adds what depends on the batch's number alone, and returns what a reader is to find of it. */
        private static Set<String> addOtherKinds(LogBatch batch, int number) {
            RandomEntries entries = new RandomEntries(new Random(number));
            Set<String> added = new TreeSet<>();
            added.add(entries.addMetadata(batch, number));
            added.add(entries.addExemplar(batch, number, number));
            for (RandomEntries.Kind kind : RandomEntries.Kind.values()) {
                if (kind.compareTo(RandomEntries.Kind.HISTOGRAM) >= 0) {
                    added.add(entries.addSample(batch, kind, number, number));
                }
            }
            return added;
        }

        private void checkOtherKinds(RecordedLog read) {
            Set<String> found = otherKinds(read);
            LogBatch unused = new LogBatch();
            for (int number = 0; number < submitted; number++) {
                found.removeAll(addOtherKinds(unused, number));
                unused.clear();
            }
            assertEquals(Set.of(), found, this + ": never submitted");
        }

        void checkAcknowledgedAreWhole(RecordedLog read) {
            Set<String> found = otherKinds(read);
            LogBatch unused = new LogBatch();
            for (int number : acknowledged) {
                Set<String> missing = addOtherKinds(unused, number);
                unused.clear();
                missing.removeAll(found);
                assertEquals(Set.of(), missing, this + " lost a part of " + number);
            }
        }

        private static Set<String> otherKinds(RecordedLog read) {
            Set<String> found = new TreeSet<>(read.entries);
            found.removeIf(entry -> entry.startsWith("sample") || entry.startsWith("series"));
            return found;
        }

        private static long valueOf(int number, int i) {
            return (number * 31L + i) * 0x9E3779B97F4A7C15L;
        }

        private static void pause(SplittableRandom pauses) {
            int micros;
            synchronized (pauses) {
                micros = pauses.nextInt(300);
            }
            long end = System.nanoTime() + micros * 1_000L;
            while (System.nanoTime() < end) {
                Thread.onSpinWait();
            }
        }

        @Override
        public String toString() {
            return durability + " seed " + seed;
        }
    }
}

package dev.cairndb.tsdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.index.Matcher;
import dev.cairndb.objstore.InMemoryObjectStore;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.FlakyObjectStore;
import dev.cairndb.testkit.ManualClock;
import dev.cairndb.tsdb.internal.head.SnapshotReplay;
import dev.cairndb.tsdb.internal.wal.ChunkSnapshot;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One store from its first opening to its last, under one seed: writes, maintenance, queries, faults, power cuts,
 * kills, clean stops, each followed by a check of all that was promised. Without threads the same seed gives the same
 * life.
 */
final class StoreSimulation implements AutoCloseable {
    private static final int OPEN_ATTEMPTS_MAX = 200;
    private static final int WRITES_AT_THE_END = 8;
    private static final int HOURS_DELETED = 5;

    private final SimulationPlan plan;
    private final Random random;
    private final ManualClock clock = new ManualClock(TestStores.START + TimeUnit.MINUTES.toMillis(7));
    private final SimulatedRuntime runtime;
    private final SimulationLedger ledger = new SimulationLedger();
    private final SimulationLog log;
    private final SimulatedFaults faults;
    private final FlakyObjectStore bucket = new FlakyObjectStore(new InMemoryObjectStore());
    private final SimulatedTraffic traffic;
    private CrashingStorage storage;
    private @Nullable Tsdb open;

    // Since the store was opened.
    private boolean held;
    private long heldSinceNanos;
    private volatile long failedNanos = Long.MAX_VALUE;

    StoreSimulation(SimulationPlan plan, SimulationLog log) throws IOException {
        this.plan = plan;
        this.log = log;
        random = new Random(plan.seed());
        runtime = plan.threads() ? SimulatedRuntime.threaded(clock) : SimulatedRuntime.stepped(clock);
        faults = new SimulatedFaults(random);
        storage = TestStores.storage(plan.seed());
        traffic = new SimulatedTraffic(plan, clock, ledger, log);
    }

    SimulationLedger ledger() {
        return ledger;
    }

    CrashingStorage storage() {
        return storage;
    }

    /** All of it; what is left behind is a closed store. */
    void run() throws IOException {
        log.say(() -> plan.toString());
        reopen();
        for (int life = 0; life < plan.lives(); life++) {
            live();
            end();
            reopen();
        }
        finish();
    }

    private Tsdb db() {
        Tsdb db = open;
        if (db == null) {
            throw new IllegalStateException("no store is open");
        }
        return db;
    }

    private void live() throws IOException {
        if (plan.threads()) {
            storage.duringSync(path -> Thread.yield());
            traffic.start(db());
        }
        int actions = 1 + random.nextInt(plan.actionsPerLifeMax());
        for (int i = 0; i < actions && !storage.isDead(); i++) {
            act();
            traffic.rethrow();
            if (failedNanos != Long.MAX_VALUE && random.nextInt(4) == 0) {
                return;
            }
        }
    }

    private void act() throws IOException {
        int what = random.nextInt(100);
        if (what < 45) {
            if (plan.threads()) {
                traffic.awaitAnswers(1 + random.nextInt(5));
            } else {
                traffic.send(db(), random, !held);
            }
        } else if (what < 65) {
            advance(1 + (long) (random.nextDouble() * plan.stepMillisMax()));
        } else if (what < 75) {
            stepOrHold();
        } else if (what < 83) {
            maintain();
        } else if (what < 88) {
            query();
        } else if (plan.faults() && what < 93) {
            String cause = random.nextInt(6) == 0 ? faults.death(storage) : faults.cause(storage);
            log.say(() -> "fault: " + cause);
        } else if (plan.faults() && what < 95) {
            log.say(() -> "heal");
            faults.heal(storage);
        } else if (what < 97) {
            faults.upset(bucket);
        } else if (what < 98) {
            bucket.heal();
        } else if (plan.deletes()) {
            delete();
        }
    }

    /** Some time around now, of one series or all. */
    private void delete() {
        release();
        long from = clock.wallMillis() - (long) (random.nextDouble() * HOURS_DELETED * TestStores.HOUR);
        TimeRange range =
                TimeRange.ofMillis(from, from + (long) (random.nextDouble() * HOURS_DELETED * TestStores.HOUR));
        List<Labels> series = ledger.series();
        Labels one = random.nextBoolean() || series.isEmpty() ? null : series.get(random.nextInt(series.size()));
        log.say(() -> "delete " + range + " of " + (one == null ? "all" : one));
        Predicate<Labels> which = labels -> one == null || labels.equals(one);
        ledger.doom(range, which);
        try {
            db().admin().delete(range, one == null ? new Matcher[] {Dump.EVERYTHING} : matchers(one));
            if (!plan.threads()) {
                ledger.deleted(range, which);
            }
        } catch (IOException e) {
            log.say(() -> "delete failed: " + e);
        }
        // Those that came meanwhile.
        ledger.doom(range, which);
    }

    /** Of no other series: those of the senders have the same names. */
    private static Matcher[] matchers(Labels labels) {
        List<Matcher> matchers = new ArrayList<>();
        labels.forEach((name, value) -> matchers.add(Matcher.equal(name, value)));
        return matchers.toArray(new Matcher[0]);
    }

    // ---- time, and what runs when ----

    private void advance(long millis) {
        runtime.advance(Duration.ofMillis(millis));
        log.say(() -> "clock " + clock.wallMillis());
    }

    private void stepOrHold() {
        if (!held) {
            held = true;
            heldSinceNanos = clock.monotonicNanos();
            runtime.hold();
        } else if (random.nextInt(3) == 0) {
            release();
        } else {
            boolean unused = runtime.step(random);
        }
    }

    private void release() {
        runtime.release();
        held = false;
    }

    /** What was acknowledged before this was synced, as far as syncs were not kept from running. */
    private long syncedUpToNanos() {
        return Math.min(heldOrNowNanos(), failedNanos)
                - plan.options().syncInterval().toNanos();
    }

    private long heldOrNowNanos() {
        return held ? heldSinceNanos : clock.monotonicNanos();
    }

    // ---- maintenance and queries ----

    private void maintain() {
        release();
        TsdbAdmin admin = db().admin();
        int what = random.nextInt(8);
        try {
            switch (what) {
                case 0 -> admin.flushAligned();
                case 1 -> admin.cutBlocks();
                case 2 -> {
                    int shipped = admin.shipBlocks();
                    log.say(() -> shipped + " blocks shipped");
                }
                case 3 -> {
                    int rewritten = admin.cleanTombstones();
                    log.say(() -> rewritten + " blocks rewritten");
                }
                case 4 -> {
                    int merged = admin.compactBlocks();
                    log.say(() -> "blocks merged " + merged + " times");
                }
                default -> admin.runMaintenance();
            }
            log.say(() -> "maintenance " + what + ", blocks " + describeBlocks());
            long end = admin.blocks().stream()
                    .mapToLong(BlockInfo::maxTimestampMillis)
                    .max()
                    .orElse(Long.MIN_VALUE);
            ledger.makeDurable((t, entry) -> t < end && !plan.takesLate());
        } catch (IOException e) {
            log.say(() -> "maintenance " + what + " failed: " + e);
        }
    }

    private String describeBlocks() {
        StringBuilder text = new StringBuilder();
        for (BlockInfo block : db().admin().blocks()) {
            text.append(' ').append(block.minTimestampMillis()).append("..").append(block.maxTimestampMillis());
        }
        return text.toString();
    }

    private void query() throws IOException {
        Map<Labels, TreeMap<Long, SimulationLedger.Entry>> due = ledger.due();
        try {
            Map<Labels, TreeMap<Long, String>> found = Dump.texts(db(), SimulatedWrite::textOf);
            ledger.check(due, found, this::shipped);
            log.say(() -> "queried " + found.size() + " series");
        } catch (IOException e) {
            assertTrue(plan.faults(), e::toString);
            log.say(() -> "query failed: " + e);
        }
    }

    // ---- ends and beginnings ----

    private void end() {
        boolean dead = storage.isDead();
        int how = random.nextInt(dead ? 5 : 8);
        if (how < 5 && !storage.failedSyncs().isEmpty()) {
            how = 0;
        }
        Tsdb db = db();
        // What fails from here on fails on a storage that is gone.
        long syncedUpTo = syncedUpToNanos();
        boolean failed = failedNanos != Long.MAX_VALUE;
        if (how < 3) {
            log.say(() -> "power cut");
            CrashingStorage next = storage.crash(random.nextLong());
            abandon(db);
            storage = next;
            excuse(syncedUpTo);
        } else if (how < 5) {
            log.say(() -> "kill");
            CrashingStorage next = storage.kill();
            abandon(db);
            storage = next;
            // With threads a sync may have failed since it was looked at above.
            boolean unsure = failed || !storage.failedSyncs().isEmpty();
            loseFailedSyncs();
            if (unsure) {
                excuse(syncedUpTo);
            }
        } else {
            if (random.nextBoolean()) {
                faults.heal(storage);
            }
            close(db, syncedUpTo);
        }
        open = null;
    }

    private void close(Tsdb db, long syncedUpTo) {
        release();
        traffic.beginStop();
        try {
            db.close();
            traffic.finishStop();
            log.say(() -> "closed");
            ledger.makeDurable((t, entry) -> true);
            if (random.nextInt(4) == 0) {
                loseImage();
            }
            if (random.nextInt(3) == 0) {
                log.say(() -> "power cut");
                storage = storage.crash(random.nextLong());
            }
        } catch (IOException e) {
            traffic.finishStop();
            log.say(() -> "close failed: " + e);
            excuse(Math.min(syncedUpTo, syncedUpToNanos()));
        }
        loseFailedSyncs();
    }

    /** The records of the snapshot say the same. */
    private void loseImage() throws IOException {
        ChunkSnapshot snapshot = ChunkSnapshot.find(storage, TestStores.DIRECTORY);
        if (snapshot != null) {
            log.say(() -> "image lost");
            storage.delete(SnapshotReplay.image(snapshot));
        }
    }

    /**
     * What a failed sync left in the system's memory may never be written, and nobody can tell from reading it. The
     * store cuts it off; if that failed too, only a restart of the system shows what is left.
     */
    private void loseFailedSyncs() {
        if (!storage.failedSyncs().isEmpty()) {
            log.say(() -> "power cut after failed syncs of " + storage.failedSyncs());
            storage = storage.crash(random.nextLong());
        }
    }

    /** What the system may have lost, or could not make durable. */
    private void excuse(long syncedUpTo) {
        switch (plan.durability()) {
            case SYNC -> {}
            // With threads nobody knows when a sync that is due really is.
            case INTERVAL -> ledger.excuse(entry -> !plan.threads() && entry.acknowledgedNanos() < syncedUpTo);
            case OS -> ledger.excuse(entry -> false);
        }
    }

    private void abandon(Tsdb db) {
        release();
        traffic.beginStop();
        try {
            db.close();
        } catch (IOException e) {
            // It was on a storage that is gone.
        }
        traffic.finishStop();
    }

    private void reopen() throws IOException {
        for (int attempt = 1; ; attempt++) {
            try {
                open = builder().open();
                break;
            } catch (IOException e) {
                log.say(() -> "not opened: " + e);
                if (!storage.failedSyncs().isEmpty()) {
                    storage = storage.crash(random.nextLong());
                } else if (storage.isDead()) {
                    storage = random.nextBoolean() ? storage.crash(random.nextLong()) : storage.kill();
                } else {
                    assertEquals(List.of(), storage.openFiles(), "left open by an opening that failed");
                }
                assertTrue(plan.faults(), e::toString);
                assertTrue(attempt < OPEN_ATTEMPTS_MAX, e::toString);
                if (random.nextInt(3) == 0) {
                    faults.heal(storage);
                }
            }
        }
        failedNanos = Long.MAX_VALUE;
        if (random.nextInt(4) > 0) {
            faults.heal(storage);
            check("reopened");
        }
    }

    private TsdbBuilder builder() {
        TsdbBuilder builder = TestStores.builder(storage, clock, runtime.runtime())
                .options(plan.options())
                .listener(new Told());
        return plan.bucket() ? builder.objectStore(bucket).externalLabels(Labels.of("replica", "a")) : builder;
    }

    /** Notes when the log failed for good. */
    private final class Told implements TsdbListener {
        @Override
        public void writesRefused(IOException why) {
            log.say(() -> "  told: writes refused: " + why);
            if (why.getClass().getSimpleName().equals("SyncFailedException")) {
                failedNanos = Math.min(failedNanos, heldOrNowNanos());
            }
        }

        @Override
        public void writesAccepted() {
            log.say(() -> "  told: writes accepted");
        }

        @Override
        public void backgroundFailure(String what, Exception failure) {
            log.say(() -> "  told: " + what + ": " + failure);
        }

        @Override
        public void damageFound(Path file, IOException damage) {
            log.say(() -> "  told: damaged " + file + ": " + damage);
        }

        @Override
        public void blockDeleted(BlockInfo block) {
            log.say(() -> "  told: deleted block " + block.minTimestampMillis() + ".." + block.maxTimestampMillis());
        }
    }

    // ---- checks ----

    /** Nobody writes meanwhile, and nothing fails. */
    private void check(String when) throws IOException {
        // One querier: retention may delete a block meanwhile.
        try (Querier querier = db().querier(TimeRange.all())) {
            Map<Labels, TreeMap<Long, String>> found = Dump.texts(querier, SimulatedWrite::textOf);
            ledger.check(ledger.due(), found, this::shipped);
            ledger.keep(found);
            long samples = found.values().stream().mapToLong(Map::size).sum();
            log.say(() -> when + ": " + samples + " samples");
            if (!plan.takesLate()) {
                assertEquals(samples, Dump.samplesInChunks(querier), "samples in chunks");
            }
        }
    }

    private Map<Labels, TreeMap<Long, String>> shipped() throws IOException {
        return plan.bucket() ? SimulatedBucket.read(bucket, runtime.runtime()) : Map.of();
    }

    /** All that failed works again: the store takes writes without being reopened, unless a sync failed. */
    private void finish() throws IOException {
        faults.heal(storage);
        bucket.heal();
        for (int i = 0; i < 3; i++) {
            advance(TimeUnit.SECONDS.toMillis(2));
        }
        check("healed");
        if (failedNanos == Long.MAX_VALUE) {
            long before = ledger.acknowledgedCount();
            for (int i = 0; i < WRITES_AT_THE_END; i++) {
                advance(1_000);
                traffic.sendPresent(db(), i);
            }
            assertTrue(ledger.acknowledgedCount() > before, "no writes are taken");
            db().admin().runMaintenance();
            check("after the last maintenance");
        }
        try {
            db().close();
        } catch (IOException e) {
            assertTrue(failedNanos != Long.MAX_VALUE, e::toString);
        }
        open = null;
        assertEquals(List.of(), storage.openFiles(), "left open");
    }

    @Override
    public void close() {
        Tsdb db = open;
        if (db != null) {
            abandon(db);
        }
        runtime.close();
        bucket.close();
    }
}

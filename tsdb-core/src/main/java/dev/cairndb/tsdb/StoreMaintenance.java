package dev.cairndb.tsdb;

import dev.cairndb.index.Matcher;
import dev.cairndb.io.Clock;
import dev.cairndb.tsdb.internal.block.Block;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The work behind the appends, one piece at a time: closed chunks to files, blocks cut, head and log truncated, blocks
 * shipped and deleted. In the background a tick every few seconds does what is due; each part does its own work in
 * bounded steps, so that appends and queries go on beside it.
 */
final class StoreMaintenance implements TsdbAdmin {
    private static final long TICK_MILLIS = 5_000;
    private static final long SHIP_RETRY_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final Store store;
    private final TsdbListener listener;
    private final Clock clock;
    private final HeadBlockWriter blockWriter;
    private final BlockCutter cutter;
    private final LateBlockCutter lateCutter;
    private final StoreTruncation truncation;
    private final BlockHousekeeping housekeeping;
    private final StoreSnapshot snapshot;
    private final SampleDeletion deletion;
    private final StoreBackup backup;
    private final ReentrantLock working = new ReentrantLock();
    /** Held by a backup, which the other work does not wait for. */
    private final ReentrantLock backingUp = new ReentrantLock();

    private final AtomicBoolean queued = new AtomicBoolean();
    private volatile boolean stopped;
    private final LongAdder failures = new LongAdder();
    private boolean shippingDue = true;
    private long lastShippingNanos;
    private @Nullable ScheduledFuture<?> ticks;

    StoreMaintenance(
            Store store,
            TsdbListener listener,
            Clock clock,
            HeadBlockWriter blockWriter,
            BlockCutter cutter,
            LateBlockCutter lateCutter,
            StoreTruncation truncation,
            BlockHousekeeping housekeeping,
            StoreSnapshot snapshot,
            SampleDeletion deletion,
            StoreBackup backup) {
        this.store = store;
        this.listener = listener;
        this.clock = clock;
        this.blockWriter = blockWriter;
        this.cutter = cutter;
        this.lateCutter = lateCutter;
        this.truncation = truncation;
        this.housekeeping = housekeeping;
        this.snapshot = snapshot;
        this.deletion = deletion;
        this.backup = backup;
    }

    void start() {
        if (store.options().maintenance() == TsdbOptions.Maintenance.BACKGROUND) {
            ticks = store.runtime()
                    .timer()
                    .scheduleWithFixedDelay(this::queueTick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    private void queueTick() {
        if (queued.compareAndSet(false, true)) {
            try {
                store.runtime().maintenanceExecutor().execute(this::tick);
            } catch (RejectedExecutionException e) {
                queued.set(false);
            }
        }
    }

    private void tick() {
        queued.set(false);
        if (!working.tryLock()) {
            return;
        }
        try {
            if (!stopped) {
                attempt("map closed chunks", truncation::mapChunks);
                attempt("cut blocks", this::cutDue);
                attempt("cut blocks of late samples", this::cutLateDue);
                attempt("merge late blocks", this::mergeLate);
                attempt("truncate head and logs", truncation::run);
                attempt("write a snapshot", snapshot::writeDue);
                attempt("merge blocks", this::compactDue);
                if (shippingDue || clock.monotonicNanos() - lastShippingNanos >= SHIP_RETRY_NANOS) {
                    attempt("ship blocks", this::ship);
                    attempt("delete old blocks", housekeeping::deleteExpired);
                }
                attempt("look for blocks in the bucket", housekeeping::refreshBucket);
            }
        } finally {
            working.unlock();
        }
    }

    private void attempt(String what, Steps.Step work) {
        try {
            work.run();
        } catch (IOException | RuntimeException e) {
            failures.increment();
            listener.backgroundFailure("cannot " + what, e);
        }
    }

    @Override
    public void changeLimits(TsdbOptions options) {
        store.changeLimits(options);
    }

    @Override
    public void cutBlocks() throws IOException {
        exclusively(() -> all(truncation::mapChunks, this::cutDue, this::cutLate, this::mergeLate, truncation::run));
    }

    @Override
    public void flushAligned() throws IOException {
        exclusively(() -> all(
                truncation::mapChunks,
                () -> shippingDue |= cutter.cutUpTo(cutter.lastBoundary()),
                this::cutLate,
                this::mergeLate,
                truncation::run));
    }

    @Override
    public int shipBlocks() throws IOException {
        int[] shipped = {0};
        exclusively(() -> shipped[0] = ship());
        return shipped[0];
    }

    @Override
    public void runMaintenance() throws IOException {
        exclusively(() -> all(
                truncation::mapChunks,
                this::cutDue,
                this::cutLateDue,
                this::mergeLate,
                truncation::run,
                snapshot::writeDue,
                this::compactDue,
                this::ship,
                housekeeping::refreshBucket,
                housekeeping::deleteExpired));
    }

    @Override
    public int compactBlocks() throws IOException {
        int[] replaced = {0};
        exclusively(() -> replaced[0] = housekeeping.compactAll(whileWorkingOn()));
        return replaced[0];
    }

    @Override
    public int cleanTombstones() throws IOException {
        int[] replaced = {0};
        exclusively(() -> replaced[0] = housekeeping.clean(whileWorkingOn()));
        return replaced[0];
    }

    @Override
    public void delete(TimeRange range, Matcher... matchers) throws IOException {
        if (matchers.length == 0) {
            throw new IllegalArgumentException("a deletion needs at least one matcher");
        }
        exclusively(() -> {
            // Blocks that were written but not shown yet would be shown with what is deleted now.
            cutter.finish();
            lateCutter.finish();
            housekeeping.prepareDeletion();
            List<Block> blocks = store.view().blocks();
            all(
                    () -> deletion.runInHead(range, matchers),
                    // The late log tells of no deletions: nothing of what is deleted may be left there.
                    this::cutLate,
                    truncation::truncateLateLog,
                    () -> deletion.runIn(blocks, range, matchers),
                    truncation::run);
        });
    }

    @Override
    public void backup(Path target) throws IOException {
        exclusively(backingUp, () -> backup.write(target, () -> stopped));
    }

    /** Chunks that cannot be mapped, for one, must not keep blocks from being cut. */
    private static void all(Steps.Step... works) throws IOException {
        Steps.runAll(List.of(works));
    }

    private void exclusively(Steps.Step work) throws IOException {
        exclusively(working, work);
    }

    private void exclusively(ReentrantLock lock, Steps.Step work) throws IOException {
        store.checkOpen();
        lock.lock();
        try {
            if (stopped) {
                throw new IllegalStateException("the store is closed");
            }
            work.run();
        } finally {
            lock.unlock();
        }
    }

    private void cutDue() throws IOException {
        shippingDue |= cutter.cutDue();
    }

    private void cutLateDue() throws IOException {
        shippingDue |= lateCutter.cutDue();
    }

    private void cutLate() throws IOException {
        shippingDue |= lateCutter.cutAll();
    }

    private void mergeLate() throws IOException {
        boolean merged = housekeeping.mergeLate(whileWorkingOn());
        shippingDue |= merged;
    }

    private void compactDue() throws IOException {
        // Not in one statement: blocks that are cut in between are to be shipped as well.
        int replaced = housekeeping.compactDue(whileWorkingOn());
        shippingDue |= replaced > 0;
    }

    /**
     * For work that takes its time: asked at every step whether to stop. Meanwhile, as often as otherwise, what cannot
     * wait is done in between: the head must not grow for as long as large blocks are merged, or sent to a bucket that
     * is slow. Only in the thread that works: a bucket may read what it is sent in another.
     */
    private BooleanSupplier whileWorkingOn() {
        long[] last = {clock.monotonicNanos()};
        return () -> {
            if (!stopped
                    && working.isHeldByCurrentThread()
                    && clock.monotonicNanos() - last[0] >= TimeUnit.MILLISECONDS.toNanos(TICK_MILLIS)) {
                attempt("map closed chunks", truncation::mapChunks);
                attempt("cut blocks", this::cutDue);
                attempt("truncate head and logs", truncation::run);
                last[0] = clock.monotonicNanos();
            }
            return stopped;
        };
    }

    private int ship() throws IOException {
        lastShippingNanos = clock.monotonicNanos();
        shippingDue = false;
        return housekeeping.ship(whileWorkingOn());
    }

    @Override
    public List<BlockInfo> blocks() {
        List<BlockInfo> infos = new ArrayList<>();
        for (Block block : store.view().blocks()) {
            infos.add(BlockHousekeeping.infoOf(block));
        }
        return infos;
    }

    long blocksCut() {
        return blockWriter.blocksCut();
    }

    long blockMerges() {
        return housekeeping.blockMerges();
    }

    long blocksShipped() {
        return housekeeping.blocksShipped();
    }

    int blocksNotShippable() {
        return housekeeping.blocksRefused();
    }

    TsdbStats.Shipping shipping() {
        return housekeeping.shipping();
    }

    long blocksDeleted() {
        return housekeeping.blocksDeleted();
    }

    long failures() {
        return failures.sum();
    }

    /** Waits for the work under way; nothing begins afterwards but a snapshot of what there is. */
    void stop() {
        ScheduledFuture<?> scheduled = ticks;
        if (scheduled != null) {
            scheduled.cancel(false);
        }
        stopped = true;
        awaitBackup();
        working.lock();
        try {
            ticks = null;
            attempt("write a snapshot", snapshot::write);
        } finally {
            working.unlock();
        }
    }

    private void awaitBackup() {
        backingUp.lock();
        try {
            // It was told to stop; another does not begin.
        } finally {
            backingUp.unlock();
        }
    }
}

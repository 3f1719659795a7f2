package dev.cairndb.tsdb;

import dev.cairndb.io.Clock;
import dev.cairndb.tsdb.TsdbOptions.QueryLimits;
import dev.cairndb.tsdb.internal.block.Block;
import dev.cairndb.tsdb.internal.block.BlockDirectory;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.bucket.BucketSources;
import dev.cairndb.tsdb.internal.head.Epochs;
import dev.cairndb.tsdb.internal.head.Head;
import dev.cairndb.tsdb.internal.head.HeadFigures;
import dev.cairndb.tsdb.internal.limit.QueryBudget;
import dev.cairndb.tsdb.internal.limit.StoppedQueries;
import dev.cairndb.tsdb.internal.limit.WriteAdmission;
import dev.cairndb.tsdb.internal.limit.WriteGate;
import dev.cairndb.tsdb.internal.wal.WriteAheadLog;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The parts of an open store and the view that queries read. Opened by {@link StoreOpening}; {@link StoreMaintenance}
 * changes the view.
 */
final class Store {
    private volatile TsdbOptions options;
    private final Clock clock;
    private final WriteAdmission writes;
    private final StoppedQueries stoppedQueries = new StoppedQueries();
    private final TsdbRuntime runtime;
    private final @Nullable TsdbRuntime ownRuntime;
    private final Closeable lock;
    private final BlockDirectory blocks;
    private final Epochs epochs;
    private final Head head;
    private final WriteAheadLog log;
    private final WriteAheadLog lateLog;
    private final OpeningFigures opening;
    private final @Nullable BucketReader bucketReader;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final AtomicInteger queriersOpen = new AtomicInteger();
    private volatile StoreView view;
    private @Nullable StoreMaintenance maintenance;

    /**
     * @param ownRuntime closed with the store; null if the runtime is the host's
     * @param bucketReader for blocks that are not here; the host's
     */
    Store(
            TsdbOptions options,
            Clock clock,
            TsdbRuntime runtime,
            @Nullable TsdbRuntime ownRuntime,
            Closeable lock,
            BlockDirectory blocks,
            Epochs epochs,
            Head head,
            WriteAheadLog log,
            WriteAheadLog lateLog,
            StoreView view,
            OpeningFigures opening,
            @Nullable BucketReader bucketReader) {
        this.options = options;
        this.clock = clock;
        this.runtime = runtime;
        writes = new WriteAdmission(new WriteGate(options.writeLimits(), false, clock), runtime.writeGate());
        this.ownRuntime = ownRuntime;
        this.lock = lock;
        this.blocks = blocks;
        this.epochs = epochs;
        this.head = head;
        this.log = log;
        this.lateLog = lateLog;
        this.view = view;
        this.opening = opening;
        this.bucketReader = bucketReader;
    }

    void start(StoreMaintenance newMaintenance) {
        maintenance = newMaintenance;
        newMaintenance.start();
    }

    TsdbOptions options() {
        return options;
    }

    /** As {@link TsdbAdmin#changeLimits}. */
    synchronized void changeLimits(TsdbOptions newLimits) {
        options = options.withLimits(newLimits.limits())
                .withWriteLimits(newLimits.writeLimits())
                .withQueryLimits(newLimits.queryLimits())
                .withRetention(newLimits.retention())
                .withRetentionBytes(newLimits.retentionBytes());
        head.limits(newLimits.limits());
        writes.ofStore().limits(newLimits.writeLimits());
    }

    WriteAdmission writes() {
        return writes;
    }

    TsdbRuntime runtime() {
        return runtime;
    }

    Head head() {
        return head;
    }

    WriteAheadLog log() {
        return log;
    }

    /** The log of late samples. */
    WriteAheadLog lateLog() {
        return lateLog;
    }

    Epochs epochs() {
        return epochs;
    }

    StoreView view() {
        return view;
    }

    /** As {@link BlockDirectory#directoryOf}. */
    Path directoryOf(Block block) {
        return blocks.directoryOf(block);
    }

    /** Maintenance only. */
    void publish(StoreView newView) {
        view = newView;
    }

    DamageLog damages() {
        return opening.damages();
    }

    void checkOpen() {
        if (closed.get()) {
            throw new IllegalStateException("the store is closed");
        }
    }

    StoreMaintenance admin() {
        StoreMaintenance started = maintenance;
        if (started == null) {
            throw new IllegalStateException("BUG: the store was not started");
        }
        return started;
    }

    Querier querier(TimeRange range, QueryLimits limits) throws IOException {
        queriersOpen.incrementAndGet();
        Epochs.Epoch epoch = epochs.pin();
        List<Block> acquired = new ArrayList<>();
        BucketSources bucket = null;
        boolean opened = false;
        try {
            checkOpen();
            // After the pin: what this view says is in the head stays there until the pin is gone.
            StoreView seen = acquire(range, acquired);
            QueryBudget budget = new QueryBudget(limits, clock, stoppedQueries::count);
            if (bucketReader != null) {
                // After the view: a block that is neither here nor there was here when the view was read.
                List<BlockMeta> local = seen.blocks().stream().map(Block::meta).toList();
                bucket = bucketReader.sources(range, local, budget);
            }
            Querier querier = new StoreQuerier(
                    head, epochs, epoch, acquired, range, seen, budget, bucket, opening.damages(), this::querierClosed);
            opened = true;
            return querier;
        } finally {
            if (!opened) {
                acquired.forEach(Block::release);
                if (bucket != null) {
                    bucket.close();
                }
                epochs.unpin(epoch);
                querierClosed();
            }
        }
    }

    /** Of a block of the view alone, for a store whose view does not change; without limits. */
    Querier querierOf(Block block) throws IOException {
        BlockMeta meta = block.meta();
        TimeRange range = TimeRange.ofMillis(
                meta.minTimestampMillis(), Math.max(meta.minTimestampMillis(), meta.maxTimestampMillis() - 1));
        // Nothing of the head is behind the end of time.
        StoreView alone = new StoreView(List.of(block), Long.MAX_VALUE, Long.MAX_VALUE);
        queriersOpen.incrementAndGet();
        Epochs.Epoch epoch = epochs.pin();
        boolean opened = false;
        try {
            checkOpen();
            if (!block.tryAcquire()) {
                throw new IllegalStateException("the block is closed: " + block);
            }
            QueryBudget budget = new QueryBudget(QueryLimits.none(), clock, stoppedQueries::count);
            Querier querier = new StoreQuerier(
                    head, epochs, epoch, alone.blocks(), range, alone, budget, null, damages(), this::querierClosed);
            opened = true;
            return querier;
        } finally {
            if (!opened) {
                epochs.unpin(epoch);
                querierClosed();
            }
        }
    }

    private void querierClosed() {
        queriersOpen.decrementAndGet();
    }

    /**
     * The view, with its blocks that overlap a range open until they are released.
     *
     * @param acquired gets them; what is in it if this throws is to be released as well
     */
    StoreView acquire(TimeRange range, List<Block> acquired) {
        while (true) {
            StoreView seen = view;
            boolean all = true;
            for (Block block : seen.blocks()) {
                if (!block.meta().overlaps(range.minTimestampMillis(), range.maxTimestampMillis())) {
                    continue;
                }
                all = block.tryAcquire();
                if (!all) {
                    break;
                }
                acquired.add(block);
            }
            if (all) {
                return seen;
            }
            // A block was deleted beside this: there is a newer view.
            acquired.forEach(Block::release);
            acquired.clear();
            // Or the store was closed beside this, and there will be none.
            checkOpen();
            Thread.onSpinWait();
        }
    }

    LabelStats labelStats(int listLengthMax) throws IOException {
        Epochs.Epoch epoch = epochs.pin();
        try {
            checkOpen();
            return LabelStatsCollector.collect(head.labelIndex(), listLengthMax);
        } finally {
            epochs.unpin(epoch);
        }
    }

    TsdbStats stats() {
        HeadFigures figures = head.figures();
        StoreMaintenance work = admin();
        List<BlockInfo> infos = work.blocks();
        return new TsdbStats(
                figures.seriesActive(),
                figures.seriesCreated(),
                figures.seriesRemoved(),
                figures.samplesAppended(),
                figures.samplesLate(),
                figures.samplesDuplicate(),
                figures.histogramsAppended(),
                figures.histogramsLate(),
                figures.histogramsDuplicate(),
                writes.ofStore().requestsInFlight(),
                writes.ofStore().bytesInFlight(),
                writes.refused(),
                stoppedQueries.byReason(),
                figures.samplesRejected(),
                figures.exemplars(),
                figures.exemplarsAppended(),
                figures.exemplarsDuplicate(),
                figures.metadataEntries(),
                head.minMillis(),
                head.maxMillis(),
                figures.chunks(),
                figures.bytes(),
                log.sizeBytes(),
                log.syncCount(),
                lateLog.sizeBytes(),
                opening.recordsUnknown(),
                opening.walCorruptions(),
                opening.wblCorruptions(),
                opening.damages().counts(),
                infos.size(),
                infos.stream().mapToLong(BlockInfo::sizeBytes).sum(),
                work.blocksCut(),
                work.blockMerges(),
                work.blocksShipped(),
                work.blocksNotShippable(),
                work.shipping(),
                work.blocksDeleted(),
                work.failures(),
                queriersOpen.get());
    }

    /** Ends maintenance, syncs the log, closes the files. What fails does not stop the rest. */
    void close() throws IOException {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        List<Steps.Step> parts = new ArrayList<>();
        StoreMaintenance started = maintenance;
        if (started != null) {
            parts.add(started::stop);
        }
        parts.add(log::close);
        parts.add(lateLog::close);
        parts.add(head::close);
        parts.add(blocks::close);
        parts.add(lock::close);
        if (ownRuntime != null) {
            parts.add(ownRuntime::close);
        }
        Steps.runAll(parts);
    }
}

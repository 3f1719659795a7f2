package dev.cairndb.tsdb;

import dev.cairndb.chunks.UnsupportedChunkException;
import dev.cairndb.io.Clock;
import dev.cairndb.io.TsdbException;
import dev.cairndb.tsdb.internal.block.Block;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.Ulid;
import dev.cairndb.tsdb.internal.compact.CompactionPlan;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Merges blocks into longer ones, one group at a time: see {@link CompactionPlan}. With an object store it does nothing
 * unless it is told to, as a compactor of the bucket does it for all; then it takes only what was shipped, so that the
 * bucket never has samples twice.
 *
 * <p>Late blocks wait until nothing can come into their range any more: each is merged with its neighbours once, and
 * not for every late sample. They are never part of one that ends behind what was cut in order: that block would say of
 * samples in the head that they are in blocks. Maintenance only.
 */
final class BlockCompactor {
    /** As in Prometheus (cmd/prometheus/main.go). */
    private static final long RANGE_MILLIS_MAX = Duration.ofDays(31).toMillis();

    private static final int PART_OF_RETENTION = 10;
    private static final long PAUSE_NANOS = TimeUnit.MINUTES.toNanos(10);

    private final Store store;
    private final Clock clock;
    private final BlockReplacement replacement;
    private final BlockHousekeeping housekeeping;
    private final boolean ships;
    private @Nullable Long lookedNanos;
    private boolean failed;
    private @Nullable Long cleanFailedNanos;
    /** The blocks of which none were to be merged. */
    private List<Block> seen = List.of();

    BlockCompactor(Store store, TsdbBuilder builder, BlockReplacement replacement, BlockHousekeeping housekeeping) {
        this.store = store;
        clock = builder.clock;
        this.replacement = replacement;
        this.housekeeping = housekeeping;
        ships = builder.objectStore != null;
    }

    /**
     * As {@link #compactAll}, if the blocks are others than when nothing was left to do, or some time has passed. That
     * also holds if it failed: a full disk is not filled again and again.
     */
    int compactDue(BooleanSupplier stop) throws IOException {
        Long looked = lookedNanos;
        boolean pause = looked != null && clock.monotonicNanos() - looked < PAUSE_NANOS;
        if (pause && (failed || seen == store.view().blocks())) {
            return 0;
        }
        return compactAll(stop);
    }

    /** Blocks may be merged now that were not before, although there are no others. */
    void lookAgain() {
        seen = List.of();
    }

    /** Merges until there is nothing left to be merged. Returns how often blocks were replaced. */
    int compactAll(BooleanSupplier stop) throws IOException {
        lookedNanos = clock.monotonicNanos();
        failed = true;
        int done = 0;
        IOException damage = null;
        CompactionPlan plan = plan();
        try {
            replacement.finish();
            for (List<Block> group = next(plan); !group.isEmpty() && !stop.getAsBoolean(); group = next(plan)) {
                try {
                    done += replacement.run(group, stop) ? 1 : 0;
                } catch (TsdbException | UnsupportedChunkException e) {
                    // The others can be merged all the same.
                    damage = e;
                }
            }
        } catch (CancellationException e) {
            // The store is being closed; it goes on once it is open again.
        }
        seen = store.view().blocks();
        failed = false;
        if (damage != null) {
            throw damage;
        }
        return done;
    }

    private CompactionPlan plan() {
        TsdbOptions options = store.options();
        long rangeMax = options.blockRangeMax().toMillis();
        if (rangeMax == 0 && !ships) {
            long retention = options.retention().toMillis();
            rangeMax = retention == 0 ? RANGE_MILLIS_MAX : Math.min(RANGE_MILLIS_MAX, retention / PART_OF_RETENTION);
        }
        return new CompactionPlan(options.blockRange().toMillis(), rangeMax);
    }

    private List<Block> next(CompactionPlan plan) {
        if (!plan.merges()) {
            return List.of();
        }
        long lateUpToMillis =
                Math.min(housekeeping.lateFromMillis(), store.view().headFromMillis());
        Predicate<BlockMeta> isCandidate = block -> {
            BlockMeta.Compaction compaction = block.compaction();
            if (compaction.isOutOfOrder()) {
                return !ships && block.maxTimestampMillis() <= lateUpToMillis;
            }
            return compaction.endsTheHead() && housekeeping.hasNothingToShip(block);
        };
        List<BlockMeta> group = plan.next(
                store.view().blocks().stream()
                        .map(Block::meta)
                        .filter(isCandidate)
                        .toList(),
                replacement::isPossible);
        return blocksOf(group);
    }

    private List<Block> blocksOf(List<BlockMeta> group) {
        Set<Ulid> names = new HashSet<>();
        group.forEach(block -> names.add(block.ulid()));
        return store.view().blocks().stream()
                .filter(block -> names.contains(block.ulid()))
                .toList();
    }

    /** As {@link #clean}, unless that failed a short time ago: a full disk is not filled again and again. */
    int cleanDue(Predicate<BlockMeta> which, BooleanSupplier stop) throws IOException {
        Long failure = cleanFailedNanos;
        if (failure != null && clock.monotonicNanos() - failure < PAUSE_NANOS) {
            return 0;
        }
        cleanFailedNanos = clock.monotonicNanos();
        int done = clean(which, stop);
        cleanFailedNanos = null;
        return done;
    }

    /** Rewrites blocks of which something was deleted, those that fulfil the condition. Returns how many there were. */
    int clean(Predicate<BlockMeta> which, BooleanSupplier stop) throws IOException {
        int done = 0;
        IOException damage = null;
        replacement.finish();
        for (Block block : store.view().blocks()) {
            BlockMeta meta = block.meta();
            if (block.tombstones().isEmpty() || !which.test(meta) || !replacement.isPossible(List.of(meta))) {
                continue;
            }
            try {
                done += replacement.run(List.of(block), stop) ? 1 : 0;
            } catch (TsdbException | UnsupportedChunkException e) {
                damage = e;
            } catch (CancellationException e) {
                // The store is being closed.
                break;
            }
        }
        if (damage != null) {
            throw damage;
        }
        return done;
    }
}

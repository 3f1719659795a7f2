package dev.cairndb.tsdb;

import dev.cairndb.chunks.UnsupportedChunkException;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.TsdbException;
import dev.cairndb.tsdb.internal.block.Block;
import dev.cairndb.tsdb.internal.block.BlockDirectory;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.Ulid;
import dev.cairndb.tsdb.internal.block.UlidSource;
import dev.cairndb.tsdb.internal.compact.BlockMerge;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps late blocks from overlapping each other: those that do are merged into one, so that there is at most one for a
 * range, however often late samples come into it. The view always shows the samples once: it is replaced when the
 * merged block is durable, and the blocks it was made of go after that. Maintenance only.
 */
final class LateBlockMerger {
    private static final Comparator<Block> BY_START = Comparator.<Block>comparingLong(
                    block -> block.meta().minTimestampMillis())
            .thenComparing(Block::ulid);

    private final Store store;
    private final DamageLog damages;
    private final BlockDirectory directory;
    private final TsdbListener listener;
    private final UlidSource ulids;
    private final BlockMerge merge;
    /** On disk, but not in the view. */
    private @Nullable BlockMeta written;

    private final Set<Set<Ulid>> unmergeable = new HashSet<>();
    private final LongAdder merges = new LongAdder();

    LateBlockMerger(Store store, TsdbBuilder builder, BlockDirectory blocks, DamageLog damages) {
        this.store = store;
        this.damages = damages;
        directory = blocks;
        listener = builder.listener;
        ulids = new UlidSource(builder.clock, new SplittableRandom());
        merge = new BlockMerge(builder.storage, builder.directory);
    }

    /**
     * Returns whether blocks were merged. Blocks of which one cannot be read stay as they are, and are not tried again
     * before the store is opened anew.
     */
    boolean run(BooleanSupplier stop) throws IOException {
        boolean merged = false;
        IOException damage = null;
        try {
            for (List<Block> group : overlapping()) {
                try {
                    mergeGroup(group, stop);
                    merges.increment();
                    merged = true;
                } catch (TsdbException | UnsupportedChunkException e) {
                    if (e instanceof CorruptionException damaged) {
                        damages.met(damaged);
                    }
                    unmergeable.add(namesOf(group));
                    damage = e;
                }
            }
        } catch (CancellationException e) {
            // The store is being closed; the blocks are merged once it is open again.
        }
        if (damage != null) {
            throw damage;
        }
        return merged;
    }

    /** Groups of late blocks that overlap, each with one of the others. */
    private List<List<Block>> overlapping() {
        List<List<Block>> groups = new ArrayList<>();
        List<Block> group = new ArrayList<>();
        long endMillis = Long.MIN_VALUE;
        for (Block block : store.view().blocks().stream().sorted(BY_START).toList()) {
            BlockMeta meta = block.meta();
            if (!meta.compaction().isOutOfOrder()) {
                continue;
            }
            if (meta.minTimestampMillis() >= endMillis) {
                groups.add(group);
                group = new ArrayList<>();
            }
            group.add(block);
            endMillis = Math.max(endMillis, meta.maxTimestampMillis());
        }
        groups.add(group);
        return groups.stream()
                .filter(blocks -> blocks.size() > 1 && !unmergeable.contains(namesOf(blocks)))
                .toList();
    }

    private void mergeGroup(List<Block> group, BooleanSupplier stop) throws IOException {
        BlockMeta merged = written;
        if (merged == null || !replaces(merged, group)) {
            merged = merge.run(group, ulids.next(), stop);
            // If the block cannot be opened now, it is not written a second time.
            written = merged;
        }
        if (merged == null) {
            drop(group);
            return;
        }
        List<BlockInfo> replaced = group.stream().map(BlockHousekeeping::infoOf).toList();
        List<Block> added = directory.add(
                List.of(merged.ulid()), opened -> store.publish(store.view().withBlocks(directory.snapshot())));
        written = null;
        added.forEach(block -> listener.blocksMerged(BlockHousekeeping.infoOf(block), replaced));
    }

    /** All their samples were deleted. */
    private void drop(List<Block> group) {
        Set<Ulid> emptied = namesOf(group);
        store.publish(store.view()
                .withBlocks(store.view().blocks().stream()
                        .filter(block -> !emptied.contains(block.ulid()))
                        .toList()));
        directory.delete(emptied);
        group.forEach(block -> listener.blockDeleted(BlockHousekeeping.infoOf(block)));
    }

    long merges() {
        return merges.sum();
    }

    private static boolean replaces(BlockMeta merged, List<Block> group) {
        Set<Ulid> parents = new HashSet<>();
        merged.compaction().parents().forEach(parent -> parents.add(parent.ulid()));
        return parents.equals(namesOf(group));
    }

    private static Set<Ulid> namesOf(List<Block> group) {
        Set<Ulid> names = new HashSet<>();
        group.forEach(block -> names.add(block.ulid()));
        return names;
    }
}

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
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Puts one block with the samples of some blocks in their place, without what was deleted of them. The view always
 * shows the samples once: it is replaced when the new block is durable, and the blocks it was made of go after that.
 * Who reads them goes on. Maintenance only.
 */
final class BlockReplacement {
    private final Store store;
    private final DamageLog damages;
    private final BlockDirectory directory;
    private final TsdbListener listener;
    private final UlidSource ulids;
    private final BlockMerge merge;
    /** On disk, but not in the view. */
    private @Nullable BlockMeta written;

    private final Set<Set<Ulid>> unmergeable = new HashSet<>();
    /** Blocks of which all samples were deleted, the newest among them, and how far samples in order were cut then. */
    private final Set<Set<Ulid>> emptyNewest = new HashSet<>();

    private long emptyNewestEndMillis;
    private final LongAdder count = new LongAdder();

    BlockReplacement(Store store, TsdbBuilder builder, BlockDirectory blocks, DamageLog damages) {
        this.store = store;
        this.damages = damages;
        directory = blocks;
        listener = builder.listener;
        ulids = new UlidSource(builder.clock, new SplittableRandom());
        merge = new BlockMerge(builder.storage, builder.directory);
    }

    /**
     * Whether they may be replaced: not if one of them could not be read since the store was opened, or if nothing of
     * them would be left to say how far samples in order were cut.
     */
    boolean isPossible(List<BlockMeta> group) {
        Set<Ulid> names = namesOf(group);
        boolean saysMost = emptyNewestEndMillis == directory.inOrderMaxTimestampMillis() && emptyNewest.contains(names);
        return !saysMost && !unmergeable.contains(names);
    }

    /**
     * Replaces blocks. If one of them cannot be read they stay as they are. Returns whether anything changed.
     *
     * @param group of the view behind {@link #finish}
     * @param stop asked for every series
     * @throws CancellationException if it was stopped
     */
    boolean run(List<Block> group, BooleanSupplier stop) throws IOException {
        if (written != null) {
            throw new IllegalStateException("BUG: a block replaces others already");
        }
        long before = count.sum();
        try {
            replace(group, stop);
            return count.sum() > before;
        } catch (TsdbException | UnsupportedChunkException e) {
            if (e instanceof CorruptionException damaged) {
                damages.met(damaged);
            }
            unmergeable.add(namesOf(group.stream().map(Block::meta).toList()));
            throw e;
        }
    }

    private void replace(List<Block> group, BooleanSupplier stop) throws IOException {
        // If the block cannot be opened now, it is not written a second time.
        written = merge.run(group, ulids.next(), stop);
        if (written == null) {
            drop(group);
        } else {
            finish();
        }
    }

    /**
     * Shows a block that was written before and could not be opened then: on disk it has taken the place of others
     * already, so nothing may be changed in those.
     */
    void finish() throws IOException {
        BlockMeta merged = written;
        if (merged == null) {
            return;
        }
        Set<Ulid> parents = new HashSet<>();
        merged.compaction().parents().forEach(parent -> parents.add(parent.ulid()));
        List<BlockInfo> replaced = store.view().blocks().stream()
                .filter(block -> parents.contains(block.ulid()))
                .map(BlockHousekeeping::infoOf)
                .toList();
        List<Block> added;
        try {
            added = directory.add(
                    List.of(merged.ulid()), opened -> store.publish(store.view().withBlocks(directory.snapshot())));
        } catch (TsdbException e) {
            directory.discard(merged.ulid());
            written = null;
            throw e;
        }
        written = null;
        count.increment();
        added.forEach(block -> listener.blocksMerged(BlockHousekeeping.infoOf(block), replaced));
    }

    /**
     * All their samples were deleted. The newest block stays all the same: without it, the next opening would read the
     * samples from the log once more, as those that are in no block.
     */
    private void drop(List<Block> group) {
        Set<Ulid> emptied = namesOf(group.stream().map(Block::meta).toList());
        long cutUpToMillis = directory.inOrderMaxTimestampMillis();
        if (group.stream()
                .map(Block::meta)
                .anyMatch(block -> block.compaction().endsTheHead() && block.maxTimestampMillis() == cutUpToMillis)) {
            if (emptyNewestEndMillis != cutUpToMillis) {
                emptyNewest.clear();
                emptyNewestEndMillis = cutUpToMillis;
            }
            emptyNewest.add(emptied);
            return;
        }
        store.publish(store.view()
                .withBlocks(store.view().blocks().stream()
                        .filter(block -> !emptied.contains(block.ulid()))
                        .toList()));
        directory.delete(emptied);
        count.increment();
        group.forEach(block -> listener.blockDeleted(BlockHousekeeping.infoOf(block)));
    }

    /** How often blocks were replaced. */
    long count() {
        return count.sum();
    }

    private static Set<Ulid> namesOf(List<BlockMeta> group) {
        Set<Ulid> names = new HashSet<>();
        group.forEach(block -> names.add(block.ulid()));
        return names;
    }
}

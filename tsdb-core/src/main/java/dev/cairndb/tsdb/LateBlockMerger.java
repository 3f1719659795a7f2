package dev.cairndb.tsdb;

import dev.cairndb.chunks.UnsupportedChunkException;
import dev.cairndb.io.TsdbException;
import dev.cairndb.tsdb.internal.block.Block;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;

/**
 * Keeps late blocks from overlapping each other: those that do are merged into one, so that there is at most one for a
 * range, however often late samples come into it. Maintenance only.
 */
final class LateBlockMerger {
    private static final Comparator<Block> BY_START = Comparator.<Block>comparingLong(
                    block -> block.meta().minTimestampMillis())
            .thenComparing(Block::ulid);

    private final Store store;
    private final BlockReplacement replacement;

    LateBlockMerger(Store store, BlockReplacement replacement) {
        this.store = store;
        this.replacement = replacement;
    }

    /**
     * Returns whether blocks were merged. Blocks of which one cannot be read stay as they are, and are not tried again
     * before the store is opened anew.
     */
    boolean run(BooleanSupplier stop) throws IOException {
        boolean merged = false;
        IOException damage = null;
        replacement.finish();
        try {
            for (List<Block> group : overlapping()) {
                try {
                    merged |= replacement.run(group, stop);
                } catch (TsdbException | UnsupportedChunkException e) {
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
                .filter(blocks -> blocks.size() > 1
                        && replacement.isPossible(
                                blocks.stream().map(Block::meta).toList()))
                .toList();
    }
}

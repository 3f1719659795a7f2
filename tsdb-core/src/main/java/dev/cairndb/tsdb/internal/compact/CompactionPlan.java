package dev.cairndb.tsdb.internal.compact;

import dev.cairndb.tsdb.internal.block.BlockMeta;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;

/**
 * Which blocks are to become one next, as Prometheus chooses them (tsdb/compact.go, LeveledCompactor.Plan): blocks that
 * overlap in time; else blocks that together fill a longer range, or lie in one that is past, the shorter ranges first;
 * else a block of which much was deleted, alone. The newest block is left out but of overlaps: more may come to its
 * range. Immutable; thread-safe.
 */
public final class CompactionPlan {
    private static final int FACTOR = 3;
    /** Deleted ranges of so many of a block's series make it worth the while to write it without them. */
    private static final double DELETED_SHARE_MAX = 0.05;

    private static final Comparator<BlockMeta> BY_START =
            Comparator.comparingLong(BlockMeta::minTimestampMillis).thenComparing(BlockMeta::ulid);

    /** Ascending; the first is that of blocks that are cut. */
    private final long[] rangesMillis;

    /**
     * @param blockRangeMillis of blocks that are cut
     * @param rangeMillisMax no longer blocks are made
     */
    public CompactionPlan(long blockRangeMillis, long rangeMillisMax) {
        long[] ranges = {blockRangeMillis};
        for (long range = blockRangeMillis; range <= rangeMillisMax / FACTOR; ) {
            range *= FACTOR;
            ranges = Arrays.copyOf(ranges, ranges.length + 1);
            ranges[ranges.length - 1] = range;
        }
        rangesMillis = ranges;
    }

    /** Whether there is any range that blocks are merged into. */
    public boolean merges() {
        return rangesMillis.length > 1;
    }

    /**
     * The blocks to be replaced by one, by time; none if there is nothing to do.
     *
     * @param blocks in any order
     * @param mayBeMerged false for a group that is to be passed over
     */
    public List<BlockMeta> next(List<BlockMeta> blocks, Predicate<List<BlockMeta>> mayBeMerged) {
        List<BlockMeta> sorted = blocks.stream().sorted(BY_START).toList();
        List<BlockMeta> overlapping = overlapping(sorted, mayBeMerged);
        if (!overlapping.isEmpty() || sorted.isEmpty()) {
            return overlapping;
        }
        List<BlockMeta> older = sorted.subList(0, sorted.size() - 1);
        List<BlockMeta> neighbours = neighbours(older, mayBeMerged);
        return neighbours.isEmpty() ? mostlyDeleted(older, mayBeMerged) : neighbours;
    }

    private static List<BlockMeta> overlapping(List<BlockMeta> sorted, Predicate<List<BlockMeta>> mayBeMerged) {
        List<BlockMeta> group = new ArrayList<>();
        long endMillis = Long.MIN_VALUE;
        for (BlockMeta block : sorted) {
            if (block.minTimestampMillis() >= endMillis) {
                if (group.size() > 1 && mayBeMerged.test(group)) {
                    return group;
                }
                group = new ArrayList<>();
            }
            group.add(block);
            endMillis = Math.max(endMillis, block.maxTimestampMillis());
        }
        return group.size() > 1 && mayBeMerged.test(group) ? group : List.of();
    }

    private List<BlockMeta> neighbours(List<BlockMeta> sorted, Predicate<List<BlockMeta>> mayBeMerged) {
        if (sorted.isEmpty()) {
            return List.of();
        }
        long newestStartMillis = sorted.get(sorted.size() - 1).minTimestampMillis();
        for (int i = 1; i < rangesMillis.length; i++) {
            for (List<BlockMeta> group : byRange(sorted, rangesMillis[i])) {
                long startMillis = group.get(0).minTimestampMillis();
                long endMillis = group.get(group.size() - 1).maxTimestampMillis();
                boolean full = endMillis - startMillis == rangesMillis[i];
                boolean past = endMillis <= newestStartMillis;
                boolean failed =
                        group.stream().anyMatch(block -> block.compaction().failed());
                if (group.size() > 1 && (full || past) && !failed && mayBeMerged.test(group)) {
                    return group;
                }
            }
        }
        return List.of();
    }

    /** Blocks that do not overlap, by the aligned range that they lie in; those that lie in none are left out. */
    private static List<List<BlockMeta>> byRange(List<BlockMeta> sorted, long rangeMillis) {
        List<List<BlockMeta>> groups = new ArrayList<>();
        List<BlockMeta> group = List.of();
        long groupNumber = 0;
        for (BlockMeta block : sorted) {
            long number = Math.floorDiv(block.minTimestampMillis(), rangeMillis);
            if (Math.floorDiv(block.maxTimestampMillis() - 1, rangeMillis) != number) {
                continue;
            }
            if (group.isEmpty() || number != groupNumber) {
                group = new ArrayList<>();
                groups.add(group);
                groupNumber = number;
            }
            group.add(block);
        }
        return groups;
    }

    private List<BlockMeta> mostlyDeleted(List<BlockMeta> sorted, Predicate<List<BlockMeta>> mayBeMerged) {
        for (int i = sorted.size() - 1; i >= 0; i--) {
            BlockMeta block = sorted.get(i);
            long stones = block.stats().tombstones();
            long series = block.stats().series();
            boolean isLong =
                    block.maxTimestampMillis() - block.minTimestampMillis() >= rangesMillis[rangesMillis.length / 2];
            boolean all = stones > 0 && stones >= series;
            boolean many = isLong && stones > DELETED_SHARE_MAX * (series + 1);
            if ((all || many) && mayBeMerged.test(List.of(block))) {
                return List.of(block);
            }
            if (!isLong) {
                // It will be merged, and what was deleted goes then; so will older short ones.
                break;
            }
        }
        return List.of();
    }
}

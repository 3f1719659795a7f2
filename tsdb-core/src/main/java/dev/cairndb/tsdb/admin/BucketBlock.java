package dev.cairndb.tsdb.admin;

import dev.cairndb.index.Labels;
import dev.cairndb.tsdb.BlockInfo;
import java.util.List;
import java.util.Set;

/**
 * A block in a bucket, as its meta.json and its objects tell. Immutable.
 *
 * @param block name, range, counts, and the bytes of all its objects
 * @param externalLabels tell its writer's blocks, its stream, from those of others; empty if it has none
 * @param resolutionMillis distance of samples in a downsampled block, 0 for samples as they came
 * @param source which program made it, such as {@code receive} or {@code compactor}
 * @param sources names of the level 1 blocks that it was made of, itself if it is one
 * @param marks what it is marked for
 */
public record BucketBlock(
        BlockInfo block,
        Labels externalLabels,
        long resolutionMillis,
        String source,
        List<String> sources,
        Set<BlockMark> marks) {
    public BucketBlock {
        sources = List.copyOf(sources);
        marks = Set.copyOf(marks);
    }
}

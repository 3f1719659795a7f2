package dev.cairndb.tsdb.admin;

import dev.cairndb.index.Labels;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/** Blocks of a bucket that a compactor would stop at. */
final class BlockOverlaps {
    private BlockOverlaps() {}

    /** Those whose samples a compactor takes for one series of blocks. */
    private record Stream(Labels externalLabels, long resolutionMillis) {
        static Stream of(BucketBlock block) {
            return new Stream(block.externalLabels(), block.resolutionMillis());
        }
    }

    /**
     * Finds them.
     *
     * @param blocks that a compactor sees, oldest first
     * @param ofInterest one of the two is to be such a block
     */
    static List<BucketFinding> of(List<BucketBlock> blocks, Predicate<BucketBlock> ofInterest) {
        List<BucketBlock> counted = withoutReplaced(blocks);
        Map<Stream, BucketBlock> lastToEnd = new HashMap<>();
        List<BucketFinding> found = new ArrayList<>();
        for (BucketBlock block : counted) {
            Stream stream = Stream.of(block);
            BucketBlock earlier = lastToEnd.get(stream);
            if (earlier != null
                    && earlier.block().maxTimestampMillis() > block.block().minTimestampMillis()
                    && (ofInterest.test(block) || ofInterest.test(earlier))) {
                String problem = "overlaps " + earlier.block().ulid()
                        + ", which has the same external labels and resolution; a compactor without vertical"
                        + " compaction stops at the two";
                found.add(new BucketFinding(block.block().ulid(), "", problem));
            }
            if (earlier == null
                    || earlier.block().maxTimestampMillis() < block.block().maxTimestampMillis()) {
                lastToEnd.put(stream, block);
            }
        }
        return found;
    }

    /** Those all of whose sources another one has are passed over by Thanos too. */
    private static List<BucketBlock> withoutReplaced(List<BucketBlock> blocks) {
        Map<String, List<BucketBlock>> bySource = new HashMap<>();
        for (BucketBlock block : blocks) {
            block.sources()
                    .forEach(source -> bySource.computeIfAbsent(source, key -> new ArrayList<>())
                            .add(block));
        }
        List<BucketBlock> counted = new ArrayList<>();
        for (BucketBlock block : blocks) {
            List<BucketBlock> related = bySource.getOrDefault(block.sources().get(0), List.of());
            if (related.stream().noneMatch(other -> replaces(other, block))) {
                counted.add(block);
            }
        }
        return counted;
    }

    private static boolean replaces(BucketBlock other, BucketBlock block) {
        return other.sources().size() > block.sources().size()
                && Stream.of(other).equals(Stream.of(block))
                && Set.copyOf(other.sources()).containsAll(block.sources());
    }
}

package dev.cairndb.tsdb.internal.bucket;

import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.Ulid;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Which blocks were made of which: that of each one's first cut, its sources. */
final class BlockSources {
    private static final Comparator<BucketBlock> MOST_SOURCES_FIRST = Comparator.<BucketBlock>comparingInt(
                    block -> -block.meta().compaction().sources().size())
            .thenComparing(block -> block.meta().ulid());

    private BlockSources() {}

    static Set<Ulid> of(BlockMeta meta) {
        List<Ulid> sources = meta.compaction().sources();
        return sources.isEmpty() ? Set.of(meta.ulid()) : new HashSet<>(sources);
    }

    /** Blocks without those all of whose sources another one has, which was merged of them; in order of time. */
    static List<BucketBlock> withoutCovered(List<BucketBlock> blocks) {
        List<BucketBlock> kept = new ArrayList<>();
        // Whoever covers a block has each of its sources: it is enough to look at those who have the first.
        Map<Ulid, List<Set<Ulid>>> keptWith = new HashMap<>();
        List<BucketBlock> sorted = new ArrayList<>(blocks);
        sorted.sort(MOST_SOURCES_FIRST);
        for (BucketBlock block : sorted) {
            Set<Ulid> sources = of(block.meta());
            Ulid first = sources.iterator().next();
            if (keptWith.getOrDefault(first, List.of()).stream().noneMatch(other -> other.containsAll(sources))) {
                kept.add(block);
                sources.forEach(source -> keptWith.computeIfAbsent(source, key -> new ArrayList<>())
                        .add(sources));
            }
        }
        kept.sort(Comparator.comparingLong(block -> block.meta().minTimestampMillis()));
        return kept;
    }
}

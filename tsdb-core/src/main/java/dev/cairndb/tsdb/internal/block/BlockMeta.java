package dev.cairndb.tsdb.internal.block;

import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.FormatVersionException;
import dev.cairndb.io.Storage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What meta.json of a block says. The time range is half open. Immutable; lists are copied.
 *
 * @param minTimestampMillis inclusive
 * @param maxTimestampMillis exclusive
 * @param thanos present in a bucket only
 */
public record BlockMeta(
        Ulid ulid,
        long minTimestampMillis,
        long maxTimestampMillis,
        BlockStats stats,
        Compaction compaction,
        @Nullable ThanosMeta thanos) {
    public static final String FILE_NAME = "meta.json";
    /** What is read of one in a bucket; those of the largest blocks are a few megabytes, because of the sources. */
    public static final long JSON_BYTES_MAX = 64 << 20;

    public static final int VERSION = 1;

    /** The block holds only late samples: its end says nothing about how far the head was written. */
    public static final String HINT_OUT_OF_ORDER = "from-out-of-order";

    private static final Parent NO_BLOCK = new Parent(Ulid.ZERO, 0, 0);

    /** The block was cut early from series that had gone stale: its end says nothing about the head either. */
    public static final String HINT_STALE_SERIES = "from-stale-series";
    /** The block was cut from chosen series. */
    public static final String HINT_SELECTED_SERIES = "from-selected-series";

    /**
     * How the block came about.
     *
     * @param level 1 for a block cut from the head
     * @param sources the level 1 blocks its samples come from, itself if it is one
     * @param deletable it holds nothing any more
     * @param parents the blocks it was made of directly and replaces
     * @param failed compacting it failed; it is not tried again
     */
    public record Compaction(
            int level,
            List<Ulid> sources,
            boolean deletable,
            List<Parent> parents,
            boolean failed,
            List<String> hints) {
        public Compaction {
            sources = List.copyOf(sources);
            parents = List.copyOf(parents);
            hints = List.copyOf(hints);
        }

        /** A block cut from the head. */
        public static Compaction firstLevel(Ulid self) {
            return new Compaction(1, List.of(self), false, List.of(), false, List.of());
        }

        /** A block cut from late samples. As in Prometheus it has a parent, which is no block. */
        public static Compaction late(Ulid self) {
            return new Compaction(1, List.of(self), false, List.of(NO_BLOCK), false, List.of(HINT_OUT_OF_ORDER));
        }

        /**
         * A block made of these and replacing them: a level higher, with all their sources, and with the hints that
         * every one of them has (Prometheus: tsdb/compact.go). A block of late and other samples is not a late one. One
         * that is made of a single one, without what was deleted of it, stays at its level.
         */
        public static Compaction merged(List<BlockMeta> blocks) {
            int level = 0;
            TreeSet<Ulid> sources = new TreeSet<>();
            List<Parent> parents = new ArrayList<>();
            List<String> hints = new ArrayList<>(blocks.get(0).compaction().hints());
            for (BlockMeta block : blocks) {
                Compaction compaction = block.compaction();
                level = Math.max(level, compaction.level());
                sources.addAll(compaction.sources());
                parents.add(new Parent(block.ulid(), block.minTimestampMillis(), block.maxTimestampMillis()));
                hints.retainAll(compaction.hints());
            }
            return new Compaction(
                    blocks.size() == 1 ? level : level + 1, List.copyOf(sources), false, parents, false, hints);
        }

        /** The block holds late samples only. */
        public boolean isOutOfOrder() {
            return hints.contains(HINT_OUT_OF_ORDER);
        }

        /** Whether the block's end says how far the head was written in order. */
        public boolean endsTheHead() {
            return !isOutOfOrder() && !hints.contains(HINT_STALE_SERIES) && !hints.contains(HINT_SELECTED_SERIES);
        }
    }

    /** A block that was merged into another. */
    public record Parent(Ulid ulid, long minTimestampMillis, long maxTimestampMillis) {}

    public BlockMeta {
        if (minTimestampMillis > maxTimestampMillis) {
            throw new IllegalArgumentException(
                    "time range ends before it starts: " + minTimestampMillis + ".." + maxTimestampMillis);
        }
    }

    public boolean overlaps(long minInclusiveMillis, long maxInclusiveMillis) {
        return minTimestampMillis <= maxInclusiveMillis && minInclusiveMillis < maxTimestampMillis;
    }

    public BlockMeta withThanos(@Nullable ThanosMeta section) {
        return new BlockMeta(ulid, minTimestampMillis, maxTimestampMillis, stats, compaction, section);
    }

    public BlockMeta withStats(BlockStats newStats) {
        return new BlockMeta(ulid, minTimestampMillis, maxTimestampMillis, newStats, compaction, thanos);
    }

    /** The bytes of meta.json, as Prometheus writes them or, with a section for Thanos, as Thanos does. */
    public byte[] toJson() {
        return BlockMetaJson.encode(this);
    }

    /** @param file name for error messages */
    public static BlockMeta fromJson(String file, byte[] json) throws CorruptionException, FormatVersionException {
        return BlockMetaJson.decode(file, json);
    }

    /** Reads meta.json of the block in {@code directory}. */
    public static BlockMeta read(Storage storage, Path directory) throws IOException {
        Path file = directory.resolve(FILE_NAME);
        return fromJson(file.toString(), storage.readAll(file));
    }
}

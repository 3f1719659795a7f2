package dev.cairndb.tsdb.internal.ship;

import dev.cairndb.index.Labels;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.objstore.ObjectStore;
import dev.cairndb.tsdb.admin.BlockMark;
import dev.cairndb.tsdb.admin.BucketFinding;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.ThanosMeta;
import dev.cairndb.tsdb.internal.block.Ulid;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What a bucket has already of blocks that are to come into it, as such or as parts of others. Stateless. */
final class PresentInBucket {
    private static final Ulid LAST_NAME = Ulid.first(Ulid.TIMESTAMP_MILLIS_MAX);

    private PresentInBucket() {}

    /**
     * Whether the block is there, whole and to stay, or was merged into one that stays.
     *
     * @param folder where it is, or is to be
     * @param mayGo whether it counts also if it is marked for deletion
     * @throws IOException if what is there goes or is not whole, so that nobody may rely on it
     */
    static boolean asBlock(ObjectStore bucket, BucketFolder folder, boolean mayGo) throws IOException {
        boolean goes = !mayGo && folder.marks().contains(BlockMark.DELETION);
        if (!folder.isComplete()) {
            if (goes) {
                throw new IOException("cannot copy: the target has what a deletion left of the block, and the mark"
                        + " for deletion; delete that folder before: " + folder.ulid());
            }
            return false;
        }
        BlockMeta meta = folder.readMeta(bucket);
        if (goes) {
            if (isMerged(bucket, meta)) {
                return true;
            }
            throw new IOException("the target has the block, but marked for deletion; take the mark off there, or copy"
                    + " again when the block is gone: " + folder.ulid());
        }
        List<BucketFinding> missing = folder.missing(meta);
        if (!missing.isEmpty()) {
            BucketFinding first = missing.get(0);
            throw new CorruptionException(
                    folder.keyOf(first.object()).value(), 0, "a whole block in the target", first.problem());
        }
        return true;
    }

    private static boolean isMerged(ObjectStore bucket, BlockMeta meta) throws IOException {
        ThanosMeta thanos = meta.thanos();
        if (thanos == null || thanos.resolutionMillis() != 0) {
            return false;
        }
        Set<Ulid> sources = LateUpload.sourcesOf(meta);
        for (BlockMeta other : overlapping(bucket, meta, thanos.labels())) {
            if (!other.ulid().equals(meta.ulid())
                    && LateUpload.sourcesOf(other).containsAll(sources)
                    && !goes(bucket, other)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Whether a block that gets these external labels is in the bucket as a part of another one.
     *
     * @throws IOException if it has no place in their stream
     */
    static boolean asPart(ObjectStore bucket, BlockMeta meta, Labels labels) throws IOException {
        if (labels.isEmpty()) {
            throw new IOException("cannot copy: the block has no external labels, by which the writers of a bucket are"
                    + " told apart, and none are given: " + meta.ulid());
        }
        Map<String, String> stream = new HashMap<>();
        labels.forEach(stream::put);
        Set<Ulid> sources = LateUpload.sourcesOf(meta);
        BlockMeta going = null;
        for (BlockMeta other : overlapping(bucket, meta, stream)) {
            Set<Ulid> theirs = new HashSet<>(LateUpload.sourcesOf(other));
            if (theirs.containsAll(sources)) {
                if (!goes(bucket, other)) {
                    return true;
                }
                going = other;
            } else if (!sources.containsAll(theirs)) {
                throw new IOException("cannot copy: block " + meta.ulid() + " overlaps " + other.ulid()
                        + " in the bucket, which has the same external labels, and a compactor without vertical"
                        + " compaction stops at the two; give it external labels of its own");
            }
        }
        if (going != null) {
            throw new IOException("the target has the block " + meta.ulid() + " as a part of " + going.ulid()
                    + ", but marked for deletion; take the mark off there, or copy again when that block is gone");
        }
        return false;
    }

    private static List<BlockMeta> overlapping(ObjectStore bucket, BlockMeta meta, Map<String, String> stream)
            throws IOException {
        return new BucketBlocks(bucket, new BlockFolders(""), stream)
                .overlapping(meta.minTimestampMillis(), meta.maxTimestampMillis(), Ulid.ZERO, LAST_NAME);
    }

    private static boolean goes(ObjectStore bucket, BlockMeta meta) throws IOException {
        return BucketFolder.of(bucket, meta.ulid()).marks().contains(BlockMark.DELETION);
    }
}

package dev.cairndb.tsdb.internal.ship;

import dev.cairndb.io.Clock;
import dev.cairndb.objstore.ObjectStore;
import dev.cairndb.objstore.ObjectStoreException;
import dev.cairndb.tsdb.admin.BlockMark;
import dev.cairndb.tsdb.internal.block.Block;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.Ulid;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Sends blocks of late samples. What else is in the bucket is asked of the bucket, not remembered, so that every step
 * can be repeated after a crash:
 *
 * <ol>
 *   <li>Blocks of the stream that overlap are looked up. One that has all sources of the block means that there is
 *       nothing to send. Those whose sources the block has are replaced by it. Any other is in the way, as a compactor
 *       stops at an overlap: then nothing is sent. (In a stream shared with blocks that are in order, overlaps are
 *       expected.)
 *   <li>A mark keeps the compactor from merging the block with others, until {@link #close}. It is there before the
 *       block can be seen.
 *   <li>The block is sent, meta.json last. From then on Thanos passes over those it replaces, as it has all their
 *   sources.
 *   <li>The replaced blocks get a deletion mark.
 * </ol>
 *
 * <p>Not thread-safe.
 */
final class LateUpload {
    enum Outcome {
        DONE,
        STOPPED,
        REFUSED
    }

    /** @param reason why it was refused, else empty */
    record Result(Outcome outcome, String reason) {
        static final Result DONE = new Result(Outcome.DONE, "");
        static final Result STOPPED = new Result(Outcome.STOPPED, "");
    }

    static final String RANGE_IS_OPEN = "late samples may still come into its range, and be merged with it";
    static final String MERGED_INTO = "merged with later samples of its range into ";

    /** Clocks of the writers of a bucket may differ by this. */
    private static final long CLOCK_DIFFERENCE_MILLIS_MAX = TimeUnit.DAYS.toMillis(1);

    private final BlockUpload upload;
    private final BlockMarks marks;
    private final BucketBlocks stream;
    private final Clock clock;
    private final boolean ownStream;

    LateUpload(BlockUpload upload, ObjectStore bucket, Shipper.Settings settings, Clock clock) {
        this.upload = upload;
        this.clock = clock;
        BlockFolders folders = new BlockFolders(settings.prefix());
        Map<String, String> labels = new HashMap<>();
        settings.lateLabels().forEach(labels::put);
        marks = new BlockMarks(bucket, folders, clock);
        stream = new BucketBlocks(bucket, folders, labels);
        ownStream = settings.hasLateStream();
    }

    Result run(Block block, long bytesBehind, BooleanSupplier stop) throws IOException {
        BlockMeta meta = block.meta();
        Set<Ulid> sources = sourcesOf(meta);
        List<Ulid> replaced = new ArrayList<>();
        for (BlockMeta other : overlapping(meta)) {
            Set<Ulid> theirs = sourcesOf(other);
            if (theirs.containsAll(sources)) {
                return Result.DONE;
            } else if (sources.containsAll(theirs)) {
                replaced.add(other.ulid());
            } else if (ownStream) {
                return new Result(Outcome.REFUSED, refusal(other));
            }
        }
        if (ownStream) {
            boolean unused = marks.put(meta.ulid(), BlockMark.NO_COMPACT, RANGE_IS_OPEN);
        }
        if (!upload.run(block, bytesBehind, stop)) {
            return Result.STOPPED;
        }
        for (Ulid ulid : replaced) {
            boolean unused = marks.put(ulid, BlockMark.DELETION, MERGED_INTO + meta.ulid());
        }
        return Result.DONE;
    }

    /** No late samples come into the range of a block that was sent: the compactor may have it. May be repeated. */
    void close(Ulid ulid) throws ObjectStoreException {
        boolean unused = marks.remove(ulid, BlockMark.NO_COMPACT);
    }

    /** A block with samples of a range was made after the range began: older names need not be looked at. */
    private List<BlockMeta> overlapping(BlockMeta meta) throws IOException {
        long from = meta.minTimestampMillis() - CLOCK_DIFFERENCE_MILLIS_MAX;
        long to = Math.max(clock.wallMillis(), meta.ulid().timestampMillis()) + CLOCK_DIFFERENCE_MILLIS_MAX;
        List<BlockMeta> found = new ArrayList<>();
        for (BlockMeta other : stream.overlapping(
                meta.minTimestampMillis(), meta.maxTimestampMillis(), Ulid.first(from), Ulid.first(to))) {
            if (!other.ulid().equals(meta.ulid())) {
                found.add(other);
            }
        }
        return found;
    }

    static Set<Ulid> sourcesOf(BlockMeta meta) {
        List<Ulid> sources = meta.compaction().sources();
        return sources.isEmpty() ? Set.of(meta.ulid()) : new HashSet<>(sources);
    }

    private static String refusal(BlockMeta other) {
        return "block " + other.ulid() + " in the bucket (" + other.minTimestampMillis() + ".."
                + other.maxTimestampMillis()
                + ") overlaps it in the stream of late blocks and holds samples that this one"
                + " does not have; a compactor without vertical compaction would stop at the two. It is kept here";
    }
}

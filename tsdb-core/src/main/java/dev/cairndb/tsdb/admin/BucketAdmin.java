package dev.cairndb.tsdb.admin;

import dev.cairndb.index.Labels;
import dev.cairndb.io.Clock;
import dev.cairndb.io.FileStorage;
import dev.cairndb.io.Storage;
import dev.cairndb.io.TsdbException;
import dev.cairndb.objstore.ObjectNotFoundException;
import dev.cairndb.objstore.ObjectStore;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.Ulid;
import dev.cairndb.tsdb.internal.ship.BlockCopy;
import dev.cairndb.tsdb.internal.ship.BlockMarks;
import dev.cairndb.tsdb.internal.ship.BucketBlockCheck;
import dev.cairndb.tsdb.internal.ship.BucketFolder;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import java.util.function.Predicate;

/**
 * What an operator does with the blocks in a bucket, in Thanos' layout: list, check, copy, mark. Whoever writes to the
 * bucket meanwhile may go on.
 *
 * <p>Thread-safe; each call asks the bucket anew. The bucket stays the caller's.
 */
public final class BucketAdmin {
    private static final Comparator<BucketBlock> OLDEST_FIRST = Comparator.<BucketBlock>comparingLong(
                    block -> block.block().minTimestampMillis())
            .thenComparing(block -> block.block().ulid());

    /** Half of the time after which Thanos' compactor deletes marked blocks (thanos: cmd/thanos/compact.go). */
    private static final long PASSED_OVER_AFTER_MILLIS = TimeUnit.HOURS.toMillis(24);

    private final ObjectStore bucket;
    private final Storage storage;
    private final Clock clock;

    private BucketAdmin(ObjectStore bucket, Storage storage, Clock clock) {
        this.bucket = bucket;
        this.storage = storage;
        this.clock = clock;
    }

    public static BucketAdmin of(ObjectStore bucket) {
        return of(bucket, FileStorage.instance(), Clock.system());
    }

    /** @param storage where blocks are copied to and from, and put while they are checked */
    public static BucketAdmin of(ObjectStore bucket, Storage storage, Clock clock) {
        return new BucketAdmin(bucket, storage, clock);
    }

    /**
     * What is in a bucket.
     *
     * @param blocks those that are complete, oldest first
     * @param incomplete names of those without a meta.json: being sent, being deleted, or left behind
     * @param findings those with a meta.json that cannot be read
     */
    public record Inventory(List<BucketBlock> blocks, List<String> incomplete, List<BucketFinding> findings) {
        public Inventory {
            blocks = List.copyOf(blocks);
            incomplete = List.copyOf(incomplete);
            findings = List.copyOf(findings);
        }
    }

    /** Lists the bucket once, and reads each block's meta.json. */
    public Inventory blocks() throws IOException {
        return inventoryOf(BucketFolder.all(bucket), folder -> folder.readMeta(bucket));
    }

    /**
     * Blocks that overlap an earlier one of their stream and resolution: a compactor without vertical compaction stops
     * at them. Those that were merged into another one do not count, nor those that were marked for deletion 24 hours
     * ago, which a compactor passes over.
     *
     * @param blocks what is in this bucket
     * @param ofInterest one of the two blocks is to be such a one
     */
    public List<BucketFinding> overlaps(Inventory blocks, Predicate<BucketBlock> ofInterest) throws IOException {
        BlockMarks marks = new BlockMarks(bucket, clock);
        List<BucketBlock> seen = new ArrayList<>();
        for (BucketBlock block : blocks.blocks()) {
            if (!block.marks().contains(BlockMark.DELETION)
                    || !marks.isMarkedForDeletion(Ulid.parse(block.block().ulid()), PASSED_OVER_AFTER_MILLIS)) {
                seen.add(block);
            }
        }
        return BlockOverlaps.of(seen, ofInterest);
    }

    /** The blocks in a directory, such as a store's, which {@link #upload} takes. */
    public Inventory blocksIn(Path directory) throws IOException {
        return inventoryOf(
                BucketFolder.inDirectory(storage, directory),
                folder ->
                        BlockMeta.read(storage, directory.resolve(folder.ulid().toString())));
    }

    private interface MetaReader {
        BlockMeta read(BucketFolder folder) throws IOException;
    }

    private static Inventory inventoryOf(List<BucketFolder> folders, MetaReader reader) throws IOException {
        List<BucketBlock> blocks = new ArrayList<>();
        List<String> incomplete = new ArrayList<>();
        List<BucketFinding> findings = new ArrayList<>();
        for (BucketFolder folder : folders) {
            String ulid = folder.ulid().toString();
            if (!folder.isComplete()) {
                incomplete.add(ulid);
                continue;
            }
            try {
                blocks.add(folder.describe(reader.read(folder)));
            } catch (ObjectNotFoundException | NoSuchFileException e) {
                // Deleted meanwhile.
            } catch (TsdbException e) {
                findings.add(new BucketFinding(ulid, BlockMeta.FILE_NAME, String.valueOf(e.getMessage())));
            }
        }
        blocks.sort(OLDEST_FIRST);
        return new Inventory(blocks, incomplete, findings);
    }

    /**
     * Reads a block from end to end: whether its files are there with the sizes and hashes that meta.json tells, every
     * series, posting list and chunk with its checksum, and whether they agree. Of downsampled blocks chunks are
     * compared with their checksums only.
     *
     * @param scratch folder in which there is room for the block while it is read
     * @param bytesRead hears how many more bytes were read: half of them as the block is fetched, and half as it is
     *     looked at; in the end as many as it has
     * @return what is wrong; nothing if the block was deleted meanwhile
     */
    public List<BucketFinding> verify(String ulid, Path scratch, LongConsumer bytesRead) throws IOException {
        return BucketBlockCheck.run(bucket, storage, Ulid.parse(ulid), scratch, bytesRead);
    }

    /**
     * Copies a complete block to another bucket: its files, then its marks, meta.json last. What is there with the
     * right size is not sent again.
     *
     * @param bytesCopied hears how many more bytes were copied, as they are; less than zero when a file begins anew
     * @return false if the block was there
     * @throws dev.cairndb.io.CorruptionException if the block is not whole, here or there
     * @throws IOException also if it is there and marked for deletion, which it is not here
     */
    public boolean copy(String ulid, BucketAdmin target, LongConsumer bytesCopied) throws IOException {
        return BlockCopy.betweenBuckets(bucket, target.bucket, Ulid.parse(ulid), bytesCopied);
    }

    /**
     * Copies a complete block into a folder of that name in a directory, under a name that nobody takes for a block
     * until it is complete and on the disk. The target may be a directory that a Prometheus or a store opens next, and
     * none that has a log: samples in it that are older than the end of a block would be dropped.
     *
     * @return false if the block was there
     * @throws dev.cairndb.io.CorruptionException if the block is not whole
     * @see #copy
     */
    public boolean download(String ulid, Path directory, LongConsumer bytesCopied) throws IOException {
        return BlockCopy.toDirectory(bucket, storage, Ulid.parse(ulid), directory, bytesCopied);
    }

    /**
     * Copies a block of a data directory into the bucket, meta.json last.
     *
     * @param block its folder
     * @param externalLabels what it gets if its meta.json has none
     * @param bytesCopied hears how many more bytes were copied: half of them while the block is checked, and half as it
     *     is sent; in the end as many as it has
     * @return false if the block, or one that it was merged into, was there
     * @throws IOException also if it would overlap another one of its stream, as it has no external labels of its own;
     *     if something is deleted in it that would come back; if it is damaged, or has chunks that Thanos cannot read;
     *     if it is there and marked for deletion
     * @see #copy
     */
    public boolean upload(Path block, Labels externalLabels, LongConsumer bytesCopied) throws IOException {
        return BlockCopy.fromDirectory(storage, block, externalLabels, bucket, clock, bytesCopied);
    }

    /**
     * Puts a mark on a block.
     *
     * @param details why, for people
     * @return false if it has the mark, which stays as it is
     * @throws IOException also if there is no such block
     */
    public boolean mark(String ulid, BlockMark mark, String details) throws IOException {
        Ulid name = Ulid.parse(ulid);
        requireBlock(name);
        return new BlockMarks(bucket, clock).put(name, mark, details);
    }

    /**
     * Takes a mark off a block; false if it has none.
     *
     * @throws IOException also if there is no such block
     */
    public boolean unmark(String ulid, BlockMark mark) throws IOException {
        Ulid name = Ulid.parse(ulid);
        requireBlock(name);
        return new BlockMarks(bucket, clock).remove(name, mark);
    }

    private void requireBlock(Ulid name) throws IOException {
        if (BucketFolder.of(bucket, name).isEmpty()) {
            throw new IOException("no such block in the bucket: " + name);
        }
    }
}

package dev.cairndb.tsdb.internal.ship;

import dev.cairndb.index.Labels;
import dev.cairndb.io.Clock;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.DamagedFiles;
import dev.cairndb.io.FormatVersionException;
import dev.cairndb.io.Storage;
import dev.cairndb.objstore.ObjectKey;
import dev.cairndb.objstore.ObjectStore;
import dev.cairndb.objstore.ObjectStoreException;
import dev.cairndb.tsdb.TsdbStats;
import dev.cairndb.tsdb.internal.block.Block;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.Ulid;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * Sends finished blocks to a bucket in Thanos' layout: chunks, index, and meta.json at last, whose presence says that
 * the block is complete. Can be stopped and repeated anywhere: what is in the bucket with the right size is not sent
 * again, and a block with a meta.json there is done. Local blocks are not changed.
 *
 * <p>Blocks of any level are sent, unless everything in them was sent before as the blocks they were made of. What was
 * sent is kept in {@code thanos.shipper.json} of the data directory for the blocks still there and their sources.
 *
 * <p>Blocks of late samples overlap others in time, at which a compactor stops: they go into a stream of their own,
 * under other external labels, in which there is at most one visible block for a time (see {@link LateUpload}). If the
 * stream is that of all blocks, the bucket's compactor must be one that merges overlaps.
 *
 * <p>Thread-safe; passes exclude each other.
 */
public final class Shipper {
    /**
     * How blocks are sent.
     *
     * @param prefix key under which the blocks' folders lie, empty for the top of the bucket
     * @param externalLabels what tells this store's series from those of others in the bucket, not empty
     * @param lateLabels those of blocks of late samples; the same if they have no stream of their own
     * @param hashFiles whether meta.json gets a SHA-256 of every file, at the cost of reading each twice
     * @param shipUnreadableByThanos whether blocks go into the bucket that stop the Thanos programs which read it
     */
    public record Settings(
            String prefix,
            Labels externalLabels,
            Labels lateLabels,
            boolean hashFiles,
            boolean shipUnreadableByThanos) {
        /** What the value of the replica label gets, or is where there is none, in the stream of late blocks. */
        private static final String LATE = "late";

        public Settings {
            if (externalLabels.isEmpty()) {
                throw new IllegalArgumentException(
                        "blocks cannot be shipped without external labels: Thanos tells the writers of a bucket apart"
                                + " by them; set at least one, such as replica=\"a\"");
            }
            if (!prefix.isEmpty()) {
                ObjectKey.of(prefix);
            }
        }

        /**
         * The labels of the stream of late blocks.
         *
         * @param replicaLabel the label that queries leave out to see replicas as one; empty: the stream of all blocks
         */
        public static Labels lateLabels(Labels externalLabels, String replicaLabel) {
            if (replicaLabel.isEmpty()) {
                return externalLabels;
            }
            String replica = externalLabels.get(replicaLabel);
            return externalLabels.toBuilder()
                    .set(replicaLabel, replica.isEmpty() ? LATE : replica + '-' + LATE)
                    .build();
        }

        boolean hasLateStream() {
            return !lateLabels.equals(externalLabels);
        }
    }

    /** Hears what happens to blocks, in the thread of {@link #ship}. */
    public interface Listener {
        void blockShipped(BlockMeta meta);

        /** The block stays local and is tried again in the next pass. */
        void blockNotShipped(BlockMeta meta, IOException reason);

        /** The block stays local, and is not tried again: Thanos would stop at it. Told once for each block. */
        void blockRefused(BlockMeta meta, String reason);

        /** What was sent before is not known; the bucket is asked instead, and the file was put aside. */
        void stateDamaged(Path file, IOException reason);
    }

    /**
     * What a pass did.
     *
     * @param shipped blocks completed, or found complete in the bucket, in this pass
     * @param failed blocks that could not be sent
     * @param postponed blocks not tried because the bucket does not answer or the pass was stopped
     * @param refused blocks that Thanos would stop at, those known from earlier passes included
     */
    public record Report(int shipped, int failed, int postponed, int refused) {}

    /** So many blocks one behind the other that the bucket did not take now: it is not the blocks. */
    static final int OUTAGE_BLOCKS = 3;

    private static final Comparator<Block> OLDEST_FIRST = Comparator.<Block>comparingLong(
                    block -> block.meta().minTimestampMillis())
            .thenComparing(Block::ulid);

    private final Listener listener;
    private final BlockUpload upload;
    private final LateUpload lateUpload;
    private final Settings settings;
    private final ShippingProgress progress;
    /** Blocks that were looked into and are not shipped; touched under the lock only. */
    private final Set<Ulid> refused = new HashSet<>();
    /** Late blocks in the bucket whose range is closed there too. */
    private final Set<Ulid> closed = ConcurrentHashMap.newKeySet();

    private final ReentrantLock pass = new ReentrantLock();
    /** Changed under the lock only. */
    private final SentBlocks sent;

    private Shipper(
            Listener listener,
            BlockUpload upload,
            LateUpload lateUpload,
            Settings settings,
            ShippingProgress progress,
            SentBlocks sent) {
        this.listener = listener;
        this.upload = upload;
        this.lateUpload = lateUpload;
        this.settings = settings;
        this.progress = progress;
        this.sent = sent;
    }

    /** Starts with what the data directory remembers. The bucket stays the caller's. */
    public static Shipper open(
            Storage storage, Path dataDirectory, ObjectStore bucket, Settings settings, Clock clock, Listener listener)
            throws IOException {
        Set<Ulid> known = Set.of();
        try {
            known = ShippedBlocks.read(storage, dataDirectory);
        } catch (CorruptionException | FormatVersionException e) {
            Path file = dataDirectory.resolve(ShippedBlocks.FILE_NAME);
            Path unused = DamagedFiles.moveAside(storage, file);
            listener.stateDamaged(file, e);
        }
        ShippingProgress progress = new ShippingProgress();
        BlockUpload upload = new BlockUpload(storage, bucket, settings, settings.externalLabels(), clock, progress);
        LateUpload lateUpload = new LateUpload(
                new BlockUpload(storage, bucket, settings, settings.lateLabels(), clock, progress),
                bucket,
                settings,
                clock);
        SentBlocks sent = new SentBlocks(storage, dataDirectory, known);
        return new Shipper(listener, upload, lateUpload, settings, progress, sent);
    }

    /** Where a data directory remembers what it has sent. */
    public static Path stateFile(Path dataDirectory) {
        return dataDirectory.resolve(ShippedBlocks.FILE_NAME);
    }

    /** @throws CorruptionException if what a data directory remembers to have sent cannot be read */
    public static void checkState(Storage storage, Path dataDirectory) throws IOException {
        SortedSet<Ulid> unused = ShippedBlocks.read(storage, dataDirectory);
    }

    /** How far it is, also during a pass, from any thread. */
    public TsdbStats.Shipping progress() {
        return progress.figures();
    }

    /** Whether nothing of the block is left to be sent. */
    public boolean isShipped(BlockMeta meta) {
        return sent.has(meta.ulid()) || meta.stats().samples() == 0 || wasShippedInParts(meta);
    }

    /**
     * Whether the block may be deleted here. A late block that was shipped must stay as long as more late samples may
     * come into its range, to be merged with it.
     */
    public boolean mayBeDeleted(BlockMeta meta) {
        return isShipped(meta)
                && (!isInLateStream(meta)
                        || closed.contains(meta.ulid())
                        || meta.stats().samples() == 0);
    }

    /**
     * Asks the bucket for blocks that are not known to be there, and remembers those that are: what was sent may have been
     * forgotten, as the file that says so can be lost. Late blocks in a stream of their own are not asked for: of them the
     * bucket never shows samples twice.
     */
    public void recall(List<BlockMeta> blocks) throws IOException {
        pass.lock();
        try {
            for (BlockMeta meta : blocks) {
                if (!isShipped(meta) && !isInLateStream(meta) && upload.isComplete(meta.ulid())) {
                    sent.add(meta);
                }
            }
            sent.writeDown();
        } finally {
            pass.unlock();
        }
    }

    /** Whether the bucket has a block now, or any of those it was made of. */
    public boolean isInBucket(BlockMeta meta) throws ObjectStoreException {
        if (upload.isComplete(meta.ulid())) {
            return true;
        }
        for (Ulid source : meta.compaction().sources()) {
            if (upload.isComplete(source)) {
                return true;
            }
        }
        return false;
    }

    /** Parts of a late block overlap each other: they are as good as sent only once they are seen as one. */
    private boolean wasShippedInParts(BlockMeta meta) {
        List<Ulid> sources = meta.compaction().sources();
        return !isInLateStream(meta) && !sources.isEmpty() && sent.hasAll(sources);
    }

    private boolean isInLateStream(BlockMeta meta) {
        return settings.hasLateStream() && meta.compaction().isOutOfOrder();
    }

    /**
     * Sends what was not sent yet, the oldest first. A block that cannot be sent does not keep back the others; when
     * the bucket takes none of {@value #OUTAGE_BLOCKS} blocks in a row, for reasons that may pass, the pass ends.
     *
     * @param blocks all blocks of the store, acquired by the caller
     * @param lateFromMillis no sample before this will ever be in another late block
     * @param stop asked again and again, also while a file is sent; true ends the pass
     * @throws IOException if what was sent cannot be written down; the next pass asks the bucket
     */
    public Report ship(List<Block> blocks, long lateFromMillis, BooleanSupplier stop) throws IOException {
        pass.lock();
        try {
            sent.retain(blocks);
            List<Block> sorted = blocks.stream().sorted(OLDEST_FIRST).toList();
            List<Ulid> present = sorted.stream().map(Block::ulid).toList();
            refused.retainAll(present);
            closed.retainAll(present);
            try {
                Report report = shipPending(sorted, stop);
                closeRanges(sorted, lateFromMillis);
                return report;
            } finally {
                // Whatever a listener threw.
                sent.writeDown();
            }
        } finally {
            pass.unlock();
        }
    }

    private Report shipPending(List<Block> blocks, BooleanSupplier stop) {
        List<Block> pending = pendingOf(blocks);
        long bytes = sizeBytes(pending);
        progress.waiting(pending.size(), bytes);
        int done = 0;
        int failed = 0;
        int postponed = 0;
        int failedInARow = 0;
        for (Block block : pending) {
            bytes -= block.sizeBytes();
            if (failedInARow >= OUTAGE_BLOCKS || stop.getAsBoolean() || isToBeMerged(block.meta(), blocks)) {
                postponed++;
                continue;
            }
            LateUpload.Result result;
            try {
                result = send(block, bytes, stop);
            } catch (IOException | RuntimeException e) {
                progress.blockFailed();
                failed++;
                boolean mayPass = e instanceof ObjectStoreException failure && failure.retryable();
                failedInARow = mayPass ? failedInARow + 1 : 0;
                listener.blockNotShipped(block.meta(), e instanceof IOException reason ? reason : unexpected(e));
                continue;
            }
            failedInARow = 0;
            switch (result.outcome()) {
                case DONE -> {
                    sent.add(block.meta());
                    progress.blockDone(bytes);
                    done++;
                    listener.blockShipped(block.meta());
                }
                case STOPPED -> postponed++;
                case REFUSED -> {
                    progress.blockDone(bytes);
                    refused.add(block.ulid());
                    listener.blockRefused(block.meta(), result.reason());
                }
            }
        }
        List<Block> left = pendingOf(blocks);
        progress.waiting(left.size(), sizeBytes(left));
        progress.passEnded(failed > 0);
        return new Report(done, failed, postponed, refused.size());
    }

    /** A bucket of the host may throw anything: it must not keep back other blocks. */
    private static IOException unexpected(Exception e) {
        return new IOException("the object store failed: " + e, e);
    }

    private List<Block> pendingOf(List<Block> blocks) {
        return blocks.stream()
                .filter(block -> !isShipped(block.meta()) && !isRefused(block.meta()))
                .toList();
    }

    private static long sizeBytes(List<Block> blocks) {
        return blocks.stream().mapToLong(Block::sizeBytes).sum();
    }

    /** Blocks that overlap are not shown to Thanos: they become one first. */
    private boolean isToBeMerged(BlockMeta meta, List<Block> blocks) {
        return isInLateStream(meta)
                && blocks.stream()
                        .map(Block::meta)
                        .anyMatch(other -> isInLateStream(other)
                                && !other.ulid().equals(meta.ulid())
                                && other.overlaps(meta.minTimestampMillis(), meta.maxTimestampMillis() - 1));
    }

    private LateUpload.Result send(Block block, long bytesBehind, BooleanSupplier stop) throws IOException {
        String refusal = settings.shipUnreadableByThanos()
                ? ""
                : ThanosEncodings.refusal(block.chunks().encodingIds());
        if (!refusal.isEmpty()) {
            return new LateUpload.Result(
                    LateUpload.Outcome.REFUSED, refusal + "; it is kept here unless shipping it is forced");
        }
        if (block.meta().compaction().isOutOfOrder()) {
            return lateUpload.run(block, bytesBehind, stop);
        }
        return upload.run(block, bytesBehind, stop) ? LateUpload.Result.DONE : LateUpload.Result.STOPPED;
    }

    /**
     * Lets the compactor have late blocks that will not change any more: the oldest first, and none behind one that is
     * not in the bucket, as that one would overlap what the compactor made of its neighbours.
     */
    private void closeRanges(List<Block> blocks, long lateFromMillis) {
        for (Block block : blocks) {
            BlockMeta meta = block.meta();
            if (!isInLateStream(meta) || closed.contains(meta.ulid())) {
                continue;
            }
            if (meta.maxTimestampMillis() > lateFromMillis || !isShipped(meta)) {
                return;
            }
            try {
                lateUpload.close(meta.ulid());
            } catch (ObjectStoreException | RuntimeException e) {
                listener.blockNotShipped(meta, e instanceof IOException reason ? reason : unexpected(e));
                return;
            }
            closed.add(meta.ulid());
        }
    }

    private boolean isRefused(BlockMeta meta) {
        return refused.contains(meta.ulid());
    }
}

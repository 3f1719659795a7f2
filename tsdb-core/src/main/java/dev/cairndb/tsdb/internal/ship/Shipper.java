package dev.cairndb.tsdb.internal.ship;

import dev.cairndb.chunks.ChunkEncoding;
import dev.cairndb.chunks.UnsupportedChunkException;
import dev.cairndb.index.Labels;
import dev.cairndb.io.Clock;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.DamagedFiles;
import dev.cairndb.io.FormatVersionException;
import dev.cairndb.io.Storage;
import dev.cairndb.objstore.ObjectKey;
import dev.cairndb.objstore.ObjectStore;
import dev.cairndb.objstore.ObjectStoreException;
import dev.cairndb.tsdb.internal.block.Block;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.Ulid;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * Sends finished blocks to a bucket in Thanos' layout: chunks, index, and meta.json at last, whose presence says that the
 * block is complete. Can be stopped and repeated anywhere: what is in the bucket with the right size is not sent again,
 * and a block with a meta.json there is done. Local blocks are not changed.
 *
 * <p>Blocks of any level are sent, unless everything in them was sent before as the blocks they were made of. What was sent
 * is kept in {@code thanos.shipper.json} of the data directory for the blocks still there and their sources.
 *
 * <p>Thread-safe; passes exclude each other.
 */
public final class Shipper {
    /**
     * How blocks are sent.
     *
     * @param prefix key under which the blocks' folders lie, empty for the top of the bucket
     * @param externalLabels what tells this store's series from those of others in the bucket, not empty
     * @param hashFiles whether meta.json gets a SHA-256 of every file, at the cost of reading each twice
     * @param shipUnreadableByThanos whether blocks go into the bucket that stop the Thanos programs which read it
     */
    public record Settings(String prefix, Labels externalLabels, boolean hashFiles, boolean shipUnreadableByThanos) {
        public Settings {
            if (externalLabels.isEmpty()) {
                throw new IllegalArgumentException(
                        "blocks cannot be shipped without external labels: Thanos tells the writers of a bucket apart by"
                                + " them; set at least one, such as replica=\"a\"");
            }
            if (!prefix.isEmpty()) {
                ObjectKey.of(prefix);
            }
        }
    }

    /** Hears what happens to blocks, in the thread of {@link #ship}. */
    public interface Listener {
        void blockShipped(BlockMeta meta);

        /** The block stays local and is tried again in the next pass. */
        void blockNotShipped(BlockMeta meta, IOException reason);

        /** The block stays local, and is not tried again: Thanos could not read it. Told once for each block. */
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
     * @param refused blocks that Thanos could not read, those known from earlier passes included
     */
    public record Report(int shipped, int failed, int postponed, int refused) {}

    /** Bit n: chunks of the encoding with id n are read by Thanos 0.42. */
    private static final long ENCODINGS_OF_THANOS = 1L << ChunkEncoding.XOR.id()
            | 1L << ChunkEncoding.HISTOGRAM.id()
            | 1L << ChunkEncoding.FLOAT_HISTOGRAM.id();

    private static final Comparator<Block> OLDEST_FIRST = Comparator.<Block>comparingLong(
                    block -> block.meta().minTimestampMillis())
            .thenComparing(Block::ulid);

    private final Storage storage;
    private final Path dataDirectory;
    private final Listener listener;
    private final BlockUpload upload;
    private final boolean shipUnreadable;
    /** Blocks that were looked into and are not shipped; touched under the lock only. */
    private final Set<Ulid> refused = new HashSet<>();

    private final ReentrantLock pass = new ReentrantLock();
    /** An immutable set, replaced as a whole. */
    private volatile Set<Ulid> shipped;
    /** What the file says; touched under the lock only. */
    private Set<Ulid> written;

    private Shipper(
            Storage storage,
            Path dataDirectory,
            Listener listener,
            BlockUpload upload,
            boolean shipUnreadable,
            Set<Ulid> shipped) {
        this.storage = storage;
        this.dataDirectory = dataDirectory;
        this.listener = listener;
        this.upload = upload;
        this.shipUnreadable = shipUnreadable;
        this.shipped = shipped;
        this.written = shipped;
    }

    /** Starts with what the data directory remembers. The bucket stays the caller's. */
    public static Shipper open(
            Storage storage, Path dataDirectory, ObjectStore bucket, Settings settings, Clock clock, Listener listener)
            throws IOException {
        Set<Ulid> shipped = Set.of();
        try {
            shipped = Set.copyOf(ShippedBlocks.read(storage, dataDirectory));
        } catch (CorruptionException | FormatVersionException e) {
            Path file = dataDirectory.resolve(ShippedBlocks.FILE_NAME);
            Path unused = DamagedFiles.moveAside(storage, file);
            listener.stateDamaged(file, e);
        }
        BlockUpload upload = new BlockUpload(storage, bucket, settings, clock);
        return new Shipper(storage, dataDirectory, listener, upload, settings.shipUnreadableByThanos(), shipped);
    }

    /** Whether nothing of the block is left to be sent: it may be deleted here. */
    public boolean isShipped(BlockMeta meta) {
        return shipped.contains(meta.ulid()) || meta.stats().samples() == 0 || wasShippedInParts(meta);
    }

    private boolean wasShippedInParts(BlockMeta meta) {
        List<Ulid> sources = meta.compaction().sources();
        return !sources.isEmpty() && shipped.containsAll(sources);
    }

    /**
     * Sends what was not sent yet, the oldest first. A block that cannot be sent does not keep back the others, but when
     * the bucket does not answer the pass ends.
     *
     * @param blocks all blocks of the store, acquired by the caller
     * @param stop asked between files; true ends the pass
     * @throws IOException if what was sent cannot be written down; the next pass asks the bucket
     */
    public Report ship(List<Block> blocks, BooleanSupplier stop) throws IOException {
        pass.lock();
        try {
            shipped = stillOfUse(blocks);
            refused.retainAll(blocks.stream().map(Block::ulid).toList());
            Report report = shipPending(blocks.stream().sorted(OLDEST_FIRST).toList(), stop);
            if (!shipped.equals(written)) {
                ShippedBlocks.write(storage, dataDirectory, new TreeSet<>(shipped));
                written = shipped;
            }
            return report;
        } finally {
            pass.unlock();
        }
    }

    private Report shipPending(List<Block> blocks, BooleanSupplier stop) {
        int done = 0;
        int failed = 0;
        int postponed = 0;
        boolean ended = false;
        for (Block block : blocks) {
            BlockMeta meta = block.meta();
            if (isShipped(meta)) {
                continue;
            }
            if (ended || stop.getAsBoolean()) {
                postponed++;
                continue;
            }
            try {
                if (isRefused(block)) {
                    continue;
                }
                if (upload.run(block, stop)) {
                    remember(meta.ulid());
                    listener.blockShipped(meta);
                    done++;
                } else {
                    postponed++;
                }
            } catch (IOException e) {
                listener.blockNotShipped(meta, e);
                failed++;
                ended = e instanceof ObjectStoreException failure && failure.retryable();
            }
        }
        return new Report(done, failed, postponed, refused.size());
    }

    /** A block with chunks that a Thanos program cannot read stops it for the whole bucket, or gives wrong answers. */
    private boolean isRefused(Block block) throws IOException {
        if (shipUnreadable) {
            return false;
        }
        if (refused.contains(block.ulid())) {
            return true;
        }
        long unreadable = block.chunks().encodingIds() & ~ENCODINGS_OF_THANOS;
        if (unreadable == 0) {
            return false;
        }
        refused.add(block.ulid());
        listener.blockRefused(
                block.meta(),
                "it holds chunks of encoding "
                        + UnsupportedChunkException.describe(Long.numberOfTrailingZeros(unreadable))
                        + ", which Thanos 0.42 cannot read; it is kept here unless shipping it is forced");
        return true;
    }

    private void remember(Ulid ulid) {
        Set<Ulid> more = new HashSet<>(shipped);
        more.add(ulid);
        shipped = Set.copyOf(more);
    }

    /** Forgets blocks that are gone, but not those that live on in others. */
    private Set<Ulid> stillOfUse(List<Block> blocks) {
        Set<Ulid> useful = new HashSet<>();
        for (Block block : blocks) {
            useful.add(block.ulid());
            useful.addAll(block.meta().compaction().sources());
        }
        useful.retainAll(shipped);
        return Set.copyOf(useful);
    }
}

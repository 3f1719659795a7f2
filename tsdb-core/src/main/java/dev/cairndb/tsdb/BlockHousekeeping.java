package dev.cairndb.tsdb;

import dev.cairndb.tsdb.internal.block.Block;
import dev.cairndb.tsdb.internal.block.BlockDirectory;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.Retention;
import dev.cairndb.tsdb.internal.block.Ulid;
import dev.cairndb.tsdb.internal.head.Head;
import dev.cairndb.tsdb.internal.ship.Shipper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Merges blocks, ships finished blocks and deletes old ones; with an object store, none that was not shipped.
 * Maintenance only.
 */
final class BlockHousekeeping {
    private final Store store;
    private final BlockDirectory directory;
    private final TsdbListener listener;
    private final DamageLog damages;
    private final BlockReplacement replacement;
    private final LateBlockMerger lateMerger;
    private final BlockCompactor compactor;
    private final @Nullable Shipper shipper;
    private final @Nullable BucketReader bucketReader;
    private final LongAdder blocksShipped = new LongAdder();
    private final LongAdder blocksDeleted = new LongAdder();
    private volatile int blocksRefused;
    /** Blocks that were shipped and are not in the bucket any more, by the look numbered {@link #bucketLooks}. */
    private Set<Ulid> goneFromBucket = Set.of();

    private long bucketLooks;

    BlockHousekeeping(Store store, TsdbBuilder builder, BlockDirectory directory, DamageLog damages)
            throws IOException {
        this.store = store;
        this.directory = directory;
        listener = builder.listener;
        this.damages = damages;
        bucketReader = builder.bucketReader;
        replacement = new BlockReplacement(store, builder, directory, damages);
        lateMerger = new LateBlockMerger(store, replacement);
        compactor = new BlockCompactor(store, builder, replacement, this);
        shipper = builder.objectStore == null
                ? null
                : Shipper.open(
                        builder.storage,
                        builder.directory,
                        builder.objectStore,
                        new Shipper.Settings(
                                "",
                                builder.externalLabels,
                                Shipper.Settings.lateLabels(builder.externalLabels, builder.options.lateReplicaLabel()),
                                false,
                                builder.options.shipUnreadableByThanos()),
                        builder.clock,
                        new ShippingEvents());
    }

    /** Returns whether late blocks were merged. */
    boolean mergeLate(BooleanSupplier stop) throws IOException {
        return lateMerger.run(stop);
    }

    /** As {@link BlockCompactor#compactDue}. */
    int compactDue(BooleanSupplier stop) throws IOException {
        return compactor.compactDue(stop);
    }

    /** As {@link BlockCompactor#compactAll}. */
    int compactAll(BooleanSupplier stop) throws IOException {
        return compactor.compactAll(stop);
    }

    /**
     * Rewrites blocks of which something was deleted. A late block that was shipped and may still be merged with others
     * stays: the bucket has what it is made of.
     */
    int clean(BooleanSupplier stop) throws IOException {
        if (shipper != null) {
            recallShipped(shipper);
        }
        return compactor.clean(this::mayBeRewritten, stop);
    }

    private boolean mayBeRewritten(BlockMeta meta) {
        return shipper == null || !shipper.isShipped(meta) || shipper.mayBeDeleted(meta);
    }

    /** To be called before samples are deleted: so that no block comes to light later that has them. */
    void prepareDeletion() throws IOException {
        replacement.finish();
        compactor.lookAgain();
    }

    /** Whether nothing of a block is left to be sent. */
    boolean hasNothingToShip(BlockMeta meta) {
        return shipper == null || shipper.isShipped(meta);
    }

    /**
     * Ships blocks, without what was deleted of them: the bucket has no place for that. Returns how many were shipped;
     * those that could not be were told to the listener.
     */
    int ship(BooleanSupplier stop) throws IOException {
        Shipper target = shipper;
        if (target == null) {
            return 0;
        }
        int[] shipped = {0};
        Steps.runAll(List.of(
                () -> {
                    recallShipped(target);
                    int unused = compactor.cleanDue(meta -> !target.isShipped(meta), stop);
                },
                () -> shipped[0] = ship(target, stop)));
        return shipped[0];
    }

    /** Before blocks are rewritten that the bucket may have: it would get their samples once more. */
    private void recallShipped(Shipper target) throws IOException {
        target.recall(store.view().blocks().stream()
                .filter(block -> !block.tombstones().isEmpty())
                .map(Block::meta)
                .toList());
    }

    private int ship(Shipper target, BooleanSupplier stop) throws IOException {
        try (BlockDirectory.Acquired acquired = directory.acquireAll()) {
            List<Block> clean = acquired.blocks().stream()
                    .filter(block -> block.tombstones().isEmpty() || target.isShipped(block.meta()))
                    .toList();
            Shipper.Report report = target.ship(clean, lateFromMillis(), stop);
            blocksRefused = report.refused();
            if (report.shipped() > 0) {
                compactor.lookAgain();
            }
            return report.shipped();
        }
    }

    /** Before this nothing late comes any more, and nothing is on its way into a block. */
    long lateFromMillis() {
        Head head = store.head();
        long newest = head.maxMillis();
        long windowMillis = store.options().outOfOrderWindow().toMillis();
        // Appends that were let in when the newest sample was an older one have ended after this.
        head.raiseFloor(Long.MIN_VALUE);
        long acceptedFrom = newest < Long.MIN_VALUE + windowMillis ? Long.MIN_VALUE : newest - windowMillis;
        return Math.min(
                acceptedFrom,
                head.lateFirstMillisSince(Long.MIN_VALUE, store.view().lateAfterReference()));
    }

    void deleteExpired() {
        List<Block> blocks = store.view().blocks();
        List<Retention.Candidate> candidates = new ArrayList<>();
        for (Block block : blocks) {
            boolean mayGo = shipper == null || shipper.mayBeDeleted(block.meta()) && isReadInBucket(block.meta());
            candidates.add(
                    new Retention.Candidate(block.ulid(), block.meta().maxTimestampMillis(), block.sizeBytes(), mayGo));
        }
        TsdbOptions options = store.options();
        Set<Ulid> expired =
                new HashSet<>(Retention.expired(candidates, options.retention().toMillis()));
        expired.addAll(Retention.beyondSize(
                candidates, store.log().sizeBytes() + store.lateLog().sizeBytes(), options.retentionBytes()));
        if (!expired.isEmpty()) {
            delete(blocks, expired);
        }
    }

    /** Who reads the bucket as well must not miss the block between here and there, unless it was deleted there. */
    private boolean isReadInBucket(BlockMeta meta) {
        return bucketReader == null
                || meta.stats().samples() == 0
                || bucketReader.covers(meta)
                || goneFromBucket.contains(meta.ulid());
    }

    /** Sees which blocks the bucket has, if that was long ago. */
    void refreshBucket() throws IOException {
        BucketReader reader = bucketReader;
        if (reader == null) {
            return;
        }
        reader.refreshIfDue();
        long looks = reader.refreshes();
        if (shipper != null && looks != bucketLooks) {
            goneFromBucket = goneFromBucket(reader, shipper);
            bucketLooks = looks;
        }
    }

    /** The bucket itself is asked: a reader may have been given another one, or other streams. */
    private Set<Ulid> goneFromBucket(BucketReader reader, Shipper target) throws IOException {
        Set<Ulid> gone = new HashSet<>();
        if (reader.stats().blocksDamaged() > 0) {
            // What cannot be read may be made of blocks that are here.
            return gone;
        }
        for (Block block : store.view().blocks()) {
            BlockMeta meta = block.meta();
            if (target.mayBeDeleted(meta) && !reader.covers(meta) && !target.isInBucket(meta)) {
                gone.add(meta.ulid());
            }
        }
        return gone;
    }

    private void delete(List<Block> blocks, Set<Ulid> expired) {
        List<Block> kept = new ArrayList<>();
        List<BlockInfo> gone = new ArrayList<>();
        for (Block block : blocks) {
            if (expired.contains(block.ulid())) {
                gone.add(infoOf(block));
            } else {
                kept.add(block);
            }
        }
        store.publish(store.view().withBlocks(kept));
        directory.delete(expired);
        blocksDeleted.add(gone.size());
        gone.forEach(listener::blockDeleted);
    }

    static BlockInfo infoOf(Block block) {
        return infoOf(block.meta(), block.sizeBytes());
    }

    private static BlockInfo infoOf(BlockMeta meta, long sizeBytes) {
        return new BlockInfo(
                meta.ulid().toString(),
                meta.minTimestampMillis(),
                meta.maxTimestampMillis(),
                meta.stats().series(),
                meta.stats().samples(),
                meta.stats().chunks(),
                sizeBytes,
                meta.compaction().level(),
                meta.compaction().isOutOfOrder());
    }

    long blocksShipped() {
        return blocksShipped.sum();
    }

    /** Blocks kept here in the last pass, because Thanos would stop at them. */
    int blocksRefused() {
        return blocksRefused;
    }

    TsdbStats.Shipping shipping() {
        return shipper == null ? TsdbStats.Shipping.NONE : shipper.progress();
    }

    /** How often blocks were replaced by one. */
    long blockMerges() {
        return replacement.count();
    }

    long blocksDeleted() {
        return blocksDeleted.sum();
    }

    /** Of the block with this metadata; none if it is gone meanwhile. */
    private List<BlockInfo> infosOf(BlockMeta meta) {
        return store.view().blocks().stream()
                .filter(block -> block.ulid().equals(meta.ulid()))
                .map(BlockHousekeeping::infoOf)
                .toList();
    }

    private final class ShippingEvents implements Shipper.Listener {
        @Override
        public void blockShipped(BlockMeta meta) {
            blocksShipped.increment();
            infosOf(meta).forEach(listener::blockShipped);
        }

        @Override
        public void blockNotShipped(BlockMeta meta, IOException reason) {
            listener.backgroundFailure("cannot ship block " + meta.ulid(), reason);
        }

        @Override
        public void blockRefused(BlockMeta meta, String reason) {
            infosOf(meta).forEach(block -> listener.blockNotShippable(block, reason));
        }

        @Override
        public void stateDamaged(Path file, IOException reason) {
            damages.found(file, reason);
        }
    }
}

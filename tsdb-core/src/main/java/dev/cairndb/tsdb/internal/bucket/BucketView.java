package dev.cairndb.tsdb.internal.bucket;

import dev.cairndb.chunks.Aggregate;
import dev.cairndb.index.Labels;
import dev.cairndb.io.Clock;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.FormatVersionException;
import dev.cairndb.io.Storage;
import dev.cairndb.objstore.ObjectKey;
import dev.cairndb.objstore.ObjectStore;
import dev.cairndb.objstore.ObjectStoreException;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.ThanosMeta;
import dev.cairndb.tsdb.internal.block.Ulid;
import dev.cairndb.tsdb.internal.limit.QueryBudget;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Which blocks of a bucket are there to be read, as Thanos' store gateway sees it (pkg/block/fetcher.go): those with a
 * meta.json, of the wanted streams and resolution, without those marked for deletion some time ago, and without those
 * all of whose sources another block has. Looked up by {@link #refresh}; between two of them it stays as it is.
 * Thread-safe.
 */
public final class BucketView {
    /**
     * What is read of a bucket.
     *
     * @param streams external labels of the blocks that are read
     * @param resolutionMillis of the blocks that are read, 0 for raw samples
     * @param aggregate of downsampled blocks
     * @param ignoreMarkedMillis how long after it was marked for deletion a block is still read
     * @param idleMillisMax after so long without a reader a block is closed
     */
    public record Settings(
            Set<Labels> streams,
            long resolutionMillis,
            Aggregate aggregate,
            long ignoreMarkedMillis,
            long idleMillisMax) {
        public Settings {
            streams = Set.copyOf(streams);
        }
    }

    /**
     * @param blocks that can be read
     * @param blocksOpen those of them that are open
     * @param blocksDamaged whose meta.json cannot be read
     * @param headersMade headers of indexes that were not on the disk
     * @param headersDamaged those that were, and could not be read
     * @param headersLeft those of blocks that are gone, which could not be deleted
     */
    public record Figures(
            int blocks, int blocksOpen, int blocksDamaged, long headersMade, long headersDamaged, int headersLeft) {}

    private final BucketAccess access;
    private final Settings settings;
    private final ReentrantLock refreshing = new ReentrantLock();
    /** What was read of each block that is listed and complete. Touched under the lock. */
    private final Map<Ulid, Known> known = new HashMap<>();

    private volatile List<BucketBlock> blocks = List.of();
    private volatile int damaged;
    private volatile int headersLeft;

    public BucketView(
            ObjectStore bucket,
            Storage storage,
            Path headers,
            Clock clock,
            PageCache cache,
            SideBySide sideBySide,
            Settings settings) {
        access = new BucketAccess(bucket, storage, headers, clock, cache, sideBySide);
        this.settings = settings;
    }

    /** Looks which blocks there are now. */
    public void refresh() throws IOException {
        refreshing.lock();
        try {
            Set<Ulid> listed = listed();
            headersLeft = access.headers().deleteAllBut(listed);
            List<BucketBlock> found = new ArrayList<>();
            int unreadable = 0;
            for (Look look : look(listed)) {
                if (look.damaged) {
                    unreadable++;
                } else if (look.known != null && look.known.block != null && !look.marked) {
                    found.add(look.known.block);
                }
            }
            publish(BlockSources.withoutCovered(found));
            damaged = unreadable;
        } finally {
            refreshing.unlock();
        }
    }

    private List<Look> look(Set<Ulid> listed) throws IOException {
        known.keySet().retainAll(listed);
        List<Look> looks = new ArrayList<>();
        listed.forEach(ulid -> looks.add(new Look(ulid, known.get(ulid))));
        try {
            access.sideBySide().run(looks);
        } finally {
            // What was read need not be read again.
            for (Look look : looks) {
                if (look.known != null) {
                    known.put(look.ulid, look.known);
                }
            }
        }
        return looks;
    }

    private Set<Ulid> listed() throws ObjectStoreException {
        Set<Ulid> listed = new HashSet<>();
        access.bucket().list("", false, entry -> {
            if (entry.isFolder()) {
                Ulid ulid = Ulid.tryParse(entry.name().substring(0, entry.name().length() - 1));
                if (ulid != null) {
                    listed.add(ulid);
                }
            }
        });
        return listed;
    }

    /**
     * What a meta.json says, which never changes, so it is read once.
     *
     * @param block null if it is none of those that are read
     */
    private record Known(@Nullable BucketBlock block) {}

    /** What there is to know of a listed block now. */
    private final class Look implements SideBySide.Step {
        private final Ulid ulid;
        /** Null if the block is not complete. */
        private @Nullable Known known;

        private boolean marked;
        private boolean damaged;

        Look(Ulid ulid, @Nullable Known known) {
            this.ulid = ulid;
            this.known = known;
        }

        @Override
        public void run() throws IOException {
            try {
                if (known == null) {
                    known = read(ulid);
                }
                marked = known != null
                        && known.block != null
                        && DeletionMark.isOlderThan(access, ulid, settings.ignoreMarkedMillis());
            } catch (CorruptionException | FormatVersionException e) {
                damaged = true;
            }
        }
    }

    private @Nullable Known read(Ulid ulid) throws IOException {
        ObjectKey key = ObjectKey.of(ulid + "/" + BlockMeta.FILE_NAME);
        byte[] json = access.readWhole(key, BlockMeta.JSON_BYTES_MAX);
        if (json == null) {
            return null;
        }
        BlockMeta meta = BlockMeta.fromJson(key.value(), json);
        boolean wanted = meta.ulid().equals(ulid) && isWanted(key.value(), meta.thanos());
        return new Known(wanted ? new BucketBlock(access, meta) : null);
    }

    private boolean isWanted(String file, @Nullable ThanosMeta thanos) throws CorruptionException {
        return thanos != null
                && thanos.resolutionMillis() == settings.resolutionMillis()
                && settings.streams().contains(thanos.externalLabels(file));
    }

    private void publish(List<BucketBlock> now) {
        List<BucketBlock> before = blocks;
        blocks = List.copyOf(now);
        Set<BucketBlock> kept = new HashSet<>(now);
        for (BucketBlock block : before) {
            if (!kept.contains(block)) {
                block.retire();
                known.remove(block.meta().ulid());
            }
        }
        long idleNanosMax = TimeUnit.MILLISECONDS.toNanos(settings.idleMillisMax());
        blocks.forEach(block -> block.closeIfIdle(idleNanosMax));
    }

    /** Whether everything in a block can be read here. */
    public boolean covers(BlockMeta meta) {
        Set<Ulid> sources = BlockSources.of(meta);
        Set<Ulid> here = new HashSet<>();
        for (BucketBlock block : blocks) {
            if (block.meta().ulid().equals(meta.ulid())) {
                return true;
            }
            if (block.meta().overlaps(meta.minTimestampMillis(), meta.maxTimestampMillis() - 1)) {
                here.addAll(BlockSources.of(block.meta()));
            }
        }
        return here.containsAll(sources);
    }

    /**
     * Opens the blocks with samples in a range of time.
     *
     * @param local blocks that are read elsewhere: what is in them only is left out
     */
    public BucketSources acquire(long fromMillis, long toMillis, List<BlockMeta> local, QueryBudget budget)
            throws IOException {
        Set<Ulid> elsewhere = new HashSet<>();
        for (BlockMeta meta : local) {
            elsewhere.add(meta.ulid());
            elsewhere.addAll(meta.compaction().sources());
        }
        Aggregate aggregate = settings.resolutionMillis() == 0 ? null : settings.aggregate();
        List<BucketBlock> wanted = new ArrayList<>();
        for (BucketBlock block : blocks) {
            if (block.meta().overlaps(fromMillis, toMillis)
                    && !elsewhere.contains(block.meta().ulid())
                    && !elsewhere.containsAll(BlockSources.of(block.meta()))) {
                wanted.add(block);
            }
        }
        return BucketSources.open(access, wanted, fromMillis, toMillis, aggregate, budget);
    }

    public Figures figures() {
        int open = (int) blocks.stream().filter(BucketBlock::isOpen).count();
        return new Figures(blocks.size(), open, damaged, access.headersMade(), access.headersDamaged(), headersLeft);
    }

    /** Closes all blocks, those that are read when their readers leave. Headers stay on the disk. */
    public void close() {
        refreshing.lock();
        try {
            List<BucketBlock> before = blocks;
            blocks = List.of();
            known.clear();
            before.forEach(BucketBlock::retire);
        } finally {
            refreshing.unlock();
        }
    }
}

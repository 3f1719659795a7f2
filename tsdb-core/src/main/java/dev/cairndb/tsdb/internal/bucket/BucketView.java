package dev.cairndb.tsdb.internal.bucket;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import dev.cairndb.chunks.Aggregate;
import dev.cairndb.index.Labels;
import dev.cairndb.io.Clock;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.FormatVersionException;
import dev.cairndb.io.Storage;
import dev.cairndb.objstore.ObjectKey;
import dev.cairndb.objstore.ObjectNotFoundException;
import dev.cairndb.objstore.ObjectStore;
import dev.cairndb.objstore.ObjectStoreException;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.ThanosMeta;
import dev.cairndb.tsdb.internal.block.Ulid;
import dev.cairndb.tsdb.internal.limit.QueryBudget;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
     */
    public record Figures(int blocks, int blocksOpen, int blocksDamaged, long headersMade) {}

    private static final long META_BYTES_MAX = 64 << 20;
    private static final int MARK_BYTES_MAX = 1 << 20;
    private static final String DELETION_MARK = "deletion-mark.json";
    private static final JsonFactory JSON = JsonFactory.builder()
            .recyclerPool(JsonRecyclerPools.nonRecyclingPool())
            .build();

    private static final Comparator<BucketBlock> MOST_SOURCES_FIRST = Comparator.<BucketBlock>comparingInt(
                    block -> -sourcesOf(block.meta()).size())
            .thenComparing(block -> block.meta().ulid());

    private final BucketAccess access;
    private final Settings settings;
    private final ReentrantLock refreshing = new ReentrantLock();
    /** What was read of each block that is listed; empty for one that is not to be read. Touched under the lock. */
    private final Map<Ulid, Optional<BucketBlock>> known = new HashMap<>();

    private volatile List<BucketBlock> blocks = List.of();
    private volatile int damaged;

    public BucketView(
            ObjectStore bucket, Storage storage, Path headers, Clock clock, PageCache cache, Settings settings) {
        access = new BucketAccess(bucket, storage, headers, clock, cache);
        this.settings = settings;
    }

    /** Looks which blocks there are now. */
    public void refresh() throws IOException {
        refreshing.lock();
        try {
            Set<Ulid> listed = listed();
            known.keySet().retainAll(listed);
            List<BucketBlock> found = new ArrayList<>();
            int unreadable = 0;
            for (Ulid ulid : listed) {
                try {
                    BucketBlock block = blockOf(ulid);
                    if (block != null && !isMarked(ulid)) {
                        found.add(block);
                    }
                } catch (CorruptionException | FormatVersionException e) {
                    unreadable++;
                }
            }
            publish(withoutCovered(found));
            damaged = unreadable;
        } finally {
            refreshing.unlock();
        }
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

    /** Null if it is not complete, or not of those that are read. What a meta.json says never changes. */
    private @Nullable BucketBlock blockOf(Ulid ulid) throws IOException {
        Optional<BucketBlock> block = known.get(ulid);
        if (block == null) {
            byte[] json = readWhole(ObjectKey.of(ulid + "/" + BlockMeta.FILE_NAME), META_BYTES_MAX);
            if (json == null) {
                return null;
            }
            BlockMeta meta = BlockMeta.fromJson(ulid + "/" + BlockMeta.FILE_NAME, json);
            block = meta.ulid().equals(ulid) && isWanted(meta.thanos())
                    ? Optional.of(new BucketBlock(access, meta))
                    : Optional.empty();
            known.put(ulid, block);
        }
        return block.orElse(null);
    }

    private boolean isWanted(@Nullable ThanosMeta thanos) {
        if (thanos == null || thanos.resolutionMillis() != settings.resolutionMillis()) {
            return false;
        }
        Labels.Builder labels = Labels.builder();
        thanos.labels().forEach(labels::set);
        return settings.streams().contains(labels.build());
    }

    private boolean isMarked(Ulid ulid) throws IOException {
        ObjectKey key = ObjectKey.of(ulid + "/" + DELETION_MARK);
        byte[] json = readWhole(key, MARK_BYTES_MAX);
        if (json == null) {
            return false;
        }
        long markedSeconds = deletionTime(json);
        long goneMillis = TimeUnit.SECONDS.toMillis(markedSeconds) + settings.ignoreMarkedMillis();
        return access.clock().wallMillis() >= goneMillis;
    }

    /** The far future if the mark does not say: then the block is read as long as it is there. */
    private static long deletionTime(byte[] json) {
        long never = TimeUnit.MILLISECONDS.toSeconds(Long.MAX_VALUE) / 2;
        try (JsonParser parser = JSON.createParser(json)) {
            while (parser.nextToken() != null) {
                if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT
                        && "deletion_time".equals(parser.currentName())) {
                    return Math.min(never, parser.getLongValue());
                }
            }
        } catch (IOException e) {
            // No mark that Thanos could read either.
        }
        return never;
    }

    /** Null if there is no such object. */
    private byte @Nullable [] readWhole(ObjectKey key, long bytesMax) throws IOException {
        try {
            long size = access.bucket().size(key);
            if (size > bytesMax) {
                throw new CorruptionException(key.value(), 0, "at most " + bytesMax + " bytes", size + " bytes");
            }
            ByteBuffer bytes = ByteBuffer.allocate((int) size);
            int length = access.bucket().read(key, 0, bytes);
            return Arrays.copyOf(bytes.array(), length);
        } catch (ObjectNotFoundException e) {
            return null;
        }
    }

    /** A block all of whose sources are in another one was merged into it. */
    private static List<BucketBlock> withoutCovered(List<BucketBlock> found) {
        List<BucketBlock> kept = new ArrayList<>();
        found.sort(MOST_SOURCES_FIRST);
        for (BucketBlock block : found) {
            Set<Ulid> sources = sourcesOf(block.meta());
            if (kept.stream().noneMatch(other -> sourcesOf(other.meta()).containsAll(sources))) {
                kept.add(block);
            }
        }
        kept.sort(Comparator.comparingLong(block -> block.meta().minTimestampMillis()));
        return kept;
    }

    static Set<Ulid> sourcesOf(BlockMeta meta) {
        List<Ulid> sources = meta.compaction().sources();
        return sources.isEmpty() ? Set.of(meta.ulid()) : new HashSet<>(sources);
    }

    private void publish(List<BucketBlock> now) {
        List<BucketBlock> before = blocks;
        blocks = List.copyOf(now);
        for (BucketBlock block : before) {
            if (!now.contains(block)) {
                block.retire();
                known.remove(block.meta().ulid());
            }
        }
        long idleNanosMax = TimeUnit.MILLISECONDS.toNanos(settings.idleMillisMax());
        blocks.forEach(block -> block.closeIfIdle(idleNanosMax));
    }

    /** Whether everything in a block can be read here. */
    public boolean covers(BlockMeta meta) {
        Set<Ulid> sources = sourcesOf(meta);
        Set<Ulid> here = new HashSet<>();
        for (BucketBlock block : blocks) {
            if (block.meta().ulid().equals(meta.ulid())) {
                return true;
            }
            if (block.meta().overlaps(meta.minTimestampMillis(), meta.maxTimestampMillis() - 1)) {
                here.addAll(sourcesOf(block.meta()));
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
        BucketSources sources = new BucketSources(fromMillis, toMillis, aggregate, budget);
        boolean done = false;
        try {
            for (BucketBlock block : blocks) {
                if (block.meta().overlaps(fromMillis, toMillis)
                        && !elsewhere.contains(block.meta().ulid())
                        && !elsewhere.containsAll(sourcesOf(block.meta()))) {
                    budget.check();
                    sources.add(block);
                }
            }
            done = true;
            return sources;
        } finally {
            if (!done) {
                sources.close();
            }
        }
    }

    public Figures figures() {
        int open = (int) blocks.stream().filter(BucketBlock::isOpen).count();
        return new Figures(blocks.size(), open, damaged, access.headersMade());
    }

    /** Closes all blocks, those that are read when their readers leave. Headers stay on the disk. */
    public void close() {
        refreshing.lock();
        try {
            List<BucketBlock> before = blocks;
            blocks = List.of();
            known.clear();
            before.forEach(BucketBlock::shut);
        } finally {
            refreshing.unlock();
        }
    }
}

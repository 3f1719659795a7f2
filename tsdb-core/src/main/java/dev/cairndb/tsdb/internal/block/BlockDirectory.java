package dev.cairndb.tsdb.internal.block;

import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.DamagedFiles;
import dev.cairndb.io.FormatVersionException;
import dev.cairndb.io.Storage;
import dev.cairndb.io.TsdbException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The open blocks of a data directory. Readers get immutable snapshots; a change of the set (blocks added and, in the
 * same instant, those they replace removed) is one publication.
 *
 * <p>On disk, a block is a folder named by its ULID. It is made under another name and renamed when it is complete; it
 * is renamed again before it is deleted. So after a crash at any point a folder with a block's name is a whole block,
 * or one that was damaged by other means: that is reported and put aside, because Prometheus would not open the
 * directory with it. What a crash left of blocks being made or deleted is removed at the opening, as are blocks that
 * live on in others. Everything else in the directory is not touched.
 *
 * <p>Thread-safe. Blocks still read at {@link #close} are unmapped by their last reader.
 */
public final class BlockDirectory implements Closeable {
    public static final String CREATION_SUFFIX = ".tmp-for-creation";
    static final String DELETION_SUFFIX = ".tmp-for-deletion";
    /** Used by Prometheus before 2.20. */
    private static final String OLD_SUFFIX = ".tmp";

    private static final Comparator<Block> BY_TIME = Comparator.<Block>comparingLong(
                    block -> block.meta().minTimestampMillis())
            .thenComparingLong(block -> block.meta().maxTimestampMillis())
            .thenComparing(Block::ulid);

    /** Hears what is found and what fails. Called by whichever thread found it; must not call back. */
    public interface Listener {
        /**
         * A folder with a block's name that cannot be opened, or a file in it that it can be opened without. It was
         * given another name; if it is of a version that this one does not know, it was left as it is.
         */
        void blockDamaged(Path directory, IOException reason);

        /** What a crash had left was removed. */
        void leftoverRemoved(Path directory);

        /** A folder could not be removed; it is tried again at the next opening. */
        void removalFailed(Path directory, IOException reason);
    }

    private final Storage storage;
    private final Path directory;
    private final Listener listener;
    private final ReentrantLock changes = new ReentrantLock();
    private volatile List<Block> blocks = List.of();
    private volatile boolean closed;

    private BlockDirectory(Storage storage, Path directory, Listener listener) {
        this.storage = storage;
        this.directory = directory;
        this.listener = listener;
    }

    /** Removes leftovers and opens all blocks. The caller holds the lock of the data directory. */
    public static BlockDirectory open(Storage storage, Path directory, Listener listener) throws IOException {
        BlockDirectory opened = new BlockDirectory(storage, directory, listener);
        boolean done = false;
        try {
            opened.load();
            done = true;
        } finally {
            if (!done) {
                opened.close();
            }
        }
        return opened;
    }

    private void load() throws IOException {
        List<Block> opened = new ArrayList<>();
        Map<Ulid, IOException> damaged = new LinkedHashMap<>();
        try {
            for (String name : storage.list(directory)) {
                Path path = directory.resolve(name);
                Ulid ulid = Ulid.tryParse(name);
                if (isLeftover(name)) {
                    removeLeftover(path);
                } else if (ulid != null && storage.isDirectory(path)) {
                    try {
                        opened.add(openWithoutEmptyStones(ulid));
                    } catch (TsdbException | NoSuchFileException e) {
                        damaged.put(ulid, e);
                    }
                    // Any other failure says nothing about the block. Going on without it would hide its samples.
                }
            }
        } catch (IOException | RuntimeException e) {
            Block.releaseAll(opened);
            throw e;
        }
        keepOrRemove(opened, damaged);
    }

    private void keepOrRemove(List<Block> opened, Map<Ulid, IOException> damaged) throws IOException {
        Set<Ulid> replaced = parentsOf(opened);
        List<Block> kept = new ArrayList<>();
        List<Block> removed = new ArrayList<>();
        for (Block block : opened) {
            boolean obsolete =
                    replaced.contains(block.ulid()) || block.meta().compaction().deletable();
            (obsolete ? removed : kept).add(block);
        }
        publish(kept);
        removed.forEach(this::remove);
        for (Map.Entry<Ulid, IOException> found : damaged.entrySet()) {
            Path path = directory.resolve(found.getKey().toString());
            if (replaced.contains(found.getKey())) {
                removeFolder(path);
                continue;
            }
            listener.blockDamaged(path, found.getValue());
            // A newer program may have written what is of another version.
            if (!(found.getValue() instanceof FormatVersionException)) {
                Path unused = DamagedFiles.moveAside(storage, path);
            }
        }
    }

    /** Opens a block, if need be without its tombstones, provided that there were none. */
    private Block openWithoutEmptyStones(Ulid ulid) throws IOException {
        try {
            return openBlock(ulid);
        } catch (CorruptionException e) {
            Path block = directory.resolve(ulid.toString());
            Path tombstones = block.resolve(Tombstones.FILE_NAME);
            boolean inAnotherFile = !e.file().equals(tombstones.toString());
            if (inAnotherFile || BlockMeta.read(storage, block).stats().tombstones() > 0) {
                throw e;
            }
            listener.blockDamaged(tombstones, e);
            Path unused = DamagedFiles.moveAside(storage, tombstones);
            return openBlock(ulid);
        }
    }

    private Block openBlock(Ulid ulid) throws IOException {
        Path path = directory.resolve(ulid.toString());
        Block block = Block.open(storage, path);
        if (!block.ulid().equals(ulid)) {
            block.release();
            throw new CorruptionException(
                    path.resolve(BlockMeta.FILE_NAME).toString(),
                    0,
                    "ulid " + ulid,
                    block.ulid().toString());
        }
        return block;
    }

    private static Set<Ulid> parentsOf(Collection<Block> children) {
        Set<Ulid> parents = new HashSet<>();
        for (Block block : children) {
            for (BlockMeta.Parent parent : block.meta().compaction().parents()) {
                if (!parent.ulid().equals(block.ulid())) {
                    parents.add(parent.ulid());
                }
            }
        }
        return parents;
    }

    private static boolean isLeftover(String name) {
        for (String suffix : List.of(CREATION_SUFFIX, DELETION_SUFFIX, OLD_SUFFIX)) {
            if (name.endsWith(suffix) && Ulid.tryParse(name.substring(0, name.length() - suffix.length())) != null) {
                return true;
            }
        }
        return false;
    }

    private void removeLeftover(Path path) {
        try {
            storage.deleteRecursively(path);
            listener.leftoverRemoved(path);
        } catch (IOException e) {
            listener.removalFailed(path, e);
        }
    }

    private void publish(List<Block> newBlocks) {
        blocks = newBlocks.stream().sorted(BY_TIME).toList();
    }

    // ---- reading

    /** The blocks by time, without counting the caller as a user: for their metadata only. */
    public List<Block> snapshot() {
        return blocks;
    }

    /** Bytes of all blocks. */
    public long sizeBytes() {
        return blocks.stream().mapToLong(Block::sizeBytes).sum();
    }

    /**
     * The end of the newest block cut from the head in order: samples before it are no longer the head's. Blocks of
     * late, stale or selected series do not count.
     *
     * @return Long.MIN_VALUE if there is no such block
     */
    public long inOrderMaxTimestampMillis() {
        return inOrderEndMillis(blocks);
    }

    /** As {@link #inOrderMaxTimestampMillis}, of these blocks. */
    public static long inOrderEndMillis(List<Block> blocks) {
        return blocks.stream()
                .filter(block -> block.meta().compaction().endsTheHead())
                .mapToLong(block -> block.meta().maxTimestampMillis())
                .max()
                .orElse(Long.MIN_VALUE);
    }

    /** All blocks, by time, with the caller as a user of each until it closes the result. */
    public Acquired acquireAll() {
        return acquire(Long.MIN_VALUE, Long.MAX_VALUE);
    }

    /** The blocks that may hold samples of the closed time range; otherwise as {@link #acquireAll}. */
    public Acquired acquire(long minMillis, long maxMillis) {
        while (true) {
            if (closed) {
                throw new IllegalStateException("block directory is closed: " + directory);
            }
            Acquired acquired = tryAcquire(blocks, minMillis, maxMillis);
            if (acquired != null) {
                return acquired;
            }
            // One of them was removed since: a newer snapshot is there.
        }
    }

    private static @Nullable Acquired tryAcquire(List<Block> from, long minMillis, long maxMillis) {
        List<Block> acquired = new ArrayList<>();
        for (Block block : from) {
            if (!block.meta().overlaps(minMillis, maxMillis)) {
                continue;
            }
            if (!block.tryAcquire()) {
                Block.releaseAll(acquired);
                return null;
            }
            acquired.add(block);
        }
        return new Acquired(acquired);
    }

    /** Blocks that stay open until this is closed. Closing again does nothing. Not thread-safe. */
    public static final class Acquired implements Closeable {
        private final List<Block> blocks;
        private boolean released;

        private Acquired(List<Block> blocks) {
            this.blocks = List.copyOf(blocks);
        }

        public List<Block> blocks() {
            return blocks;
        }

        @Override
        public void close() {
            if (!released) {
                released = true;
                Block.releaseAll(blocks);
            }
        }
    }

    /** Where a block is that the caller uses, once nobody is in the middle of moving it. */
    public Path directoryOf(Block block) {
        changes.lock();
        try {
            return block.directory();
        } finally {
            changes.unlock();
        }
    }

    // ---- changing

    /**
     * Opens blocks that were just written and publishes them all in one instant, in which their parents disappear. The
     * parents are then deleted. If one cannot be opened, nothing changes.
     */
    public List<Block> add(Collection<Ulid> ulids) throws IOException {
        return add(ulids, added -> {});
    }

    /**
     * As {@link #add(Collection)}; {@code published} is told of the new blocks while their parents can still be read.
     */
    public List<Block> add(Collection<Ulid> ulids, Consumer<List<Block>> published) throws IOException {
        changes.lock();
        try {
            requireOpen();
            List<Block> added = new ArrayList<>();
            try {
                for (Ulid ulid : ulids) {
                    added.add(openBlock(ulid));
                }
            } catch (IOException | RuntimeException e) {
                Block.releaseAll(added);
                throw e;
            }
            replace(added, parentsOf(added), () -> published.accept(added));
            return added;
        } finally {
            changes.unlock();
        }
    }

    /** Takes blocks out at once and deletes each when its last reader leaves. Unknown ones are passed over. */
    public void delete(Collection<Ulid> ulids) {
        changes.lock();
        try {
            requireOpen();
            replace(List.of(), Set.copyOf(ulids), () -> {});
        } finally {
            changes.unlock();
        }
    }

    /** Removes a block that was written and never published: it would take its parents' place at the next opening. */
    public void discard(Ulid ulid) {
        removeFolder(directory.resolve(ulid.toString()));
    }

    /**
     * Deletes ranges of time of a block's series; passed over if the block is gone. Readers of the block see it at
     * once, and it is durable when this returns.
     */
    public void delete(Block block, Tombstones ranges) throws IOException {
        changes.lock();
        try {
            requireOpen();
            if (blocks.contains(block)) {
                block.delete(storage, ranges);
            }
        } finally {
            changes.unlock();
        }
    }

    private void replace(List<Block> added, Set<Ulid> removed, Runnable published) {
        List<Block> kept = new ArrayList<>(added);
        List<Block> gone = new ArrayList<>();
        for (Block block : blocks) {
            (removed.contains(block.ulid()) ? gone : kept).add(block);
        }
        publish(kept);
        published.run();
        gone.forEach(this::remove);
    }

    /** Renames a block that is no longer published, and lets it go. */
    private void remove(Block block) {
        Path path = block.directory();
        Path doomed = directory.resolve(block.ulid() + DELETION_SUFFIX);
        try {
            storage.deleteRecursively(doomed);
            storage.rename(path, doomed);
            block.retired(doomed, () -> deleteRenamed(doomed));
            storage.syncDirectory(directory);
        } catch (IOException e) {
            listener.removalFailed(path, e);
        }
        block.release();
    }

    private void removeFolder(Path path) {
        Path doomed = directory.resolve(path.getFileName() + DELETION_SUFFIX);
        try {
            storage.rename(path, doomed);
            storage.syncDirectory(directory);
        } catch (IOException e) {
            listener.removalFailed(path, e);
            return;
        }
        deleteRenamed(doomed);
    }

    private void deleteRenamed(Path doomed) {
        try {
            storage.deleteRecursively(doomed);
        } catch (IOException e) {
            listener.removalFailed(doomed, e);
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("block directory is closed: " + directory);
        }
    }

    /** Lets go of all blocks, also behind one that fails. */
    @Override
    public void close() {
        changes.lock();
        try {
            closed = true;
            List<Block> all = blocks;
            blocks = List.of();
            Block.releaseAll(all);
        } finally {
            changes.unlock();
        }
    }
}

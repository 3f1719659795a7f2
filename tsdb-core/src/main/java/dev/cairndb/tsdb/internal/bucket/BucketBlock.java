package dev.cairndb.tsdb.internal.bucket;

import dev.cairndb.chunks.ChunkSegmentReader;
import dev.cairndb.index.IndexReader;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.ThanosMeta;
import dev.cairndb.tsdb.internal.limit.QueryBudget;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A block in a bucket. It is opened when it is first read: then its index's header is made, if it is not on the disk,
 * and mapped. It is closed again when nobody reads it for some time, and when it is gone. Thread-safe; nothing is read
 * under its lock.
 */
final class BucketBlock {
    /** So often a query that waits is asked whether it still may. */
    private static final long CHECK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final BucketAccess access;
    private final BlockMeta meta;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition openingEnded = lock.newCondition();
    private @Nullable Opened opened;
    /** A reader opens it, without the lock. */
    private boolean opening;

    private int users;
    private boolean gone;
    private long lastUsedNanos;

    BucketBlock(BucketAccess access, BlockMeta meta) {
        this.access = access;
        this.meta = meta;
    }

    /** What is needed to read a block. */
    static final class Opened {
        private final IndexReader index;
        private final ChunkSegmentReader chunks;
        private final RemoteFile indexFile;
        private final List<RemoteFile> segments;

        Opened(IndexReader index, ChunkSegmentReader chunks, RemoteFile indexFile, List<RemoteFile> segments) {
            this.index = index;
            this.chunks = chunks;
            this.indexFile = indexFile;
            this.segments = segments;
        }

        IndexReader index() {
            return index;
        }

        ChunkSegmentReader chunks() {
            return chunks;
        }

        RemoteFile indexFile() {
            return indexFile;
        }

        List<RemoteFile> segments() {
            return segments;
        }

        private void close() {
            index.close();
            chunks.close();
        }
    }

    BlockMeta meta() {
        return meta;
    }

    ThanosMeta thanos() {
        ThanosMeta thanos = meta.thanos();
        if (thanos == null) {
            throw new IllegalStateException("BUG: a block of no stream");
        }
        return thanos;
    }

    /**
     * Opens the block for a reader, who gives it back with {@link #release}. While another reader opens it, which may take
     * a while, this one waits, no longer than its query may.
     */
    Opened acquire(QueryBudget budget) throws IOException {
        Opened found = join(budget);
        if (found != null) {
            return found;
        }
        Opened made = null;
        try {
            made = new BlockOpening(access, meta).run();
            return made;
        } finally {
            endOpening(made);
        }
    }

    /** Counts the reader; null if it has to open the block. */
    private @Nullable Opened join(QueryBudget budget) throws IOException {
        boolean interrupted = false;
        lock.lock();
        try {
            while (opening) {
                budget.check();
                try {
                    long unused = openingEnded.awaitNanos(CHECK_NANOS);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            opening = opened == null;
            users++;
            access.countReader(1);
            return opened;
        } finally {
            lock.unlock();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** @param made null if it could not be opened: whoever waits tries it next */
    private void endOpening(@Nullable Opened made) {
        lock.lock();
        try {
            opened = made;
            opening = false;
            openingEnded.signalAll();
        } finally {
            lock.unlock();
        }
        if (made == null) {
            release();
        }
    }

    void release() {
        lock.lock();
        try {
            users--;
            access.countReader(-1);
            lastUsedNanos = access.clock().monotonicNanos();
            if (gone) {
                closeIfUnused();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Closes the block if nobody has read it for so long. */
    void closeIfIdle(long idleNanosMax) {
        lock.lock();
        try {
            if (opened != null && access.clock().monotonicNanos() - lastUsedNanos >= idleNanosMax) {
                closeIfUnused();
            }
        } finally {
            lock.unlock();
        }
    }

    /** The block is no longer to be read: it is closed once nobody does. */
    void retire() {
        lock.lock();
        try {
            gone = true;
            closeIfUnused();
        } finally {
            lock.unlock();
        }
    }

    boolean isOpen() {
        lock.lock();
        try {
            return opened != null;
        } finally {
            lock.unlock();
        }
    }

    private void closeIfUnused() {
        Opened open = opened;
        if (open != null && users == 0) {
            opened = null;
            open.close();
        }
    }
}

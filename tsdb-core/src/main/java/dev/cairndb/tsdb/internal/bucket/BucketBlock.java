package dev.cairndb.tsdb.internal.bucket;

import dev.cairndb.chunks.ChunkSegmentReader;
import dev.cairndb.index.IndexHeader;
import dev.cairndb.index.IndexReader;
import dev.cairndb.io.AppendFile;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.FormatVersionException;
import dev.cairndb.io.MappedFile;
import dev.cairndb.objstore.ObjectEntry;
import dev.cairndb.objstore.ObjectKey;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.ThanosMeta;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A block in a bucket. It is opened when it is first read: then its index's header is made, if it is not on the disk,
 * and mapped. It is closed again when nobody reads it for some time, and when it is gone. Thread-safe.
 */
final class BucketBlock {
    private static final String INDEX_HEADER = "index-header";

    private final BucketAccess access;
    private final BlockMeta meta;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable Opened opened;
    private int users;
    private boolean gone;
    private boolean shut;
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

    /** Opens the block for a reader, who gives it back with {@link #release}. */
    Opened acquire() throws IOException {
        lock.lock();
        try {
            Opened found = opened;
            if (found == null) {
                found = open();
                opened = found;
            }
            users++;
            return found;
        } finally {
            lock.unlock();
        }
    }

    void release() {
        lock.lock();
        try {
            users--;
            lastUsedNanos = access.clock().monotonicNanos();
            if (gone || shut) {
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

    /** The block is no longer to be read: it is closed, and its header deleted, once nobody does. */
    void retire() {
        lock.lock();
        try {
            gone = true;
            closeIfUnused();
        } finally {
            lock.unlock();
        }
    }

    /** Closes the block once nobody reads it. */
    void shut() {
        lock.lock();
        try {
            shut = true;
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
        if (gone && users == 0) {
            deleteHeader();
        }
    }

    /** It may stay: it is only of no use any more. */
    private void deleteHeader() {
        try {
            access.storage().deleteRecursively(directory());
        } catch (IOException e) {
            access.headerLeft();
        }
    }

    private Path directory() {
        return access.headers().resolve(meta.ulid().toString());
    }

    private Opened open() throws IOException {
        ObjectKey folder = ObjectKey.of(meta.ulid().toString());
        List<ObjectEntry> objects = new ArrayList<>();
        access.bucket().list(folder.value() + "/", true, objects::add);
        long indexSize = -1;
        List<RemoteFile> segments = new ArrayList<>();
        List<String> names = new ArrayList<>();
        String chunks = folder.value() + "/chunks/";
        for (ObjectEntry object : objects) {
            if (object.name().equals(folder.value() + "/index")) {
                indexSize = object.sizeBytes();
            } else if (object.name().startsWith(chunks) && isSegment(object.name(), chunks.length())) {
                String number = String.format(Locale.ROOT, "%06d", segments.size() + 1);
                if (!object.name().equals(chunks + number)) {
                    throw new CorruptionException(chunks + number, 0, "a file", "none, but " + object.name());
                }
                names.add(object.name());
                segments.add(new RemoteFile(access.bucket(), object.key(), object.sizeBytes(), access.cache()));
            }
        }
        ObjectKey indexKey = folder.child("index");
        if (indexSize < 0) {
            throw new CorruptionException(indexKey.value(), 0, "the index of a block", "none in the bucket");
        }
        RemoteFile indexFile = new RemoteFile(access.bucket(), indexKey, indexSize, access.cache());
        IndexReader index = openIndex(indexKey, indexFile);
        ChunkSegmentReader reader = ChunkSegmentReader.of(names, new ArrayList<MappedFile>(segments));
        return new Opened(index, reader, indexFile, segments);
    }

    /** Other files beside them, such as helper files of the writer, are not read. */
    private static boolean isSegment(String name, int from) {
        return name.length() > from && name.chars().skip(from).allMatch(c -> c >= '0' && c <= '9');
    }

    private IndexReader openIndex(ObjectKey key, RemoteFile index) throws IOException {
        Path file = directory().resolve(INDEX_HEADER);
        if (access.storage().exists(file)) {
            try {
                return IndexHeader.open(access.storage().map(file), file.toString(), index, key.value());
            } catch (CorruptionException | FormatVersionException e) {
                // Of another version or damaged: it is made anew from the bucket, and what is wrong there shows then.
                access.headerDamaged();
            }
        }
        makeHeader(key, index.size(), directory(), file);
        return IndexHeader.open(access.storage().map(file), file.toString(), index, key.value());
    }

    private void makeHeader(ObjectKey key, long size, Path directory, Path file) throws IOException {
        access.storage().createDirectories(directory);
        Path staged = directory.resolve(INDEX_HEADER + ".tmp");
        access.storage().delete(staged);
        try (AppendFile out = access.storage().create(staged)) {
            IndexHeader.write(key.value(), new RemoteFile(access.bucket(), key, size, null), out);
            out.sync();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        access.storage().rename(staged, file);
        access.storage().syncDirectory(directory);
        access.headerMade();
    }
}

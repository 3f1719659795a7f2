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
import dev.cairndb.tsdb.internal.block.Ulid;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;

/**
 * Opens a block: finds its files and their sizes, and makes the header of its index if it is not on the disk. For one
 * thread.
 */
final class BlockOpening {
    private static final String INDEX = "index";
    private static final String CHUNKS = "chunks/";
    /** An index that is no larger is read at once, to be in the cache when its header has been made. */
    static final int INDEX_BYTES_AT_ONCE_MAX = 2 * RemoteFile.GAP_BYTES_MAX;
    /** Of a larger one, what is read to make its header is not kept for longer. */
    private static final int HEADER_CACHE_BYTES = 4 * RemoteFile.FETCH_BYTES_MAX;

    private final BucketAccess access;
    private final BlockMeta meta;
    private final ObjectKey folder;
    /** Sizes by path in the folder: the index, and files of chunks in order of their numbers. */
    private final TreeMap<String, Long> sizes = new TreeMap<>();

    BlockOpening(BucketAccess access, BlockMeta meta) {
        this.access = access;
        this.meta = meta;
        folder = ObjectKey.of(meta.ulid().toString());
    }

    BucketBlock.Opened run() throws IOException {
        if (!findInMeta()) {
            findInBucket();
        }
        Long indexSize = sizes.remove(INDEX);
        if (indexSize == null) {
            throw new CorruptionException(folder.child(INDEX).value(), 0, "the index of a block", "none in the bucket");
        }
        List<RemoteFile> segments = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (String path : sizes.keySet()) {
            if (!path.equals(segmentPath(segments.size() + 1))) {
                String missing = folder.child(segmentPath(segments.size() + 1)).value();
                throw new CorruptionException(missing, 0, "a file", "none, but " + path);
            }
            ObjectKey key = folder.child(path);
            names.add(key.value());
            segments.add(new RemoteFile(access.bucket(), key, sizes.get(path), access.cache()));
        }
        ObjectKey indexKey = folder.child(INDEX);
        RemoteFile indexFile = new RemoteFile(access.bucket(), indexKey, indexSize, access.cache());
        IndexReader index = openIndex(indexKey, indexFile);
        ChunkSegmentReader reader = ChunkSegmentReader.of(names, new ArrayList<MappedFile>(segments));
        return new BucketBlock.Opened(index, reader, indexFile, segments);
    }

    private static String segmentPath(int number) {
        return CHUNKS + String.format(Locale.ROOT, "%06d", number);
    }

    /** Whoever uploaded the block may have written down what it is made of, which spares a listing. */
    private boolean findInMeta() {
        ThanosMeta thanos = meta.thanos();
        List<ThanosMeta.File> files = thanos == null ? List.of() : thanos.files();
        for (ThanosMeta.File file : files) {
            if (file.sizeBytes() > 0) {
                find(file.path(), file.sizeBytes());
            }
        }
        boolean complete = sizes.containsKey(INDEX) && sizes.containsKey(segmentPath(1));
        if (!complete) {
            sizes.clear();
        }
        return complete;
    }

    private void findInBucket() throws IOException {
        List<ObjectEntry> objects = new ArrayList<>();
        access.bucket().list(folder.value() + "/", true, objects::add);
        for (ObjectEntry object : objects) {
            find(object.name().substring(folder.value().length() + 1), object.sizeBytes());
        }
    }

    /** Other files beside them, such as helper files of the writer, are not read. */
    private void find(String path, long sizeBytes) {
        if (path.equals(INDEX) || path.startsWith(CHUNKS) && isNumber(path.substring(CHUNKS.length()))) {
            sizes.put(path, sizeBytes);
        }
    }

    private static boolean isNumber(String name) {
        return !name.isEmpty() && name.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    private IndexReader openIndex(ObjectKey key, RemoteFile index) throws IOException {
        Path file = access.headers().header(meta.ulid());
        if (access.storage().exists(file)) {
            try {
                return open(file, key, index);
            } catch (CorruptionException | FormatVersionException e) {
                // Of another version or damaged: it is made anew from the bucket, and what is wrong there shows then.
                access.headerDamaged();
            }
        }
        makeHeader(key, index, file);
        return open(file, key, index);
    }

    private IndexReader open(Path header, ObjectKey key, RemoteFile index) throws IOException {
        return IndexHeader.open(
                access.storage().map(header),
                header.toString(),
                index,
                key.value(),
                (starts, ends, count) ->
                        index.prefetchInTurn(starts, ends, count, access.readAheadBytesMax(), access.sideBySide()));
    }

    /**
     * Nothing is synced: a header that a power cut tears is found by its checksums and made anew, and to wait for the disk
     * for each block would make the first query of many slow.
     */
    private void makeHeader(ObjectKey key, RemoteFile index, Path file) throws IOException {
        Ulid ulid = meta.ulid();
        Path staged = access.headers().staged(ulid);
        access.storage().createDirectories(access.headers().of(ulid));
        access.storage().delete(staged);
        try (AppendFile out = access.storage().create(staged)) {
            IndexHeader.write(key.value(), sourceOfHeader(key, index), out);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        access.storage().rename(staged, file);
        access.headerMade();
    }

    private RemoteFile sourceOfHeader(ObjectKey key, RemoteFile index) throws IOException {
        boolean small = index.size() <= Math.min(INDEX_BYTES_AT_ONCE_MAX, access.readAheadBytesMax());
        if (small) {
            index.prefetch(new long[] {0}, new long[] {index.size()}, 1, index.size(), access.sideBySide());
            return index;
        }
        return new RemoteFile(access.bucket(), key, index.size(), new PageCache(HEADER_CACHE_BYTES));
    }
}

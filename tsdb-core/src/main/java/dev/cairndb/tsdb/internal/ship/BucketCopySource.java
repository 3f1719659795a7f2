package dev.cairndb.tsdb.internal.ship;

import dev.cairndb.io.CorruptionException;
import dev.cairndb.objstore.ObjectBody;
import dev.cairndb.objstore.ObjectStore;
import dev.cairndb.tsdb.admin.BlockMark;
import dev.cairndb.tsdb.admin.BucketFinding;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.Ulid;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** A complete block in a bucket. */
final class BucketCopySource implements CopySource {
    private final ObjectStore bucket;
    private final BucketFolder folder;

    /** @throws CorruptionException if it is not whole */
    BucketCopySource(ObjectStore bucket, Ulid ulid) throws IOException {
        this(bucket, BucketFolder.of(bucket, ulid));
        BlockMeta meta = folder.readMeta(bucket);
        List<BucketFinding> missing = folder.missing(meta);
        if (!missing.isEmpty()) {
            BucketFinding first = missing.get(0);
            throw new CorruptionException(folder.keyOf(first.object()).value(), 0, "a whole block", first.problem());
        }
    }

    /** Of a folder as it is, whole or not. */
    BucketCopySource(ObjectStore bucket, BucketFolder folder) {
        this.bucket = bucket;
        this.folder = folder;
    }

    @Override
    public SortedMap<String, Long> sizesBytes() {
        TreeMap<String, Long> sizes = new TreeMap<>(folder.sizesBytes());
        sizes.keySet().retainAll(folder.contents());
        return sizes;
    }

    @Override
    public ObjectBody open(String path) {
        return new BucketBody(bucket, folder.keyOf(path), folder.sizesBytes().getOrDefault(path, 0L));
    }

    @Override
    public byte[] meta() throws IOException {
        return folder.readWhole(bucket, BlockMeta.FILE_NAME);
    }

    Set<BlockMark> marks() {
        return folder.marks();
    }

    byte[] mark(BlockMark mark) throws IOException {
        return folder.readWhole(bucket, mark.fileName());
    }
}

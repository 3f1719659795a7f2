package dev.cairndb.tsdb.internal.ship;

import dev.cairndb.objstore.ObjectBody;
import dev.cairndb.objstore.ObjectStore;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.Ulid;
import java.io.IOException;

/** A folder in a bucket: the block is seen as soon as its meta.json is there. */
final class BucketCopyTarget implements CopyTarget {
    private final ObjectStore bucket;
    private final BucketFolder before;

    BucketCopyTarget(ObjectStore bucket, Ulid ulid) throws IOException {
        this.bucket = bucket;
        before = BucketFolder.of(bucket, ulid);
    }

    /** What was there when this began. */
    BucketFolder before() {
        return before;
    }

    @Override
    public boolean isComplete() {
        return before.isComplete();
    }

    @Override
    public long sizeBytes(String path) {
        return before.sizesBytes().getOrDefault(path, -1L);
    }

    @Override
    public void put(String path, ObjectBody body) throws IOException {
        bucket.put(before.keyOf(path), body);
    }

    @Override
    public void complete(byte[] meta) throws IOException {
        put(BlockMeta.FILE_NAME, ObjectBody.ofBytes(meta));
    }
}

package dev.cairndb.receiver;

import dev.cairndb.objstore.ObjectStore;
import dev.cairndb.objstore.ObjectStores;
import java.io.IOException;
import java.util.List;

/** A bucket to and from which no more than so many bytes a second go. */
record PacedBucket(BucketSettings bucket, long bytesPerSecondMax) implements BucketSettings {
    @Override
    public ObjectStore open() throws IOException {
        return ObjectStores.limited(bucket.open(), bytesPerSecondMax);
    }

    @Override
    public ObjectStore openPresent() throws IOException {
        return ObjectStores.limited(bucket.openPresent(), bytesPerSecondMax);
    }

    @Override
    public String name() {
        return bucket.name();
    }

    @Override
    public String place() {
        return bucket.place();
    }

    @Override
    public List<String> warnings() {
        return bucket.warnings();
    }
}

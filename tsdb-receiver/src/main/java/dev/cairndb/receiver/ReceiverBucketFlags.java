package dev.cairndb.receiver;

import dev.cairndb.index.Labels;
import dev.cairndb.objstore.ObjectStore;
import dev.cairndb.receiver.tools.BucketFlags;
import java.io.IOException;
import java.util.List;

/** The receiver's flags about buckets, for other commands. Stateless. */
final class ReceiverBucketFlags implements BucketFlags {
    @Override
    public ObjectStore open(String yaml) throws IOException {
        BucketSettings bucket;
        try {
            bucket = BucketConfig.parse(yaml);
        } catch (UsageException e) {
            throw new IOException(e.getMessage(), e);
        }
        if (bucket == null) {
            throw new IOException("the object store configuration is empty");
        }
        return bucket.openPresent();
    }

    @Override
    public Labels labels(List<String> labels) throws IOException {
        try {
            return ReceiverFlags.labels(labels);
        } catch (UsageException e) {
            throw new IOException(e.getMessage(), e);
        }
    }
}

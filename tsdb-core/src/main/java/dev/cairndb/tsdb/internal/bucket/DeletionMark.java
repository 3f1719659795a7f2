package dev.cairndb.tsdb.internal.bucket;

import dev.cairndb.objstore.ObjectKey;
import dev.cairndb.tsdb.internal.block.Ulid;
import dev.cairndb.tsdb.internal.ship.BlockMarks;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** The object by which Thanos says that a block will be deleted, {@code deletion-mark.json}. */
final class DeletionMark {
    private static final String FILE_NAME = "deletion-mark.json";
    private static final int BYTES_MAX = 1 << 20;

    private DeletionMark() {}

    /** Whether a block was marked so long ago, or longer. */
    static boolean isOlderThan(BucketAccess access, Ulid block, long ageMillis) throws IOException {
        byte[] json = access.readWhole(ObjectKey.of(block + "/" + FILE_NAME), BYTES_MAX);
        return json != null
                && access.clock().wallMillis() >= TimeUnit.SECONDS.toMillis(BlockMarks.deletionTime(json)) + ageMillis;
    }
}

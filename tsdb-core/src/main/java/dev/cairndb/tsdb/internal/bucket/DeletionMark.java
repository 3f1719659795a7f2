package dev.cairndb.tsdb.internal.bucket;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import dev.cairndb.objstore.ObjectKey;
import dev.cairndb.tsdb.internal.block.Ulid;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** The object by which Thanos says that a block will be deleted, {@code deletion-mark.json}. */
final class DeletionMark {
    private static final String FILE_NAME = "deletion-mark.json";
    private static final int BYTES_MAX = 1 << 20;
    private static final JsonFactory JSON = JsonFactory.builder()
            .recyclerPool(JsonRecyclerPools.nonRecyclingPool())
            .build();

    private DeletionMark() {}

    /** Whether a block was marked so long ago, or longer. */
    static boolean isOlderThan(BucketAccess access, Ulid block, long ageMillis) throws IOException {
        byte[] json = access.readWhole(ObjectKey.of(block + "/" + FILE_NAME), BYTES_MAX);
        return json != null
                && access.clock().wallMillis() >= TimeUnit.SECONDS.toMillis(deletionTimeSeconds(json)) + ageMillis;
    }

    /** The far future if the mark does not say: then the block is read as long as it is there. */
    private static long deletionTimeSeconds(byte[] json) {
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
}
